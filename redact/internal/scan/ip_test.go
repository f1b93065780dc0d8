package scan

import "testing"

// TestAddressAt holds the tokens that are told eight bytes at a time to those told byte by byte.
func TestAddressAt(t *testing.T) {
	const alphabet = ":.0gaF\x80\xba"
	for seed := range 1 << 18 {
		text := make([]byte, 0, 24)
		for n := seed; len(text) < 17; n /= 3 {
			text = append(text, alphabet[(n*7+len(text)*seed)%len(alphabet)])
		}
		text[8] = ':'
		for _, floor := range []int{0, 5} {
			from, to, colons, double := addressAt(text, 8, floor)
			wantFrom, wantTo, wantColons, wantDouble := longAddressAt(text, 8, floor)
			if from != wantFrom || to != wantTo || colons != wantColons || double != wantDouble {
				t.Fatalf("%q from %d: got %d:%d, %d, %v, want %d:%d, %d, %v", text, floor, from, to, colons, double, wantFrom, wantTo, wantColons, wantDouble)
			}
		}
	}
}
