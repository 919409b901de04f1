// Package golden holds functional models of the built-in multipliers, written
// from the published formulas and never from the RTL, so that a table swept out
// of the Verilog and a table made here are two independent witnesses. It also
// holds the manifest: the list of multipliers that every regression compares,
// each with the digest of its table, the small ones with the table itself.
//
// The package is not a device and not a simulator: it evaluates one operand
// pair at a time, for clarity, and [Multiplier.Table] fills a lut.Table with it.
//
// Start reading at designs in design.go, the one list from which names, operand
// ranges, models and RTL selections follow; then [Lookup]. The models stand in
// mantissa.go, realm.go, integer.go and signed.go. Multipliers too wide for a table
// are in wide.go.
//
// The manifest's digests and the files under tables/ are rewritten by
//
//	go test ./golden -update
//
// and by nothing else.
package golden
