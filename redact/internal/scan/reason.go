package scan

// The rules that find, and the vetoes that leave alone.
const (
	noReason Reason = iota
	ruleInternational
	ruleInternationalShape
	rulePrefix
	ruleKey
	ruleContext
	ruleHint
	ruleUser
	ruleMemberName
	ruleShortCode
	ruleSpelling
	ruleNational
	ruleEmail
	ruleIPv4
	ruleIPv6
	vetoLength
	vetoShape
	vetoWord
	vetoDate
	vetoEpoch
	vetoFraction
	vetoCard
	vetoMoney
	vetoArithmetic
	vetoVersion
	vetoOther
	vetoNothing
	numReasons
)

var reasonWords = [numReasons]string{
	ruleInternational:      "plus and a calling code",
	ruleInternationalShape: "plus and the shape of a number",
	rulePrefix:             "international prefix and a calling code",
	ruleKey:                "under a key for phone numbers",
	ruleContext:            "beside a word for phone numbers",
	ruleHint:               "behind what is said of phone numbers, a mobile number with its calling code",
	ruleUser:               "the user of an address, a mobile number with its calling code",
	ruleMemberName:         "the name of a member, a number with its calling code",
	ruleShortCode:          "the short number that a message is to be sent to",
	ruleSpelling:           "spelled as a phone number",
	ruleNational:           "spelled as a national number",
	ruleEmail:              "an address around @",
	ruleIPv4:               "four octets",
	ruleIPv6:               "groups of hexadecimal digits",
	vetoLength:             "too many digits",
	vetoShape:              "not grouped as people group them",
	vetoWord:               "part of a word",
	vetoDate:               "a date or time",
	vetoEpoch:              "seconds since 1970, or parts of them",
	vetoFraction:           "a number with a fraction",
	vetoCard:               "the number of a card",
	vetoMoney:              "an amount",
	vetoArithmetic:         "arithmetic, or a part of longer digits",
	vetoVersion:            "a version",
	vetoOther:              "a word says that it is something else",
	vetoNothing:            "nothing says that it is a phone number",
}

// String returns a short phrase for people.
func (r Reason) String() string {
	if r >= numReasons {
		return ""
	}
	return reasonWords[r]
}
