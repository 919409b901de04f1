// Package cublas multiplies matrices with NVIDIA's cuBLAS, as a reference for benchmarks.
// It uses binary32 without TF32. The libraries are found when the program runs; nothing is
// linked. It is no part of any result.
package cublas

import (
	"fmt"
	"path/filepath"
	"runtime"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/approxtrain/approxtrain/internal/dynlib"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// libraries are where cuBLAS may be: known to the loader, of a toolkit, of a Python
// package.
var libraries = []string{"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so",
	"/usr/local/cuda*/lib64/libcublas.so*", "/usr/local/cuda*/targets/*/lib/libcublas.so*",
	"/usr/lib/python3*/*-packages/nvidia/cu*/lib/libcublas.so.*", "/usr/local/lib/python3*/*-packages/nvidia/cu*/lib/libcublas.so.*",
	"/opt/*/lib/python3*/site-packages/nvidia/cu*/lib/libcublas.so.*"}

const driverLibrary = "libcuda.so.1"

// pedantic is CUBLAS_PEDANTIC_MATH: no other precision than that of the operands.
const pedantic = 2

// Gemm is a product A · B of row-major matrices, ready to be computed again and again.
type Gemm struct {
	library *library
	context uintptr
	handle  uintptr
	m, n, k int
	a, b, c uint64 // where they lie on the device
}

// New brings operands to a GPU. Its error is fault.Missing if there is no cuBLAS.
func New(gpu, m, n, k int, a, b []float32) (*Gemm, error) {
	l, err := open(driverLibrary, libraries)
	if err != nil {
		return nil, err
	}
	return l.gemm(gpu, m, n, k, a, b)
}

func (l *library) gemm(gpu, m, n, k int, a, b []float32) (*Gemm, error) {
	if len(a) != m*k || len(b) != k*n || m*n*k == 0 {
		return nil, fmt.Errorf("cuBLAS: %d and %d numbers are not those of %d × %d × %d", len(a), len(b), m, n, k)
	}
	g := &Gemm{library: l, m: m, n: n, k: k}
	runtime.LockOSThread() // to which a context belongs
	defer runtime.UnlockOSThread()
	var device int32
	s := sequence{what: "cuBLAS: opening the GPU"}
	s.do("cuInit", l.init(0))
	s.do("cuDeviceGet", l.deviceGet(&device, int32(gpu)))
	s.do("cuDevicePrimaryCtxRetain", l.retain(&g.context, device))
	s.do("cuCtxSetCurrent", l.setCurrent(g.context))
	for _, at := range []struct {
		to *uint64
		n  int
	}{{&g.a, m * k}, {&g.b, k * n}, {&g.c, m * n}} {
		s.do("cuMemAlloc", l.alloc(at.to, uint64(4*at.n)))
	}
	s.do("cuMemcpyHtoD", l.upload(g.a, unsafe.Pointer(&a[0]), uint64(4*len(a))))
	s.do("cuMemcpyHtoD", l.upload(g.b, unsafe.Pointer(&b[0]), uint64(4*len(b))))
	s.do("cublasCreate", l.create(&g.handle))
	s.do("cublasSetMathMode", l.mathMode(g.handle, pedantic))
	return g, s.err
}

// Round computes the product and returns the seconds that it took.
func (g *Gemm) Round() (seconds float64, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l, one, zero := g.library, float32(1), float32(0)
	s := sequence{what: "cuBLAS: multiplying"}
	s.do("cuCtxSetCurrent", l.setCurrent(g.context))
	s.do("cuCtxSynchronize", l.synchronize())
	start := time.Now()
	// To cuBLAS, matrices are column-major: the transposed product of transposed ones.
	s.do("cublasSgemm", l.sgemm(g.handle, 0, 0, int32(g.n), int32(g.m), int32(g.k), &one, g.b, int32(g.n), g.a, int32(g.k), &zero, g.c, int32(g.n)))
	s.do("cuCtxSynchronize", l.synchronize())
	return time.Since(start).Seconds(), s.err
}

// Result returns the product.
func (g *Gemm) Result() ([]float32, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := make([]float32, g.m*g.n)
	s := sequence{what: "cuBLAS: reading the product"}
	s.do("cuCtxSetCurrent", g.library.setCurrent(g.context))
	s.do("cuMemcpyDtoH", g.library.download(unsafe.Pointer(&c[0]), g.c, uint64(4*len(c))))
	return c, s.err
}

// Close gives the memory back.
func (g *Gemm) Close() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := sequence{what: "cuBLAS: closing"}
	s.do("cuCtxSetCurrent", g.library.setCurrent(g.context))
	s.do("cublasDestroy", g.library.destroy(g.handle))
	for _, p := range []uint64{g.a, g.b, g.c} {
		s.do("cuMemFree", g.library.free(p))
	}
	return s.err
}

// sequence keeps the first error of several calls.
type sequence struct {
	what string
	err  error
}

func (s *sequence) do(function string, status int32) {
	if status != 0 && s.err == nil {
		s.err = fmt.Errorf("%s: %s: status %d", s.what, function, status)
	}
}

// library are the functions of the two libraries that are used.
type library struct {
	init        func(flags uint32) int32
	deviceGet   func(device *int32, ordinal int32) int32
	retain      func(context *uintptr, device int32) int32
	setCurrent  func(context uintptr) int32
	alloc       func(p *uint64, bytes uint64) int32
	free        func(p uint64) int32
	upload      func(dst uint64, src unsafe.Pointer, bytes uint64) int32
	download    func(dst unsafe.Pointer, src uint64, bytes uint64) int32
	synchronize func() int32
	create      func(handle *uintptr) int32
	destroy     func(handle uintptr) int32
	mathMode    func(handle uintptr, mode int32) int32
	sgemm       func(handle uintptr, transA, transB, m, n, k int32, alpha *float32, a uint64, lda int32, b uint64, ldb int32, beta *float32, c uint64, ldc int32) int32
}

// open loads the libraries: the first of several that is there.
func open(driver string, candidates []string) (*library, error) {
	cuda, err := dynlib.Open(driver, true)
	if err != nil {
		return nil, fault.Missingf("cuBLAS: there is no driver for a GPU: %w", err)
	}
	var blas uintptr
	for _, pattern := range candidates {
		paths, _ := filepath.Glob(pattern)
		if filepath.Base(pattern) == pattern {
			paths = []string{pattern} // the loader knows where
		}
		for _, path := range paths {
			if blas == 0 {
				blas, _ = dynlib.Open(path, true)
			}
		}
	}
	if blas == 0 {
		return nil, fault.Missingf("cuBLAS: there is no libcublas.so; it comes with CUDA's toolkit, or: pip install nvidia-cublas-cu12")
	}
	l := &library{}
	for _, f := range []struct {
		in   uintptr
		name string
		to   any
	}{{cuda, "cuInit", &l.init}, {cuda, "cuDeviceGet", &l.deviceGet}, {cuda, "cuDevicePrimaryCtxRetain", &l.retain},
		{cuda, "cuCtxSetCurrent", &l.setCurrent}, {cuda, "cuMemAlloc_v2", &l.alloc}, {cuda, "cuMemFree_v2", &l.free},
		{cuda, "cuMemcpyHtoD_v2", &l.upload}, {cuda, "cuMemcpyDtoH_v2", &l.download}, {cuda, "cuCtxSynchronize", &l.synchronize},
		{blas, "cublasCreate_v2", &l.create}, {blas, "cublasDestroy_v2", &l.destroy}, {blas, "cublasSetMathMode", &l.mathMode},
		{blas, "cublasSgemm_v2", &l.sgemm}} {
		at, err := dynlib.Symbol(f.in, f.name)
		if err != nil {
			return nil, fault.Missingf("cuBLAS: its library lacks %s: %w", f.name, err)
		}
		purego.RegisterFunc(f.to, at)
	}
	return l, nil
}
