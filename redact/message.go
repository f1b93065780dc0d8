package redact

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// messageSize is what may be known of a message text: how long it is and how it travels as a short message.
type messageSize struct {
	characters int
	parts      int
	ucs2       bool // some character is not in the GSM 7 bit alphabet
}

// encoding returns what the message is sent as, as a JSON string.
func (s *messageSize) encoding() string {
	if s.ucs2 {
		return `"ucs2"`
	}
	return `"gsm7"`
}

// The units of a short message: septets or UTF-16 code units, alone and as a part of several (3GPP TS 23.040).
const (
	gsmAlone, gsmPart   = 160, 153
	ucs2Alone, ucs2Part = 70, 67
)

// sizeOf measures a text.
func sizeOf(text []byte) messageSize {
	if len(text) <= gsmAlone && singles(text) == len(text) {
		return messageSize{characters: len(text), parts: 1}
	}
	var size messageSize
	var gsm, ucs2 partCounter
	for len(text) > 0 {
		if n := singles(text); n > 0 { // most of most texts
			size.characters += n
			gsm.addSingles(n, gsmPart)
			ucs2.addSingles(n, ucs2Part)
			text = text[n:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		size.characters++
		septets := gsmSeptets(r)
		if septets == 0 {
			size.ucs2 = true
		}
		gsm.add(septets, gsmPart)
		if r >= 0x10000 {
			ucs2.add(2, ucs2Part)
		} else {
			ucs2.add(1, ucs2Part)
		}
	}
	if size.ucs2 {
		size.parts = ucs2.parts(ucs2Alone)
	} else {
		size.parts = gsm.parts(gsmAlone)
	}
	return size
}

// singles returns how many characters at the beginning of text are ASCII and take one septet.
func singles(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		if n := septets(binary.LittleEndian.Uint64(text[i:])); n < 8 {
			i += n
			break
		}
	}
	for i < len(text) && text[i] < utf8.RuneSelf && gsmASCII[text[i]] == 1 {
		i++
	}
	return i
}

// septets returns how many of the eight bytes of w, from its lowest on, are printable ASCII and take one septet.
func septets(w uint64) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	y := w &^ highs
	folded := y | 0x20*ones // of [ \ ] ^ it makes { | } ~
	extended := (folded + (0x80-'{')*ones) &^ (folded + (0x7f-'~')*ones)
	control := ^(y + (0x80-' ')*ones) | (y + ones)
	accent := ^(y ^ '`'*ones + 0x7f*ones)
	return bits.TrailingZeros64((extended|control|accent|w)&highs) / 8
}

// partCounter fills the parts of a message. A character of two units is never divided.
type partCounter struct{ units, full, inPart int }

func (p *partCounter) add(units, room int) {
	p.units += units
	if p.inPart+units > room {
		p.full++
		p.inPart = 0
	}
	p.inPart += units
}

// addSingles adds n characters of one unit.
func (p *partCounter) addSingles(n, room int) {
	p.units += n
	p.inPart += n
	if more := p.inPart - 1; more >= room {
		p.full += more / room
		p.inPart = more%room + 1
	}
}

func (p *partCounter) parts(alone int) int {
	if p.units <= alone {
		return 1
	}
	return p.full + 1
}

// gsmSeptets returns how many septets r takes in the default alphabet of 3GPP TS 23.038, 0 if it is not in it.
func gsmSeptets(r rune) int {
	if r < 0x80 {
		return int(gsmASCII[r])
	}
	switch r {
	case '£', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', 'Ø', 'ø', 'Å', 'å', 'Δ', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ',
		'Æ', 'æ', 'ß', 'É', '¤', '¡', 'Ä', 'Ö', 'Ñ', 'Ü', '§', '¿', 'ä', 'ö', 'ñ', 'ü', 'à':
		return 1
	case '€':
		return 2
	}
	return 0
}

// gsmASCII is gsmSeptets of ASCII. What stands in the extension table takes an escape more.
var gsmASCII = func() (t [0x80]uint8) {
	for c := ' '; c <= '~'; c++ {
		t[c] = 1
	}
	t['`'], t['\n'], t['\r'] = 0, 1, 1
	for _, c := range "\f^{}\\[~]|" {
		t[c] = 2
	}
	return t
}()
