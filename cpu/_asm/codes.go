package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Quantizers take eight elements at a time. What they need to know of each, such as its scale, stands in a pattern: groups
// of some vectors, one group for eight elements. After the last group the first one follows. See codePattern in package
// cpu.

// pattern walks through a pattern with the elements.
type pattern struct {
	label          string
	at, first, end Register
	group          int // bytes
	n              Register
}

// eight begins a loop over n elements, a positive multiple of 8, and over a pattern of period groups of so many
// vectors.
func eight(label string, vectors int) *pattern {
	p := &pattern{label, GP64(), Load(Param("pattern"), GP64()), Load(Param("period"), GP64()), 32 * vectors, Load(Param("n"), GP64())}
	IMUL3Q(U32(p.group), p.end, p.end)
	ADDQ(p.first, p.end)
	MOVQ(p.first, p.at)
	Label(label)
	return p
}

// vector is where a vector of the pattern lies.
func (p *pattern) vector(i int) Mem { return Mem{Base: p.at, Disp: 32 * i} }

// next ends the loop.
func (p *pattern) next() {
	ADDQ(U32(p.group), p.at)
	CMPQ(p.at, p.end)
	CMOVQEQ(p.first, p.at)
	SUBQ(Imm(8), p.n)
	JNZ(LabelRef(p.label))
}

// none returns a vector of zeros.
func none() VecVirtual {
	v := YMM()
	VXORPS(v, v, v)
	return v
}

// returnBits returns a bit of each of eight numbers: its sign.
func returnBits(v VecVirtual) {
	bits := GP32()
	VMOVMSKPS(v, bits)
	Store(bits, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

const (
	unordered      = 3
	greaterOrEqual = 13
	lessOrEqual    = 2
)

func codeKernels() {
	quantizeCodes()
	dequantizeCodes()
	quantizeGradient()
	rescaleSums()
	extremeNumbers()
}

func quantizeCodes() {
	TEXT("quantizeAVX2", NOSPLIT, "func(x *float32, codes *int16, n int, pattern *float32, period int) uint32")
	Doc("quantizeAVX2 computes codes of numbers. The pattern has scales, least and greatest codes less the zero point, and",
		"zero points, these as integers. The result is not 0 if a number is NaN.")
	Pragma("noescape")
	x, codes := Load(Param("x"), GP64()), Load(Param("codes"), GP64())
	bad, low := none(), all(0xffff)
	v, u := YMM(), YMM()
	p := eight("quantize", 4)
	VMOVUPS(Mem{Base: x}, v)
	VCMPPS(Imm(unordered), v, v, u)
	VORPS(u, bad, bad)
	VDIVPS(p.vector(0), v, v)
	VMAXPS(p.vector(1), v, v)
	VMINPS(p.vector(2), v, v)
	VCVTPS2DQ(v, v)
	VPADDD(p.vector(3), v, v)
	VPAND(low, v, v)
	high := XMM()
	VEXTRACTI128(Imm(1), v, high)
	VPACKUSDW(high, v.AsX(), high)
	VMOVDQU(high, Mem{Base: codes})
	ADDQ(Imm(32), x)
	ADDQ(Imm(16), codes)
	p.next()
	returnBits(bad)
}

func dequantizeCodes() {
	TEXT("dequantizeAVX2", NOSPLIT, "func(codes *int16, x *float32, n int, pattern *float32, period int)")
	Doc("dequantizeAVX2 computes the numbers that codes stand for. The pattern is that of quantizeAVX2.")
	Pragma("noescape")
	codes, x := Load(Param("codes"), GP64()), Load(Param("x"), GP64())
	v := YMM()
	p := eight("dequantize", 4)
	VPMOVSXWD(Mem{Base: codes}, v)
	VPSUBD(p.vector(3), v, v)
	VCVTDQ2PS(v, v)
	VMULPS(p.vector(0), v, v)
	VMOVUPS(v, Mem{Base: x})
	ADDQ(Imm(16), codes)
	ADDQ(Imm(32), x)
	p.next()
	VZEROUPPER()
	RET()
}

func quantizeGradient() {
	TEXT("quantizeGradAVX2", NOSPLIT, "func(x, grad, dx *float32, n int, pattern *float32, period int)")
	Doc("quantizeGradAVX2 lets the gradients grad of numbers x within the range pass. The pattern is that of quantizeAVX2.")
	Pragma("noescape")
	x, g, dx := Load(Param("x"), GP64()), Load(Param("grad"), GP64()), Load(Param("dx"), GP64())
	v, least := YMM(), YMM()
	p := eight("quantizeGrad", 4)
	VMOVUPS(Mem{Base: x}, v)
	VDIVPS(p.vector(0), v, v)
	VCMPPS(Imm(greaterOrEqual), p.vector(1), v, least)
	VCMPPS(Imm(lessOrEqual), p.vector(2), v, v)
	VANDPS(least, v, v)
	VANDPS(Mem{Base: g}, v, v)
	VMOVUPS(v, Mem{Base: dx})
	ADDQ(Imm(32), x)
	ADDQ(Imm(32), g)
	ADDQ(Imm(32), dx)
	p.next()
	VZEROUPPER()
	RET()
}

func rescaleSums() {
	TEXT("rescaleAVX2", NOSPLIT, "func(sums *int64, y *float32, n int, pattern *float32, period int) uint32")
	Doc("rescaleAVX2 computes sum · scale + bias, each rounded once. The pattern has scales and biases. The result is not 0 if",
		"a sum has more than 32 bits.")
	Pragma("noescape")
	sums, y := Load(Param("sums"), GP64()), Load(Param("y"), GP64())
	bad := none()
	v, w, low, high := YMM(), YMM(), YMM(), YMM()
	p := eight("rescale", 2)
	VMOVUPS(Mem{Base: sums}, v)
	VMOVUPS(Mem{Base: sums, Disp: 32}, w)
	VSHUFPS(Imm(0x88), w, v, low)
	VSHUFPS(Imm(0xdd), w, v, high)
	VPSRAD(Imm(31), low, v) // what the upper halves must be
	VPXOR(high, v, v)
	VPXOR(w, w, w)
	VPCMPEQD(w, v, v) // all bits where they are
	VPCMPEQD(w, v, v) // and where they are not
	VPOR(v, bad, bad)
	VPERMQ(Imm(0xd8), low, low)
	VCVTDQ2PS(low, low)
	VMULPS(p.vector(0), low, low)
	VADDPS(p.vector(1), low, low)
	VMOVUPS(low, Mem{Base: y})
	ADDQ(Imm(64), sums)
	ADDQ(Imm(32), y)
	p.next()
	returnBits(bad)
}

func extremeNumbers() {
	TEXT("extremesAVX2", NOSPLIT, "func(x *float32, n int, pattern *float32, period int) uint32")
	Doc("extremesAVX2 makes the numbers of the pattern, the least and the greatest so far, those of x too; −0 is less than 0.",
		"The result is not 0 if a number is NaN.")
	Pragma("noescape")
	x := Load(Param("x"), GP64())
	bad := none()
	v, u, a, b := YMM(), YMM(), YMM(), YMM()
	p := eight("extremes", 2)
	VMOVUPS(Mem{Base: x}, v)
	VCMPPS(Imm(unordered), v, v, u)
	VORPS(u, bad, bad)
	// Of two zeros the instructions take the second operand, so each way round.
	VMOVUPS(p.vector(0), u)
	VMINPS(u, v, a)
	VMINPS(v, u, b)
	VORPS(a, b, a)
	VMOVUPS(a, p.vector(0))
	VMOVUPS(p.vector(1), u)
	VMAXPS(u, v, a)
	VMAXPS(v, u, b)
	VANDPS(a, b, a)
	VMOVUPS(a, p.vector(1))
	ADDQ(Imm(32), x)
	p.next()
	returnBits(bad)
}
