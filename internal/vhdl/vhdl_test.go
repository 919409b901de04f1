package vhdl

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

const source = `-- entity comment is
library ieee; use ieee.numeric_std.all;
ENTITY Top IS
  GENERIC (W : natural := 4);
  PORT (a, B : IN signed(W - 1 DOWNTO 0); c : in std_logic_vector(3 downto 0);
    n : integer range -8 to 7; m : integer range 0 to 7; p : out ieee.numeric_std.signed(7 downto 0));
END ENTITY;
architecture rtl of top is
  component other port (x : in bit); end component; -- component bench is
begin
  u : entity work.part port map (a); s <= "entity work.bench";
end;
entity part is port (x : in bit); end;
entity other is port (x : in bit); end;
entity bench is end;
architecture test of bench is begin u : entity work.top port map (a); end;
`

func TestScan(t *testing.T) {
	all := scan("f.vhd", source)
	require.Len(t, all, 4)
	assert.Equal(t, "top", all[0].Name)
	assert.Equal(t, 3, all[0].Line)
	assert.Equal(t, map[string]bool{"a": true, "b": true, "n": true, "p": true}, all[0].Signed)
	assert.Equal(t, []string{"other", "part"}, all[0].names)
	assert.True(t, all[0].Ports)
	assert.False(t, all[3].Ports, "a testbench")
	found := tops(all)
	require.Len(t, found, 1)
	assert.Equal(t, "top", found[0].Name, "what a testbench instantiates may be the design")
}

func TestChoose(t *testing.T) {
	all := scan("f.vhd", source)
	top, err := choose(all, Design{Top: "PART"})
	require.NoError(t, err)
	assert.Equal(t, "part", top.Name)
	for _, c := range []struct{ text, top, want string }{
		{source, "tops", "no entity tops in f.vhd; did you mean option top top? There are: top (f.vhd:3), "},
		{"", "", "no entity in f.vhd"},
		{"entity a is port (x : bit); end; entity b is port (x : bit); end;", "", "2 entities are instantiated by no other: choose one with option top: a (f.vhd:1), b (f.vhd:1)"},
	} {
		_, err := choose(scan("f.vhd", c.text), Design{Files: []string{"f.vhd"}, Top: c.top})
		assert.ErrorContains(t, err, c.want)
	}
}

func TestFindMissing(t *testing.T) {
	t.Setenv("GHDL", "/none")
	_, err := Find(t.Context(), []string{"a/mul.vhd"})
	assert.ErrorContains(t, err, "ghdl --synth --std=08 --out=verilog mul.vhd -e mul > mul.v")
	assert.Equal(t, fault.Missing, fault.Status(err))
}

// TestVerilog has sources of both standards, in any order, with generics; GHDL reads no other files.
func TestVerilog(t *testing.T) {
	if _, err := exec.LookPath("ghdl"); err != nil {
		t.Skip("ghdl is not installed: scripts/bootstrap --tests installs it")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	file("secret.txt", "1\n")
	const head = "library ieee; use ieee.std_logic_1164.all; use ieee.numeric_std.all;\n"
	top := file("top.vhd", head+"use work.words.all;\nentity top is generic (K : natural := 1); port (a : in word; p : out unsigned(7 downto 0)); end;\n"+
		"architecture rtl of top is begin p <= unsigned(a) + K; end;\n")
	words := file("words.vhd", head+"package words is subtype word is std_logic_vector(7 downto 0); end;\n")
	old := file("old.vhd", head+"entity old is port (a : in unsigned(7 downto 0); p : out unsigned(7 downto 0)); end;\n"+
		"architecture rtl of old is signal context : unsigned(7 downto 0); begin context <= a; p <= context; end;\n")
	reads := file("reads.vhd", head+"use std.textio.all;\nentity reads is port (a : in unsigned(7 downto 0); p : out unsigned(7 downto 0)); end;\n"+
		"architecture rtl of reads is\nimpure function get return natural is file f : text open read_mode is \""+dir+"/secret.txt\"; variable l : line; variable n : natural;\n"+
		"begin readline(f, l); read(l, n); return n; end;\nconstant N : natural := get;\nbegin p <= a + N; end;\n")
	calls := file("calls.vhd", head+"package calls is function system(s : string) return integer; attribute  Foreign of system : function is \"VHPIDIRECT system\"; end;\n")
	tool, err := Find(t.Context(), []string{top})
	require.NoError(t, err)
	made, err := tool.Verilog(t.Context(), Design{Files: []string{top, words}, Generics: []string{"K=3"}})
	require.NoError(t, err)
	text, err := os.ReadFile(made.Path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "module top")
	assert.Contains(t, strings.ReplaceAll(string(text), "_", ""), "8'b00000011")
	_, err = tool.Verilog(t.Context(), Design{Files: []string{old}})
	require.NoError(t, err)
	for _, c := range []struct {
		design Design
		want   string
	}{
		{Design{Files: []string{top, words}, Generics: []string{"X=3"}}, `no generic "x"`},
		{Design{Files: []string{top}}, "words"},
		{Design{Files: []string{reads}}, "secret.txt"},
		{Design{Files: []string{calls}}, "calls.vhd: attribute foreign: subprograms in other languages are not read"},
	} {
		_, err := tool.Verilog(t.Context(), c.design)
		assert.ErrorContains(t, err, c.want)
		assert.Equal(t, fault.Usage, fault.Status(err), c.want)
	}
}
