package option

// Options of a design in Verilog.
var (
	RTL      = define("rtl", "")      // its files
	Top      = define("top", "")      // its top module
	Include  = define("include", "")  // folders that are searched
	Library  = define("lib", "")      // its cell libraries
	Define   = define("define", "")   // macros
	Param    = define("param", "")    // parameters of the top
	Trust    = define("trust", "")    // whether it may reach out of the simulation
	A        = define("a", "")        // ports
	B        = define("b", "")        //
	P        = define("p", "")        //
	Clock    = define("clk", "")      //
	Reset    = define("rst", "")      //
	InValid  = define("in-valid", "") //
	InReady  = define("in-ready", "") //
	OutValid = define("out-valid", "")
	OutReady = define("out-ready", "")
	Beats    = define("beats", "")   // clock cycles in which operands and product pass through their ports
	Tie      = define("tie", "")     // constants for inputs without a part
	Latency  = define("latency", "") // clock edges from operands to product
	// AccumulatorClear is the port that clears an accumulator.
	AccumulatorClear = define("clr", "")
	// AccumulatedPairs is how many pairs are added up in the check of an accumulator.
	AccumulatedPairs = define("pairs", "")
	Timeout          = define("timeout", "") // the longest time without a product
)

// Options of a design in Verilog or C, of its table and of its comparison.
var (
	Kind       = define("kind", "")        // how ports or arguments are read
	LSB        = define("lsb", "")         // the lowest bit of an integer product that its port has
	Mantissa   = define("mant", "")        // mantissa bits of the operands
	Format     = define("format", "")      // number format of the operands
	Decode     = define("decode", "")      // codings of operands and product
	Width      = define("width", "")       // bits of integer operands of a C function
	Fraction   = define("frac", "")        // fraction bits of a table's products
	Full       = define("full", "")        // whether all pairs of floats are compared
	Sample     = define("sample", "")      // how many pairs, drawn at random, stand for all
	Simulator  = define("simulator", "")   // what computes the products
	Strict     = define("strict", "")      // whether two simulators must read it
	AllowState = define("allow-state", "") // whether the product may depend on registers
	Force      = define("force", "")       // whether a table takes the place of another file
	// MakeTable is what makes a table of a function in C.
	MakeTable = define("make-table", "make a table of the function")
)

// Options of a board.
var (
	BoardName = define("board", "board")
	Port      = define("port", "")      // the serial port
	Baud      = define("baud", "")      // the rate of the check
	OpenBaud  = define("open-baud", "") // the rate at which the board is first asked
	AnyBuild  = define("any-build", "") // whether the build on the board may be another
	Mode      = define("mode", "")      // how products are read
	CheckKey  = define("key", "")       // of digests
)

// Options of a training and its data; Key makes those of an experiment.
var (
	Batch        = define("batch", "batch")
	LearningRate = define("lr", "learning rate")
	Resuming     = define("resume", "resuming")
	Continue     = define("continue", "resume") // what goes on with the run in a folder
	DataFolder   = define("dir", "")            // where data sets are
	BaseURL      = define("base-url", "")       // where they are fetched from
)
