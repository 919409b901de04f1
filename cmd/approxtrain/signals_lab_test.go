package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/checkpoint"
	"github.com/approxtrain/approxtrain/internal/safetensors"
	"github.com/approxtrain/approxtrain/lut"
)

// lab is where the commands of TestSignalsLong run: folders and what they read.
type lab struct {
	t      *testing.T
	root   string
	home   string // and the cache
	inputs string
	mirror string // URL of a server that says nothing

	reported map[string]bool // left in the cache
}

// kind is a kind of command.
type kind struct {
	name    string
	most    time.Duration // until the signal
	full    bool          // standard output is a pipe that nobody reads
	prepare func(n int, dir string) (args []string)
}

const (
	mulV     = "module mul(input [W-1:0] a, b, output [2*W-1:0] p); parameter W = 6; assign p = a * b; endmodule\n"
	otherV   = "module other(input [W-1:0] a, b, output [2*W-1:0] p); parameter W = 6; assign p = b * a; endmodule\n"
	slowC    = "int slow(int a, int b) { for (volatile int i = 0; i < 1000000; i++) {} return a * b; }\n"
	hangC    = "int hang(int a, int b) { for (volatile int i = 0; a > 3; i++) {} return a * b; }\n"
	sumC     = "float sum(float a, float b) { return a + b; }\n"
	trainedC = "float twice(float a, float b) { for (volatile int i = 0; i < 50; i++) {} return a * b; }\n"
	daemonC  = `#include <stdint.h>
#include <unistd.h>
uint64_t mul(uint64_t a, uint64_t b) { static int f; if (!f) { f = 1; if (fork() == 0) { setsid(); sleep(40); _exit(0); } } return a * b; }
`
	netYAML = "data: ./set\nmodel:\n  - dense: 10\nepochs: 2\nmult: [fp32]\n"
)

func newLab(t *testing.T) *lab {
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	l := &lab{t: t, root: root, home: filepath.Join(root, "home"), inputs: filepath.Join(root, "inputs"), reported: map[string]bool{}}
	require.NoError(t, errors.Join(os.MkdirAll(l.home, 0o755), os.MkdirAll(filepath.Join(root, "tmp", "first"), 0o755)))
	require.NoError(t, writeImages(filepath.Join(l.inputs, "set")))
	require.NoError(t, writeImages(filepath.Join(l.inputs, "pipes")))
	for name, text := range map[string]string{"mul.v": mulV, "other.v": otherV, "slow.c": slowC, "hang.c": hangC, "sum.c": sumC,
		"twice.c": trainedC, "daemon.c": daemonC, "net.yaml": netYAML, "loader": "#!/bin/sh\nsleep 60\n", "bits.bin": "x"} {
		require.NoError(t, os.WriteFile(filepath.Join(l.inputs, name), []byte(text), 0o755))
	}
	if shared := cases.Find(t, "leash"); shared != "" {
		text, err := os.ReadFile(filepath.Join(shared, "f12_daemon.c"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(l.inputs, "daemon.c"), text, 0o644))
	}
	images := filepath.Join(l.inputs, "pipes", "train-images-idx3-ubyte")
	require.NoError(t, os.Remove(images))
	for _, fifo := range []string{images, filepath.Join(l.inputs, "fifo.npy"), filepath.Join(l.inputs, "fifo.lut"),
		filepath.Join(l.inputs, "fifo.yaml"), filepath.Join(l.inputs, "fifo.safetensors")} {
		require.NoError(t, syscall.Mkfifo(fifo, 0o644))
	}
	// 2^24 products of 32 bits, 64 MiB, all of them 0.
	head := "{'descr': '<u4', 'fortran_order': False, 'shape': (4096, 4096), }"
	head += strings.Repeat(" ", 128-10-1-len(head)) + "\n"
	big := filepath.Join(l.inputs, "big.npy")
	require.NoError(t, os.WriteFile(big, []byte("\x93NUMPY\x01\x00\x76\x00"+head), 0o644))
	require.NoError(t, os.Truncate(big, 128+4<<24))
	l.must(l.inputs, "convert", "big.npy", "big.lut", "--format", "u12")
	l.must(l.inputs, "train", "--model", "lenet-5", "--data", "./set", "--batch", "8", "--epochs", "1", "--mult", "mitchell_e8m3", "--name", "one")

	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	l.mirror = silent.URL
	return l
}

// env is the environment of the commands; TMPDIR is missing.
func (l *lab) env() []string {
	return append(os.Environ(), "HOME="+l.home, "XDG_CACHE_HOME="+filepath.Join(l.home, "cache"), "XDG_DATA_HOME="+filepath.Join(l.home, "data"),
		"OPENFPGALOADER="+filepath.Join(l.inputs, "loader"))
}

// must runs a command to its end.
func (l *lab) must(dir string, args ...string) {
	l.t.Helper()
	c := program(l.t, dir, args...)
	c.Env = append(l.env(), "TMPDIR="+filepath.Join(l.root, "tmp", "first"))
	out, err := c.CombinedOutput()
	require.NoError(l.t, err, "%s: %s", args, out)
}

// silentPort is a serial port at whose other end nobody speaks.
func (l *lab) silentPort() string {
	control, port, err := pty.Open()
	require.NoError(l.t, err)
	l.t.Cleanup(func() { control.Close(); port.Close() })
	return port.Name()
}

// fullPipe is a pipe that takes no more than a page and that nobody reads.
func (l *lab) fullPipe() *os.File {
	r, w, err := os.Pipe()
	require.NoError(l.t, err)
	_, err = unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4096)
	require.NoError(l.t, err)
	l.t.Cleanup(func() { r.Close(); w.Close() })
	return w
}

// complete checks a file that a command has written. Folders may have been made for one.
func (l *lab) complete(path string, ended bool) error {
	st, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if st.IsDir() {
		return nil
	} else if !st.Mode().IsRegular() {
		return fmt.Errorf("it is a %v", st.Mode())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(path), ".previous")
	switch filepath.Ext(name) {
	case ".lut":
		_, err = lut.Read(bytes.NewReader(data))
	case ".npy":
		if len(data) != 128+4<<24 {
			err = fmt.Errorf("%d bytes", len(data))
		}
	case ".csv":
		if lines := bytes.Count(data, []byte("\n")); lines < 1<<12 || data[len(data)-1] != '\n' {
			err = fmt.Errorf("%d lines", lines)
		}
	case ".png":
		_, err = png.Decode(bytes.NewReader(data))
	case ".svg":
		if !bytes.HasSuffix(bytes.TrimSpace(data), []byte("</svg>")) {
			err = errors.New("no end")
		}
	case ".xml":
		err = wellFormed(data)
	case ".json":
		if !json.Valid(data) {
			err = errors.New("not valid")
		}
	case ".jsonl":
		if len(data) > 0 && data[len(data)-1] != '\n' {
			err = errors.New("half a line")
		}
	case ".checkpoint":
		_, err = checkpoint.ReadFile(path)
	case ".safetensors":
		_, err = safetensors.Read(bytes.NewReader(data))
	case ".info":
		if !bytes.HasSuffix(data, []byte("end_of_record\n")) {
			err = errors.New("no end")
		}
	case ".approxtrain": // events, of a run's folder that is kept
	case ".bin": // a bitstream
		if len(data) < 1000 {
			err = fmt.Errorf("%d bytes", len(data))
		}
	default:
		err = errors.New("nobody asked for it")
	}
	return err
}

func wellFormed(data []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// kinds lists the kinds of commands.
func (l *lab) kinds() []kind {
	in := func(name string) string { return filepath.Join(l.inputs, name) }
	plain := func(name string, most time.Duration, args ...string) kind {
		return kind{name: name, most: most, prepare: func(int, string) []string { return args }}
	}
	// fresh copies a source, changed so that the cache has no build of it.
	fresh := func(n int, dir, name string) string {
		text, err := os.ReadFile(in(name))
		require.NoError(l.t, err)
		path := filepath.Join(dir, name)
		require.NoError(l.t, os.WriteFile(path, append(text, fmt.Sprintf("// %d\n", n)...), 0o644))
		return path
	}
	const short, long = 700 * time.Millisecond, 5 * time.Second
	all := []kind{
		plain("inspect, a FIFO", short, "inspect", in("fifo.lut")),
		plain("convert, a FIFO", short, "convert", in("fifo.npy"), "out.lut", "--format", "u8"),
		plain("convert to lut, 64 MB", short, "convert", in("big.npy"), "out.lut", "--format", "u12"),
		plain("convert to csv, 48 MB", long, "convert", in("big.lut"), "out.csv"),
		plain("inspect with plot", short, "inspect", in("big.lut"), "--plot", "out.png"),
		plain("list with errors", short, "list", "--errors"),
		{name: "list, nobody reads", most: short, full: true, prepare: func(int, string) []string { return []string{"list", "--json"} }},
		plain("train, lenet-5", long, "train", "--model", "lenet-5", "--data", in("set"), "--batch", "8", "--epochs", "99", "--mult", "mitchell_e8m3", "--name", "out"),
		plain("train, a step takes seconds", long, "train", "--model", "vit-tiny", "--batch", "64", "--mult", "mbm_e8m7", "--name", "out"),
		plain("train, an experiment's FIFO", short, "train", in("fifo.yaml")),
		plain("train, images' FIFO", short, "train", "--data", in("pipes"), "--model", "lenet-5", "--batch", "8"),
		plain("train, table's FIFO", short, "train", "--data", in("set"), "--mult", in("fifo.lut")),
		plain("eval", short, "eval", in("runs/one"), "--data", in("set"), "--mult", "mitchell_e8m3,drum4_e8m7,fp32", "--plot", "out.svg"),
		plain("eval, a FIFO", short, "eval", in("fifo.safetensors"), "--data", in("set")),
		plain("bench", long, "bench", "--filter", "gemm|conv"),
		plain("bench of a model", long, "bench", "--model", "resnet-18"),
		plain("data show", short, "data", "show", "digits", "-o", "out.png"),
		plain("data fetch, silent server", short, "data", "fetch", "mnist", "--base-url", l.mirror, "--dir", "out"),
		{name: "fpga check, silent port", most: long, prepare: func(int, string) []string {
			return []string{"fpga", "check", "--port", l.silentPort(), "--golden", "drum6_u8", "--junit", "out.xml"}
		}},
		{name: "fpga selftest, silent port", most: long, prepare: func(int, string) []string { return []string{"fpga", "selftest", "--port", l.silentPort()} }},
		{name: "lut, silent port", most: long, prepare: func(int, string) []string {
			return []string{"lut", "--port", l.silentPort(), "-o", "out.lut"}
		}},
		plain("fpga program", short, "fpga", "program", "--board", "icebreaker", in("bits.bin")),
	}
	fromSource := func(tool, name, source string, args ...string) {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "true" {
			return
		}
		all = append(all, kind{name: name, most: long, prepare: func(n int, dir string) []string {
			out := append([]string{}, args...)
			for i, a := range out {
				if a == "SOURCE" {
					out[i] = fresh(n, dir, source)
				}
			}
			return out
		}})
	}
	fromSource("cc", "lut, slow C model", "slow.c", "lut", "--c", "SOURCE", "--width", "8", "-o", "out.lut")
	fromSource("cc", "lut, C model that hangs", "hang.c", "lut", "--c", "SOURCE", "--width", "8", "-o", "out.lut")
	fromSource("cc", "lut, C model that forks a daemon", "daemon.c", "lut", "--trust", "--c", "SOURCE", "--width", "10", "-o", "out.lut")
	fromSource("cc", "check --full, C model", "sum.c", "check", "--c", "SOURCE", "--mant", "7", "--golden", "exact", "--full", "--junit", "out.xml")
	fromSource("cc", "train, C model", "twice.c", "train", "--model", "lenet-5", "--data", in("set"), "--batch", "8", "--epochs", "99", "--mult", "SOURCE", "--name", "out")
	fromSource("verilator", "lut, RTL of 12 x 12 bits", "mul.v", "lut", "--rtl", "SOURCE", "-G", "W=12", "-o", "out.lut")
	fromSource("verilator", "check, golden RTL", "mul.v", "check", "--rtl", "SOURCE", "--golden", in("other.v"), "--junit", "out.xml", "--lcov", "out.info")
	fromSource("verilator", "regress", "mul.v", "regress", "--junit", "out.xml")
	fromSource("verilator", "fpga emulate", "mul.v", "fpga", "emulate", "--rtl", "SOURCE", "--link", "out.link")
	fromSource("yosys", "synth", "mul.v", "synth", "--rtl", "SOURCE")
	fromSource("nextpnr-ice40", "fpga build", "mul.v", "fpga", "build", "--rtl", "SOURCE", "--board", "hx8k", "-o", "out.bin")
	return all
}
