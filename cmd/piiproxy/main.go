// Command piiproxy is a reverse proxy in front of a messaging API that masks what people read and minimises what operators
// receive.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/piiproxy/piiproxy/proxy/config"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// cli is the commands. Each is a struct in a file of its own; its help text is its specification.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the proxy."`
	Check   checkCmd   `cmd:"" help:"Compile a configuration and print every problem in it."`
	Redact  redactCmd  `cmd:"" help:"Mask standard input, line by line."`
	Scan    scanCmd    `cmd:"" help:"Find personal data in standard input and say where it is."`
	Explain explainCmd `cmd:"" help:"Say what a surface does with a text, and why."`
	Capture captureCmd `cmd:"" help:"Turn captures into HAR and back."`
	Token   tokenCmd   `cmd:"" help:"Print the tokens of a value, to find a person in the logs."`
	Keys    keysCmd    `cmd:"" help:"Make and change keyrings."`
	Health  healthCmd  `cmd:"" help:"Ask a running proxy whether it is ready: a container's health check."`
	Replay  replayCmd  `cmd:"" help:"Send a capture to a target and report latency and errors."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// streams is what a command reads and writes. A command is handed it as the argument of its Run method.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// The exit codes. A command that has one more, such as that of `scan --fail`, returns it as an [exitCode].
const (
	exitFailure = 1 // what was asked for could not be done
	exitMisuse  = 2 // what was asked for makes no sense
)

// exitCode is an error that says nothing and ends the program with this code.
type exitCode int

// Error is for the error interface; it is never printed.
func (e exitCode) Error() string { return "exit" }

// failure is an error that comes with advice, or with another exit code than 1.
type failure struct {
	err  error
	hint string // what to do; may be empty
	code int    // exitFailure if 0
}

// Error returns the text of the error without its hint.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the error itself.
func (f *failure) Unwrap() error { return f.err }

// hinted returns err with advice.
func hinted(err error, hint string) error { return &failure{err: err, hint: hint} }

// misuse returns an error of whoever called the program.
func misuse(hint, format string, args ...any) error {
	return &failure{err: fmt.Errorf(format, args...), hint: hint, code: exitMisuse}
}

// run runs the command that args name and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	s := streams{stdin, stdout, stderr}
	defer func() {
		// Kong asks for the end of the program after --help, and does not expect to go on.
		if v := recover(); v != nil {
			code = recovered(s, v)
		}
	}()
	parser, err := kong.New(&cli{},
		kong.Name("piiproxy"),
		kong.Description("A reverse proxy in front of a messaging API that masks what people read and minimises what operators receive."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exitCode(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return report(s, err)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return report(s, parseFailure(err))
	}
	return report(s, ctx.Run(s))
}

// recovered returns the exit code that a panic stands for. A fault is told without what it panicked with, which may quote the
// input.
func recovered(s streams, v any) int {
	if code, ok := v.(exitCode); ok {
		return int(code)
	}
	return report(s, hinted(errors.New("a fault of the program, whose text is withheld because it may quote the input"),
		"please report the command and its flags, without the input"))
}

// parseFailure turns what kong says of the command line into an error that quotes no argument: an argument may be
// somebody's number.
func parseFailure(err error) error {
	text := err.Error()
	switch {
	case strings.HasPrefix(text, "unknown flag "):
		text = "unknown flag" // its name is an argument too
	case strings.HasPrefix(text, "expected "), strings.HasPrefix(text, "missing "):
		text, _, _ = strings.Cut(text, "=")
	case strings.HasPrefix(text, "unexpected argument "):
		text = "unexpected argument"
	default:
		flag, _, found := strings.Cut(text, ":")
		if flag, _, _ = strings.Cut(flag, " "); found && strings.HasPrefix(flag, "--") {
			text = flag + ": bad value"
		} else {
			text = "bad arguments"
		}
	}
	return misuse("piiproxy --help lists the commands, piiproxy COMMAND --help its flags", "%s", text)
}

// report prints err, if it is one that speaks, and returns the exit code that it stands for.
func report(s streams, err error) int {
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		reportProblems(s, problems)
		return exitFailure
	}
	fmt.Fprintf(s.err, "piiproxy: error: %v\n", err)
	var f *failure
	if !errors.As(err, &f) {
		return exitFailure
	}
	if f.hint != "" {
		fmt.Fprintf(s.err, "piiproxy: hint: %s\n", f.hint)
	}
	if f.code != 0 {
		return f.code
	}
	return exitFailure
}

// reportProblems prints what is wrong with a configuration, a line for each, and its hint below it.
func reportProblems(s streams, problems config.Problems) {
	for _, p := range problems {
		fmt.Fprintf(s.err, "piiproxy: error: %v\n", p)
		if p.Hint != "" {
			fmt.Fprintf(s.err, "piiproxy: hint: %s\n", p.Hint)
		}
	}
}
