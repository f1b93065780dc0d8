package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/piiproxy/piiproxy/bench/replay"
	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/redact"
)

type captureCmd struct {
	ToHAR    []string `name:"to-har" placeholder:"FILE" type:"path" sep:"none" help:"Read a capture, or its parts in order, and write HAR. May stand more than once."`
	FromHAR  string   `name:"from-har" placeholder:"FILE" type:"path" help:"Read HAR and write a capture."`
	Config   string   `placeholder:"FILE" type:"path" help:"With --from-har: take routes, keys and the surface \"capture\" from this configuration."`
	Listener string   `placeholder:"NAME" help:"With --from-har: where the requests came in (default: where a route is found)."`
}

// Help is the long help text.
func (captureCmd) Help() string {
	return `Turns captures into HAR 1.2 and back, on standard output.

    piiproxy capture --to-har capture.jsonl >capture.har
    piiproxy capture --from-har browser.har --config piiproxy.yaml >capture.jsonl

What is read as HAR may hold anything: every request goes through the routes and the surface "capture" of the configuration, so that
the capture has surrogates in place of all personal data. Bodies of answers are counted and left out. An entry that is no HTTP/1.1 is
left out and told by its number; exit code 1 if there is none that is.`
}

// Run does one of the two.
func (c captureCmd) Run(s streams) error {
	switch {
	case (len(c.ToHAR) > 0) == (c.FromHAR != ""):
		return misuse("piiproxy capture --help", "one of --to-har and --from-har is wanted")
	case len(c.ToHAR) > 0:
		return writeHAR(s.out, c.ToHAR)
	case c.Config == "":
		return misuse("its routes say which fields hold what", "--from-har needs --config")
	}
	return c.importHAR(s)
}

// writeHAR writes a capture as HAR, entry by entry: a capture may be larger than memory.
func writeHAR(out io.Writer, files []string) error {
	w := bufio.NewWriterSize(out, 64<<10)
	fmt.Fprintf(w, `{"log":{"version":"1.2","creator":{"name":"piiproxy","version":%q},"entries":[`, version)
	between := "\n"
	err := replay.Each(files, func(e *replay.Exchange) error {
		entry, err := json.Marshal(harOf(e))
		if err != nil {
			return errOutput
		}
		fmt.Fprint(w, between)
		between = ",\n"
		_, err = w.Write(entry)
		return err
	})
	if err != nil {
		return captureFailure(err)
	}
	fmt.Fprint(w, "\n]}}\n")
	if w.Flush() != nil {
		return errOutput
	}
	return nil
}

// maxHAR bounds a HAR file, which is read whole.
const maxHAR = 512 << 20

// importHAR writes HAR as a capture.
func (c captureCmd) importHAR(s streams) error {
	entries, err := readHAR(c.FromHAR)
	if err != nil {
		return err
	}
	g, err := captureGeneration(s, c.Config)
	if err != nil {
		return err
	}
	defer g.Discard()
	started := time.Now()
	for i := range entries {
		if at := entries[i].start(); !at.IsZero() && at.Before(started) {
			started = at
		}
	}
	out := bufio.NewWriterSize(s.out, 64<<10)
	fmt.Fprintf(out, `{"piiproxy_capture":1,"started":%q,"version":%q}`+"\n", started.UTC().Format("2006-01-02T15:04:05.000000Z"), version)
	good := 0
	line := redact.Masked{}
	for i := range entries {
		in, err := entries[i].imported(c.Listener)
		if err == nil {
			line, err = g.AppendImported(line.Reset(), in, started)
		}
		if err != nil {
			fmt.Fprintf(s.err, "piiproxy: entry %d is left out: %v\n", i, err)
			continue
		}
		good++
		if _, err := out.Write(line.Bytes()); err != nil {
			return errOutput
		}
	}
	if out.Flush() != nil {
		return errOutput
	}
	if good == 0 {
		return errors.New("there is no entry that can be captured")
	}
	return nil
}

func readHAR(file string) ([]harEntry, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fileError(file, err)
	}
	defer f.Close()
	var har harFile
	if err := json.NewDecoder(io.LimitReader(f, maxHAR)).Decode(&har); err != nil {
		return nil, fmt.Errorf("%s: %w", file, harFault(err))
	}
	return har.Log.Entries, nil
}

// captureGeneration compiles a configuration to capture by, whether it says that a proxy captures or not.
func captureGeneration(s streams, file string) (*proxy.Generation, error) {
	c, err := readConfig(file)
	if err != nil {
		return nil, err
	}
	if c.Ephemeral {
		fmt.Fprintln(s.err, "piiproxy: the configuration has no keyring: surrogates of this run are not those of another")
	}
	c.Spec.Telemetry.Capture.File = cmp.Or(c.Spec.Telemetry.Capture.File, "-")
	keys, problem := keyring(c, nil)
	return compile(c, keys, nil, problem)
}
