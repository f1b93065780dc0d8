package replay

import (
	"fmt"
	"math/rand/v2"
)

// fiction makes values of nobody.
type fiction struct{ *rand.Rand }

// fictionalRanges are numbers that regulators have set aside for films and books, and promise to give to nobody: a prefix,
// how many digits follow it, and from which number to which they go.
var fictionalRanges = []struct {
	prefix      string
	digits      int
	least, most int
}{
	{"+1202555", 4, 100, 199},  // United States: 555-0100 to 555-0199 of every area
	{"+1212555", 4, 100, 199},  //
	{"+1415555", 4, 100, 199},  //
	{"+447700900", 3, 0, 999},  // United Kingdom, Ofcom: mobile
	{"+442079460", 3, 0, 999},  // London
	{"+33639980", 3, 0, 999},   // France, Arcep: mobile
	{"+33199000", 3, 0, 999},   // Paris
	{"+49171392000", 1, 0, 9},  // Germany, Bundesnetzagentur: mobile
	{"+4917604069", 3, 0, 99},  //
	{"+493023125", 3, 0, 999},  // Berlin
	{"+4670174", 4, 605, 699},  // Sweden, PTS: mobile
	{"+61491570", 3, 156, 159}, // Australia, ACMA: mobile
	{"+61255501", 3, 0, 999},   // Sydney
	{"+3532091", 5, 0, 99_999}, // Ireland, ComReg
}

// phone returns a number as E.164.
func (g fiction) phone() string {
	r := fictionalRanges[g.IntN(len(fictionalRanges))]
	return fmt.Sprintf("%s%0*d", r.prefix, r.digits, r.least+g.IntN(r.most-r.least+1))
}

func (g fiction) phones(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = g.phone()
	}
	return all
}

// ip returns an address of the ranges for documentation.
func (g fiction) ip() string {
	if g.IntN(10) == 0 {
		return fmt.Sprintf("2001:db8::%x:%x", g.IntN(1<<16), 1+g.IntN(1<<16-1))
	}
	net := [...]string{"192.0.2", "198.51.100", "203.0.113"}[g.IntN(3)]
	return fmt.Sprintf("%s.%d", net, 1+g.IntN(254))
}

var (
	firstNames = [...]string{"Ada", "Βασίλης", "Chloé", "Dara", "Elena", "Freya", "Grace", "Hugo", "Ines", "Jörg", "Kofi", "Maja"}
	lastNames  = [...]string{"Lovelace", "Παππάς", "Moreau", "Byrne", "Novak", "Lindqvist", "Okafor", "Schäfer", "Tanaka", "Brown"}
	greetings  = [...]string{"Hi", "Hello", "Dear", "Γεια σου", "Bonjour", "Hallo"}
	messages   = [...]string{
		"your code is %06d. Do not share it.",
		"your order A-%06d has shipped and arrives tomorrow between 9 and 12.",
		"your appointment %06d is confirmed. Reply STOP to opt out.",
		"payment %06d was received, thank you for shopping with ACME.",
		"table %06d is ready. Show this message at the door.",
	}
)

func (g fiction) firstName() string { return firstNames[g.IntN(len(firstNames))] }
func (g fiction) lastName() string  { return lastNames[g.IntN(len(lastNames))] }
func (g fiction) name() string      { return g.firstName() + " " + g.lastName() }

// email returns an address of a domain for documentation.
func (g fiction) email() string {
	return fmt.Sprintf("user-%06d@example.%s", g.IntN(1e6), [...]string{"com", "org", "net"}[g.IntN(3)])
}

// text returns what a message says. Every fourth holds an address or a number besides.
func (g fiction) text() string {
	text := fmt.Sprintf("%s %s, "+messages[g.IntN(len(messages))], greetings[g.IntN(len(greetings))], g.firstName(), g.IntN(1e6))
	switch g.IntN(8) {
	case 0:
		text += " Not you? Write to " + g.email()
	case 1:
		text += " Questions? Call " + g.phone()
	}
	return text
}
