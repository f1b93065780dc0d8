package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/piiproxy/piiproxy/proxy/config"
	"github.com/piiproxy/piiproxy/redact"
)

// maxConfig bounds a configuration file.
const maxConfig = 8 << 20

// readConfig reads a configuration file. Its error reports every problem in the writing; the configuration returned beside
// it must not be run.
func readConfig(file string) (*config.Config, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fileError(file, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	switch {
	case err != nil:
		return nil, fileError(file, err)
	case len(data) > maxConfig:
		return nil, fmt.Errorf("%s: larger than %d bytes", file, maxConfig)
	}
	return config.Read(file, data, config.Options{Dir: filepath.Dir(file)})
}

// configuredPolicy compiles the rules of a configuration for a tool that masks or explains text. Keys that live only as
// long as the process are made anew, and it says so on err: their tokens are not those of a running proxy.
func configuredPolicy(s streams, file string) (*redact.Policy, error) {
	c, err := readConfig(file)
	if err != nil {
		return nil, err
	}
	if c.Ephemeral {
		fmt.Fprintln(s.err, "piiproxy: the configuration has no keyring: tokens of this run cannot be joined with any others")
	}
	keys, problem := keyring(c, nil)
	policy, err := redact.Compile(c.Spec.Redact, keys)
	if err := c.Locate(errors.Join(problem, err)); err != nil {
		return nil, err
	}
	return policy, nil
}

func entityOf(c *config.Config) string {
	if c.Spec.Entity != "" {
		return c.Spec.Entity
	}
	return redact.DefaultEntity
}

// newSecret returns the key of a new epoch.
func newSecret() []byte {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: it ends the program instead
	return secret
}
