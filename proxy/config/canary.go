package config

import (
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// Canary is what proves all the time that nothing leaks. It is off without routes.
type Canary struct {
	Interval time.Duration // 1 min
	Routes   []string
	Kinds    []redact.Kind // that are looked for; all if empty
}

// canary returns the canary, and reports kinds that are none.
func (d *decoder) canary(f *File) Canary {
	c := Canary{Interval: time.Duration(f.Canary.Interval), Routes: f.Canary.Routes}
	if c.Interval == 0 {
		c.Interval = time.Minute
	}
	for i, name := range f.Canary.Kinds {
		k, ok := redact.ParseKind(name)
		if !ok {
			pos, path, _ := d.doc.find([]step{{name: "canary"}, {name: "kinds"}, {index: i}})
			d.doc.besides(pos, path, "no such kind", "")
			continue
		}
		c.Kinds = append(c.Kinds, k)
	}
	return c
}
