package walk

import (
	"strings"
	"testing"
)

// TestWithoutVectors is for processors that have none.
func TestWithoutVectors(t *testing.T) {
	defer func(has bool) { hasAVX2 = has }(hasAVX2)
	hasAVX2 = false
	t.Run("escaped", TestAppendEscaped)
	t.Run("together", TestEscapedTogether)
	t.Run("anywhere", TestEscapedAnywhere)
	t.Run("strings", TestStringsAreThoseOfNext)
}

// TestLongTexts has every byte stand at every place of a text that is long enough for vectors.
func TestLongTexts(t *testing.T) {
	defer func(has bool) { hasAVX2 = has }(hasAVX2)
	src := []byte(`["` + strings.Repeat("abcd", 40) + `",1]`)
	for i := 2; i < len(src)-4; i++ {
		kept := src[i]
		for c := range 256 {
			src[i] = byte(c)
			hasAVX2 = false
			want, _, _ := steps(string(src), withNext, 0)
			hasAVX2 = true
			if got, _, _ := steps(string(src), withNext, 0); got != want {
				t.Fatalf("%q: %s, want %s", src, got, want)
			}
		}
		src[i] = kept
	}
}
