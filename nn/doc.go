// Package nn trains neural networks on a device: layers, blocks, models by name, the loop.
// It knows devices only as device.Device, and multipliers only as the device.Multiplier of
// dense layers, convolutions and attention.
//
// Everything is seeded: the same configuration gives bit-identical losses
// on any device and any number of threads.
//
// Start reading at Network, then Layer (who owns which buffer), Spec, Train;
// a stopped run continues from Position and Snapshot. A new layer has a case
// in builder.layer and one in the tests' reference.layer, a new model a line in
// models.go.
package nn
