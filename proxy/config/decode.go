package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/piiproxy/piiproxy/redact"
)

// maxNodes bounds how many values a configuration may have once its aliases are written out, so that a few lines of
// aliases of aliases cannot fill the memory.
const maxNodes = 1 << 18

// decoder fills a [File] from a document and reports all that does not fit.
type decoder struct {
	doc   *document
	opts  Options
	nodes int
}

// decodable is a type that is written in a form of its own.
type decodable interface {
	// decode fills the receiver from n, which stands at path and is not null.
	decode(d *decoder, n *node, path string)
}

// document fills f from the whole document.
func (d *decoder) document(f *File) { d.value(d.doc.root, reflect.ValueOf(f).Elem(), "") }

// value fills v from n, which stands at path. Nothing written is the default.
func (d *decoder) value(n *node, v reflect.Value, path string) {
	if d.nodes++; d.nodes == maxNodes {
		d.doc.report(n.pos, path, "too many values", "")
	}
	if n.shape == null && v.Kind() == reflect.Struct {
		d.require(n, v, path, nil)
	}
	if n.shape == null || d.nodes >= maxNodes {
		return
	}
	if own, ok := v.Addr().Interface().(decodable); ok {
		own.decode(d, n, path)
		return
	}
	switch v.Kind() {
	case reflect.String:
		if d.want(n, text, path) {
			v.SetString(n.text)
		}
	case reflect.Bool:
		if d.want(n, boolean, path) {
			v.SetBool(strings.EqualFold(n.text, "true"))
		}
	case reflect.Int:
		if d.want(n, integer, path) {
			d.integer(n, v, path)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Map:
		d.byName(n, v, path)
	case reflect.Struct:
		d.members(n, v, path)
	default:
		panic("config: no way to decode a " + v.Type().String())
	}
}

// want reports whether n has the shape that its place asks for, and says so if not.
func (d *decoder) want(n *node, s shape, path string) bool {
	if n.shape == s {
		return true
	}
	hint := ""
	if s == text && n.shape != list && n.shape != mapping {
		hint = "put it in quotes"
	}
	d.doc.report(n.pos, path, s.String()+" is wanted here, and this is "+n.shape.String(), hint)
	return false
}

func (d *decoder) list(n *node, v reflect.Value, path string) {
	if !d.want(n, list, path) {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, v.Index(i), index(path, i))
	}
}

func (d *decoder) byName(n *node, v reflect.Value, path string) {
	if !d.want(n, mapping, path) {
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.pairs)))
	for _, p := range n.pairs {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(p.value, item, member(path, p.key))
		v.SetMapIndex(reflect.ValueOf(p.key), item)
	}
}

func (d *decoder) members(n *node, v reflect.Value, path string) {
	if !d.want(n, mapping, path) {
		return
	}
	known := keys(v.Type())
	var misspelt []string
	for _, p := range n.pairs {
		i := slices.Index(known, p.key)
		if i < 0 {
			near := nearest(p.key, known)
			misspelt = append(misspelt, near)
			d.doc.besides(p.pos, path, "unknown key", suggest(near, known))
			continue
		}
		d.value(p.value, v.Field(i), member(path, p.key))
	}
	d.require(n, v, path, misspelt)
}

// require reports the keys that n must have and has not, less those that are there, but misspelt.
func (d *decoder) require(n *node, v reflect.Value, path string, misspelt []string) {
	for i, key := range keys(v.Type()) {
		known := slices.Contains(misspelt, key) || d.doc.knows(member(path, key))
		if required(v.Type().Field(i)) && empty(n.get(key)) && !known {
			d.doc.besides(n.pos, path, key+" is missing", "")
		}
	}
}

func empty(n *node) bool { return n == nil || n.shape == null || n.shape == text && n.text == "" }

// keys returns the key of each field of the struct type t.
func keys(t reflect.Type) []string {
	all := make([]string, t.NumField())
	for i := range all {
		all[i] = t.Field(i).Tag.Get("yaml")
	}
	return all
}

func required(f reflect.StructField) bool {
	return slices.Contains(strings.Split(f.Tag.Get("jsonschema"), ","), "required")
}

// nearest returns the key of known that key is a misspelling of, or nothing.
func nearest(key string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if n := distance(folded(key), folded(k)); n < least {
			best, least = k, n
		}
	}
	return best
}

// suggest returns a hint for a key that is not one of known, but near to one. It never repeats the key: it may be a value.
func suggest(near string, known []string) string {
	if near != "" {
		return "did you mean " + near + "?"
	}
	return "known here: " + strings.Join(known, ", ")
}

// distance returns how many bytes have to be put in, left out or changed to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// names reports every name that cannot become a metric label.
func (d *decoder) names() {
	for _, section := range []string{"listeners", "surfaces", "upstreams", "simulators", "connectors", "routes"} {
		n := d.doc.root.get(section)
		if n == nil {
			continue
		}
		for _, p := range n.pairs {
			if _, err := redact.ParseName(p.key); err != nil {
				d.doc.report(p.pos, member(section, p.key), "a name that is not 1 to 63 of a-z, 0-9 and -", "")
			}
		}
	}
}

// simulators reports what does not fit together about them: the proxy that the rest is compiled for does not know them.
func (d *decoder) simulators(f *File) {
	problem := func(what, hint string, steps ...step) {
		pos, path, _ := d.doc.find(steps)
		d.doc.besides(pos, path, what, hint)
	}
	for name, s := range f.Simulators {
		if _, both := f.Listeners[name]; both {
			problem("a listener has this name too", "give one of them another name", step{name: "simulators"}, step{name: name})
		}
		if s.Kind != "" && !slices.Contains(SimulatorKinds, s.Kind) {
			problem("no such kind of simulator", "there are "+strings.Join(SimulatorKinds, ", "), step{name: "simulators"}, step{name: name}, step{name: "kind"})
		}
	}
	for name, u := range f.Upstreams {
		_, known := f.Simulators[u.Simulator]
		switch {
		case u.Simulator == "":
		case u.Address != "" || len(u.Addresses) > 0:
			problem("has an address and a simulator", "leave one of them out", step{name: "upstreams"}, step{name: name})
		case !known:
			problem("no such simulator", "", step{name: "upstreams"}, step{name: name}, step{name: "simulator"})
		}
	}
}
