package config

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// Fields is what fills the fields of the outgoing request: a mapping from their names, whose order is that of the file.
type Fields []NamedField

// NamedField is one member of [Fields].
type NamedField struct {
	Name   string
	Field  Field
	secret []byte // what Env or File lead to
}

func (v *Fields) decode(d *decoder, n *node, path string) {
	if !d.want(n, mapping, path) {
		return
	}
	for _, p := range n.pairs {
		f := NamedField{Name: p.key}
		at := member(path, p.key)
		switch p.value.shape {
		case mapping:
			d.value(p.value, reflect.ValueOf(&f.Field).Elem(), at)
		default:
			d.doc.report(p.value.pos, at, "say where the value comes from", "such as {json: $.to}, {const: UTF-8} or {env: NAME}")
		}
		f.secret = d.secret(p, at, Header{f.Field.Const, f.Field.Env, f.Field.File})
		*v = append(*v, f)
	}
}

// Headers is the headers of a request: a mapping from their names, whose order is that of the file.
type Headers []NamedHeader

// NamedHeader is one member of [Headers].
type NamedHeader struct {
	Name  string
	value string
}

func (v *Headers) decode(d *decoder, n *node, path string) {
	if !d.want(n, mapping, path) {
		return
	}
	for _, p := range n.pairs {
		from, at := Header{}, member(path, p.key)
		if p.value.shape != mapping {
			d.doc.report(p.value.pos, at, "say where the value comes from", "such as {const: acme}, {env: NAME} or {file: PATH}")
			continue
		}
		d.value(p.value, reflect.ValueOf(&from).Elem(), at)
		h := NamedHeader{p.key, from.Const}
		secret := d.secret(p, at, from)
		switch {
		case from == (Header{}):
			d.doc.report(p.pos, at, "there is no value", "such as {const: acme}, {env: NAME} or {file: PATH}")
		case from.Const == "":
			h.value = string(secret)
		case from != (Header{Const: from.Const}):
			d.doc.report(p.pos, at, "has a text and a secret", "leave one of them out")
		}
		*v = append(*v, h)
	}
}

// secret fetches the secret that the member p names, if it names one. A secret in the configuration itself is a problem.
func (d *decoder) secret(p pair, path string, from Header) []byte {
	if from.Const != "" && secretive(p.key) {
		d.doc.report(p.pos, path, "a secret must not stand in the configuration",
			"take it from the environment, {env: NAME}, or from a file, {file: PATH}")
	}
	secret, what := []byte(nil), ""
	switch {
	case from.Env != "" && from.File != "":
		what = "env and file are both given"
	case from.Env != "":
		s, set := d.opts.Lookup(from.Env)
		secret = []byte(s)
		if !set {
			what = "the environment variable is not set"
		}
	case from.File != "":
		data, err := d.opts.Open(d.opts.path(from.File))
		secret = []byte(strings.TrimRight(string(data), "\r\n"))
		if err != nil {
			what = "the file cannot be read"
		}
	default:
		return nil
	}
	switch {
	case what != "":
		d.doc.report(p.pos, path, what, "")
	case len(secret) == 0:
		d.doc.report(p.pos, path, "the secret is empty", "")
	case strings.ContainsFunc(string(secret), func(r rune) bool { return r < ' ' || r == 0x7f }):
		d.doc.report(p.pos, path, "the secret holds control characters", "is it the right file or variable?")
	default:
		return secret
	}
	return nil
}

var secretWords = []string{"password", "passwd", "secret", "token", "apikey", "authorization", "credential", "credentials"}

// secretive reports whether a field of this name holds a secret wherever it is used.
func secretive(name string) bool {
	name = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
	for _, w := range secretWords {
		if strings.HasSuffix(name, w) {
			return true
		}
	}
	return name == "pass"
}

func (v *Allow) decode(d *decoder, n *node, path string) {
	if n.shape == text {
		v.JSON = n.text
		return
	}
	if n.shape != mapping {
		d.doc.report(n.pos, path, "a JSON path or a mapping is wanted here, and this is "+n.shape.String(), "such as $.to or {form: To, required: true}")
		return
	}
	d.members(n, reflect.ValueOf(v).Elem(), path)
}

// path returns where a file that the configuration names is.
func (o Options) path(name string) string {
	if name == "" || o.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.Dir, name)
}

// readSmallFile reads a file of at most 64 KiB.
func readSmallFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 64<<10+1))
	if err == nil && len(data) > 64<<10 {
		err = os.ErrInvalid
	}
	return data, err
}
