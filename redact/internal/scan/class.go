package scan

// The classes of bytes. A byte may be in several.
const (
	classDigit   = 1 << iota // 0-9
	classHex                 // a digit of an IPv6 group
	classLetter              // a-z, A-Z
	classWord                // a digit, a letter or _
	classLocal               // of an unquoted local part of an e-mail address, dots included
	classDomain              // of a domain, dots included
	classJoin                // a digit, a plus, or what may part the digits of one phone number
	classGap                 // between a plus and its digits
	classKey                 // of a field's name
	classAddress             // of an IPv6 address with an IPv4 tail
	classTop                 // of the last label of a domain, or what may lead to one: an escape, a bracket
	classList                // between the numbers of a list, or in them
	classEscape              // may stand for another byte, alone or with those that follow
)

var class = makeClasses()

func makeClasses() (t [256]uint16) {
	in := func(set string, c uint16) {
		for i := range len(set) {
			t[set[i]] |= c
		}
	}
	in("0123456789", classDigit|classHex|classWord|classLocal|classDomain|classJoin|classKey|classList)
	for c := byte('a'); c <= 'z'; c++ {
		t[c] |= classLetter | classWord | classLocal | classDomain | classKey | classTop
		t[c-'a'+'A'] |= classLetter | classWord | classLocal | classDomain | classKey | classTop
	}
	in("abcdefABCDEF", classHex|classAddress)
	in("0123456789:.", classAddress)
	in("_", classWord)
	in("._%+-'!#$*^~", classLocal)
	in(".-", classDomain)
	in(" +-./()", classJoin|classList)
	in(",;|<\"'\\", classList)
	in(" (", classGap)
	in("_-.$", classKey)
	in("[", classTop)
	in("%&\\", classEscape|classTop)
	for c := 0x80; c < 0x100; c++ {
		t[c] |= classLocal | classDomain | classKey | classEscape | classTop
	}
	return t
}

func is(b byte, classes uint16) bool { return class[b]&classes != 0 }

func isDigit(b byte) bool { return b-'0' < 10 }

// lower returns the lower-case letter for an ASCII letter. Other bytes may change as well.
func lower(b byte) byte { return b | 0x20 }

// lowered is lower for text: only letters change.
func lowered(b byte) byte {
	if b-'A' < 26 {
		return b | 0x20
	}
	return b
}
