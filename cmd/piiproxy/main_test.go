package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){"piiproxy": main})
}

// leakless is tests that fail if they leave goroutines behind.
type leakless struct{ *testing.M }

func (m leakless) Run() int {
	code := m.M.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// TestScripts runs the console sessions in testdata, one file a session. Besides testscript's own commands they have:
//
//	serve NAME FLAG...          starts `piiproxy serve`, waits until it is ready, and sets $NAME_LISTENER to each address
//	http METHOD URL STATUS [BODY]  makes a request and writes the answer's body to the file response
//	signal NAME SIGNAL          sends HUP, TERM or INT to a process that serve started
//	said NAME PATTERN           waits until that process has written a matching line to stderr
//	ended NAME CODE             waits for it to end with that exit code, and writes NAME.out and NAME.err
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Values[processesKey{}] = map[string]*runningProxy{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve":  scriptServe,
			"http":   scriptHTTP,
			"signal": scriptSignal,
			"said":   scriptSaid,
			"ended":  scriptEnded,
		},
	})
}

// TestFaultIsWithheld holds what a panic says to staying inside.
func TestFaultIsWithheld(t *testing.T) {
	var out bytes.Buffer
	if code := recovered(streams{out: &out, err: &out}, "to +306912345678"); code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(out.String(), "a fault of the program") || strings.Contains(out.String(), "3069") {
		t.Errorf("it says %q", out.String())
	}
	if code := recovered(streams{out: &out, err: &out}, exitCode(3)); code != 3 {
		t.Errorf("exit code %d, want that of the program's own end", code)
	}
}
