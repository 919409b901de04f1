// Package report writes results as pictures, contact sheets, JUnit files and TensorBoard events.
// It measures nothing itself.
//
// Start reading at [ErrorPlot].
package report
