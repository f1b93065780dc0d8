package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/piiproxy/piiproxy/bench/replay"
)

// progressTo returns what writes a line of progress: over the one before on a terminal, and below it elsewhere.
func progressTo(w io.Writer) func(replay.Progress) {
	begin, end := "", "\n"
	if f, ok := w.(*os.File); ok {
		if stat, err := f.Stat(); err == nil && stat.Mode()&os.ModeCharDevice != 0 {
			begin, end = "\r\x1b[K", ""
		}
	}
	return func(p replay.Progress) {
		if p.Last && end == "" {
			end = "\n"
		}
		fmt.Fprint(w, begin, p.Line(), end)
	}
}

// writeRun writes result.json and report.html of a run.
func writeRun(dir string, r *replay.Result, overlays []*replay.Result) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	encoded, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return errors.New("the result cannot be written as JSON")
	}
	if err := os.WriteFile(filepath.Join(dir, "result.json"), append(encoded, '\n'), 0o666); err != nil {
		return err
	}
	return writeReport(dir, append([]*replay.Result{r}, overlays...))
}

func writeReport(dir string, results []*replay.Result) error {
	var page bytes.Buffer
	if err := replay.WriteReport(&page, results); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "report.html"), page.Bytes(), 0o666)
}

// report makes a report of results.
func (c replayCmd) report(s streams) error {
	if len(c.Files) == 0 || c.Out == "" {
		return misuse("piiproxy replay --report A/result.json B/result.json --out DIR", "--report needs results, and --out")
	}
	results, err := readResults(c.Files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o777); err != nil {
		return err
	}
	if err := writeReport(c.Out, results); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(s.out, filepath.Join(c.Out, "report.html")); err != nil {
		return errOutput
	}
	return nil
}

// compare prints the table of two results, or of two lists of them.
func (c replayCmd) compare(s streams) error {
	if len(c.Files) != 2 {
		return misuse("piiproxy replay --compare A/result.json B/result.json", "--compare needs two results, or two lists of them")
	}
	var sides [2][]*replay.Result
	for i, files := range c.Files {
		var err error
		if sides[i], err = readResults(strings.Split(files, ",")); err != nil {
			return err
		}
	}
	if replay.Compare(s.out, sides[0], sides[1]) != nil {
		return errOutput
	}
	return nil
}

func readResults(files []string) ([]*replay.Result, error) {
	var all []*replay.Result
	for _, f := range files {
		r, err := replay.ReadResult(f)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// generate writes a corpus to a file or to standard output.
func (c replayCmd) generate(s streams) error {
	if c.Count < 1 || len(c.Files) > 0 {
		return misuse("piiproxy replay --gen routee -n 100000 --seed 1 --out corpus.jsonl", "--gen takes a count of at least 1, and no capture")
	}
	if !replay.HasCorpus(c.Gen) {
		return misuse("there is: "+strings.Join(replay.Corpora, ", "), "--gen: no such corpus")
	}
	if c.Out == "" {
		if replay.Generate(s.out, c.Gen, c.Count, c.Seed) != nil {
			return errOutput
		}
		return nil
	}
	f, err := os.Create(c.Out)
	if err != nil {
		return err
	}
	if err := errors.Join(replay.Generate(f, c.Gen, c.Count, c.Seed), f.Close()); err != nil {
		return fmt.Errorf("%s: cannot be written", c.Out)
	}
	return nil
}
