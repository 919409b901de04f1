package limits

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// DeepestJSON is how deep objects and arrays may lie in each other.
const DeepestJSON = 64

// CheckJSON refuses JSON that is nested deeper than DeepestJSON or has more values than
// values, before something makes Go values of it. Whether it is JSON at all is for the
// decoder to say. It takes time in proportion to the text, and no memory.
func CheckJSON(text []byte, values int) error {
	depth, count := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if depth++; depth > DeepestJSON {
				return fmt.Errorf("values lie more than %d deep in others", DeepestJSON)
			}
			count++
		case '}', ']':
			depth--
		case ',', ':':
			count++
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		}
		if count > values {
			return fmt.Errorf("more than %d values", values)
		}
	}
	return nil
}

// Unmarshal is json.Unmarshal after CheckJSON. It refuses keys that an object has twice, of
// which one would go unseen.
func Unmarshal(text []byte, values int, to any) error {
	if err := CheckJSON(text, values); err != nil {
		return err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return err
	}
	return UniqueKeys(text)
}

// UniqueKeys refuses JSON in which an object has a key twice.
func UniqueKeys(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	type level struct {
		keys  map[string]bool // nil in an array
		value bool            // the next token is the value of a key
	}
	var stack []level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		top := len(stack) - 1
		if token == json.Delim('}') || token == json.Delim(']') {
			stack = stack[:top]
			continue
		}
		if top >= 0 && stack[top].keys != nil {
			if key, ok := token.(string); ok && !stack[top].value {
				if stack[top].keys[key] {
					return fmt.Errorf("the key %q is there twice", Show(key))
				}
				stack[top].keys[key], stack[top].value = true, true
				continue
			}
			stack[top].value = false
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{keys: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, level{})
		}
	}
}
