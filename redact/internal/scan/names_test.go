package scan

import (
	"bytes"
	"strings"
	"testing"
)

// someNames are names of every length and ending.
var someNames = func() *Names {
	n := NewNames()
	for _, name := range []string{"to", "pin", "zip2", "text", "password", "taxid"} {
		n.Add(name, name != "text")
	}
	return n
}()

// TestNames holds a cursor to stopping behind names in all their spellings, wherever in a block they stand.
func TestNames(t *testing.T) {
	const spelt = `to TO user.to pin Pin PIN p_in p-in user_pin pi_n p-i-n "pin zip2 zip_2 text TEXT te_xt password passWord pass_wo-rd taxid tax_id Tax-Id tax__id tax-i-d t-a-x-i-d any" any' any] [any] any%5D any%255d`
	s := mustNew(t, Options{})
	for name := range strings.FieldsSeq(spelt) {
		for pad := range 2*block + 2 {
			for _, sign := range []string{"=", "%3D", ":"} {
				text := strings.Repeat("=", pad/2) + strings.Repeat("-", pad-pad/2) + name
				checkFilter(t, []byte(text+sign+"=1"))
				c := s.ScanNames([]byte(text+sign), KeyNone, someNames, false)
				found := c.Next() && c.Finding.Kind == Sign && c.Finding.Start == len(text)
				c.Close()
				if long := len(text) > 2 || sign == "="; found != (long && (sign != ":" || strings.ReplaceAll(strings.ToLower(name), "_", "") != "text")) {
					t.Fatalf("%s%s: %v", text, sign, found)
				}
			}
		}
	}
}

// TestNoNames has signs stand behind what is no name.
func TestNoNames(t *testing.T) {
	s := mustNew(t, Options{})
	text := bytes.Repeat([]byte("id=1 took=2ms component=x region=eu shard=blue status:ok\n"), 20)
	for c := s.ScanNames(text, KeyNone, someNames, false); c.Next(); {
		t.Fatalf("stopped at %d", c.Finding.Start)
	}
}
