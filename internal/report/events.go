package report

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"os"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Events is an event file, which TensorBoard reads while it is written. It is a
// TFRecord file of messages tensorflow.Event; the few fields that scalars need are
// written by hand, since no library has the messages without all of TensorFlow's.
type Events struct {
	file *os.File
	buf  *bufio.Writer
}

// Scalar is a number by its tag: "train/loss".
type Scalar struct {
	Tag   string
	Value float64
}

// Numbers of fields, in tensorflow/core/util/event.proto and
// tensorflow/core/framework/summary.proto.
const (
	eventTime    = 1 // double, seconds since 1970
	eventStep    = 2 // int64
	eventVersion = 3 // string, in the first event
	eventSummary = 5
	summaryValue = 1
	valueTag     = 1
	valueSimple  = 2 // float
)

// NewEvents begins a file, which must not be there yet. TensorBoard takes files whose
// names contain "tfevents", and shows the scalars of each folder as a curve.
func NewEvents(path string) (*Events, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	e := &Events{f, bufio.NewWriter(f)}
	e.record(protowire.AppendString(protowire.AppendTag(eventAt(time.Now()), eventVersion, protowire.BytesType), "brain.Event:2"))
	return e, e.Flush()
}

// Add adds the measurements of a step, from 1. Flush and Close return its errors.
func (e *Events) Add(at time.Time, step int, scalars ...Scalar) {
	var summary []byte
	for _, s := range scalars {
		value := protowire.AppendString(protowire.AppendTag(nil, valueTag, protowire.BytesType), s.Tag)
		value = protowire.AppendFixed32(protowire.AppendTag(value, valueSimple, protowire.Fixed32Type), math.Float32bits(float32(s.Value)))
		summary = protowire.AppendBytes(protowire.AppendTag(summary, summaryValue, protowire.BytesType), value)
	}
	event := protowire.AppendVarint(protowire.AppendTag(eventAt(at), eventStep, protowire.VarintType), uint64(step))
	e.record(protowire.AppendBytes(protowire.AppendTag(event, eventSummary, protowire.BytesType), summary))
}

// Flush makes all added measurements visible to readers.
func (e *Events) Flush() error { return e.buf.Flush() }

// Close ends the file.
func (e *Events) Close() error { return errors.Join(e.buf.Flush(), e.file.Close()) }

func eventAt(t time.Time) []byte {
	seconds := float64(t.UnixMicro()) / 1e6
	return protowire.AppendFixed64(protowire.AppendTag(nil, eventTime, protowire.Fixed64Type), math.Float64bits(seconds))
}

// record writes a record: length, its checksum, data, their checksum; all little
// endian.
func (e *Events) record(data []byte) {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	e.buf.Write(binary.LittleEndian.AppendUint32(length, maskedCRC(length))) // a failed write makes Flush fail
	e.buf.Write(data)
	e.buf.Write(binary.LittleEndian.AppendUint32(nil, maskedCRC(data)))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC is a CRC-32C, turned and moved so that checksums over data with checksums
// in it stay good ones.
func maskedCRC(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}
