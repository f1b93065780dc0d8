package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

var testTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// testSecret returns a secret that no two arguments share.
func testSecret(n byte) []byte {
	s := bytes.Repeat([]byte{0xa7}, secretSize)
	s[0] = n
	return s
}

func testKeyring(t testing.TB) *Keyring {
	t.Helper()
	k, err := NewKeyring(DefaultEntity, testTime, testSecret(1))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyringFileRoundTrip(t *testing.T) {
	k := testKeyring(t)
	for _, step := range []func() (*Keyring, error){
		func() (*Keyring, error) { return k.Rotate(DefaultEntity, testTime.AddDate(0, 3, 0), testSecret(2)) },
		func() (*Keyring, error) { return k.Rotate("acme-us", testTime, testSecret(3)) },
		func() (*Keyring, error) { return k.Destroy(DefaultEntity, "k1", testTime.AddDate(1, 0, 0)) },
	} {
		next, err := step()
		if err != nil {
			t.Fatal(err)
		}
		k = next
	}
	file := k.Marshal()
	again, err := ParseKeyring(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	if got := again.Marshal(); !bytes.Equal(got, file) {
		t.Errorf("written again it differs:\n%s\n%s", got, file)
	}
	want := "acme-us k1 true true,default k1 false false,default k2 true true"
	var got []string
	for _, e := range again.Epochs() {
		got = append(got, fmt.Sprint(e.Entity, " ", e.ID, " ", e.Current, " ", e.Destroyed.IsZero()))
	}
	if strings.Join(got, ",") != want {
		t.Errorf("epochs %v, want %s", got, want)
	}
}

func TestRotateLeavesTheOldKeyringAlone(t *testing.T) {
	k := testKeyring(t)
	before := k.Marshal()
	if _, err := k.Rotate(DefaultEntity, testTime, testSecret(2)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, k.Marshal()) {
		t.Error("the keyring that was rotated has changed")
	}
}

func TestDestroyNeedsAnotherEpoch(t *testing.T) {
	k := testKeyring(t)
	if _, err := k.Destroy(DefaultEntity, "k1", testTime); err == nil {
		t.Error("the only key was destroyed")
	}
	if _, err := k.Destroy("nobody", "k1", testTime); err == nil {
		t.Error("an entity that is not there lost a key")
	}
	if _, err := k.Destroy(DefaultEntity, "k7", testTime); err == nil {
		t.Error("an epoch that is not there was destroyed")
	}
}

func TestParseKeyringRefuses(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString(testSecret(1))
	epoch := `{"id":"k1","created":"2026-01-01T00:00:00Z","secret":"` + secret + `"}`
	entity := func(epochs string) string {
		return `{"version":1,"entities":[{"name":"default","epochs":[` + epochs + `]}]}`
	}
	if _, err := ParseKeyring([]byte(entity(epoch))); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"nothing":          ``,
		"no object":        `"` + secret + `"`,
		"wrong type":       `{"version":"` + secret + `"}`,
		"cut":              entity(epoch)[:60],
		"version":          `{"version":2,"entities":[]}`,
		"no entities":      `{"version":1,"entities":[]}`,
		"no epochs":        entity(``),
		"unknown member":   `{"version":1,"` + secret + `":1}`,
		"two documents":    entity(epoch) + entity(epoch),
		"same id":          entity(epoch + `,` + epoch),
		"bad id":           entity(strings.Replace(epoch, "k1", secret, 1)),
		"leading zero":     entity(strings.Replace(epoch, "k1", "k01", 1)),
		"bad entity name":  strings.Replace(entity(epoch), "default", secret, 1),
		"no time":          entity(`{"id":"k1","secret":"` + secret + `"}`),
		"bad time":         entity(`{"id":"k1","created":"` + secret + `","secret":"` + secret + `"}`),
		"short secret":     entity(`{"id":"k1","created":"2026-01-01T00:00:00Z","secret":"` + secret[:40] + `"}`),
		"no base64":        entity(`{"id":"k1","created":"2026-01-01T00:00:00Z","secret":"!` + secret + `"}`),
		"zero secret":      entity(`{"id":"k1","created":"2026-01-01T00:00:00Z","secret":"` + strings.Repeat("A", 43) + `="}`),
		"secret destroyed": entity(strings.Replace(epoch, `"id"`, `"destroyed":"2026-02-01T00:00:00Z","id"`, 1)),
	} {
		k, err := ParseKeyring([]byte(file))
		if err == nil {
			t.Errorf("%s: accepted as %v", name, k)
		} else if strings.Contains(err.Error(), secret[:8]) {
			t.Errorf("%s: the error quotes the file: %v", name, err)
		}
	}
}

func TestKeyringIsNeverPrinted(t *testing.T) {
	k := testKeyring(t)
	secret := testSecret(1)
	type holder struct{ Keys *Keyring }
	var prints []string
	for _, v := range []any{k, *k, holder{k}, &holder{k}, []*Keyring{k}, map[string]Keyring{"a": *k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			prints = append(prints, fmt.Sprintf(verb, v))
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, string(data))
	}
	for _, out := range prints {
		for _, form := range []string{
			string(secret), fmt.Sprintf("%x", secret[1:4]), "167", "0xa7", "a7a7", "\\xa7",
			base64.StdEncoding.EncodeToString(secret)[4:12],
		} {
			if strings.Contains(out, form) {
				t.Errorf("a keyring prints as %s", out)
			}
		}
	}
}

func FuzzParseKeyring(f *testing.F) {
	k, _ := testKeyring(f).Rotate("acme", testTime, testSecret(9))
	f.Add(k.Marshal())
	f.Add([]byte(`{"version":1,"entities":[{"name":"a","epochs":[{"id":"k1","created":"2026-01-01T00:00:00Z","destroyed":"2026-01-01T00:00:00Z"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := ParseKeyring(data)
		if err != nil {
			return
		}
		file := k.Marshal()
		again, err := ParseKeyring(file)
		if err != nil || !bytes.Equal(again.Marshal(), file) {
			t.Errorf("what was written is not read: %v", err)
		}
	})
}
