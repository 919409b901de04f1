package errkind_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/errkind"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// A program asks for the kind of an error before it decides what to do.
func Example() {
	_, err := data.Fetch(context.Background(), "digits", "", "", nil)
	switch errkind.Of(err) {
	case errkind.Input:
		fmt.Println("ask again:", err)
	case errkind.Missing:
		fmt.Println("install it first:", err)
	}
	// Output: ask again: digits is drawn by the program; there is nothing to fetch
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want errkind.Kind
		text string
	}{
		{nil, errkind.None, "no error"},
		{errors.New("another module's"), errkind.Failed, "failed"},
		{fault.Failedf("7 products differ"), errkind.Failed, "failed"},
		{fault.Usagef("no such file"), errkind.Input, "wrong input"},
		{fmt.Errorf("opening: %w", fault.Missingf("no verilator")), errkind.Missing, "a tool or device is missing"},
		{fault.Failedf("the run: %w", fault.Usagef("no such file")), errkind.Failed, "failed"},
	} {
		assert.Equal(t, c.want, errkind.Of(c.err), "%v", c.err)
		assert.Equal(t, c.text, errkind.Of(c.err).String())
	}
}
