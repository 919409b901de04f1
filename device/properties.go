package device

// Properties say what kind of device computes, so that callers need not know the types of devices. The zero value
// is the processor. Results do not depend on them: all devices give the same bits.
type Properties struct {
	// GPU means that the kernels of a GPU compute: operations are asynchronous, the device has memory of its
	// own, and another compiler than the host's compiles functional models.
	GPU bool
	// Emulated means that the processor runs these kernels, so that times say nothing about a GPU.
	Emulated bool
	// Discards means that buffers keep no numbers: the device counts operations and computes nothing.
	Discards bool
}

// FetchGemmer is a Device that can also multiply matrices in the way of published simulators of approximate
// multipliers, as a reference for measurements.
type FetchGemmer interface {
	Device
	// FetchGemm computes Gemm with the same bits. Operands must not be transposed, and the multiplier must have
	// a table of mantissas of up to 7 bits.
	FetchGemm(m Multiplier, g Gemm, a, b, c Buffer)
}
