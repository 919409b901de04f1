package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/hostile"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/nn"
)

func TestHostile(t *testing.T) {
	good := encode(t, File{map[string]string{"model": "lenet-5"}, sample.Tensors[:2]})
	n := int(binary.LittleEndian.Uint64(good))
	var c hostile.Cases
	c.Cuts(good, 0, 1, 4, 8, 9, 8+n/2, 8+n, 8+n+4, len(good))
	c.Fields(good, binary.LittleEndian, 8, map[string]int{"the header's length": 0})
	c.Wrapped(good, true)
	entry := func(e string) string { return `{"x":` + e + `}` }
	values := map[string][]string{
		"dtype": {`"f32"`, `"F32 "`, `"F16"`, `"BF16"`, `"F64"`, `"I8"`, `"U64"`, `"BOOL"`, `""`, `null`, `32`, `["F32"]`, `{}`, `"F32\u0000"`, `"\u001b[2J"`, `"` + strings.Repeat("F", 1<<20) + `"`},
		"shape": {`null`, `2`, `"2"`, `[-2]`, `[2.5]`, `[1e0]`, `[2,null]`, `["2"]`, `[[2]]`, `{}`, `[3]`, `[0]`, `[2,0]`, `[4294967296,4294967296]`, `[9223372036854775807]`, `[9223372036854775808]`, `[-9223372036854775808,-1]`,
			`[4611686018427387905,4]`, `[1,1,1,1,1,1,1,1,2]`, `[` + strings.Repeat("1,", 100_000) + `2]`, `[2,1e999]`, `[true]`, `[NaN]`, `[0x2]`, `[02]`, `[+2]`, `[]`},
		"data_offsets": {`null`, `8`, `[8]`, `[0]`, `[]`, `[0,8,8]`, `[8,0]`, `[0,9]`, `[0,7]`, `[0,4]`, `[1,9]`, `[-8,0]`, `[-1,7]`, `[4,12]`, `[0,-8]`, `[0,8.5]`, `["0","8"]`, `[0,18446744073709551624]`,
			`[9223372036854775800,9223372036854775808]`, `[9223372036854775799,9223372036854775807]`, `[-9223372036854775808,-9223372036854775800]`, `[0,null]`, `[null,8]`, `{}`, `"0,8"`, `[0,8` + strings.Repeat(",8", 100_000) + `]`},
	}
	rightValues := map[string]string{"dtype": `"F32"`, "shape": `[2]`, "data_offsets": `[0,8]`}
	for key, list := range values {
		for i, v := range list {
			parts := []string{}
			for _, k := range []string{"dtype", "shape", "data_offsets"} {
				if k == key {
					parts = append(parts, fmt.Sprintf("%q:%s", k, v))
				} else {
					parts = append(parts, fmt.Sprintf("%q:%s", k, rightValues[k]))
				}
			}
			c.Add(fmt.Sprintf("%s is evil %d", key, i), raw(entry("{"+strings.Join(parts, ",")+"}"), 8))
		}
		var without []string
		for k, v := range rightValues {
			if k != key {
				without = append(without, fmt.Sprintf("%q:%s", k, v))
			}
		}
		c.Add("no "+key, raw(entry("{"+strings.Join(without, ",")+"}"), 8))
	}
	one := `{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}`
	at := func(from int) string { return fmt.Sprintf(one, from, from+4) }
	for name, h := range map[string]string{
		"overlap": `{"x":` + at(0) + `,"y":` + at(0) + `}`, "overlap by 2": `{"x":` + at(0) + `,"y":` + at(2) + `}`, "a gap": `{"x":` + at(0) + `,"y":` + at(5) + `}`, "a hole in front": `{"x":` + at(4) + `}`,
		"twice": `{"x":` + at(0) + `,"x":` + at(4) + `}`, "twice by an escape": `{"x":` + at(0) + `,"\u0078":` + at(4) + `}`, "no name": `{"":` + at(0) + `}`, "a list": `[` + at(0) + `]`, "a string": `"x"`, "null": `null`, "a number": `1`,
		"an entry that is null": `{"x":null}`, "a list of entries": `{"x":[` + at(0) + `]}`, "two values": `{"x":` + at(0) + `}{}`, "a comma at the end": `{"x":` + at(0) + `,}`, "a comment": `/**/{"x":` + at(0) + `}`,
		"quotes of one": `{'x':1}`, "no quotes": `{x:1}`, "no colon": `{"x" 1}`, "a tab in front": "\t{}", "a null in front": "\x00{}", "a mark": "\ufeff{}", "a line behind": `{"x":` + at(0) + "}\n\x00",
		"deep": `{"x":` + strings.Repeat("[", 1<<20) + `}`, "deep objects": strings.Repeat(`{"a":`, 1<<18), "deep metadata": `{"__metadata__":{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}}`,
		"metadata of numbers": `{"__metadata__":{"a":1}}`, "a list as metadata": `{"__metadata__":["a"]}`, "metadata twice": `{"__metadata__":{"a":"1"},"__metadata__":{"a":"2"}}`, "a key of metadata twice": `{"__metadata__":{"a":"1","a":"2"}}`,
		"metadata of a string": `{"__metadata__":"a"}`, "a null in metadata": `{"__metadata__":{"a":[null]}}`, "an open string": `{"x`, "an open escape": `{"x\`, "half a surrogate": `{"\ud800":` + at(0) + `,"\udc00":` + at(4) + `}`,
		"another key": `{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":0}}`, "a key in capitals": `{"x":{"DTYPE":"F32","shape":[1],"data_offsets":[0,4]}}`,
		"a key twice": `{"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "a million values": `{"x":[` + strings.Repeat("1,", 2_100_000) + `1]}`, "nothing": "", "blanks": strings.Repeat(" ", 1000), "a megabyte of blanks": strings.Repeat(" ", 1<<20),
	} {
		size := 4
		if strings.Count(h, "data_offsets") > 1 {
			size = 8
		}
		c.Add("header: "+name, raw(h, size))
	}
	many := new(strings.Builder)
	for i := range mostTensors + 1 {
		fmt.Fprintf(many, `,"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, i)
	}
	c.Add("too many tensors", raw("{"+many.String()[1:]+"}", 0))
	for what, name := range hostile.Names {
		quoted := strings.NewReplacer("\x1b", `\u001b`, "\a", `\u0007`, "\x00", `\u0000`, "\n", `\n`, "\r", `\r`, "\b", `\b`).Replace(name)
		if what == "half a rune" || what == "no UTF-8" || what == "a surrogate" {
			continue // json makes a replacement character of each, which can be printed
		}
		c.Add("a name of "+what, raw(`{"`+quoted+`":`+at(0)+`}`, 4))
		c.Add("a wrong entry named by "+what, raw(`{"`+quoted+`":7}`, 4))
		c.May("metadata of "+what, raw(`{"__metadata__":{"model":"`+quoted+`"},"x":`+at(0)+`}`, 4))
	}
	for bits := range 20 { // numbers that are none: they are what the file says
		data := raw(`{"x":`+at(0)+`}`, 4)
		binary.LittleEndian.PutUint32(data[len(data)-4:], math.Float32bits(float32(math.NaN()))+uint32(bits)<<24)
		c.May(fmt.Sprintf("a value of bits %d", bits), data)
	}
	for _, size := range []int{0, 1, 3, 5, 7, 8, 12, 1 << 20} {
		c.Add(fmt.Sprintf("%d bytes for one number", size), raw(`{"x":`+at(0)+`}`, size))
	}
	hostile.Reader{Name: "x.safetensors", Least: 200, Memory: 256 << 20, Read: func(path string) (any, error) { return ReadFile(path) },
		Right: func(read any) error {
			f := read.(File)
			if len(f.Tensors) != 1 || f.Tensors[0].Name != "x" || !reflect.DeepEqual(f.Tensors[0].Shape, []int{1}) || len(f.Tensors[0].Values) != 1 {
				return fmt.Errorf("read %d tensors", len(f.Tensors))
			}
			return nil
		}}.Run(t, c)
}

// The largest header takes as much memory as doc.go says, and values little more than the file.
func TestMemoryOfLargest(t *testing.T) {
	var f File
	for i := range 80_000 {
		f.Tensors = append(f.Tensors, nn.Tensor{Name: fmt.Sprintf("%0100d", i), Shape: []int{1}, Values: []float32{1}})
	}
	f.Tensors = append(f.Tensors, nn.Tensor{Name: "large", Shape: []int{8 << 20}, Values: make([]float32, 8<<20)})
	path := filepath.Join(t.TempDir(), "large.safetensors")
	require.NoError(t, WriteFile(path, f))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := ReadFile(path)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Len(t, got.Tensors, 80_001)
	used := after.TotalAlloc - before.TotalAlloc
	t.Logf("32 MiB of values and 14 MB of header: %d bytes allocated", used)
	require.Less(t, used, uint64(16*16*limits.MiB+6*32*limits.MiB))
}
