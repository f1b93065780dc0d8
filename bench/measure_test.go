package bench

import "slices"

// score counts how a detector did on some rows, for one kind.
type score struct {
	rows, gold, found int
	hit, good, exact  int // gold spans met, findings that meet one, findings that are one
}

func (s *score) add(gold, found []Span, kind string) {
	gold, found = ofKind(gold, kind), ofKind(found, kind)
	s.rows++
	s.gold += len(gold)
	s.found += len(found)
	for _, g := range gold {
		if slices.ContainsFunc(found, func(f Span) bool { return overlaps(f, g) }) {
			s.hit++
		}
	}
	for _, f := range found {
		if slices.ContainsFunc(gold, func(g Span) bool { return overlaps(f, g) }) {
			s.good++
		}
		if slices.Contains(gold, f) {
			s.exact++
		}
	}
}

func ofKind(spans []Span, kind string) []Span {
	return slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return s.Kind != kind })
}

func overlaps(a, b Span) bool { return a.Start < b.End && b.Start < a.End }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func (s *score) precision() float64 { return ratio(s.good, s.found) }
func (s *score) recall() float64    { return ratio(s.hit, s.gold) }

func (s *score) f1() float64 { return harmonic(s.precision(), s.recall()) }

func (s *score) exactF1() float64 { return harmonic(ratio(s.exact, s.found), ratio(s.exact, s.gold)) }

// falseAlarms returns the findings that meet nothing, per 1,000 rows.
func (s *score) falseAlarms() float64 { return 1000 * ratio(s.found-s.good, s.rows) }

func harmonic(a, b float64) float64 {
	if a+b == 0 {
		return 0
	}
	return 2 * a * b / (a + b)
}
