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
}

// needle is a planted value as it is looked for.
type needle struct {
	kind    redact.Kind
	value   []byte // in lower case
	digits  bool   // also with anything between them that people put there
	private bool
	base64  [][]byte // what texts with it in them have in Base64, by alignment
}

// newValues makes values that no other message has, but for the phone number: of those for fiction there are a thousand.
func newValues() (v values) {
	number := []byte("7700900")
	for range 3 {
		number = append(number, '0'+randomByte()%10)
	}
	v.phone = "+44" + string(number)
	v.add(needle{kind: redact.KindPhone, value: number, digits: true})
	local := word()
	v.email = "canary." + local + "@example.com"
	v.add(needle{kind: redact.KindEmail, value: []byte(local)})
	v.client, v.ip = v.address(), v.address()
	given := word()
	v.name = "Canary " + given
	v.add(needle{kind: redact.KindName, value: []byte(given)})
	said := word()
	v.text = "This is the canary of piiproxy: " + said + ", call " + v.phone
	v.add(needle{kind: redact.KindText, value: []byte(said)})
	v.code = word()
	v.add(needle{kind: redact.KindSecret, value: []byte(v.code)})
	v.private = word()
	v.add(needle{kind: redact.KindText, value: []byte(v.private), private: true})
	return v
}

func (v *values) add(n needle) {
	n.base64 = base64Forms(n.value)
	v.needles = append(v.needles, n)
}

// address makes an address of which a part that shows the network only shows nothing that is looked for.
func (v *values) address() netip.Addr {
	b := [16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8}
	for i := 4; i < len(b); i += 2 {
		b[i], b[i+1] = 0x10|randomByte()&0xef, randomByte() // no group is short, so that there is one way to write it
	}
	v.add(needle{kind: redact.KindIP, value: fmt.Appendf(nil, "%x:%x:%x:%x", b[8:10], b[10:12], b[12:14], b[14:16])})
	return netip.AddrFrom16(b)
}

// word makes twelve letters of which no number, no other word and no hexadecimal id is made.
func word() string {
	b := make([]byte, 12)
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
