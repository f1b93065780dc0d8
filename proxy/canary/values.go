package canary

import (
	"crypto/rand"
	"fmt"
	"net/netip"

	"github.com/piiproxy/piiproxy/redact"
)

// values are what is planted in one message.
type values struct {
	phone   string // in E.164
	email   string
	client  netip.Addr // where the client seems to be
	ip      netip.Addr
	name    string
	text    string
	code    string
	private string // a word that no connector has a need for
	needles []needle
	run     *run
}

// run is what the values of all messages of a run have in common, so that looking for that is enough where nothing is.
type run struct {
	word   string // that every word begins with
	groups string // of IP addresses, where it is not the network
	heads  []needle
}

func newRun() *run {
	r := &run{word: letters(9), groups: fmt.Sprintf("%x:%x", group(), group())}
	for _, head := range []string{r.word, r.groups, fictional} {
		r.heads = append(r.heads, needle{value: []byte(head), digits: head == fictional, base64: base64Forms([]byte(head))})
	}
	return r
}

// fictional is what a range of British mobile numbers begins with that is reserved for fiction.
const fictional = "7700900"

// needle is a planted value as it is looked for.
type needle struct {
	kind    redact.Kind
	value   []byte // in lower case
	digits  bool   // also with anything between them that people put there
	private bool
	base64  [][]byte // what texts with it in them have in Base64, by alignment
}

// newValues makes values that no other message has, but for the phone number: of those for fiction there are a thousand.
func newValues(r *run) (v values) {
	v.run = r
	number := []byte(fictional)
	for range 3 {
		number = append(number, '0'+randomByte()%10)
	}
	v.phone = "+44" + string(number)
	v.add(needle{kind: redact.KindPhone, value: number, digits: true})
	local := r.another()
	v.email = "canary." + local + "@example.com"
	v.add(needle{kind: redact.KindEmail, value: []byte(local)})
	v.client, v.ip = v.address(r), v.address(r)
	given := r.another()
	v.name = "Canary " + given
	v.add(needle{kind: redact.KindName, value: []byte(given)})
	said := r.another()
	v.text = "This is the canary of piiproxy: " + said + ", call " + v.phone
	v.add(needle{kind: redact.KindText, value: []byte(said)})
	v.code = r.another()
	v.add(needle{kind: redact.KindSecret, value: []byte(v.code)})
	v.private = r.another()
	v.add(needle{kind: redact.KindText, value: []byte(v.private), private: true})
	return v
}

func (v *values) add(n needle) {
	n.base64 = base64Forms(n.value)
	v.needles = append(v.needles, n)
}

// address makes an address of which a part that shows the network only shows nothing that is looked for.
func (v *values) address(r *run) netip.Addr {
	host := fmt.Sprintf("%s:%x:%x", r.groups, group(), group())
	v.add(needle{kind: redact.KindIP, value: []byte(host)})
	return netip.MustParseAddr(fmt.Sprintf("2001:db8:%x:%x:%s", group(), group(), host))
}

// group makes a group of an address. It is never short, so that there is one way to write it.
func group() []byte { return []byte{0x10 | randomByte()&0xef, randomByte()} }

// another makes a word of the run.
func (r *run) another() string { return r.word + letters(9) }

// letters makes letters of which no number, no other word and no hexadecimal id is made.
func letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'g' + randomByte()%20
	}
	return string(b)
}

func randomByte() byte {
	var b [1]byte
	_, _ = rand.Read(b[:]) // it never fails
	return b[0]
}
