// Package nn trains neural networks on a device: layers, the first models, the
// loop. It knows devices only as device.Device, and multipliers only as what the
// products of dense and convolution layers go through.
//
// Everything is seeded: the same configuration gives the same losses to the bit,
// on any device and any number of threads.
//
// Start reading at Network, then Train.
package nn
