package report

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// eventSchema is the part of TensorFlow's event.proto and summary.proto that scalars
// use, as its definitions have it. protobuf's own parser reads by it.
const eventSchema = `
name: "event.proto" package: "tensorflow" syntax: "proto3"
message_type { name: "Event"
  field { name: "wall_time" number: 1 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
  field { name: "step" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "file_version" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "summary" number: 5 type: TYPE_MESSAGE type_name: ".tensorflow.Summary" label: LABEL_OPTIONAL } }
message_type { name: "Summary"
  field { name: "value" number: 1 type: TYPE_MESSAGE type_name: ".tensorflow.Summary.Value" label: LABEL_REPEATED }
  nested_type { name: "Value"
    field { name: "tag" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "simple_value" number: 2 type: TYPE_FLOAT label: LABEL_OPTIONAL } } }`

// readEvents reads an event file without anything of the writer's: records with bitwise
// checksums, messages by the schema.
func readEvents(t *testing.T, path string) (events []protoreflect.Message) {
	var file descriptorpb.FileDescriptorProto
	require.NoError(t, prototext.Unmarshal([]byte(eventSchema), &file))
	schema, err := protodesc.NewFile(&file, nil)
	require.NoError(t, err)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	for len(data) > 0 {
		require.GreaterOrEqual(t, len(data), 16)
		n := binary.LittleEndian.Uint64(data)
		require.Equal(t, slowMaskedCRC(data[:8]), binary.LittleEndian.Uint32(data[8:]))
		require.GreaterOrEqual(t, len(data), int(16+n))
		require.Equal(t, slowMaskedCRC(data[12:12+n]), binary.LittleEndian.Uint32(data[12+n:]))
		m := dynamicpb.NewMessage(schema.Messages().ByName("Event"))
		require.NoError(t, proto.UnmarshalOptions{}.Unmarshal(data[12:12+n], m))
		assert.Empty(t, m.GetUnknown(), "fields that the schema has not")
		events = append(events, m)
		data = data[16+n:]
	}
	return events
}

// slowMaskedCRC computes the CRC-32C bit by bit, then the mask as tensorflow's
// crc32c.h has it.
func slowMaskedCRC(data []byte) uint32 {
	c := ^uint32(0)
	for _, b := range data {
		c ^= uint32(b)
		for range 8 {
			low := c & 1
			if c >>= 1; low == 1 {
				c ^= 0x82f63b78
			}
		}
	}
	c = ^c
	return (c>>15 | c<<(32-15)) + 0xa282ead8
}

func field(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByName(name))
}

// What is written is what a parser of protobuf messages reads, in that order, and the
// checksums are right.
func TestEvents(t *testing.T) {
	assert.Equal(t, uint32(0xe3069283), func() uint32 { c := slowMaskedCRC([]byte("123456789")) - 0xa282ead8; return c<<15 | c>>17 }(),
		"CRC-32C's check value")
	path := filepath.Join(t.TempDir(), "events.out.tfevents.1")
	e, err := NewEvents(path)
	require.NoError(t, err)
	require.Len(t, readEvents(t, path), 1, "a reader sees the beginning at once")
	at := time.Date(2024, 5, 6, 7, 8, 9, 250e6, time.UTC)
	e.Add(at, 1, Scalar{"train/loss", 2.25}, Scalar{"lr", 0.001})
	e.Add(at.Add(time.Second), 300_000, Scalar{"test/accuracy", 0.5})
	require.NoError(t, e.Flush())
	events := readEvents(t, path)
	require.Len(t, events, 3)
	assert.Equal(t, "brain.Event:2", field(events[0], "file_version").String())
	assert.InDelta(t, float64(time.Now().Unix()), field(events[0], "wall_time").Float(), 600)
	type row struct {
		at    float64
		step  int64
		tag   string
		value float32
	}
	var got []row
	for _, e := range events[1:] {
		list := field(field(e, "summary").Message(), "value").List()
		for i := range list.Len() {
			v := list.Get(i).Message()
			got = append(got, row{field(e, "wall_time").Float(), field(e, "step").Int(), field(v, "tag").String(), float32(field(v, "simple_value").Float())})
		}
	}
	assert.Equal(t, []row{{1714979289.25, 1, "train/loss", 2.25}, {1714979289.25, 1, "lr", 0.001}, {1714979290.25, 300_000, "test/accuracy", 0.5}}, got)
	require.NoError(t, e.Close())
	_, err = NewEvents(path)
	assert.ErrorIs(t, err, os.ErrExist)
}
