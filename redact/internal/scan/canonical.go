package scan

import "strconv"

// AppendCanonical appends the canonical value of f, which was found in text: E.164 digits without plus, an address with a
// lower-cased domain, or an IP address after RFC 5952. The same number, address or host gives the same value however it
// was written. It allocates only what dst needs to grow.
func (f *Finding) AppendCanonical(dst, text []byte) []byte {
	if f.Kind == Phone {
		return f.appendDigits(dst)
	}
	raw := text[f.Start:f.End]
	if hasEscapes(raw) {
		v := views.Get().(*view)
		defer v.release()
		v.decode(raw)
		raw = v.b
	}
	switch f.Kind {
	case Email:
		return appendEmail(dst, raw)
	case IP:
		return appendIP(dst, raw)
	}
	return dst
}

func (f *Finding) appendDigits(dst []byte) []byte {
	n := len(dst)
	for range f.NumDigits {
		dst = append(dst, '0')
	}
	v := f.Digits
	for i := len(dst) - 1; i >= n; i-- {
		dst[i] = '0' + byte(v%10)
		v /= 10
	}
	return dst
}

func appendEmail(dst, address []byte) []byte {
	at := len(address) - 1
	for at > 0 && address[at] != '@' {
		at--
	}
	dst = append(dst, address[:at]...)
	for _, b := range address[at:] {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		dst = append(dst, b)
	}
	return dst
}

// appendIP appends an address after RFC 5952: an IPv4 address in IPv6 clothes as IPv4, zone left out, prefix kept.
func appendIP(dst, t []byte) []byte {
	rest := 0
	if quad, n := parse4(t); n > 0 {
		dst, rest = append4(dst, quad), n
	} else {
		for rest < len(t) && inAddress6(t[rest]) {
			rest++
		}
		b, _ := parse6(t[:rest])
		dst = append6(dst, b)
	}
	for ; rest < len(t); rest++ {
		if t[rest] == '/' {
			return append(dst, t[rest:]...)
		}
	}
	return dst
}

func append4(dst []byte, b [4]byte) []byte {
	for i, octet := range b {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, uint64(octet), 10)
	}
	return dst
}

func append6(dst []byte, b [16]byte) []byte {
	if mapped := [12]byte{10: 0xff, 11: 0xff}; [12]byte(b[:12]) == mapped {
		return append4(dst, [4]byte(b[12:]))
	}
	from, to := longestZeros(b)
	for i := 0; i < 16; i += 2 {
		if i == from {
			dst = append(dst, ':', ':')
			if i = to - 2; to == 16 {
				break
			}
			continue
		}
		if i > 0 && i != to {
			dst = append(dst, ':')
		}
		dst = strconv.AppendUint(dst, uint64(b[i])<<8|uint64(b[i+1]), 16)
	}
	return dst
}

// longestZeros returns the first of the longest runs of two and more zero groups, or -1, -1.
func longestZeros(b [16]byte) (from, to int) {
	from, to = -1, -1
	for i := 0; i < 16; i += 2 {
		j := i
		for j < 16 && b[j]|b[j+1] == 0 {
			j += 2
		}
		if j-i > 2 && j-i > to-from {
			from, to = i, j
		}
		if j > i {
			i = j - 2
		}
	}
	return from, to
}

func hasEscapes(t []byte) bool {
	for _, b := range t {
		if is(b, classEscape) {
			return true
		}
	}
	return false
}
