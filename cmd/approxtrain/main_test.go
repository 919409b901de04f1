package main

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/cpu"

	"github.com/approxtrain/approxtrain/gpu/cuda"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/realdata"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script and testdata/long")

// The scripts run the program as a user does: testscript starts this test
// binary under the name approxtrain.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"approxtrain": main})
}

// TestScripts runs testdata/script/*.txtar: each says what it shows in its
// first lines, and carries the Verilog that it needs.
func TestScripts(t *testing.T) { runScripts(t, "testdata/script") }

// longScripts is the folder of scripts that take long.
const longScripts = "testdata/long"

// TestScriptsLong runs testdata/long/*.txtar, which take long.
func TestScriptsLong(t *testing.T) {
	t.Parallel() // with the pages: the scripts that end last leave a processor idle
	runScripts(t, longScripts)
}

func runScripts(t *testing.T, dir string) {
	cache, err := os.UserCacheDir() // builds are shared between scripts and runs
	if err != nil {
		t.Fatal(err)
	}
	published := realdata.Find(t, "mnist")
	if published != "" {
		published = filepath.Dir(published) // the folder that holds mnist
	}
	cifar := ""
	if dir == longScripts { // unpacking it takes 10 seconds
		cifar = realdata.Find(t, "cifar10")
	}
	trust := cases.Find(t, "trust") // designs that must not pass
	leash := cases.Find(t, "leash") // programs and files that ask for too much
	schema, err := filepath.Abs("../../internal/report/testdata/junit.xsd")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CACHE_HOME", cache)
			e.Setenv("PUBLISHED", published)
			e.Setenv("CIFAR10", cifar)
			e.Setenv("TRUST", trust)
			e.Setenv("LEASH", leash)
			e.Setenv("JUNIT_SCHEMA", schema)
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "avx2":
				return cpu.X86.HasAVX2 && cpu.X86.HasFMA, nil
			case "mount":
				return exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).Run() == nil, nil
			case "cc", "yosys", "xmllint":
				_, err := exec.LookPath(name)
				return err == nil || os.Getenv("CI") == "true", nil
			case "everypair":
				return os.Getenv("APPROXTRAIN_EVERY_PAIR") != "", nil
			case "gpu":
				names, err := cuda.Devices()
				return err == nil && len(names) > 0, nil
			case "published":
				return published != "", nil
			case "trust":
				return trust != "", nil
			case "leash":
				return leash != "", nil
			case "cifar10":
				return cifar != "", nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":      exits,
			"leavesonly": leavesOnly,
			"serve":      serve,
			"imageset":   imageset,
		},
	})
}

// serve DIR serves the files of a folder at $MIRROR. Whatever is asked for below
// /slow/ begins and never ends.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve DIR")
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	mux.HandleFunc("/slow/", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("beginning"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	ts.Defer(server.Close)
	ts.Setenv("MIRROR", server.URL)
}

// exits STATUS PROGRAM ARG… runs a program and expects the exit status; its
// output is there for stdout and stderr as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		e, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, expected %d", got, want)
	}
}

// leavesonly NAME… checks that the working folder holds these files and no
// others, hidden ones included.
func leavesOnly(ts *testscript.TestScript, neg bool, args []string) {
	want := map[string]bool{}
	for _, a := range args {
		want[a] = true
	}
	entries, err := os.ReadDir(ts.MkAbs("."))
	ts.Check(err)
	for _, e := range entries {
		if e.Name() == ".tmp" { // testscript's own
			continue
		}
		if !want[e.Name()] {
			ts.Fatalf("%s was left behind", e.Name())
		}
		delete(want, e.Name())
	}
	for n := range want {
		ts.Fatalf("%s is missing", n)
	}
}
