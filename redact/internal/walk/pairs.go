package walk

// Pairs is a cursor over the name-value pairs of a form body or a query. Empty pairs (`a=1&&b=2`) are passed over, and a
// pair without an equals sign is a name with an empty value. Every input can be walked. Offsets are those of the raw,
// encoded text: see [AppendFormDecoded].
type Pairs struct {
	KeyStart, KeyEnd, ValueStart, ValueEnd int

	src []byte
	pos int
}

// Reset starts at the beginning of src, which must not change while the cursor is in use.
func (p *Pairs) Reset(src []byte) { *p = Pairs{src: src} }

// Next steps to the next pair, and reports false if there is none.
func (p *Pairs) Next() bool {
	src, i := p.src, p.pos
	for i < len(src) && src[i] == '&' {
		i++
	}
	p.pos = i
	if i >= len(src) {
		return false
	}
	p.KeyStart, p.KeyEnd = i, -1
	for ; i < len(src) && src[i] != '&'; i++ {
		if src[i] == '=' && p.KeyEnd < 0 {
			p.KeyEnd, p.ValueStart = i, i+1
		}
	}
	if p.KeyEnd < 0 {
		p.KeyEnd, p.ValueStart = i, i
	}
	p.ValueEnd, p.pos = i, i
	return true
}

// AppendFormDecoded appends the text that raw, a name or value of a form or query, stands for: + is a space and %XX a byte.
// An escape without two hexadecimal digits stays as it is; [FormValid] finds those.
func AppendFormDecoded(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '+':
			dst = append(dst, ' ')
		case c == '%' && i+2 < len(raw) && unhex[raw[i+1]]|unhex[raw[i+2]] >= 0:
			dst = append(dst, byte(unhex[raw[i+1]]<<4|unhex[raw[i+2]]))
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// FormEscaped reports whether raw holds a plus or a per-cent sign, so that decoding may change it.
func FormEscaped(raw []byte) bool {
	for _, c := range raw {
		if c == '+' || c == '%' {
			return true
		}
	}
	return false
}

// FormValid returns -1 if every per-cent sign in raw begins an escape, and else the offset of one that does not.
func FormValid(raw []byte) int {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' {
			continue
		}
		if i+2 >= len(raw) || unhex[raw[i+1]]|unhex[raw[i+2]] < 0 {
			return i
		}
		i += 2
	}
	return -1
}
