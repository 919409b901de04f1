// Package sample chooses the operand pairs of a multiplier that stand for pairs that are too many to try, and says
// what follows when none of them is wrong.
//
// A [Plan] has three parts: directed pairs, pairs of each stratum, and pairs drawn uniformly from all pairs. Strata
// are the positions of the leading ones of both operands, of floats their classes. The same format, number and seed
// give the same pairs on every machine. Start reading at [New].
package sample
