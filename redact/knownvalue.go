package redact

// The values that Attributes remembers: how many, and of how many bytes.
const (
	knownValues   = 256 // a power of two, and no more than knownNames
	maxKnownValue = 48
)

// knownValue is a value that stays as it is where it stands, and in which nothing is counted: the name of a server, the program of
// a client. Masking depends on both alone, so that it need not be done again. The zero knownValue is none.
type knownValue struct {
	at    At
	n     uint8
	value [maxKnownValue]byte
}

// known returns where a value is remembered, if it is; nil if it is too long for that.
func (a *Attributes) known(value []byte) *knownValue {
	if len(value) > maxKnownValue || len(value) == 0 {
		return nil
	}
	return &a.values[nameSlot(value)&(knownValues-1)]
}

func (k *knownValue) is(at At, value []byte) bool {
	return k != nil && int(k.n) == len(value) && k.at == at && string(k.value[:k.n]) == string(value)
}

func (k *knownValue) set(at At, value []byte) {
	if k != nil {
		k.at, k.n = at, uint8(copy(k.value[:], value))
	}
}
