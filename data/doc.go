// Package data holds the image sets that networks are trained on: how they are
// opened, read, drawn, fetched and handed to a training loop in batches.
//
// It is not a general reader of data sets: there are images of bytes with one
// label each, completely in memory, and the first axis of everything is the image.
// It knows nothing of networks or multipliers.
//
// Start reading at set.go, what a training loop sees. open.go finds a set by its
// name, idx.go reads the files of MNIST and its kin, generated.go puts together
// the set that needs no files (drawn by data/digits), fetch.go and download.go
// bring the others from the net.
package data
