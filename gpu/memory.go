package gpu

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/internal/option"
)

// memory hands out a driver's memory and keeps freed memory, because asking the driver is slow and
// waits for the GPU. Sizes are rounded up to classes, eight to each power of two, so that buffers
// of nearly the same size can be reused. The zero value with a driver is ready for use.
type memory struct {
	driver driver.Driver
	spare  map[int][]driver.Pointer // by class
	kept   int64                    // bytes in spare
	exact  bool                     // for tests: no rounding, nothing kept, so that a tool sees each buffer's end
}

// granule is the least that is handed out, and what pointers are multiples of.
const granule = 256

// class returns the bytes that are handed out for a size.
func (m *memory) class(size int) int {
	if m.exact {
		return size
	}
	step := granule
	if over := bits.Len(uint(size-1)) - 4; over > bits.Len(granule)-1 {
		step = 1 << over
	}
	return (size + step - 1) / step * step
}

// alloc returns memory of any content.
func (m *memory) alloc(size int) (driver.Pointer, error) {
	class := m.class(size)
	if list := m.spare[class]; len(list) > 0 {
		p := list[len(list)-1]
		m.spare[class] = list[:len(list)-1]
		m.kept -= int64(class)
		return p, nil
	}
	p, err := m.driver.Alloc(class)
	if err != nil && m.kept > 0 {
		m.release()
		p, err = m.driver.Alloc(class)
	}
	if err != nil {
		return 0, m.explain(class, err)
	}
	return p, nil
}

// explain adds the free and total memory to an error, if memory ran out.
func (m *memory) explain(size int, err error) error {
	asked := humanize.IBytes(uint64(size))
	free, total, failed := m.driver.Memory()
	if failed != nil || !errors.Is(err, driver.ErrMemory) {
		return fmt.Errorf("no %s of memory on %s: %w", asked, m.driver.Name(), err)
	}
	return fmt.Errorf("out of memory on %s: asked for %s, %s of %s are free (%w); a smaller %v needs less",
		m.driver.Name(), asked, humanize.IBytes(uint64(free)), humanize.IBytes(uint64(total)), err, option.Batch)
}

// free takes memory back that was had for the same size.
func (m *memory) free(p driver.Pointer, size int) {
	if m.exact {
		m.driver.Free(p) // an error comes again with the next Sync
		return
	}
	if m.spare == nil {
		m.spare = map[int][]driver.Pointer{}
	}
	class := m.class(size)
	m.spare[class] = append(m.spare[class], p)
	m.kept += int64(class)
}

// release gives all that is kept back to the driver.
func (m *memory) release() {
	for class, list := range m.spare {
		for _, p := range list {
			m.driver.Free(p) // an error comes again with the next Sync
		}
		delete(m.spare, class)
	}
	m.kept = 0
}
