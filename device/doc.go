// Package device defines the operations of training exactly, on buffers of binary32 numbers.
// It specifies and computes nothing itself: packages cpu and gpu do.
//
// Every device passes the battery of tests in package devicetest, which compares each
// operation with a reference written for clarity alone. The order of every sum is part of
// an operation's definition (see Sum), so all devices, thread counts and SIMD widths give
// the same bits.
//
// Products of dense layers, convolutions and attention go through a Multiplier: a
// table, or the native binary32 one. Everything else is plain binary32.
//
// Start reading at Device; then Gemm, BatchGemm and Conv for what k means in a sum
// and which operand is A.
package device
