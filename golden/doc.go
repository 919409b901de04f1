// Package golden holds functional models of the built-in multipliers, and the manifest of tables.
//
// The models are written from the published formulas and never from the RTL, so a table
// swept from the Verilog and a table made here are two independent witnesses. The manifest
// lists the multipliers that every regression compares, each with the digest of its table,
// the small ones with the table itself.
//
// The package is not a device and not a simulator: it evaluates one operand
// pair at a time, for clarity, and [Multiplier.Table] fills a lut.Table with it.
//
// Start reading at designs in design.go, the one list from which names, operand
// ranges, models and RTL selections follow; then [Lookup]. The models are in
// mantissa.go, realm.go, integer.go and signed.go. Multipliers too wide for a table
// are in wide.go.
//
// Only this command rewrites the manifest's digests and the files under tables/:
//
//	go test ./golden -update
package golden
