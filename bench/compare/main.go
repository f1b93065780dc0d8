// Command compare measures this proxy beside others, and its filter beside other filters, and writes what it measured as
// tables in Markdown:
//
//	go run ./bench/compare
//
// It builds the proxy from the checkout and runs every program as a process of its own, on loopback, in front of an upstream
// that answers everything with the same. All settings run at once and are loaded in turn, round by round, so that a ratio
// within a round compares like with like. What a request costs is what the operating system accounts to the processes of
// the proxy, divided by the requests that were answered. Before anything is timed, each setting has to show that its
// upstream gets what it should and that its log holds what its row says; see harness.verify.
//
// What is not installed is left out by name. -install installs it, if that is possible.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	if asChild() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are what the flags say.
type options struct {
	rounds    int
	length    time.Duration // of one load in one round
	people    int
	rate      int // of the open load
	megabytes int // of logs for filters
	match     *regexp.Regexp
	parts     []string
	byRound   bool
	install   bool
	update    bool
	profile   string // a file
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	seconds := flags.Float64("seconds", 1.5, "how long each setting is loaded in each round")
	only := flags.String("only", "", "these parts only, separated by commas: "+strings.Join(partNames(), ", "))
	flags.IntVar(&o.rounds, "rounds", 5, "how often each setting is loaded, in turn with the others")
	flags.IntVar(&o.people, "people", 100_000, "how many people the messages go to, in turn")
	flags.IntVar(&o.rate, "rate", 2000, "requests a second of the open load")
	flags.IntVar(&o.megabytes, "mb", 128, "size of the logs for the filters")
	flags.BoolVar(&o.byRound, "by-round", false, "show the ratios of all rounds in the tables, instead of the least and the greatest")
	flags.BoolVar(&o.install, "install", false, "install what is missing and can be had from Debian")
	flags.BoolVar(&o.update, "update", false, "write the tables into README.md")
	flags.StringVar(&o.profile, "profile", "", "measure nothing, and write into this file the profile by which the command is built")
	flags.Func("match", "of the settings only those whose name this regular expression finds", func(s string) (err error) {
		o.match, err = regexp.Compile(s)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.length = time.Duration(*seconds * float64(time.Second))
	if *only != "" {
		o.parts = strings.Split(*only, ",")
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.length <= 0 || o.people < 1 || o.rate < 1 || o.megabytes < 1 {
		return o, errors.New("a flag has no sense, or there is an argument")
	}
	for _, p := range o.parts {
		if !slices.Contains(partNames(), p) {
			return o, fmt.Errorf("there is no part %q", p)
		}
	}
	if o.update && (o.match != nil || o.parts != nil || o.byRound) {
		return o, errors.New("-update needs all settings of all parts, without -by-round")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "compare: error:", err)
		return 2
	}
	if err := compare(ctx, o, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "compare: error:", err)
		return 1
	}
	return 0
}

// compare runs the parts, and shows their tables.
func compare(ctx context.Context, o options, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "piiproxy-compare")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	h := &harness{options: o, out: stderr, began: take()}
	if h.tools, err = newTools(dir); err != nil {
		return err
	}
	if o.install {
		if err := installPeers(); err != nil {
			return err
		}
	}
	if h.upstream, err = startUpstream("127.0.0.1:0"); err != nil {
		return err
	}
	defer h.upstream.close()
	if o.profile != "" {
		return h.profile(ctx, o.profile)
	}
	texts := map[string]string{}
	for _, p := range parts {
		if o.parts != nil && !slices.Contains(o.parts, p.name) {
			continue
		}
		text, err := p.measure(h, ctx)
		if err != nil {
			return err
		}
		texts[p.mark] += text
		fmt.Fprintln(stdout, text)
	}
	fmt.Fprintln(stdout, h.conditions())
	for _, line := range h.without {
		fmt.Fprintln(stdout, "Left out: "+line)
	}
	if o.update {
		return h.write(filepath.Join(h.tools.root, "README.md"), texts)
	}
	return nil
}
