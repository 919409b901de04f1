package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/hostile"
)

// withHeader is a checkpoint of a header as given and so many bytes of tensors, with the right digest.
func withHeader(text string, values int) []byte {
	p := binary.LittleEndian.AppendUint16([]byte(magic), fileVersion)
	p = binary.LittleEndian.AppendUint32(p, uint32(len(text)))
	return sealed(append(append(p, text...), make([]byte, values)...))
}

func TestHostile(t *testing.T) {
	want := sample(3)
	good := encode(t, want)
	n := int(binary.LittleEndian.Uint32(good[10:]))
	var c hostile.Cases
	end := len(good) - sha256.Size
	c.Cuts(good, 0, 1, 8, 10, 14, 14+n/2, 14+n, 14+n+4, 14+n+24, end-4, end, end+1, end+16, len(good))
	c.Wrapped(good, true)
	c.Fields(good, binary.LittleEndian, 1, map[string]int{"the magic": 0, "the first value": 14 + n, "the digest": end, "the header": 20})
	// The same with right digests: what a program would write that means it ill.
	var unsealed hostile.Cases
	body := good[:end]
	unsealed.Cuts(body, 0, 1, 8, 10, 14, 14+n/2, 14+n, 14+n+4, 14+n+24, end-4)
	unsealed.Wrapped(body, true)
	unsealed.Fields(body, binary.LittleEndian, 2, map[string]int{"the version": 8})
	unsealed.Fields(body, binary.LittleEndian, 4, map[string]int{"the header's length": 10})
	unsealed.Fields(body, binary.LittleEndian, 1, map[string]int{"the magic": 3})
	for _, u := range unsealed {
		c.Add("sealed: "+u.Name, sealed(u.Data))
	}
	head := string(good[14 : 14+n])
	size := end - 14 - n
	numbers := []string{"-1", "1.5", "1e999", "NaN", "null", `"1"`, "[]", "{}", "9223372036854775808", "-9223372036854775809", "true", "01", "+1", ""}
	var whole map[string]any
	require.NoError(t, json.Unmarshal([]byte(head), &whole))
	for key, old := range map[string]string{"step": `"step":3`, "correct": `"correct":7`, "epoch": `"epoch":1`, "images": `"images":64`, "train_accuracy": `"train_accuracy":0.1`, "train_ns": `"train_ns":1000000000`, "test_accuracy": `"test_accuracy":0`} {
		require.Contains(t, head, old)
		for i, v := range numbers {
			h := strings.Replace(head, old, fmt.Sprintf("%q:%s", key, v), 1)
			if v == "null" || v == "1.5" && strings.Contains(key, "nothing") {
				c.May(fmt.Sprintf("%s is evil %d", key, i), withHeader(h, size))
				continue
			}
			c.Add(fmt.Sprintf("%s is evil %d", key, i), withHeader(h, size))
		}
		c.Add(key+" twice", withHeader(strings.Replace(head, old, old+","+old, 1), size))
	}
	for i, shape := range []string{"[]", "[0]", "[-1]", "[2]", "[3,2,1]", "[2,4]", "[6,0]", "[1.5]", "[4294967296]", "[2147483647,2]", "[-2,-3]", "[65536,65536]", "[9223372036854775807]", `["6"]`, "null", "6", "[[6]]", "{}",
		"[" + strings.Repeat("1,", 8) + "6]", "[" + strings.Repeat("1,", 100_000) + "6]"} {
		h := strings.Replace(head, `"shape":[2,3]`, `"shape":`+shape, 1)
		if shape == "[3,2,1]" {
			c.May(fmt.Sprintf("shape is evil %d", i), withHeader(h, size))
			continue
		}
		c.Add(fmt.Sprintf("shape is evil %d", i), withHeader(h, size))
	}
	for what, name := range hostile.Names {
		quoted, err := json.Marshal(name)
		require.NoError(t, err)
		h := strings.Replace(head, `"name":"w"`, `"name":`+string(quoted), 1)
		if what == "no UTF-8" || what == "half a rune" || what == "a surrogate" {
			c.May("a tensor's name is "+what, withHeader(h, size)) // json made signs of replacement of it
			continue
		}
		c.Add("a tensor's name is "+what, withHeader(h, size))
	}
	for name, h := range map[string]string{
		"no JSON": "x", "empty": "", "a list": "[]", "a string": `"x"`, "a number": "7", "deep": strings.Repeat("[", 1<<20), "deep objects": strings.Repeat(`{"a":`, 1<<18), "open": head[:len(head)-1], "two": head + head,
		"a key twice": strings.Replace(head, `{"config"`, `{"config":{},"config"`, 1), "a key of config twice": strings.Replace(head, `"lr":0.1`, `"lr":0.1,"lr":0.2`, 1), "tensors that are an object": strings.Replace(head, `"tensors":[`, `"tensors":{"a":[`, 1),
		"a tensor twice": strings.Replace(head, `"name":"w/optimizer1"`, `"name":"w"`, 1), "no name": strings.Replace(head, `"name":"w"`, `"name":""`, 1), "no tensors": strings.Replace(head, `"tensors"`, `"tensor"`, 1),
		"two million values": `{"tensors":[` + strings.Repeat("{},", 2_100_000) + "{}]}", "a million tensors of nothing": `{"tensors":[` + strings.Repeat("{},", 200_000) + "{}]}",
		"epochs that are no list": strings.Replace(head, `"epochs":[`, `"epochs":7,"e":[`, 1), "a course too long": strings.Replace(head, `"step":3`, `"course":[`+strings.Repeat("1,", 2000)+`1],"step":3`, 1),
		"a tensor more": strings.Replace(head, `"tensors":[`, `"tensors":[{"name":"more","shape":[1]},`, 1), "a large tensor": strings.Replace(head, `[2,3]`, `[2147483647]`, 1),
		"config that is a list": strings.Replace(head, `"config":{`, `"config":[{`, 1), "an open string": `{"config":{"a":"`, "an accuracy of 2": strings.Replace(head, `"train_accuracy":0.1`, `"train_accuracy":2`, 1),
		"epoch 2 first": strings.Replace(head, `"epoch":1`, `"epoch":2`, 1),
	} {
		require.NotEqual(t, head, h, name)
		c.Add("header: "+name, withHeader(h, size))
	}
	for _, more := range []int{-24, -4, -3, -1, 1, 3, 4, 1 << 20} {
		c.Add(fmt.Sprintf("%d bytes of values too many", more), withHeader(head, size+more))
	}
	hostile.Reader{Name: "x.checkpoint", Least: 200, Memory: 300 << 20, Read: func(path string) (any, error) { return ReadFile(path) },
		Right: func(read any) error { // it is written again as another that reads the same
			got := read.(*Checkpoint)
			var buf bytes.Buffer
			if err := got.Write(&buf); err != nil {
				return err
			}
			again, err := decode(buf.Bytes())
			if err == nil && !reflect.DeepEqual(again.Tensors, got.Tensors) {
				err = fmt.Errorf("other tensors")
			}
			return err
		}}.Run(t, c)
}
