package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

type keysCmd struct {
	Init    keysInitCmd    `cmd:"" help:"Make a keyring with one entity and its first epoch."`
	List    keysListCmd    `cmd:"" help:"List the epochs, without their keys."`
	Rotate  keysRotateCmd  `cmd:"" help:"Begin a new epoch of an entity, or add an entity."`
	Destroy keysDestroyCmd `cmd:"" help:"Destroy the key of an epoch: its tokens become anonymous for good."`
}

// Help is the long help text.
func (keysCmd) Help() string {
	return `A keyring is a file that only its owner may read. For each legal entity it has epochs; the newest makes tokens, the others
are kept so that persons can be found in older logs. Destroying an epoch cannot be undone.`
}

// keysTarget is the keyring and the entity that a command is about.
type keysTarget struct {
	File   string `arg:"" type:"path" help:"The keyring."`
	Entity string `default:"default" help:"The legal entity whose keys: 1 to 63 of a-z, 0-9 and -."`
}

type keysInitCmd struct {
	keysTarget
}

// Run makes the file; it never overwrites one.
func (c keysInitCmd) Run(s streams) error {
	ring, err := redact.NewKeyring(c.Entity, time.Now(), newSecret())
	if err != nil {
		return misuse("", "%w", err)
	}
	if err := createSecretFile(c.File, ring.Marshal()); err != nil {
		return err
	}
	return printEpochs(s, ring)
}

type keysListCmd struct {
	File string `arg:"" type:"path" help:"The keyring."`
}

// Run lists the epochs.
func (c keysListCmd) Run(s streams) error {
	ring, err := loadKeyring(c.File)
	if err != nil {
		return err
	}
	return printEpochs(s, ring)
}

type keysRotateCmd struct {
	keysTarget
}

// Run adds an epoch. A running proxy takes it at its next reload.
func (c keysRotateCmd) Run(s streams) error {
	return changeKeyring(s, c.File, func(ring *redact.Keyring) (*redact.Keyring, error) {
		return ring.Rotate(c.Entity, time.Now(), newSecret())
	})
}

type keysDestroyCmd struct {
	keysTarget
	Epoch string `required:"" placeholder:"ID" help:"The epoch, such as k1."`
}

// Run takes the key out of the file.
func (c keysDestroyCmd) Run(s streams) error {
	return changeKeyring(s, c.File, func(ring *redact.Keyring) (*redact.Keyring, error) {
		return ring.Destroy(c.Entity, c.Epoch, time.Now())
	})
}

// changeKeyring replaces the keyring in a file by what change makes of it, and lists the result.
func changeKeyring(s streams, file string, change func(*redact.Keyring) (*redact.Keyring, error)) error {
	ring, err := loadKeyring(file)
	if err != nil {
		return err
	}
	if ring, err = change(ring); err != nil {
		return err
	}
	if err := replaceSecretFile(file, ring.Marshal()); err != nil {
		return err
	}
	return printEpochs(s, ring)
}

// loadKeyring reads a keyring that only its owner may read.
func loadKeyring(file string) (*redact.Keyring, error) {
	data, err := readSecretFile(file)
	if err != nil {
		return nil, err
	}
	ring, err := redact.ParseKeyring(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return ring, nil
}

func printEpochs(s streams, ring *redact.Keyring) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ENTITY\tEPOCH\tCREATED\tSTATE")
	for _, e := range ring.Epochs() {
		state := "live"
		switch {
		case e.Current:
			state = "current"
		case !e.Destroyed.IsZero():
			state = "destroyed " + e.Destroyed.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.Entity, e.ID, e.Created.Format(time.RFC3339), state)
	}
	if w.Flush() != nil {
		return errOutput
	}
	return nil
}
