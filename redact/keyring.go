package redact

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// DefaultEntity is the entity whose keys serve where a configuration names none.
const DefaultEntity = "default"

// secretSize is the length of an epoch's secret in bytes.
const secretSize = 32

// Keyring holds the keys of tokens: for each entity its epochs, of which the newest that lives makes tokens. It is
// immutable and safe for concurrent use: what changes one returns another. However it is printed or encoded, its secrets
// stay out; only [Keyring.Marshal] writes them.
type Keyring struct {
	entities []entityKeys // sorted by name
}

type entityKeys struct {
	name   string
	epochs []epochKey // oldest first, never empty
}

// epochKey is the secret of one epoch. secret is nil once the epoch is destroyed.
type epochKey struct {
	id        string
	created   time.Time
	destroyed time.Time
	secret    []byte
}

func (e *epochKey) live() bool { return e.secret != nil }

// Epoch describes the period that one key serves, without the key.
type Epoch struct {
	Entity    string
	ID        string // such as "k1"; it is part of every token made in the epoch
	Created   time.Time
	Destroyed time.Time // zero while the epoch lives
	Current   bool      // whether its key makes tokens
}

// NewKeyring returns a keyring with one entity and its first epoch. secret is 32 random bytes; the keyring copies them.
func NewKeyring(entity string, created time.Time, secret []byte) (*Keyring, error) {
	return (&Keyring{}).Rotate(entity, created, secret)
}

// Rotate returns a keyring in which entity has a further epoch, that makes its tokens from now on. An entity that the
// keyring does not have yet is added. secret is 32 random bytes; the keyring copies them.
func (k *Keyring) Rotate(entity string, created time.Time, secret []byte) (*Keyring, error) {
	if _, err := ParseName(entity); err != nil {
		return nil, fmt.Errorf("redact: keyring: entity: %w", errName)
	}
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	next := k.clone()
	at, found := next.find(entity)
	if !found {
		next.entities = slices.Insert(next.entities, at, entityKeys{name: entity})
	}
	e := &next.entities[at]
	e.epochs = append(e.epochs, epochKey{
		id:      "k" + strconv.Itoa(e.lastNumber()+1),
		created: created.UTC().Truncate(time.Second),
		secret:  slices.Clone(secret),
	})
	return next, nil
}

// Destroy returns a keyring without the key of an epoch: the tokens made with it can be joined with nothing any more, and
// nobody can find out whose they are. The epoch that makes tokens cannot be destroyed; rotate first.
func (k *Keyring) Destroy(entity, id string, at time.Time) (*Keyring, error) {
	next := k.clone()
	i, found := next.find(entity)
	if !found {
		return nil, fmt.Errorf("redact: keyring: no such entity")
	}
	e := &next.entities[i]
	j := slices.IndexFunc(e.epochs, func(e epochKey) bool { return e.id == id })
	switch {
	case j < 0:
		return nil, fmt.Errorf("redact: keyring: entity %q has no such epoch", e.name)
	case !e.epochs[j].live():
		return nil, fmt.Errorf("redact: keyring: epoch %s of %q is destroyed already", e.epochs[j].id, e.name)
	case e.current() == &e.epochs[j]:
		return nil, fmt.Errorf("redact: keyring: epoch %s of %q makes tokens: rotate first", e.epochs[j].id, e.name)
	}
	e.epochs[j].secret = nil
	e.epochs[j].destroyed = at.UTC().Truncate(time.Second)
	return next, nil
}

// Epochs lists the epochs of every entity, by entity and then oldest first. There are no secrets in it.
func (k *Keyring) Epochs() []Epoch {
	var all []Epoch
	for i := range k.entities {
		e := &k.entities[i]
		current := e.current()
		for j := range e.epochs {
			p := &e.epochs[j]
			all = append(all, Epoch{
				Entity: e.name, ID: p.id, Created: p.created, Destroyed: p.destroyed, Current: p == current,
			})
		}
	}
	return all
}

// Entities returns the names of the entities that the keyring has keys of, sorted.
func (k *Keyring) Entities() []string {
	names := make([]string, len(k.entities))
	for i := range k.entities {
		names[i] = k.entities[i].name
	}
	return names
}

// Format prints a keyring without its secrets, whatever the verb.
func (k Keyring) Format(w fmt.State, _ rune) { io.WriteString(w, k.String()) }

// String describes the keyring without its secrets.
func (k Keyring) String() string {
	epochs := 0
	for i := range k.entities {
		epochs += len(k.entities[i].epochs)
	}
	return fmt.Sprintf("keyring(%d entities, %d epochs)", len(k.entities), epochs)
}

// MarshalText gives the description, so that no encoder reaches the secrets. [Keyring.Marshal] writes the file.
func (k Keyring) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// current returns the epoch that makes tokens: the newest, which is never destroyed.
func (e *entityKeys) current() *epochKey {
	if last := &e.epochs[len(e.epochs)-1]; last.live() {
		return last
	}
	return nil
}

// lastNumber returns the greatest number of an epoch, 0 if there is none.
func (e *entityKeys) lastNumber() int {
	last := 0
	for i := range e.epochs {
		n, _ := epochNumber(e.epochs[i].id)
		last = max(last, n)
	}
	return last
}

// epochNumber returns the number in an epoch's id, which is k and 1 to 6 digits.
func epochNumber(id string) (int, bool) {
	if len(id) < 2 || len(id) > 7 || id[0] != 'k' || id[1] == '0' {
		return 0, false
	}
	n := 0
	for _, c := range id[1:] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// find returns where entity stands, or where it belongs.
func (k *Keyring) find(entity string) (int, bool) {
	return slices.BinarySearchFunc(k.entities, entity, func(e entityKeys, name string) int {
		switch {
		case e.name < name:
			return -1
		case e.name > name:
			return 1
		}
		return 0
	})
}

// clone copies all but the secrets, which nobody writes to.
func (k *Keyring) clone() *Keyring {
	c := &Keyring{entities: slices.Clone(k.entities)}
	for i := range c.entities {
		c.entities[i].epochs = slices.Clone(c.entities[i].epochs)
	}
	return c
}

// checkSecret refuses what cannot have come from a random source: a buffer that nobody filled.
func checkSecret(secret []byte) error {
	if len(secret) != secretSize {
		return fmt.Errorf("redact: keyring: a secret has %d bytes", secretSize)
	}
	if slices.Equal(secret, slices.Repeat(secret[:1], secretSize)) {
		return fmt.Errorf("redact: keyring: a secret that is one byte repeated is no secret")
	}
	return nil
}
