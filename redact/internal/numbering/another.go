package numbering

// AppendAnother appends digits that can stand for the number that digits, which begin with a calling code, are: as many, of
// the same calling code, region and type, and never the same. Where the region has numbers for fiction of that type, it is
// one of them; else the automaton is walked, and no more leading digits stay than that takes. What is no valid number
// becomes another one that is none. The result depends on digits and seed alone. It does not allocate.
func AppendAnother(dst, digits []byte, seed uint64) []byte {
	start := len(dst)
	dst = append(dst, digits...)
	w := another{was: digits, digits: dst[start:], draw: Draw(seed), number: International(digits)}
	switch {
	case len(digits) > maxDigits:
		w.random(0)
	case w.number.Valid && string(w.number.digits[:w.number.n]) == string(digits):
		w.root = codes[rowOfCode[w.number.CallingCode]].numbers
		w.valid()
	default:
		w.invalid()
	}
	return dst
}

// another is the search for another number.
type another struct {
	was, digits []byte
	number      Number // that was is
	root        uint16
	draw        Draw
}

// attempts is how often each number of leading digits is tried to stay.
const attempts = 6

func (w *another) valid() {
	if w.fictional() {
		return
	}
	code := int(w.number.CodeLen)
	for keep := code; keep < len(w.was); keep++ {
		for range attempts {
			if w.walk(code, keep) && w.same() {
				return
			}
		}
	}
	w.random(code)
}

// walk chooses the digits behind the first keep: at each any that some number goes on with.
func (w *another) walk(code, keep int) bool {
	copy(w.digits, w.was)
	state := int(w.root)
	for i := code; i < len(w.digits); i++ {
		if i >= keep {
			w.digits[i] = w.alive(state)
		}
		if state = next(state, w.digits[i]); state == 0 {
			return false
		}
	}
	return true
}

// alive returns a digit that some number goes on with behind state.
func (w *another) alive(state int) byte {
	d := w.draw.Below(10)
	for range 10 {
		if next(state, '0'+byte(d)) != 0 {
			break
		}
		d = (d + 1) % 10
	}
	return '0' + byte(d)
}

// same reports whether the digits are another number of the region and type of the one that was.
func (w *another) same() bool {
	if string(w.digits) == string(w.was) {
		return false
	}
	n := International(w.digits)
	return n.Valid == w.number.Valid && n.Type == w.number.Type && n.Region == w.number.Region && n.CallingCode == w.number.CallingCode &&
		n.Possible == w.number.Possible && string(n.digits[:n.n]) == string(w.digits)
}

// invalid looks for digits that are no more a valid number than those that were.
func (w *another) invalid() {
	code := int(w.number.CodeLen)
	if w.number.CallingCode == 0 {
		code = 0
	}
	for range 4 * attempts {
		w.random(code)
		if n := International(w.digits); !n.Valid && n.CallingCode == w.number.CallingCode {
			return
		}
	}
}

// random puts other digits behind the first from. A zero ahead of the rest stays one, and what is none becomes none.
func (w *another) random(from int) {
	for i := from; i < len(w.digits); i++ {
		if i > from {
			w.digits[i] = '0' + byte(w.draw.Below(10))
		} else if w.was[i] != '0' {
			w.digits[i] = '1' + byte(w.draw.Below(9))
		}
	}
	if last := len(w.digits) - 1; last >= 0 && string(w.digits) == string(w.was) {
		w.digits[last] = '0' + (w.digits[last]-'0'+1)%10
	}
}

// fictional takes a number out of those that the region keeps for fiction.
func (w *another) fictional() bool {
	code := int(w.number.CodeLen)
	first := w.draw.Below(len(fiction))
	for i := range fiction {
		f := &fiction[(first+i)%len(fiction)]
		if f.region != w.number.Region || len(f.pattern) != len(w.was)-code {
			continue
		}
		for range attempts {
			if w.fill(code, f.pattern) && w.same() {
				return true
			}
		}
	}
	return false
}

// fill makes the digits behind the calling code those of a pattern.
func (w *another) fill(code int, pattern string) bool {
	state := int(w.root)
	for i := range len(pattern) {
		d := pattern[i]
		if d == '#' {
			d = w.alive(state)
		}
		w.digits[code+i] = d
		if state = next(state, d); state == 0 {
			return false
		}
	}
	return true
}

// Draw is a sequence of numbers that depends on its first value alone: splitmix64. It is no secret of its own: what it begins
// with has to be one.
type Draw uint64

// Next returns the next number.
func (d *Draw) Next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Below returns a number from 0 to n-1.
func (d *Draw) Below(n int) int { return int(d.Next() >> 32 * uint64(n) >> 32) }
