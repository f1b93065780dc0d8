package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// keyFile is the file of a keyring: a JSON object that names its version and, for each entity, the epochs from the oldest
// to the newest.
//
//	{
//	  "version": 1,
//	  "entities": [
//	    {
//	      "name": "default",
//	      "epochs": [
//	        {"id": "k1", "created": "2026-01-01T00:00:00Z", "destroyed": "2026-07-01T00:00:00Z"},
//	        {"id": "k2", "created": "2026-04-01T00:00:00Z", "secret": "base64 of 32 bytes"}
//	      ]
//	    }
//	  ]
//	}
//
// An epoch has a secret or the time at which it was destroyed, not both.
type keyFile struct {
	Version  int          `json:"version"`
	Entities []fileEntity `json:"entities"`
}

type fileEntity struct {
	Name   string      `json:"name"`
	Epochs []fileEpoch `json:"epochs"`
}

type fileEpoch struct {
	ID        string     `json:"id"`
	Created   time.Time  `json:"created"`
	Destroyed *time.Time `json:"destroyed,omitempty"`
	Secret    []byte     `json:"secret,omitempty"`
}

const keyFileVersion = 1

// ParseKeyring reads the file of a keyring. Its errors say which part is wrong, and never quote any of it.
func ParseKeyring(data []byte) (*Keyring, error) {
	var f keyFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, keyFileError(err, d.InputOffset())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("redact: keyring: more than one document in the file")
	}
	if f.Version != keyFileVersion {
		return nil, fmt.Errorf("redact: keyring: its version is not %d", keyFileVersion)
	}
	if len(f.Entities) == 0 {
		return nil, fmt.Errorf("redact: keyring: no entities")
	}
	k := &Keyring{}
	for i := range f.Entities {
		if err := k.addEntity(&f.Entities[i]); err != nil {
			return nil, fmt.Errorf("redact: keyring: entities[%d]: %w", i, err)
		}
	}
	return k, nil
}

// keyFileError keeps of a decoder's error where it happened: the decoder quotes what it read.
func keyFileError(err error, offset int64) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("redact: keyring: a value of the wrong type at offset %d", kind.Offset)
	}
	return fmt.Errorf("redact: keyring: not a keyring file: wrong at offset %d", offset)
}

func (k *Keyring) addEntity(f *fileEntity) error {
	if _, err := ParseName(f.Name); err != nil {
		return errors.New("its name is not 1 to 63 of a-z, 0-9 and -")
	}
	at, found := k.find(f.Name)
	if found {
		return errors.New("an entity of the same name stands before it")
	}
	if len(f.Epochs) == 0 {
		return errors.New("no epochs")
	}
	e := entityKeys{name: f.Name}
	for i := range f.Epochs {
		if err := e.addEpoch(&f.Epochs[i]); err != nil {
			return fmt.Errorf("epochs[%d]: %w", i, err)
		}
	}
	k.entities = append(k.entities, entityKeys{})
	copy(k.entities[at+1:], k.entities[at:])
	k.entities[at] = e
	return nil
}

func (e *entityKeys) addEpoch(f *fileEpoch) error {
	n, ok := epochNumber(f.ID)
	if !ok {
		return errors.New("its id is not k and a number")
	}
	if n <= e.lastNumber() {
		return errors.New("its id is not greater than those before it")
	}
	if f.Created.IsZero() {
		return errors.New("no time of creation")
	}
	p := epochKey{id: f.ID, created: f.Created.UTC()}
	switch {
	case f.Destroyed != nil && len(f.Secret) != 0:
		return errors.New("both destroyed and with a secret")
	case f.Destroyed != nil:
		p.destroyed = f.Destroyed.UTC()
	default:
		if err := checkSecret(f.Secret); err != nil {
			return fmt.Errorf("its secret is not %d random bytes in base64", secretSize)
		}
		p.secret = f.Secret
	}
	e.epochs = append(e.epochs, p)
	return nil
}

// Marshal writes the file of the keyring, secrets included: give it to a file that only its owner may read, and to
// nothing else.
func (k *Keyring) Marshal() []byte {
	f := keyFile{Version: keyFileVersion}
	for i := range k.entities {
		e := fileEntity{Name: k.entities[i].name}
		for _, p := range k.entities[i].epochs {
			out := fileEpoch{ID: p.id, Created: p.created, Secret: p.secret}
			if !p.live() {
				out.Destroyed = &p.destroyed
			}
			e.Epochs = append(e.Epochs, out)
		}
		f.Entities = append(f.Entities, e)
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil { // a year beyond 9999: nothing in a keyring can make the encoder fail otherwise
		panic("redact: keyring: cannot be encoded")
	}
	return append(data, '\n')
}
