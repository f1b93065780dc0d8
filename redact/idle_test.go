package redact

import "testing"

// TestIdle has every byte stand at every place of a value of each length, among bytes that are idle: it alone decides.
func TestIdle(t *testing.T) {
	for _, around := range []byte("aZ x_") {
		for size := 1; size <= 40; size++ {
			value := make([]byte, size)
			for i := range value {
				value[i] = around
			}
			for c := range 256 {
				for i := range value {
					value[i] = byte(c)
					if got := idle(value); got != idleByte[c] {
						t.Fatalf("idle(%q) is %t", value, got)
					}
					value[i] = around
				}
			}
		}
	}
}
