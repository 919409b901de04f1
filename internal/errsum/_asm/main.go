// Command asm writes the assembly of package errsum: ../zkernels_amd64.s and the declarations in ../zkernels_amd64.go.
// Run it by `go generate ./internal/errsum`. What the functions compute is defined by the portable Go there.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	distances()
	relative()
	differences("differencesAVX2", "not negative", VPMOVZXDQ)
	differences("differencesSignedAVX2", "in two's complement", VPMOVSXDQ)
	Generate()
}

// constant returns four copies of 64 bits in read-only memory.
func constant(name string, bits uint64) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range 4 {
		DATA(8*i, U64(bits))
	}
	return m
}

// lanes are sums of four lanes each, which lie one after the other in memory.
type lanes struct {
	base Register
	sums []VecVirtual
}

// load takes so many sums into registers.
func load(base Register, count int) *lanes {
	l := &lanes{base: base}
	for i := range count {
		v := YMM()
		VMOVDQU(Mem{Base: base, Disp: 32 * i}, v)
		l.sums = append(l.sums, v)
	}
	return l
}

// finish puts the sums back and returns.
func (l *lanes) finish() {
	for i, v := range l.sums {
		VMOVDQU(v, Mem{Base: l.base, Disp: 32 * i})
	}
	VZEROUPPER()
	RET()
}

// arg is where a parameter lies.
func arg(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// none returns a vector of zeros.
func none() VecVirtual {
	v := YMM()
	VPXOR(v, v, v)
	return v
}

// numbers is where the next four numbers are, of so many bytes each.
type numbers struct {
	at    Register
	bytes uint32
}

// loop repeats body for n elements, four at a time.
func loop(n Register, body func(), over ...numbers) {
	Label("four")
	body()
	for _, x := range over {
		ADDQ(U32(4*x.bytes), x.at)
	}
	SUBQ(Imm(4), n)
	JNZ(LabelRef("four"))
}

func distances() {
	TEXT("distancesAVX2", NOSPLIT, "func(sums *uint64, diff *int64, n int)")
	Doc("distancesAVX2 adds the distances of n differences, n a positive multiple of 4, to sums that lie as those of",
		"Distances do.")
	Pragma("noescape")
	l := load(Load(Param("sums"), GP64()), 5)
	sum, low, high, exact, worst := l.sums[0], l.sums[1], l.sums[2], l.sums[3], l.sums[4]
	diff, n := Load(Param("diff"), GP64()), Load(Param("n"), GP64())
	zero, mask := none(), YMM()
	VMOVDQU(constant("low", 1<<32-1), mask)
	loop(n, func() {
		d, negative, square, half := YMM(), YMM(), YMM(), YMM()
		VMOVDQU(Mem{Base: diff}, d)
		VPCMPGTQ(d, zero, negative)
		VPXOR(negative, d, d)
		VPSUBQ(negative, d, d)
		VPADDQ(d, sum, sum)
		VPMULUDQ(d, d, square)
		VPAND(mask, square, half)
		VPADDQ(half, low, low)
		VPSRLQ(Imm(32), square, square)
		VPADDQ(square, high, high)
		VPMAXUD(d, worst, worst) // below 2^32
		VPCMPEQQ(zero, d, d)
		VPSUBQ(d, exact, exact)
	}, numbers{diff, 8})
	l.finish()
}

func relative() {
	TEXT("relativeAVX2", NOSPLIT, "func(sums *float64, diff, exact *int64, n int, origin float64)")
	Doc("relativeAVX2 adds the relative errors of n products, n a positive multiple of 4, to sums that lie as those of",
		"Relative do.")
	Pragma("noescape")
	l := load(Load(Param("sums"), GP64()), 8)
	abs, signed, shift, square := l.sums[0], l.sums[1], l.sums[2], l.sums[3]
	most, least, zeros, wrong := l.sums[4], l.sums[5], l.sums[6], l.sums[7]
	diff, exact, n := Load(Param("diff"), GP64()), Load(Param("exact"), GP64()), Load(Param("n"), GP64())
	// An integer below 2^51 added to the bits of 1.5 · 2^52 is the sum of both numbers.
	magic, magnitude, origin := YMM(), YMM(), YMM()
	VMOVDQU(constant("magic", 0x4338000000000000), magic)
	VMOVDQU(constant("magnitude", 1<<63-1), magnitude)
	VBROADCASTSD(arg("origin"), origin)
	loop(n, func() {
		d, e, zero, r := YMM(), YMM(), YMM(), YMM()
		VMOVDQU(Mem{Base: diff}, d)
		VMOVDQU(Mem{Base: exact}, e)
		VPXOR(zero, zero, zero)
		VPCMPEQQ(zero, d, r)
		VPCMPEQQ(zero, e, zero)
		VPSUBQ(zero, zeros, zeros)
		VPANDN(zero, r, r)
		VPSUBQ(r, wrong, wrong)
		VPADDQ(magic, d, d)
		VSUBPD(magic, d, d)
		VPADDQ(magic, e, e)
		VSUBPD(magic, e, e)
		VDIVPD(e, d, r)
		VPANDN(r, zero, r)    // 0 where the exact product is
		VMAXPD(most, r, most) // of zeros, the second one
		VMINPD(least, r, least)
		VADDPD(r, signed, signed)
		VPAND(magnitude, r, d)
		VADDPD(d, abs, abs)
		VSUBPD(origin, r, r)
		VPANDN(r, zero, r)
		VADDPD(r, shift, shift)
		VMULPD(r, r, r)
		VADDPD(r, square, square)
	}, numbers{diff, 8}, numbers{exact, 8})
	l.finish()
}

func differences(name, products string, extend func(...Op)) {
	TEXT(name, NOSPLIT, "func(diff, exact *int64, got *uint32, n int, first *int64, step int64)")
	Doc(name+" writes the differences of n products, "+products+", from exact ones, and these,",
		"n a positive multiple of 4. The exact products of four columns are first, and step is what each of them",
		"grows by in the next four.")
	Pragma("noescape")
	diff, exact, got := Load(Param("diff"), GP64()), Load(Param("exact"), GP64()), Load(Param("got"), GP64())
	n, first := Load(Param("n"), GP64()), Load(Param("first"), GP64())
	e, step := YMM(), YMM()
	VMOVDQU(Mem{Base: first}, e)
	VPBROADCASTQ(arg("step"), step)
	loop(n, func() {
		d := YMM()
		extend(Mem{Base: got}, d)
		VPSUBQ(e, d, d)
		VMOVDQU(d, Mem{Base: diff})
		VMOVDQU(e, Mem{Base: exact})
		VPADDQ(step, e, e)
	}, numbers{diff, 8}, numbers{exact, 8}, numbers{got, 4})
	VZEROUPPER()
	RET()
}
