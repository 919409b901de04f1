package cosim

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Type is the layout of a port's bits: a vector, a packed array, or a packed struct.
type Type struct {
	Width  int
	Signed bool    // of a vector or a member
	Fields []Field // of a struct or union, most significant first
	Union  bool    // each field begins at bit 0
	// Left and Right are the bounds of the outermost dimension, and Element the type of its elements; nil for bits.
	Ranged      bool
	Left, Right int
	Element     *Type
}

// Field is a member of a struct.
type Field struct {
	Name string
	Type *Type
}

// vector is the type of a port of which no more is known than its width.
func vector(width int) *Type { return &Type{Width: width, Ranged: true, Left: width - 1} }

// selector is one step into a type: .name, [3] or [7:4].
var selector = regexp.MustCompile(`^(?:\.([A-Za-z_][A-Za-z0-9_$]*)|\[\s*(-?\d+)\s*(?::\s*(-?\d+)\s*)?\])`)

// choose returns the lowest bit and the type of what a path names: "[7:0]", ".a", ".req.tag[3]".
func (t *Type) choose(path string) (low int, chosen *Type, err error) {
	for path != "" {
		g := selector.FindStringSubmatch(path)
		if g == nil {
			return 0, nil, fmt.Errorf("%q is neither [3], [7:0] nor .member", path)
		}
		path = path[len(g[0]):]
		if t == nil {
			return 0, nil, fmt.Errorf("a slice of several bits has no further part %s", g[0])
		}
		if g[1] == "" && len(t.Fields) > 0 {
			t = vector(t.Width) // as the language numbers the bits of a packed struct
		}
		switch {
		case g[1] != "":
			at, member, err := t.member(g[1])
			if err != nil {
				return 0, nil, err
			}
			low, t = low+at, member
		case !t.Ranged:
			return 0, nil, fmt.Errorf("%s: it has no bits with numbers", g[0])
		default:
			first, err := strconv.Atoi(g[2])
			if err != nil {
				return 0, nil, err
			}
			last := first
			if g[3] != "" {
				if last, err = strconv.Atoi(g[3]); err != nil {
					return 0, nil, err
				}
			}
			lo, hi := min(t.Left, t.Right), max(t.Left, t.Right)
			if min(first, last) < lo || max(first, last) > hi {
				return 0, nil, fmt.Errorf("%s is outside of its range [%d:%d]", g[0], t.Left, t.Right)
			}
			if first != last && (first > last) != (t.Left > t.Right) {
				return 0, nil, fmt.Errorf("%s runs against its range [%d:%d]", g[0], t.Left, t.Right)
			}
			element := 1
			if t.Element != nil {
				element = t.Element.Width
			}
			low += max(last-t.Right, t.Right-last) * element
			if g[3] == "" && t.Element != nil {
				t = t.Element
				continue
			}
			n := (max(first, last) - min(first, last) + 1) * element
			if t = (&Type{Width: n}); path != "" {
				return 0, nil, fmt.Errorf("a slice has no further part %s", path)
			}
		}
	}
	return low, t, nil
}

func (t *Type) member(name string) (low int, member *Type, err error) {
	for i, f := range t.Fields {
		if f.Name != name {
			continue
		}
		if t.Union {
			return 0, f.Type, nil
		}
		for _, after := range t.Fields[i+1:] {
			low += after.Type.Width
		}
		return low, f.Type, nil
	}
	return 0, nil, fmt.Errorf("it has no member %s%s", name, t.members())
}

// members lists the members of a struct for a message.
func (t *Type) members() string {
	var names []string
	for _, f := range t.Fields {
		names = append(names, fmt.Sprintf("%s (%d bit)", f.Name, f.Type.Width))
	}
	if names == nil {
		return ""
	}
	return "; its members are " + strings.Join(names, ", ")
}

// leaves returns the parts of a struct that are no structs themselves, most significant first; nothing for other types.
func (t *Type) leaves(s Slice) (out []Slice, types []*Type) {
	if t.Union {
		return nil, nil
	}
	low := s.Low + t.Width
	for _, f := range t.Fields {
		low -= f.Type.Width
		part := Slice{Port: s.Port, Name: s.String() + "." + f.Name, Low: low, Width: f.Type.Width}
		if len(f.Type.Fields) == 0 {
			out, types = append(out, part), append(types, f.Type)
			continue
		}
		more, kinds := f.Type.leaves(part)
		if more == nil { // a union
			more, kinds = []Slice{part}, []*Type{f.Type}
		}
		out, types = append(out, more...), append(types, kinds...)
	}
	return out, types
}
