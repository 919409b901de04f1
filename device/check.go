package device

import "fmt"

// CheckLen is an error unless all buffers have n elements.
func CheckLen(n int, buffers ...Buffer) error {
	for _, b := range buffers {
		if b.Len() != n {
			return fmt.Errorf("a buffer has %d elements, expected %d", b.Len(), n)
		}
	}
	return nil
}

// CheckMatrix is an error unless x has rows × cols elements and v has cols.
func CheckMatrix(rows, cols int, x, v Buffer) error {
	if rows < 0 || cols < 0 || x.Len() != rows*cols || v.Len() != cols {
		return fmt.Errorf("%d × %d: buffers of %d and %d elements, expected %d and %d", rows, cols, x.Len(), v.Len(), rows*cols, cols)
	}
	return nil
}

// CheckRate is an error unless rate is one of Dropout.
func CheckRate(rate float32) error {
	if !(rate >= 0 && rate < 1) {
		return fmt.Errorf("rate %v: expected 0 or more and less than 1", rate)
	}
	return nil
}
