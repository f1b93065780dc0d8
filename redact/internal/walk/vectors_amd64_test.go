package walk

import "testing"

// TestWithoutVectors is for processors that have none.
func TestWithoutVectors(t *testing.T) {
	defer func(has bool) { hasAVX2 = has }(hasAVX2)
	hasAVX2 = false
	t.Run("escaped", TestAppendEscaped)
	t.Run("together", TestEscapedTogether)
	t.Run("strings", TestStringsAreThoseOfNext)
}
