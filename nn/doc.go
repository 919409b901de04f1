// Package nn trains neural networks on a device: layers and blocks of them,
// models by name, the loop. It knows devices only as device.Device, and
// multipliers only as what the products of dense layers, convolutions and
// attention go through.
//
// Everything is seeded: the same configuration gives the same losses to the bit,
// on any device and any number of threads.
//
// Start reading at Network, then Layer (who owns which buffer), Spec, Train;
// Position and Snapshot are what a stopped run goes on from. A new layer has a case
// in builder.layer and one in the tests' reference.layer, a new model a line in
// models.go.
package nn
