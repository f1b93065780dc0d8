package main

import (
	"cmp"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/piiproxy/piiproxy/proxy/config"
	"github.com/piiproxy/piiproxy/proxy/telemetry"
	"github.com/piiproxy/piiproxy/redact"
)

// reload reads the configuration again, lets exchanges that begin from now on run under it, and opens the log file anew. If
// the configuration has a problem the one before stays in use, and the problems are told: they hold no values.
func (v *server) reload() (problems []byte, ok bool) {
	v.reloading.Lock()
	defer v.reloading.Unlock()
	var err error
	if v.sink != nil {
		err = v.reopen() // first: what fails after it leaves everything as it was
	}
	if err == nil {
		err = errors.Join(v.capture.reopen(), v.logs.reopen())
	}
	if err == nil {
		err = v.replace()
	}
	v.metrics.Reloaded(err == nil, time.Now())
	if err == nil {
		v.ops.Info("reloaded")
		return nil, true
	}
	told := v.tell(err)
	return told.Bytes(), false
}

// replace puts the configuration as it is now in place of the one in use.
func (v *server) replace() error {
	c, err := v.source.read()
	if c == nil {
		return err
	}
	for name, sim := range v.simulators {
		c.SetSimulated(name, sim.address())
	}
	keys, problem := keyring(c, v.keys)
	g, err := compile(c, keys, v.proxy.Generation(), errors.Join(problem, frozen(v.config, c)))
	if err != nil {
		return err
	}
	v.proxy.Swap(g)
	v.config, v.keys = c, keys
	v.aimCanary(c)
	if keys != nil {
		v.metrics.WatchKeys(keys.Epochs())
	}
	return nil
}

// reopen goes on in a new log file, if the one before was renamed away.
func (v *server) reopen() error {
	if v.sink.Reopen() != nil {
		return errors.New("the access log cannot be opened anew; it goes on in the file that is open")
	}
	return nil
}

// tell writes why there is no reload to the operational log, a line for each problem, and returns the same for the answer.
func (v *server) tell(err error) redact.Masked {
	text := redact.Masked{}
	for _, e := range each(err) {
		problem := telemetry.MaskError(v.masking, e)
		text = text.AppendMasked(problem).AppendConst("\n")
		attrs := []telemetry.Attr{telemetry.Text("problem", problem)}
		var p config.Problem
		if errors.As(e, &p) && p.Hint != "" {
			hint := v.masking.AppendText(redact.Masked{}, []byte(p.Hint), nil)
			attrs = append(attrs, telemetry.Text("hint", hint))
			text = text.AppendConst("    ").AppendMasked(hint).AppendConst("\n")
		}
		v.ops.Error("not reloaded", attrs...)
	}
	return text
}

// each returns the errors that err joins, problems of a configuration one by one.
func each(err error) []error {
	var all []error
	if problems, ok := err.(config.Problems); ok {
		for _, p := range problems {
			all = append(all, p)
		}
		return all
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			all = append(all, each(e)...)
		}
		return all
	}
	return []error{err}
}

// needsRestart is what is wrong with a change that a running proxy cannot make.
const needsRestart = "cannot change while the proxy runs"

// frozen reports what differs between two configurations that a reload cannot change: what listens where, where the access
// log and captures go, and where telemetry is delivered to.
func frozen(before, after *config.Config) error {
	var problems []error
	same := func(path string, equal bool) {
		if !equal {
			problems = append(problems, &redact.Problem{Path: path, What: needsRestart, Hint: "restart it, or put the value back"})
		}
	}
	sameNames(same, "listeners", before.Spec.Listeners, after.Spec.Listeners)
	sameNames(same, "simulators", before.Simulators, after.Simulators)
	a, b := before.Spec.Telemetry.AccessLog, after.Spec.Telemetry.AccessLog
	same("telemetry.access_log.output", cmp.Or(a.Output, "stdout") == cmp.Or(b.Output, "stdout"))
	same("telemetry.access_log.queue", a.Queue == b.Queue)
	same("telemetry.access_log.full", cmp.Or(a.Full, "block") == cmp.Or(b.Full, "block"))
	c, d := before.Spec.Telemetry.Capture, after.Spec.Telemetry.Capture
	c.Share, d.Share = nil, nil // a reload may capture more or less
	same("telemetry.capture", c == d)
	same("telemetry.ingest", before.Spec.Telemetry.Ingest == after.Spec.Telemetry.Ingest)
	same("canary", (len(before.Canary.Routes) == 0) == (len(after.Canary.Routes) == 0) && before.Canary.Interval == after.Canary.Interval)
	same("canary.kinds", slices.Equal(before.Canary.Kinds, after.Canary.Kinds))
	same("telemetry.export", reflect.DeepEqual(before.Spec.Telemetry.Export, after.Spec.Telemetry.Export))
	return errors.Join(problems...)
}

func sameNames[V comparable](same func(path string, equal bool), section string, before, after map[string]V) {
	for name, v := range after {
		old, known := before[name]
		same(section+"."+name, known && old == v)
	}
	for name := range before {
		if _, stays := after[name]; !stays {
			same(section, false)
		}
	}
}
