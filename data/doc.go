// Package data holds the image sets that networks are trained on: how they are
// opened, read, drawn, fetched and handed to a training loop in batches.
//
// It is not a general reader of data sets: there are images of bytes with one
// label each, completely in memory, and the first axis of everything is the image.
// It knows nothing of networks or multipliers.
//
// Start reading at set.go, what a training loop sees, and prepare.go, how images are
// changed on the way to it (augment.go: at random). open.go finds a set by its name,
// idx.go reads the files of MNIST and its kin, cifar.go and cifarbatch.go those of
// CIFAR-10, generated.go puts together the set that needs no files (drawn by
// data/digits), fetch.go and download.go bring the others from the net.
package data
