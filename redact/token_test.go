package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// TestTokenIsAsDocumented computes a token by hand: HKDF by its two steps, HMAC, letters. A change of any of it makes the
// tokens of old logs useless.
func TestTokenIsAsDocumented(t *testing.T) {
	mac := func(key []byte, parts ...string) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write([]byte(p))
		}
		return h.Sum(nil)
	}
	extracted := mac(make([]byte, sha256.Size), string(testSecret(1)))
	key := mac(extracted, "piiproxy token\x00default\x00k1\x00phone", "\x01")
	var want strings.Builder
	for _, b := range mac(key, "306912345678")[:12] {
		want.WriteByte('a' + b>>4)
		want.WriteByte('a' + b&15)
	}
	got := string(testSurface(t, "log").AppendText(Masked{}, []byte("+30 691 234 5678"), nil).Bytes())
	if got != "phone_GR_k1_"+want.String() {
		t.Errorf("got %s, want letters %s", got, want.String())
	}
}

// TestOneNumberIsOneToken writes a number as it comes in every place.
func TestOneNumberIsOneToken(t *testing.T) {
	p := testPolicy(t)
	s, f := p.mustSurface(t, "log"), p.Fields("any")
	want := string(s.AppendField(Masked{}, Tag{Kind: KindPhone}, []byte("+306912345678"), nil).Bytes())
	name := []Param{{Name{"msisdn"}, 3, 0}}
	path := func(v string) string {
		name[0].End = 3 + len(v)
		return strings.TrimPrefix(string(s.AppendPath(Masked{}, f, []byte("/x/"+v), name, nil).Bytes()), "/x/")
	}
	trimmed := func(m Masked, head, tail string) string {
		return strings.TrimSuffix(strings.TrimPrefix(string(m.Bytes()), head), tail)
	}
	json := func(v string) string {
		return trimmed(s.AppendJSON(Masked{}, f, []byte(`{"to":`+v+`}`), nil), `{"to":"`, `"}`)
	}
	key := func(v string) string {
		return trimmed(s.AppendJSON(Masked{}, f, []byte(`{"recipientCountries":{"`+v+`":"GR"}}`), nil), `{"recipientCountries":{"`, `":"GR"}}`)
	}
	form := func(v string) string { return trimmed(s.AppendForm(Masked{}, f, []byte("to="+v), nil), "to=", "") }
	query := func(v string) string { return trimmed(s.AppendQuery(Masked{}, f, []byte("to="+v), nil), "to=", "") }
	text := func(v string) string { return string(s.AppendText(Masked{}, []byte(v), nil).Bytes()) }
	for place, got := range map[string]string{
		"path": path("%2B306912345678"), "path, bare": path("306912345678"), "path, 00": path("00306912345678"), "path, national": path("6912345678"),
		"json": json(`"+306912345678"`), "json, integer": json(`306912345678`), "json, escaped": json(`"\u002b306912345678"`),
		"json, 00": json(`"0030 691 234 5678"`), "json, national": json(`"6912345678"`), "json, scheme": json(`"tel:+30-691-2345678"`),
		"key": key("+306912345678"), "key, bare": key("306912345678"), "form": form("%2B306912345678"), "form, plus": form("+306912345678"),
		"form, twice": form("%252B306912345678"), "query": query("306912345678"), "text": text("+306912345678"), "text, spaces": text("+30 691 234 5678"),
		"text, 00": text("0030 6912345678"), "text, wide": text("＋３０６９１２３４５６７８"),
	} {
		if got != want {
			t.Errorf("%s: got %s, want %s", place, got, want)
		}
	}
}

func TestTokensOf(t *testing.T) {
	k := testKeyring(t)
	k, err := k.Rotate(DefaultEntity, testTime, testSecret(2))
	if err != nil {
		t.Fatal(err)
	}
	regions := []string{"GR"}
	want, err := k.TokensOf(DefaultEntity, KindPhone, "+306912345678", regions)
	if err != nil || len(want) != 2 || !strings.HasPrefix(string(want[0].Bytes()), "phone_GR_k2_") || !strings.HasPrefix(string(want[1].Bytes()), "phone_GR_k1_") {
		t.Fatalf("got %v, %v", want, err)
	}
	for _, v := range []string{"306912345678", "0030 691 234 5678", "6912345678", " +30 691-2345678 "} {
		got, err := k.TokensOf(DefaultEntity, KindPhone, v, regions)
		if err != nil || len(got) != 2 || string(got[0].Bytes()) != string(want[0].Bytes()) {
			t.Errorf("%q: got %v, %v", v, got, err)
		}
	}
	for _, c := range []struct {
		kind  Kind
		value string
	}{{KindPhone, "ada"}, {KindEmail, "ada"}, {KindIP, "1.2.3"}, {KindPhone, "+306912345678 +306912345679"}, {KindNone, "x"}, {KindPhone, ""}} {
		if got, err := k.TokensOf(DefaultEntity, c.kind, c.value, regions); err == nil {
			t.Errorf("%v %q: got %v", c.kind, c.value, got)
		} else if len(c.value) > 2 && strings.Contains(err.Error(), c.value) {
			t.Errorf("the error quotes the value: %v", err)
		}
	}
	if _, err := k.TokensOf("nobody", KindName, "Ada", nil); err == nil {
		t.Error("an entity without keys has tokens")
	}
	destroyed, err := k.Destroy(DefaultEntity, "k1", testTime)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := destroyed.TokensOf(DefaultEntity, KindName, "Ada", nil); len(got) != 1 {
		t.Errorf("a destroyed epoch gives tokens: %v", got)
	}
}

// TestTokensAreSeparate compares the letters of one value under two kinds, entities and epochs.
func TestTokensAreSeparate(t *testing.T) {
	k := testKeyring(t)
	k, _ = k.Rotate("acme", testTime, testSecret(1)) // the same secret even
	k, _ = k.Rotate(DefaultEntity, testTime, testSecret(1))
	seen := make(map[string]string)
	for _, entity := range []string{DefaultEntity, "acme"} {
		for kind := KindName; kind < numKinds; kind++ {
			all, err := k.TokensOf(entity, kind, "Ada", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range all {
				token := string(m.Bytes())
				letters := token[len(token)-tokenLetters:]
				if other := seen[letters]; other != "" {
					t.Errorf("%s and %s of %s share letters", other, token, entity)
				}
				seen[letters] = token
			}
		}
	}
}

// TestRecentTokensChangeNone holds the tokens of a run that remembers some to those of one that remembers none.
func TestRecentTokensChangeNone(t *testing.T) {
	tokens, err := newTokens("default", &epochKey{id: "k1", secret: []byte("01234567890123456789012345678901")})
	if err != nil {
		t.Fatal(err)
	}
	var used macs
	for round := range 3 {
		for n := range 200 {
			value := fmt.Appendf(nil, "30691234%04d", n%(20+round*80))
			switch n % 5 {
			case 0:
				value = nil
			case 1:
				value = append(value, "@an-address-that-is-too-long-to-remember.example"...)
			case 2:
				value = append(value, 0)
			}
			for _, k := range []Kind{KindPhone, KindEmail} {
				region := []string{"GR", "US", ""}[n/5%3]
				got, want := tokens.appendToken(nil, &used, k, region, value), tokens.appendToken(nil, new(macs), k, region, value)
				if many := tokens.appendOneOfMany(nil, &used, k, region, value); string(got) != string(want) || string(many) != string(want) {
					t.Fatalf("%s and %s of %q, want %s", got, many, value, want)
				}
			}
		}
	}
}

func TestMemoryChangesNoToken(t *testing.T) {
	s := testSurface(t, "log")
	for _, v := range []string{"+306912345678", "a@b.co", "a-name-that-is-far-too-long-for-a-key-of-the-memory@example.com"} {
		want := string(s.AppendText(Masked{}, []byte(v), nil).Bytes())
		for range 4 {
			if got := string(s.AppendText(Masked{}, []byte(v), nil).Bytes()); got != want {
				t.Errorf("%s: got %s, then %s", v, want, got)
			}
		}
	}
}
