package main

import (
	_ "embed"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/piiproxy/piiproxy/proxy"
	"github.com/piiproxy/piiproxy/proxy/config"
	"github.com/piiproxy/piiproxy/redact"
)

//go:embed example.yaml
var exampleConfig []byte

// exampleSecrets stand in for what the example takes from the environment, where that has none: its gateway is a simulator.
var exampleSecrets = map[string]string{"KANNEL_USERNAME": "simulated", "KANNEL_PASSWORD": "simulated"}

// source is where the configuration of `serve` and `check` comes from.
type source struct {
	file   string            // the built-in example if empty
	listen map[string]string // listener or simulator to the address that it takes instead
}

// read reads the configuration. The one that is returned beside an error must not be run.
func (s source) read() (*config.Config, error) {
	var c *config.Config
	var err error
	if s.file == "" {
		c, err = config.Read("example.yaml", exampleConfig, config.Options{Lookup: lookupExample})
	} else {
		c, err = readConfig(s.file)
	}
	if c == nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(s.listen)) {
		if err := c.SetAddress(name, s.listen[name]); err != nil {
			return nil, misuse("", "--listen: %w", err)
		}
	}
	return c, err
}

func lookupExample(name string) (string, bool) {
	if v, ok := os.LookupEnv(name); ok {
		return v, true
	}
	v, ok := exampleSecrets[name]
	return v, ok
}

// keyring returns the keys that c asks for, nil if it asks for none. Keys that live in memory only are made once: before is
// those that were in use until now. On a problem there are keys nonetheless, good for finding the other problems.
func keyring(c *config.Config, before *redact.Keyring) (*redact.Keyring, error) {
	switch {
	case c.Spec.KeysFile != "":
		ring, err := loadKeyring(c.Spec.KeysFile)
		if err == nil {
			return ring, nil
		}
		p := &redact.Problem{Path: "keysfile", What: strings.TrimPrefix(err.Error(), c.Spec.KeysFile+": ")}
		var f *failure
		if errors.As(err, &f) {
			p.Hint = "only its owner may have access to it: chmod 600"
		}
		ring, _ = redact.NewKeyring(entityOf(c), time.Now(), newSecret())
		return ring, p
	case c.Ephemeral && before != nil && slices.Contains(before.Entities(), entityOf(c)):
		return before, nil
	case c.Ephemeral:
		if before == nil {
			before = &redact.Keyring{}
		}
		ring, err := before.Rotate(entityOf(c), time.Now(), newSecret())
		if err != nil {
			return nil, &redact.Problem{Path: "entity", What: "a name that is not 1 to 63 of a-z, 0-9 and -"}
		}
		return ring, nil
	}
	return nil, nil
}

// compile turns c into a generation. problem is what was found wrong with c besides; the error is all that is wrong, with
// places.
func compile(c *config.Config, keys *redact.Keyring, prev *proxy.Generation, problem error) (*proxy.Generation, error) {
	if len(c.Spec.Listeners) == 0 {
		problem = errors.Join(problem, &redact.Problem{Path: "listeners", What: "there is nothing to listen on"})
	}
	g, err := proxy.Build(c.Spec, keys, prev)
	if err := c.Locate(errors.Join(problem, checkExport(&c.Spec), checkCanary(c), checkIngest(c), err)); err != nil {
		if g != nil {
			g.Discard()
		}
		return nil, err
	}
	return g, nil
}
