package experiment

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/approxtrain/approxtrain/internal/hostile"
)

// hostileYAML are texts of experiments that are wrong, and some that look so.
func hostileYAML() hostile.Cases {
	var c hostile.Cases
	rep := strings.Repeat
	deep := func(n int) string { return "model: [" + rep("{block: [", n) + "relu" + rep("]}", n) + "]" }
	for _, n := range []int{32, 64, 65, 100, 499, 1000, 5000, 20_000} {
		c.Text(fmt.Sprintf("blocks %d deep", n), "%s", deep(n))
		c.Text(fmt.Sprintf("lists %d deep", n+40), "model: %s", rep("[", n+40)+rep("]", n+40))
		c.Text(fmt.Sprintf("mappings %d deep", n+40), "model: %s", rep("{a: ", n+40)+rep("}", n+40))
		c.Text(fmt.Sprintf("dashes %d deep", n+40), "model:\n  %srelu\n", rep("- ", n+40))
		c.Text(fmt.Sprintf("dashes in brackets %d deep", n), "model: [%s]", rep("- ", n))
		c.Text(fmt.Sprintf("question marks %d deep", n), "%s a", rep("? ", n))
		c.Text(fmt.Sprintf("open lists %d deep", n), "model: %s", rep("[", n))
		c.Text(fmt.Sprintf("anchors %d deep", n), "model: %s a", rep("&a ", n))
		c.Text(fmt.Sprintf("tags %d deep", n), "model: %s a", rep("!!seq ", n))
	}
	for _, n := range []int{65, 200, 600} {
		var b strings.Builder
		for i := range n {
			b.WriteString(rep(" ", i) + "a:\n")
		}
		c.Text(fmt.Sprintf("indented %d deep", n), "%s", b.String())
	}
	// Aliases that double, that mean themselves, and that are none.
	laugh := "model:\n  - &l0 {block: [relu, relu, relu, relu, relu, relu, relu, relu, relu, relu]}\n"
	for i := range 12 {
		laugh += fmt.Sprintf("  - &l%d {block: [%s]}\n", i+1, strings.TrimSuffix(rep(fmt.Sprintf("*l%d, ", i), 10), ", "))
	}
	c.Text("a billion laughs", "%s", laugh)
	c.Text("a billion numbers", "seed: 1\naugment:\n  - &a [x, x, x, x]\n  - &b [*a, *a, *a, *a]\n  - [*b, *b, *b, *b]")
	for name, text := range map[string]string{"itself": "model: &x [*x]", "itself by a key": "model: &x {block: *x}", "each other": "model: [&a {block: [*b]}, &b {block: [*a]}]", "none": "model: *none", "before": "model: [*a, &a relu]",
		"twice defined": "model: [&a relu, &a gelu, *a, *b]", "as a key": "&a model: lenet-5\n*a : 3", "merged": "x: &x {a: 1}\n<<: *x", "merged itself": "&x <<: *x", "anchor without a value": "model: &a", "a mark alone": "model: &", "an alias alone": "model: *",
		"2000 aliases": "model: [&a relu" + rep(", *a", 2000) + "]", "100,000 aliases": "model: [&a relu" + rep(", *a", 40_000) + "]"} {
		c.Text("alias: "+name, "%s", text)
	}
	// Sizes.
	c.Text("a megabyte of comments", "%s", rep("# x\n", 1<<18))
	c.Text("256 KiB and more", "%s", "seed: 1 #"+rep("x", 256<<10))
	c.Text("lines", "%s", rep("\n", 100_000))
	c.Text("lines in a literal", "model: |\n%s", rep("\n", 100_000))
	c.Text("returns", "model: |\n%s", rep("\r", 100_000))
	c.Text("a word of 200 KB", "model: %s", rep("x", 200_000))
	c.Text("a key of 200 KB", "%s: 1", rep("x", 200_000))
	c.Text("a quote of 200 KB", "model: \"%s\"", rep("x", 200_000))
	c.Text("an open quote", "model: \"%s", rep("x", 200_000))
	c.Text("an open quote of one", "model: '%s", rep("x", 200_000))
	c.Text("a number of 200 KB", "seed: %s", rep("9", 200_000))
	c.Text("100,000 words", "model: [%s]", rep("a,", 100_000))
	c.Text("documents", "%s", rep("---\na\n", 10_000))
	c.Text("document ends", "%s", rep("...\n", 10_000))
	keys := func(n int, sep string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "k%d: 1%s", i, sep)
		}
		return b.String()
	}
	c.Text("10,000 keys", "%s", keys(10_000, "\n"))
	c.Text("10,000 keys in braces", "{%s}", keys(10_000, ", "))
	c.Text("1,001 rules", "multipliers: [{name: x, default: fp32, layers: {%s}}]", keys(1001, ", "))
	var rules strings.Builder
	fmt.Fprintf(&rules, "multipliers:\n  - {name: x, default: fp32, layers: &r {%s}}\n", keys(900, ", "))
	for i := range 400 {
		fmt.Fprintf(&rules, "  - {name: x%d, default: fp32, layers: *r}\n", i)
	}
	c.Text("400 times 900 rules", "%s", rules.String())
	var many strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&many, "m%d,", i)
	}
	c.Text("1,001 multipliers", "multipliers: [%s]", many.String())
	// Encodings.
	for name, text := range map[string]string{"UTF-16": "\xff\xfem\x00o\x00", "UTF-32": "\xff\xfe\x00\x00", "a null": "seed: 1\x00", "nulls": rep("\x00", 1000), "latin 1": "name: gr\xf6\xdfe", "half a rune": "name: \xe2\x82", "a surrogate": "name: \xed\xa0\x80",
		"overlong": "name: \xc0\x80", "ESC": "name: \x1b[2J", "ESC as a key": "\x1b[2J: 1", "ESC in quotes": `name: "\x1b[2J"`, "a bell": `name: "\a"`, "a null in quotes": `name: "\0"`, "DEL": "name: \x7f", "a tab": "model:\n\t- relu", "tabs": "\tseed: 1",
		"right to left": "name: \u202ex", "right to left key": "\u202eseed: 1", "zero width": "se\u200bed: 1", "full width": "seed： 1", "a backspace": "name: a\bb", "binary": "\x7fELF\x02\x01\x01", "gzip": "\x1f\x8b\x08", "a line separator": "name: a\u2028b", "a bad escape": `name: "\q"`,
		"an open escape": `name: "\`, "HTML": "<!DOCTYPE html>", "a shebang": "#!/bin/sh\nexit 1", "TOML": "seed = 1", "XML": "<?xml version=\"1.0\"?>", "INI": "[train]\nseed=1"} {
		c.Text("encoding: "+name, "%s", text)
	}
	// Keys twice, in places where they count.
	for name, text := range map[string]string{"at the top": "seed: 1\nseed: 1", "in quotes": "seed: 1\n\"seed\": 2", "in a schedule": "schedule: {kind: cosine, kind: step}", "in a layer": "model: [{dense: 3, dense: 4}]", "in a convolution": "model: [{conv: {out: 3, out: 4, kernel: 3}}]",
		"in a multiplier": "multipliers: [{name: x, name: y, default: fp32}]", "in rules": "multipliers: [{name: x, default: fp32, layers: {a: fp32, a: fp32}}]", "in digests": "tables_sha256: {a: b, a: c}", "two kinds": "model: [{dense: 3, relu: }]"} {
		c.Text("twice: "+name, "%s", text)
	}
	// Every key with values of another kind.
	for _, key := range []string{"model", "data", "multipliers", "backward", "epochs", "batch", "optimizer", "lr", "decay", "schedule", "smoothing", "clip", "patience", "seed", "limit", "steps", "augment", "normalize", "init", "checkpoint_every",
		"device", "threads", "name", "out", "init_sha256", "data_sha256", "model_name", "tables_sha256"} {
		for i, v := range []string{"", "~", "{}", "[]", "[[]]", "{a: }", "[a, [b]]", "!!binary aGk=", "!<tag:yaml.org,2002:int> 3", "*x", "\"\\x1b\"", "|\n  a\n  b\n", "[\"\"]", "{? [a] : b}"} {
			if v == "{}" && (key == "tables_sha256" || key == "schedule") || v == "[]" && key == "augment" {
				continue // nothing of what may be left out
			}
			c.Text(fmt.Sprintf("%s is evil %d", key, i), "%s: %s", key, v)
		}
	}
	for _, name := range []string{"ESC", "300 bytes", "right to left", "a null", "a line"} {
		text, _ := json.Marshal(hostile.Names[name])
		for where, format := range map[string]string{"a layer": "model: [{dense: 3, name: %s}]", "a multiplier": "multipliers: [{name: %s, default: }]", "a table": "multipliers: [{name: x, default: %s, layer: }]", "rules": "multipliers: [{name: x, default: fp32, layers: {%s: [] }}]"} {
			c.Text(where+" is named "+name, format, text)
		}
	}
	return c
}

func TestHostileYAML(t *testing.T) {
	hostile.Reader{Name: "net.yaml", Least: 500, Memory: 192 << 20, Read: func(path string) (any, error) { return Load(path) }}.Run(t, hostileYAML())
}

// What another program left in a run's folder.
func TestHostileRunFolder(t *testing.T) {
	good := `{"model":"lenet-5","data":"digits","multipliers":["fp32"],"epochs":3,"batch":64,"optimizer":"adam","lr":0.001,"decay":0,"schedule":{"kind":"cosine"},"seed":1,"data_sha256":"x","tables_sha256":{}}`
	var c hostile.Cases
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(good), &fields); err != nil {
		t.Fatal(err)
	}
	for key := range fields {
		for i, v := range []string{`[[1]]`, `{"a":{}}`, `"\u001b[2J"`, `"a\u0000"`, `"\u202e"`, `[null]`, `{"a":null}`, `-1e999`, `"` + strings.Repeat("n", 5000) + `"`, `[` + strings.Repeat(`[`, 70) + strings.Repeat(`]`, 70) + `]`} {
			if v != "-1e999" || key != "model" && key != "data" && key != "data_sha256" { // there it is a word
				changed := map[string]json.RawMessage{}
				for k, old := range fields {
					changed[k] = old
				}
				delete(changed, key)
				rest, _ := json.Marshal(changed)
				c.Text(fmt.Sprintf("%s is evil %d", key, i), "%s,%q:%s}", strings.TrimSuffix(string(rest), "}"), key, v)
			}
		}
		c.Text(key+" twice", "%s,%q:%s}", strings.TrimSuffix(good, "}"), key, fields[key])
	}
	for k := range 60 {
		c.Text(fmt.Sprintf("cut after %d", len(good)*k/60), "%s", good[:len(good)*k/60])
	}
	for name, text := range map[string]string{"a list": "[" + good + "]", "two": good + good, "two lines": good + "\n" + good, "a comma": strings.Replace(good, "}}", "}},", 1), "an extra key": strings.Replace(good, "{", `{"extra":1,`, 1), "deep": strings.Repeat("[", 200_000),
		"deep objects": strings.Repeat(`{"a":`, 40_000), "a null": good + "\x00", "nulls": strings.Repeat("\x00", 100), "UTF-16": "\xff\xfe{\x00", "a comment": "/* */" + good, "a number": "1", "a string": `"x"`, "null": "null", "true": "true", "long": good + strings.Repeat(" ", 300_000)} {
		c.Text(name, "%s", text)
	}
	hostile.Reader{Name: configFile, Least: 190, Memory: 128 << 20, Read: func(path string) (any, error) { return Resume(strings.TrimSuffix(path, "/"+configFile)) }}.Run(t, c)
}

// What the metadata of weights may say of their network.
func TestHostileMetadata(t *testing.T) {
	refused := 0
	for key, values := range map[string][]string{
		"batch": {"-1", "65537", "1e9", "x", "[1]", "99999999999999999999", "1.5", "{}", `"1"`}, "classes": {"-1", "65537", "x", "[]", "1.5"}, "input": {"1", "[-1,1,1]", "[1,1,65537]", "[9223372036854775807,2,2]", "{}", `"1x1x1"`, "[1.5,1,1]"},
		"mean": {"1", "[1]", "[1e999]", `["1"]`, "[[1]]", "{}"}, "model": {"\x1b[2J", "a\x00", "\u202e", strings.Repeat("n", 5000), "\xff"}, "data": {"\x1b", strings.Repeat("n", 5000)}, "multiplier": {"a\nb", "\x07"},
	} {
		for _, v := range values {
			if _, err := ParseMetadata(map[string]string{key: v}); err == nil {
				t.Errorf("%s %q was accepted", key, v)
			}
			refused++
		}
	}
	for _, v := range []string{"[0]", "[-1]", "[1e39]", "[1e-999]", "[1,2]", "[]"} {
		if _, err := ParseMetadata(map[string]string{"mean": "[0]", "deviation": v}); err == nil {
			t.Errorf("deviation %q was accepted", v)
		}
		refused++
	}
	if refused < 40 {
		t.Errorf("%d cases", refused)
	}
}
