// Package bench measures how fast this program is on the machine it runs on. It has sweeps of designs, builds of
// tables, products, convolutions and training steps, on the processor or on a GPU.
//
// Rates are the best of several rounds, because noise only slows a program down. References, such as
// programs in C or cuBLAS, are measured in the same run, in rounds that alternate with those of this
// program. A reference must give the right products before it is timed.
//
// The package prints nothing: the results have JSON tags, and a Watcher hears about the progress.
//
// Start reading at Run, which measures figures, and at RunModel, which measures training steps.
package bench
