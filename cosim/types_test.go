package cosim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// typesText is Verilator's XML of a module with a port of each sort.
const typesText = `<?xml version="1.0" ?>
<verilator_xml><netlist>
  <module name="t" origName="t" topModule="1">
    <var name="up" dtype_id="2" dir="input" vartype="logic" origName="up"/>
    <var name="off" dtype_id="3" dir="input" vartype="logic" origName="off"/>
    <var name="x" dtype_id="4" dir="input" vartype="port" origName="x"/>
    <var name="md" dtype_id="5" dir="input" vartype="port" origName="md"/>
    <var name="req" dtype_id="1" dir="input" vartype="req_t" origName="req"/>
    <var name="either" dtype_id="30" dir="output" vartype="u_t" origName="either"/>
  </module>
  <typetable>
    <basicdtype id="8" name="logic" left="7" right="0" signed="true"/>
    <basicdtype id="12" name="logic" left="0" right="3"/>
    <basicdtype id="13" name="logic"/>
    <basicdtype id="2" name="logic" left="0" right="7"/>
    <basicdtype id="3" name="logic" left="11" right="4"/>
    <refdtype id="18" name="req_t" sub_dtype_id="1"/>
    <enumdtype id="17" name="e_t" sub_dtype_id="12"/>
    <structdtype id="1" name="req_t">
      <memberdtype id="14" name="a" sub_dtype_id="8"/>
      <memberdtype id="15" name="b" sub_dtype_id="17"/>
      <memberdtype id="16" name="v" sub_dtype_id="13"/>
    </structdtype>
    <uniondtype id="30" name="u_t">
      <memberdtype id="31" name="whole" sub_dtype_id="2"/>
      <memberdtype id="32" name="low" sub_dtype_id="12"/>
    </uniondtype>
    <basicdtype id="20" name="logic" left="1" right="0"/>
    <packarraydtype id="5" sub_dtype_id="20"><range><const name="32'sh3"/><const name="32'sh0"/></range></packarraydtype>
    <unpackarraydtype id="4" sub_dtype_id="8"><range><const name="32'h0"/><const name="32'h1"/></range></unpackarraydtype>
  </typetable>
</netlist></verilator_xml>`

func TestTypes(t *testing.T) {
	n, err := readXML(strings.NewReader(typesText))
	require.NoError(t, err)
	list := ports("in up 8, in off 8, in md 8, in req 13, out either 8")
	require.NoError(t, n.portTypes("t", list))
	at := map[string]Port{}
	for _, p := range list {
		at[p.Name] = p
	}
	for path, want := range map[string][2]int{ // lowest bit and width
		"up[0:3]": {4, 4}, "up[7]": {0, 1}, "up[0]": {7, 1}, "up[0:7]": {0, 8},
		"off[7:4]": {0, 4}, "off[11]": {7, 1},
		"md[3]": {6, 2}, "md[2:1]": {2, 4}, "md[3][0]": {6, 1}, "md[1][1]": {3, 1},
		"req.a": {5, 8}, "req.b": {1, 4}, "req.v": {0, 1}, "req.a[7:4]": {9, 4}, "req.b[0]": {4, 1}, "req.b[2:3]": {1, 2}, "req[12:5]": {5, 8}, "req[0]": {0, 1},
		"either.whole": {0, 8}, "either.low[0:1]": {2, 2}, "either.low": {0, 4},
	} {
		i := strings.IndexAny(path, "[.")
		low, chosen, err := at[path[:i]].layout().choose(path[i:])
		require.NoError(t, err, path)
		assert.Equal(t, want, [2]int{low, chosen.Width}, path)
	}
	for path, says := range map[string]string{
		"up[3:0]": "runs against its range [0:7]", "up[8]": "outside of its range [0:7]", "off[3:0]": "outside of its range [11:4]",
		"req[0:3]": "runs against its range [12:0]", "req.v[0]": "no bits with numbers", "req.c": "no member c; its members are a (8 bit), b (4 bit), v (1 bit)", "req.a.b": "no member b",
		"up[0:3][1]": "no further part", "up[7][0]": "no further part", "up.": "neither", "up[0": "neither", "md[4]": "outside",
		"up[99999999999999999999]": "value out of range", "either.low[4]": "outside",
	} {
		i := strings.IndexAny(path, "[.")
		_, _, err := at[path[:i]].layout().choose(path[i:])
		assert.ErrorContains(t, err, says, path)
	}
	parts, types := at["req"].Type.leaves(Slice{Port: "req"})
	assert.Equal(t, []Slice{{"req", "req.a", 5, 8}, {"req", "req.b", 1, 4}, {"req", "req.v", 0, 1}}, parts)
	assert.True(t, types[0].Signed)

	_, unpacked, err := n.typeOf("4", 0)
	require.NoError(t, err)
	assert.Equal(t, [][2]int{{0, 1}}, unpacked)
	assert.ErrorContains(t, n.portTypes("t", ports("in up 7")), "7 in its model")
	_, _, err = n.typeOf("99", 0)
	assert.ErrorContains(t, err, `no type "99"`)
	loop, err := readXML(strings.NewReader(`<a><netlist><typetable><refdtype id="1" sub_dtype_id="1"/></typetable></netlist></a>`))
	require.NoError(t, err)
	_, _, err = loop.typeOf("1", 0)
	assert.Error(t, err)
}

func TestListWords(t *testing.T) {
	const text = "// a comment\n# another\na.v  \"b c.v\"\t-I d // e\n+incdir+x//y\n\n\"\"\n"
	assert.Equal(t, []listWord{{"a.v", 3}, {"b c.v", 3}, {"-I", 3}, {"d", 3}, {"+incdir+x//y", 4}, {"", 6}}, listWords(text))
}
