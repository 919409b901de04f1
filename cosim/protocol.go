package cosim

// This file mirrors rtl/testbench/protocol.h; TestProtocolMatchesHeader compiles
// that header and compares the two.

type op uint32

const (
	opReset op = iota + 1
	opSweep
	opEval
	opProbe
	opTrace
	opCoverage
	opDescribe
	opWalk
	opLearn
	opIdle
)

type status uint32

const (
	statusOK status = iota
	statusNeverReady
	statusNeverValid
	statusFinished
	statusStopped
	statusFatal
	statusUnsupported
	statusDiffers
	statusSecond
	statusWithdrawn
	statusEnvironment
)

const (
	dataOffset   = 4096
	cyclesOffset = 8
	foundOffset  = 16
	fileOffset   = 24
	textOffset   = fileOffset + 1024
	textLength   = 1024
	maxDataSize  = 256 << 20 // operands and products of the largest command
)

// command has the layout of the C++ struct: every field naturally aligned.
type command struct {
	Op             op
	Width          uint32
	Arg0           uint64
	Latency        uint32
	Hold           uint32
	A0, NA, B0, NB uint32
	Step, Start    uint64
	Out            uint64
	Rows, Manner   uint32
	Valid          uint32
	_              uint32
}

type answer struct {
	Status status
	Line   uint32
	Done   uint64
}
