package scan

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// context is what the words near a number say of it.
type context uint8

const (
	noContext     context = iota
	copulaContext         // nothing, as if it were not there
	itemContext           // ahead of a word for numbers, it is a number of something else
	otherContext          // it is a number of something else
	weakContext           // it may be a phone number
	numberContext         // it is a number, and so may be a phone number
	strongContext         // it is one
)

const (
	contextWindow = 64 // bytes before a number that are looked at
	contextSteps  = 8  // words before it
	maxWord       = 24 // bytes of a word
	maxListGap    = 10 // bytes between the numbers of a list
)

// contextBefore looks for words of telephony before t[begin] in its line, and returns with them how many words stand between.
// The strong word nearest to the number decides; digits between, what was found and what was masked end the search.
func (c *Cursor) contextBefore(begin int) (found context, steps int) {
	t := c.t
	if c.phone >= 0 && c.phone < begin && (isListGap(t[c.phone:begin]) || isCardGap(t[c.phone:begin])) {
		return strongContext, 0
	}
	low, end := max(begin-contextWindow, c.floor, 0), begin
	comma, owned := false, false
	for words := 0; end > low && words < contextSteps; {
		from := end
		if isDigit(t[end-1]) {
			from = digitsStart(t, end, low)
		}
		if end-from > 4 && from > low && !isWordByte(t[from-1]) {
			return found, steps
		}
		for from > low && isWordByte(t[from-1]) {
			from--
		}
		if from == end {
			b := t[end-1]
			if b == '\n' || b == '|' {
				break
			}
			comma = comma || b == ',' || b == ';'
			end--
			continue
		}
		if low > 0 && from == low && isWordByte(t[low-1]) {
			break // a word that is cut off
		}
		word := t[from:end]
		k := contextOf(word)
		if k == numberContext && c.s.profile == Log && word[0] >= eastLead && string(word) != "№" {
			k = strongContext // 号码 by itself is that of a telephone
		}
		switch {
		case k == noContext:
			digits := countDigits(word)
			if digits > 4 || digits > 0 && len(word) > maxWord || isReplacement(word) {
				return found, steps
			}
			owned = owned || comma && digits == len(word)
		case k == otherContext && owned:
			return found, steps // the number of that stands between
		case k == otherContext, k == itemContext && found == numberContext && words-steps == 1:
			if found == noContext || words-steps <= 2 {
				return otherContext, words
			}
			return found, steps
		case k == strongContext:
			if found == noContext && words > 3 {
				k = weakContext
			}
			return max(found, k), words
		case k >= weakContext && found == noContext:
			found, steps = k, words
		}
		if end = from; k != copulaContext {
			words++
		}
	}
	return found, steps
}

func isWordByte(b byte) bool { return is(b, classWord) || b >= utf8.RuneSelf }

func countDigits(word []byte) (n int) {
	for _, b := range word {
		if isDigit(b) {
			n++
		}
	}
	return n
}

// isListGap reports whether gap parts the phone numbers of a list: signs, blanks, and a word such as or.
func isListGap(gap []byte) bool {
	if len(gap) > maxListGap {
		return false
	}
	signs := 0
	for i := 0; i < len(gap); i++ {
		switch b := gap[i]; {
		case b == ' ':
		case b == ',' || b == ';' || b == '/' || b == '|' || b == '&' || b == '(':
			signs++
		case gap[0] == ' ' && (b == '-' || b == '+' || b == '>'): // -- and ->
			signs++
		default:
			from := i
			for i < len(gap) && isWordByte(gap[i]) {
				i++
			}
			if !listWords[string(gap[from:i])] {
				return false
			}
			i--
			signs++
		}
	}
	return signs > 0
}

// isCardGap reports whether gap, behind a phone number, says what the next one is for, as on cards: Desk:
func isCardGap(gap []byte) bool {
	if len(gap) > 2*maxListGap {
		return false
	}
	word := bytes.Trim(gap, " ,;|/:.()")
	var buf [maxListGap]byte
	if len(word) == 0 || len(word) == len(gap) || len(word) > len(buf) || len(gap)-len(word) > maxListGap {
		return false
	}
	for i, b := range word {
		buf[i] = lowered(b)
	}
	return behindWords[string(buf[:len(word)])] != noContext
}

// isReplacement reports whether word holds what stands where a finding was masked: it must not say of what stands beside it
// anything that the finding did not say.
func isReplacement(word []byte) bool {
	const letters = 24 // of a token, a to p
	if bytes.Contains(word, replaced) || bytes.Equal(word, dropped) {
		return true
	}
	run := 0
	for i, b := range word {
		if b < 'a' || b > 'p' {
			run = 0
			continue
		}
		if run++; run == letters && i >= letters+1 && word[i-letters] == '_' && isDigit(word[i-letters-1]) {
			return true
		}
	}
	return false
}

// replacementEndsAt reports whether what stands for a masked finding ends before t[end].
func replacementEndsAt(t []byte, end int) bool {
	from := end
	for from > 0 && end-from < 2*maxWord && is(t[from-1], classWord) {
		from--
	}
	return isReplacement(t[from:end])
}

// replacementAt reports whether what stands for a masked finding begins at t[i].
func replacementAt(t []byte, i int) bool {
	end := i
	for end < len(t) && end-i < 2*maxWord && is(t[end], classWord) {
		end++
	}
	return isReplacement(t[i:end])
}

// contextOf looks a word up and, in a script without blanks, its parts.
func contextOf(word []byte) context {
	var buf [maxWord]byte
	n := len(word)
	for n > 0 && isDigit(word[n-1]) {
		n--
	}
	if n == 0 {
		return noContext
	}
	for i, b := range word[:n] {
		if b >= utf8.RuneSelf {
			return contextOfWide(word[:n])
		}
		if i < len(buf) {
			buf[i] = lowered(b)
		}
	}
	if n > len(buf) {
		return noContext
	}
	return contextWords[string(buf[:n])]
}

// contextOfWide is contextOf for words beyond ASCII.
func contextOfWide(word []byte) context {
	const most = 3 * maxWord
	if len(word) > most {
		word = word[len(word)-most:]
	}
	var buf [2 * most]byte
	w := lowerText(buf[:0], word)
	if k, ok := contextWords[string(w)]; ok {
		return k
	}
	return contextWithin(w)
}

// contextWithin looks up the parts of a word in a script without blanks, the last one first. A word for numbers among them says less than
// what stands before it.
func contextWithin(w []byte) context {
	const most = 5 * eastBytes
	found := noContext
	for end := len(w); end >= 2*eastBytes && w[end-eastBytes] >= eastLead; end -= eastBytes {
		for n := 2 * eastBytes; n <= min(most, end); n += eastBytes {
			switch k := contextWords[string(w[end-n:end])]; k {
			case strongContext, otherContext:
				return k
			case weakContext, numberContext:
				found = k
			}
		}
	}
	return found
}

// The characters of scripts without blanks have three bytes, of which the first is at least eastLead.
const (
	eastBytes = 3
	eastLead  = 0xe0
)

// lowerText appends text in lower case.
func lowerText(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] < utf8.RuneSelf {
			dst = append(dst, lowered(text[i]))
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError {
			dst = append(dst, text[i])
			continue
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		i += n - 1
	}
	return dst
}

// contextBehind looks at the word behind a number: 210 123 4567 office.
func (c *Cursor) contextBehind(end int) context {
	t := c.t
	i := end
	for i < len(t) && i < end+3 && (t[i] == ' ' || t[i] == '-' || t[i] == '(') {
		i++
	}
	from := i
	for i < len(t) && is(t[i], classLetter) && i-from < maxWord {
		i++
	}
	if i == from || from == end || i < len(t) && (t[i] == ':' || is(t[i], classWord)) { // a word with a colon belongs to what follows it
		return noContext
	}
	var buf [maxWord]byte
	w := buf[:0]
	for _, b := range t[from:i] {
		w = append(w, lowered(b))
	}
	return behindWords[string(w)]
}

// sending says what a word has to do with sending a message to a short number.
type sending uint8

const (
	noSend   sending = iota
	sendVerb         // text, send
	sendLink         // to, and what else may stand right before the number
)

// verbBefore reports whether a word for sending a message ends at t[end]: Text82228.
func (c *Cursor) verbBefore(end int) bool {
	from := end
	for from > 0 && end-from < maxWord && is(c.t[from-1], classLetter) {
		from--
	}
	return sendWords.of(c.t[from:end]) == sendVerb
}

const shortCodeWindow = 72

type sendings map[string]sending

// sentWords stand ahead of to or from, and the number that a log says something went to or came from.
var sentWords = func() sendings {
	s := sendings{}
	for w := range strings.FieldsSeq("sent send sending delivered delivering deliver message messages text sms otp code notification forwarded forward " +
		"submitted submit dispatched routed queued call reply received pushed template delivery submit_sm deliver_sm submitsm deliversm submitsmpdu " +
		"deliversmpdu route routing setup invite dialing dialling calling bounced rejecting rejected mt mo dlr otps codes ussd whatsapp viber rcs mms") {
		s[w] = sendVerb
	}
	return s
}()

func (s sendings) of(word []byte) sending {
	if len(word) > maxWord {
		return noSend
	}
	var buf [maxWord]byte
	w := buf[:0]
	for _, b := range word {
		w = append(w, lowered(b))
	}
	return s[string(w)]
}

var sendWords = sendings{
	"text": sendVerb, "txt": sendVerb, "sms": sendVerb, "ans": sendVerb, "answer": sendVerb, "send": sendVerb, "txting": sendVerb, "texting": sendVerb, "reply": sendVerb,
	"to": sendLink, "no": sendLink, "number": sendLink, "on": sendLink, "2": sendLink,
}
