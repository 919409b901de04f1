package lut

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// unfitCoding matches what cannot be part of a coding's name.
var unfitCoding = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// FindCoding returns the coding that a text names: a built-in one, or a CSV file, whose name without folder and
// extension is the coding's; see ReadCoding.
func FindCoding(text string) (Coding, error) {
	if c, ok := BuiltinCoding(text); ok {
		return c, nil
	}
	if !strings.EqualFold(filepath.Ext(text), ".csv") {
		return Coding{}, fmt.Errorf("%s is no coding: expected a file.csv of code and value, positNesE, %s", limits.Quote(text), strings.Join(BuiltinCodings, ", "))
	}
	f, err := limits.Open(text)
	if err != nil {
		return Coding{}, fmt.Errorf("reading coding: %w", err)
	}
	defer f.Close()
	name := filepath.Base(text)
	name = unfitCoding.ReplaceAllString(strings.TrimSuffix(name, filepath.Ext(name)), "_")
	c, err := ReadCoding(f, name)
	if err != nil {
		return Coding{}, fmt.Errorf("coding %s: %w", text, err)
	}
	return c, nil
}

// ReadCoding reads a coding of a name: CSV with the header code,value and a line for each code, in any order. A code is
// a number in decimal, hex (0x) or binary (0b). A value is a number in decimal or hex, rounded to binary32, inf, -inf,
// or nan, nar for what is no number. Errors name the line.
func ReadCoding(r io.Reader, name string) (Coding, error) {
	const most = (1<<MaxProductCode + 1) * mostEntryText
	limited := &io.LimitedReader{R: r, N: most + 1}
	in := csv.NewReader(limited)
	in.ReuseRecord, in.TrimLeadingSpace, in.FieldsPerRecord = true, true, -1
	head, err := in.Read()
	if err != nil && err != io.EOF {
		return Coding{}, err
	}
	if len(head) != 2 || strings.TrimSpace(head[0]) != "code" || strings.TrimSpace(head[1]) != "value" {
		return Coding{}, fmt.Errorf("line 1: found %s, expected the column names code,value", limits.Quote(strings.Join(head, ",")))
	}
	values := map[uint64]float32{}
	for {
		fields, err := in.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			return Coding{}, err
		}
		line, _ := in.FieldPos(0)
		if len(fields) != 2 {
			return Coding{}, fmt.Errorf("line %d: %d columns, expected code and value", line, len(fields))
		}
		code, err := strconv.ParseUint(strings.TrimSpace(fields[0]), 0, MaxProductCode)
		if err != nil {
			return Coding{}, fmt.Errorf("line %d: %s is no code: expected a number from 0 to %d", line, limits.Quote(fields[0]), 1<<MaxProductCode-1)
		}
		if _, twice := values[code]; twice {
			return Coding{}, fmt.Errorf("line %d: code %d is there twice", line, code)
		}
		if values[code], err = parseNumber(strings.TrimSpace(fields[1])); err != nil {
			return Coding{}, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if limited.N <= 0 {
		return Coding{}, fmt.Errorf("it has more than %s", limits.Size(most))
	}
	list := make([]float32, len(values))
	for code := range list {
		v, ok := values[uint64(code)]
		if !ok {
			return Coding{}, fmt.Errorf("%d codes are there, but not code %d: expected a line for each code of 0 to 2^n - 1", len(list), code)
		}
		list[code] = v
	}
	return NewCoding(name, list)
}

// parseNumber reads a value.
func parseNumber(text string) (float32, error) {
	if strings.EqualFold(text, "nar") {
		return float32(math.NaN()), nil
	}
	exact, _ := strconv.ParseFloat(text, 64)
	v, err := strconv.ParseFloat(text, 32) // which rounds once
	if err != nil {
		return 0, fmt.Errorf("%s is no value: expected a number of binary32, inf or nan", limits.Quote(text))
	}
	if v == 0 && exact != 0 {
		return 0, fmt.Errorf("%s is too small for binary32", limits.Quote(text))
	}
	return float32(v), nil
}
