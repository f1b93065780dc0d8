package config

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Duration is written as Go writes durations: 250ms, 2s, 1m30s.
type Duration time.Duration

func (v *Duration) decode(d *decoder, n *node, path string) {
	const hint = "write a number and its unit: 250ms, 2s, 1m30s"
	if n.shape != text {
		d.doc.report(n.pos, path, "a duration is wanted here, and this is "+n.shape.String(), hint)
		return
	}
	parsed, err := time.ParseDuration(n.text)
	switch {
	case err != nil:
		d.doc.report(n.pos, path, "not a duration", hint)
	case parsed <= 0:
		d.doc.report(n.pos, path, "a duration must be more than nothing", "leave it out for the default")
	default:
		*v = Duration(parsed)
	}
}

// Size is a number of bytes, written with its unit: 512B, 16KiB, 4MiB, 1GiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}}

func (v *Size) decode(d *decoder, n *node, path string) {
	const hint = "write a whole number and its unit: 512B, 16KiB, 4MiB"
	if n.shape != text {
		d.doc.report(n.pos, path, "a size is wanted here, and this is "+n.shape.String(), hint)
		return
	}
	size, ok := parseSize(n.text)
	switch {
	case !ok:
		d.doc.report(n.pos, path, "not a size", hint)
	case size <= 0:
		d.doc.report(n.pos, path, "a size must be more than nothing", "leave it out for the default")
	default:
		*v = Size(size)
	}
}

func parseSize(s string) (int64, bool) {
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(s, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > (1<<40)/unit.bytes {
			return 0, false
		}
		return n * unit.bytes, true
	}
	return 0, false
}

// Share is a part of a whole: a number from 0 to 1.
type Share float64

func (v *Share) decode(d *decoder, n *node, path string) {
	if n.shape != integer && n.shape != decimal {
		d.doc.report(n.pos, path, "a number is wanted here, and this is "+n.shape.String(), "such as 0.1")
		return
	}
	share, err := strconv.ParseFloat(n.text, 64)
	if err != nil || !(share >= 0 && share <= 1) {
		d.doc.report(n.pos, path, "not a share", "from 0 to 1")
		return
	}
	*v = Share(share)
}

// integer fills a count. All of them bound something, so less than one makes no sense.
func (d *decoder) integer(n *node, v reflect.Value, path string) {
	i, err := strconv.Atoi(n.text)
	switch {
	case err != nil:
		d.doc.report(n.pos, path, "not a number in plain digits", "")
	case i < 1:
		d.doc.report(n.pos, path, "the number must be at least 1", "leave it out for the default")
	case i > 1<<31-1:
		d.doc.report(n.pos, path, "the number is too large", "")
	default:
		v.SetInt(int64(i))
	}
}
