// Package data holds the image sets: it opens, downloads, draws and augments them, in batches.
//
// It is not a general reader of data sets: images are bytes with one label each, completely
// in memory, and the first axis of everything is the image. It knows nothing of networks or
// multipliers.
//
// Start reading at set.go, the interface to a training loop, and prepare.go, which changes
// images on the way to it (augment.go: at random). open.go finds a set by its name, idx.go
// reads the IDX files of MNIST and similar sets, cifar.go and cifarbatch.go those of
// CIFAR-10, generated.go assembles the set that needs no files (drawn by data/digits),
// fetch.go and download.go download the others.
package data
