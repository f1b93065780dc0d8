package walk

// RunLength is how many ends [JSON.Run] is best given room for.
const RunLength = 64

// Run goes from a string that is an element of an array over those that follow it, and notes in ends where each of them ends. It
// says how many there were, and how many bytes lie between the end of one and the text of the next: two for a comma and a
// quote, three with a blank between. None of them is empty, and all are ASCII without escapes. The cursor is at the last of
// them then. Ahead of everything else, and of the last bytes of a document, it stops, for Next to say what comes.
func (j *JSON) Run(ends []int) (n, gap int) {
	gap = gapAt(j.src, j.pos)
	return j.run(ends, gap), gap
}

// gapAt returns how many bytes lie between an element that ended ahead of i and the text of the next, which is a string; 0 if it
// is none, or lies further off.
func gapAt(src []byte, i int) int {
	switch {
	case i+2 >= len(src) || src[i] != ',':
		return 0
	case src[i+1] == '"':
		return 2
	case src[i+1] == ' ' && src[i+2] == '"':
		return 3
	}
	return 0
}

// run is Run over strings that lie so far apart.
func (j *JSON) run(ends []int, gap int) int {
	if j.Event != String || j.inObject || j.Depth == 0 || gap == 0 {
		return 0
	}
	n := stringRun(j.src, j.pos, gap, ends[:min(len(ends), j.left)])
	if n == 0 {
		return 0
	}
	before := j.pos
	if n > 1 {
		before = ends[n-2]
	}
	j.left -= n
	j.Start, j.End, j.pos, j.Escaped = before+gap-1, ends[n-1], ends[n-1], false
	return n
}

// portableRun notes where the strings end that follow each other from src[at] on, all with the same gap ahead of their texts, as
// long as [plainText] finds their end and they are not empty.
func portableRun(src []byte, at, gap int, ends []int) (n int) {
	for ; n < len(ends) && gapAt(src, at) == gap; n++ {
		end := plainText(src, at+gap)
		if end <= at+gap+1 {
			break
		}
		ends[n], at = end, end
	}
	return n
}

// Strings goes from a string that is an element of an array over those that follow it, as long as nothing but a comma stands
// between them, and says how many there were; the cursor is at the last of them then. It stops ahead of what is not valid,
// or too much, for Next to say so. At any other event it does nothing.
func (j *JSON) Strings() (n int) {
	if j.Event != String || j.inObject || j.Depth == 0 {
		return 0
	}
	var ends [RunLength]int
	for k := len(ends); k == len(ends); n += k {
		k = j.run(ends[:], 2)
	}
	src, escaped := j.src, j.Escaped
	for i := j.pos; j.left > 0 && gapAt(src, i) == 2; n++ {
		end := plainText(src, i+2)
		if end < 0 {
			break
		}
		j.left--
		j.Start, j.End, j.pos, escaped = i+1, end, end, false
		i = end
	}
	j.Escaped = escaped
	return n
}

// NextString steps from a string that is an element of an array to the next element, if that is a string of ASCII without
// escapes. Otherwise it does nothing and reports false: Next says what comes. It takes less time than Next.
func (j *JSON) NextString() bool {
	src, i := j.src, j.pos
	if j.Event != String || j.inObject || j.Depth == 0 || j.left <= 0 || i >= len(src) || src[i] != ',' {
		return false
	}
	if i = skipSpace(src, i+1); i >= len(src) || src[i] != '"' {
		return false
	}
	end := plainText(src, i+1)
	if end < 0 {
		return false
	}
	j.left--
	j.Start, j.End, j.pos, j.Escaped = i, end, end, false
	return true
}
