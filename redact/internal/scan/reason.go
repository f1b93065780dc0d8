package scan

// The rules that find, and the vetoes that leave alone.
const (
	noReason Reason = iota
	ruleInternational
	ruleInternationalShape
	rulePrefix
	ruleKey
	ruleContext
	ruleJSONKey
	ruleSpelling
	ruleNational
	ruleEmail
	ruleIPv4
	ruleIPv6
	vetoShort
	vetoLong
	vetoGlued
	vetoDate
	vetoNothing
	numReasons
)

var reasonWords = [numReasons]string{
	ruleInternational:      "plus and a calling code",
	ruleInternationalShape: "plus and the shape of a number",
	rulePrefix:             "international prefix and a calling code",
	ruleKey:                "under a key for phone numbers",
	ruleContext:            "after a word for phone numbers",
	ruleJSONKey:            "the name of a JSON member, a number with its calling code",
	ruleSpelling:           "spelled as a phone number",
	ruleNational:           "a national number of a configured region",
	ruleEmail:              "an address around @",
	ruleIPv4:               "four octets",
	ruleIPv6:               "groups of hexadecimal digits",
	vetoShort:              "too few digits",
	vetoLong:               "too many digits",
	vetoGlued:              "part of a word",
	vetoDate:               "a date or time",
	vetoNothing:            "nothing says that it is a phone number",
}

// String returns a short phrase for people.
func (r Reason) String() string {
	if r >= numReasons {
		return ""
	}
	return reasonWords[r]
}
