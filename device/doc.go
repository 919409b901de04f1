// Package device defines the operations of training: what each computes, to
// the bit, on buffers of binary32 numbers that live wherever a device keeps
// them. It computes nothing itself.
//
// A device is package cpu or, one day, a GPU. All of them pass the battery of
// tests in package devicetest, which compares every operation with a reference
// written for clarity alone. Since the order of every sum is part of an
// operation's definition (see Sum), all devices, thread counts and SIMD widths
// give the same bits.
//
// Products of dense layers, convolutions and attention go through a Multiplier: a
// table, or the native binary32 one. Everything else is plain binary32.
//
// Start reading at Device; then Gemm, BatchGemm and Conv for what k means in a sum
// and which operand is A.
package device
