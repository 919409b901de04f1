package link_test

import (
	"bufio"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/fpga/link/linktest"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
)

func table(t *testing.T, name string) *lut.Table {
	m, err := golden.Lookup(name)
	require.NoError(t, err)
	return m.Table()
}

type example struct {
	title             string
	request, response []byte
}

// examples reads the page: a title, a line to the board, a line to the host.
func examples(t *testing.T) []example {
	f, err := os.Open("../../docs/protocol.md")
	require.NoError(t, err)
	defer f.Close()
	var all []example
	inside := false
	for s := bufio.NewScanner(f); s.Scan(); {
		line := s.Text()
		unhex := func() []byte {
			p, err := hex.DecodeString(strings.ReplaceAll(line[2:], " ", ""))
			require.NoError(t, err, line)
			return p
		}
		switch {
		case line == "## Examples":
			inside = true
		case !inside || strings.HasPrefix(line, "```"):
		case strings.HasPrefix(line, "> "):
			all[len(all)-1].request = unhex()
		case strings.HasPrefix(line, "< "):
			all[len(all)-1].response = unhex()
		default:
			all = append(all, example{title: line})
		}
	}
	whole := all[:0]
	for _, e := range all {
		if e.request != nil {
			require.NotNil(t, e.response, e.title)
			whole = append(whole, e)
		}
	}
	require.Len(t, whole, 7)
	return whole
}

func decode(t *testing.T, p []byte) link.Frame {
	var d link.Decoder
	var all []link.Frame
	d.Decode(p, func(f link.Frame) { all = append(all, f) })
	require.Len(t, all, 1)
	assert.Zero(t, d.Bad())
	return all[0]
}

// What the page shows is what the host sends and understands.
func TestExamples(t *testing.T) {
	layout := link.Layout{Format: lut.FloatFormat(7, 7), Queue: 512}
	var identity link.Identity
	answered := 0
	did := func() { answered++ }
	requests := []*link.Request{
		link.Identify(func(p []byte) {
			var err error
			identity, err = link.ParseIdentity(p)
			require.NoError(t, err)
			answered++
		}),
		link.Echo([]byte{0x7e, 0x7d, 0x55}, did),
		link.Multiply(layout, []uint32{0x40, 0}, []uint32{0x60, 0}, func(_ int, p []uint32, s link.Status) {
			assert.Equal(t, []uint32{0xa0, 0}, p)
			assert.Equal(t, link.Regular, s)
			answered++
		}),
		link.Sums(0x712020e7, 126, 2, 0, func(sums []uint32, s link.Status) {
			m, d := table(t, "mitchell_e8m7"), layout.Digester(0x712020e7)
			assert.Equal(t, []uint32{d.Row(m.Row(126, nil)), d.Row(m.Row(127, nil))}, sums)
			assert.Equal(t, link.Regular, s)
			answered++
		}),
		link.Sums(0x712020e7, 127, 2, 0, nil),
		nil, // another version
		link.Baud(0x155555, did),
	}
	for i, e := range examples(t) {
		q, r := decode(t, e.request), decode(t, e.response)
		assert.Equal(t, e.request, q.Append(nil), e.title)
		assert.Equal(t, e.response, r.Append(nil), e.title)
		assert.Equal(t, byte(i+1), q.Sequence)
		assert.Equal(t, q.Sequence, r.Sequence)
		request := requests[i]
		if request == nil {
			assert.Equal(t, byte(1), q.Version)
			assert.Equal(t, []byte{link.CodeVersion}, r.Payload)
			continue
		}
		assert.Equal(t, request.Command, q.Command, e.title)
		assert.Equal(t, len(request.Payload), len(q.Payload), e.title)
		if len(q.Payload) > 0 {
			assert.Equal(t, request.Payload, q.Payload, e.title)
		}
		if r.Command == link.CmdError {
			assert.Equal(t, []byte{link.CodeRange}, r.Payload, e.title)
		} else {
			assert.Equal(t, link.Last, request.Accept(r.Payload, q.CRC()), e.title)
			assert.Equal(t, len(e.response)-strings.Count(string(e.response), "\x7d"), request.Bytes, e.title)
		}
	}
	assert.Equal(t, 5, answered)
	assert.Equal(t, lut.FloatFormat(7, 7), identity.Format)
	assert.True(t, identity.Pipelined)
	assert.Equal(t, []int{2, 12_000_000, 512}, []int{identity.Latency, identity.Clock, identity.Queue})
	assert.Equal(t, byte(0x3a), identity.Digest[0])
}

// The board of the tests answers as the page shows.
func TestExamplesOfTheModel(t *testing.T) {
	all := examples(t)
	synctest.Test(t, func(t *testing.T) {
		identity := decode(t, all[0].response)
		b := &linktest.Board{Table: table(t, "mitchell_e8m7"), Latency: 2, Pipelined: true}
		copy(b.Digest[:], identity.Payload[7:])
		l := linktest.NewLine(b, linktest.Faults{}, false)
		buffer := make([]byte, 2000)
		for _, e := range all {
			_, err := l.Write(e.request)
			require.NoError(t, err)
			time.Sleep(40 * time.Millisecond)
			n, err := l.Read(buffer)
			require.NoError(t, err)
			assert.Equal(t, e.response, buffer[:n], e.title)
		}
		assert.Equal(t, 1_000_000, b.Rate())
		time.Sleep(2 * time.Second)
		assert.Equal(t, 115200, b.Rate(), "nobody spoke at the new rate")
		l.Close()
		l.Wait()
	})
}
