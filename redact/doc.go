// Package redact decides what of a text may be read and what of a request may be passed on. It is arithmetic on bytes: no
// I/O, no clock, no goroutines, no logging, and nothing global that changes. Bytes go in and bytes come out.
//
// What an operator writes is a [Spec]. [Compile] turns it into a [Policy], whose tables nothing changes any more, and from
// then on its surfaces and projections only read. They are safe for concurrent use and do not allocate in steady state.
//
// There are two ways out, and two types for them. What people and tools may read goes through a [Surface] and is [Masked].
// What an operator of a network receives goes through a [Projection]: it still holds personal data, for the recipient's
// number must get there, and so it is plain bytes that no function for telemetry takes.
//
// # The laws
//
// Each is a test and a fuzz target.
//
//  1. Nothing that a plain and slow detector confirms survives a surface.
//  2. Bytes outside of what is replaced are identical, in their order. Nothing is decoded and encoded again.
//  3. Masking what has been masked changes nothing.
//  4. Valid JSON stays valid JSON, and what a projection puts out holds allowed paths only.
//  5. The result depends on the input and the policy alone: not on what came before, not on the time, not on a cache.
//
// Besides, the zero value withholds. [Action] counts from strict to lax, so of two rules the smaller wins; a surface masks
// every kind that it has no rule for; a field that a projection does not name is not passed. A rule that was forgotten
// costs data and leaks none.
//
// # Words
//
// A kind is a class of personal data. Phones, e-mail addresses and IP addresses are known by their form: a detector looks at
// a candidate, bytes that could hold a kind, and what it confirms is a finding. Names, texts, secrets, locations and ids
// are known only by the field they stand in. The subject says whose data it is: the end user's, or the account's, which
// is the customer's own. A tag is kind and subject of a field. [Fields] are the tags of a route: those that it names by
// path or name, and behind them a dictionary of the trade's names, which knows that from and to change sides between
// requests and webhooks. What has no tag is scanned.
//
// An action is what happens to a finding or a field. A mask is a fixed word, such as redacted_phone. A token is a keyed
// pseudonym: the same value gives the same token wherever and however it is written, and nobody can compute it without the
// [Keyring]. Each key of a keyring serves for an epoch; destroying it makes the tokens of that epoch anonymous.
//
// # What a value turns into
//
// Replacements are made of letters, digits and underscores, so that no encoding has to touch them, and no detector takes
// one for data:
//
//	drop      the word redacted: not even the kind
//	mask      redacted_phone, redacted_text
//	token     phone_GR_k1_ and 24 letters from a to p: 96 bits of HMAC-SHA-256
//	partial   redacted_phone_GR; 203.0.113.x and 2001:db8:1:x, which have other bytes but are no addresses
//	surrogate another number, address or text of the same form, see below
//	scan      the text, with the rules of their kinds applied to its findings
//	keep      what it was
//
// A field with the tag of a detectable kind turns into the replacements of the values in it, separated by commas, and
// everything between them, such as a display name, goes. If there is no value in it, it is masked as a whole, unless it is
// the account's: customers send as words, and those stay readable. A field of another kind is replaced as a whole, for
// it is enough that its name says what it is. A finding in a JSON number makes the number a string. Loopback and
// unspecified addresses are counted and stay.
//
// A JSON document that stops being one is text from there on; but a name that is followed by a colon still tells what must
// be masked.
//
// # Names in text
//
// In text, which is whatever is scanned, a name that the dictionary or the surface knows tells what stands behind it:
//
//	name=value      in logs, URLs and what programs print of objects: what is masked for its name is masked. A value in quotes goes
//	                to its quote; a code or credential is one word, or a scheme and one, and a cookie all of the line; words of a
//	                text or name go up to the next pair, or the end of the line or of the quotes around it
//	"name": value   likewise, as in JSON that stands in a text, and 'name': value, ["name"] = value and :name => value; words without
//	                quotes go up to a comma or bracket, and behind [name] => to the end of the line
//	name: value     and name = value: codes and credentials, if they look like one. There has to be a scheme, such as Bearer, or a
//	                digit among four signs; of a password, and of a header such as X-Api-Key, a word that stands alone is enough. Texts and
//	                names, if they stand in quotes
//	[msg:5:text]    the text of a message in Kannel's log, and err:000 text:… in a delivery receipt
//	scheme://       the password of a URL, and a user name without one that is long and has digits, as keys do
//
// What is said of a credential, such as required, expired and null, stays, and so do objects: Token{78af589. What could be the code of an
// error is that of a person behind a question mark or ampersand only.
//
// In JSON a name may be a value, as in lists of headers: {"name":"password","value":"…"}, and so with key, field, header and the like, in
// either order.
//
// # Surrogates
//
// What is sent again, as captures are, has to be read by programs as the original was: there a surrogate stands for a value,
// and only the surface called [SurfaceCapture] has them, so that nobody takes one for a person in a log. It shows nothing laxer.
// A surrogate is
//
//   - of a telephone number another one of the same region, type and length, valid if the number is. Where valid numbers are kept
//     for fiction, it is one of those, of which there may be few, so that people share them: eight mobile ones in Australia, a
//     hundred or less in Germany and Sweden. Else it may be somebody's, but is never the number itself;
//   - of an e-mail address user-…@example.com, as long as the address, if that has 16 bytes or more;
//   - of an IP address one of the ranges for documentation, which are 762 addresses of IPv4;
//   - of a text, name, code or credential filler: letters for letters, digits for digits, characters of GSM 7 bit for such, so that
//     a message has as many parts. White space stays, and punctuation in all but credentials; the findings in it become their surrogates.
//
// It is written as the original was: digits change in their places, and signs, escapes, numbers and true stay what they are. The
// same value has the same surrogate wherever and however it is written. Its key is that of a token with "piiproxy surrogate" in
// place of "piiproxy token", and so nobody can tell the value without the [Keyring], nor join it with a token.
//
// On that surface only what has the form of a name is taken for one. A pair of a form whose name has other signs, a form without an
// equals sign, and a document that is but a string, or a list of them, are texts, whatever they are sent as.
//
// The laws hold, but the third reads differently, because a surrogate is a number or an address by design, and is found as one:
// masking it again gives the surrogate of the surrogate, which is of the same form again. [Surface.AppendBody] shows a whole body
// or, if it cannot be read to its end, nothing of it.
//
// # Tokens
//
// The key of a token is HKDF-SHA-256 of the epoch's secret, without salt, with "piiproxy token", the entity, the epoch's id
// and the kind as info, each behind a zero byte. The token is the first 12 bytes of HMAC-SHA-256 under that key over the
// canonical value, each as two letters, the higher half first, a for 0 to p for 15. Canonical is E.164 without the plus, an
// address with a lower-cased domain, or an IP address after RFC 5952; of the kinds that only fields know, the text itself.
package redact
