package gpu

import (
	"errors"
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/lut"
)

// multiplier is a multiplier on a GPU.
type multiplier struct {
	device *Device
	given  *lut.Table // the user's, nil for a native multiplier
	table  *lut.Table // device.Numbers of it
	kernel string     // which kernels: native, bytes, wide16, wide32, floats, integers16, integers32, codes, model_DIGEST
	large  bool       // there are kernels of large tiles
	// sides are the tables as they are, and with operands exchanged: that one is made
	// when a product first asks for it.
	sides [2]*tableOnDevice
}

func (m *multiplier) Table() *lut.Table { return m.given }

// quantizes says whether operands become whole numbers.
func (m *multiplier) quantizes() bool { return m.table != nil && m.table.Format.Kind != lut.Mantissa }

// tableOnDevice is a table where kernels find it.
type tableOnDevice struct {
	entries driver.Pointer
	layout  tableLayout
}

// tableLayout is Table of kernels/multiplier.cuh.
type tableLayout struct {
	rowBits, laneBits     int32
	shift                 int32
	nearest, signed       uint32
	rowLevels, laneLevels float32
	rowExponent           int32
	laneExponent          int32
	format                formatLayout
}

// formatLayout is Format of kernels/multiplier.cuh.
type formatLayout struct {
	fraction                         int32
	least, most                      int32
	finite, gradual, gradualNearest  uint32
	operandOverflow, productOverflow uint32
}

// layoutOf returns the layout of a format that does not follow AMSim.
func layoutOf(f lut.Format) formatLayout {
	one, top := int32(f.One()), int32(1)<<f.ExponentBits()-1
	l := formatLayout{fraction: int32(f.P), least: 1 - one + 127, most: top - 1 - one + 127,
		finite: flag(f.Float.Finite), gradual: flag(f.Float.Subnormals != lut.Flush),
		gradualNearest: flag(f.Float.Subnormals == lut.GradualNearest)}
	if f.Float.Finite {
		l.most++
	}
	overflow := func(bits int) uint32 {
		switch {
		case f.Float.Saturate && f.Float.Finite:
			return uint32(l.most)<<23 | (1<<bits-2)<<(23-bits)
		case f.Float.Saturate:
			return uint32(l.most)<<23 | (1<<bits-1)<<(23-bits)
		case f.Float.Finite || bits == 0:
			return quietNaN
		}
		return infinity
	}
	l.operandOverflow, l.productOverflow = overflow(f.A), overflow(f.P)
	return l
}

// Bits of binary32 numbers.
const (
	infinity = 0xff << 23
	quietNaN = 0x7fc00000
)

// byteTableBits is the width of operands in a table of bytes; see ByteTable.
const byteTableBits = 7

// Multiplier implements device.Device.
func (d *Device) Multiplier(t *lut.Table) (device.Multiplier, error) {
	if t == nil {
		return &multiplier{device: d, kernel: "native", large: true, sides: [2]*tableOnDevice{{}, {}}}, nil
	}
	numbers, err := device.Numbers(t)
	if err != nil {
		return nil, err
	}
	m := &multiplier{device: d, given: t, table: numbers}
	f := numbers.Format
	switch {
	case f.Kind == lut.Mantissa && !f.AMSim():
		m.kernel = "floats"
	case f.Kind == lut.Mantissa && f.A <= byteTableBits && f.P <= byteTableBits:
		m.kernel, m.large = "bytes", true
	case f.Kind == lut.Mantissa && f.P < 16:
		m.kernel = "wide16"
	case f.Kind == lut.Mantissa:
		m.kernel = "wide32"
	case f.Kind == lut.Coded:
		m.kernel = "codes"
	case f.P <= 16:
		m.kernel = "integers16"
	default:
		m.kernel = "integers32"
	}
	_, err = m.side(false)
	return m, err
}

// own returns a multiplier of this device.
func (d *Device) own(m device.Multiplier) (*multiplier, error) {
	own, ok := m.(*multiplier)
	switch {
	case m == nil:
		return nil, errors.New("no multiplier")
	case !ok || own.device != d:
		return nil, fmt.Errorf("a multiplier of another device (%T)", m)
	}
	return own, nil
}

// side returns the table, on the device from now on.
func (m *multiplier) side(exchanged bool) (*tableOnDevice, error) {
	at, t := &m.sides[0], m.table
	if exchanged {
		at = &m.sides[1]
	}
	if *at != nil {
		return *at, nil
	}
	if exchanged {
		t = t.Transposed()
	}
	f := t.Format
	s := &tableOnDevice{layout: tableLayout{rowBits: int32(f.A), laneBits: int32(f.B), shift: int32(23 - f.P)}}
	if t.Rounding == lut.NearestEven {
		s.layout.nearest = 1
	}
	if m.kernel == "floats" {
		s.layout.format = layoutOf(f)
	}
	if m.kernel == "codes" {
		x, y := m.table.Format.Codes.ScaleExponents() // before an exchange
		if exchanged {
			x, y = y, x
		}
		s.layout.rowExponent, s.layout.laneExponent = int32(x), int32(y)
	} else if m.quantizes() {
		s.layout.shift = int32(32 - f.P)
		s.layout.rowLevels, s.layout.laneLevels = device.Levels(f.Kind.SignedA(), f.A), device.Levels(f.Kind.SignedB(), f.B)
		if f.Kind == lut.Signed {
			s.layout.signed = 1
		}
	}
	var entries []byte
	switch m.kernel {
	case "bytes":
		entries = spread(t)
	case "codes":
		entries = bytesOf(codesOf(t))
	case "wide16", "integers16":
		entries = bytesOf(entriesOf[uint16](t))
	default:
		entries = bytesOf(entriesOf[uint32](t))
	}
	var err error
	if s.entries, err = m.device.memory.alloc(len(entries)); err == nil {
		err = m.device.driver.Upload(s.entries, entries)
	}
	if err != nil {
		return nil, fmt.Errorf("bringing the table of %s to %s: %w", t.Name, m.device.Name(), err)
	}
	*at = s
	return s, nil
}

// spread returns a table as one of 7-bit operands and products: operands have zeros
// below their own bits, so that only those rows and columns are ever looked up.
func spread(t *lut.Table) []byte {
	f := t.Format
	out := make([]byte, 1<<(2*byteTableBits))
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			out[a<<(byteTableBits-f.A)<<byteTableBits|b<<(byteTableBits-f.B)] = byte(t.At(a, b) << (byteTableBits - f.P))
		}
	}
	return out
}

func entriesOf[E uint16 | uint32](t *lut.Table) []E {
	out := make([]E, 0, t.Format.Pairs())
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			out = append(out, E(t.At(a, b)))
		}
	}
	return out
}

// codesOf returns the entries of CodeTable: products by places, and the least numbers of the places of rows and lanes.
func codesOf(t *lut.Table) []float32 {
	f := t.Format
	x, y := f.Codes.A.Encoder(), f.Codes.B.Encoder()
	out := make([]float32, f.Pairs())
	for i, a := range x.Codes {
		for j, b := range y.Codes {
			out[i<<f.B|j] = t.Decoded(a, b)
		}
	}
	for _, side := range []struct {
		least []float32
		n     int
	}{{x.Least, f.Rows()}, {y.Least, f.Cols()}} {
		out = append(out, side.least...)
		for range side.n - len(side.least) {
			out = append(out, float32(math.Inf(1)))
		}
	}
	return out
}
