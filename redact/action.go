package redact

// Action is what happens to a field or a finding. Actions are numbered from strict to lax, so of two rules the smaller
// action wins, and the zero Action withholds.
type Action uint8

// The actions, strictest first.
const (
	Drop      Action = iota // leave it out
	Mask                    // a fixed placeholder of the kind: neither reversible nor joinable
	Token                   // a keyed pseudonym: the same value under the same key gives the same token
	Seal                    // a token that the holder of the keyring can open again
	Partial                 // only what tells no person apart: a prefix of an address, a region of a number
	Surrogate               // another value of the same form, that is nobody's: for captures only
	Scan                    // keep the text, and apply the rules of its kind to every finding in it
	Keep                    // leave it as it is
	numActions
)

var actionNames = [numActions]string{"drop", "mask", "token", "seal", "partial", "surrogate", "scan", "keep"}

// String returns the word for a that configuration, logs and metrics use.
func (a Action) String() string {
	if a >= numActions {
		return "drop"
	}
	return actionNames[a]
}

// ParseAction returns the action that a configuration calls name.
func ParseAction(name string) (Action, bool) {
	for a := Drop; a < numActions; a++ {
		if actionNames[a] == name {
			return a, true
		}
	}
	return Drop, false
}

// Actions returns every action, strictest first, for building tables and metrics.
func Actions() []Action {
	all := make([]Action, numActions)
	for a := range all {
		all[a] = Action(a)
	}
	return all
}

// Stricter returns the stricter of two actions.
func Stricter(a, b Action) Action { return min(a, b) }
