// Package report puts results into the forms that people and other programs
// read: pictures of what a multiplier gets wrong, contact sheets of data sets, JUnit
// files, event files. It measures nothing itself.
//
// Start reading at [ErrorPlot].
package report
