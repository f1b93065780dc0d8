package redact

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// TestSizeOfAnyText holds the size of texts to what counting character by character gives.
func TestSizeOfAnyText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab 1€[é`ж😀\n")
	for range 2000 {
		var text []byte
		some := alphabet[:1+random.IntN(len(alphabet))]
		for range random.IntN(500) {
			text = utf8.AppendRune(text, some[random.IntN(len(some))])
		}
		if got, want := sizeOf(text), plainSizeOf(text); got != want {
			t.Fatalf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// TestSeptetsOfEachByte holds what is told of eight bytes at once to the table, but for line breaks.
func TestSeptetsOfEachByte(t *testing.T) {
	for c := range 256 {
		for at := range 8 {
			text := []byte("aaaaaaaa")
			text[at] = byte(c)
			want := 8
			if c >= utf8.RuneSelf || gsmASCII[c] != 1 || c == '\n' || c == '\r' {
				want = at
			}
			if got := septets(binary.LittleEndian.Uint64(text)); got != want {
				t.Errorf("%q: %d, want %d", text, got, want)
			}
		}
	}
}

func plainSizeOf(text []byte) messageSize {
	var size messageSize
	var gsm, ucs2 partCounter
	for _, r := range string(text) {
		size.characters++
		septets := gsmSeptets(r)
		size.ucs2 = size.ucs2 || septets == 0
		gsm.add(septets, gsmPart)
		ucs2.add(1+int(r>>16&1), ucs2Part)
	}
	if size.parts = gsm.parts(gsmAlone); size.ucs2 {
		size.parts = ucs2.parts(ucs2Alone)
	}
	return size
}
