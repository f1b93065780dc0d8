package scan

import "bytes"

// versionBefore reports whether what stands before i says that a version follows, or something else that is counted in numbers
// with dots between them.
func (c *Cursor) versionBefore(i int) bool {
	t := c.t
	switch before := byteAt(t, i-2); byteAt(t, i-1) {
	case '~': // package~arch~~6.1.1.2
		return before == '~' || is(before, classLetter)
	case 0xa7: // §
		return before == 0xc2
	}
	j := i
	for j > 0 && i-j < maxBlank && betweenVersion[t[j-1]] {
		j--
	}
	if j == i {
		return false
	}
	from := j
	for from > 0 && is(t[from-1], classLetter) && j-from < maxVersion {
		from--
	}
	word := t[from:j]
	if len(word) > len("version") && foldedSuffix(word, "version") { // sdkVersion
		return true
	}
	return versionWords.has(word, t[j] == '/') || t[j] == '.' && string(word) == "so"
}

// maxVersion bounds the word before a version.
const maxVersion = 16

// betweenVersion has what may stand between the word and the version.
var betweenVersion = [256]bool{' ': true, '/': true, ':': true, '=': true, '"': true, '\'': true, '.': true}

func foldedSuffix(word []byte, end string) bool {
	return bytes.EqualFold(word[len(word)-len(end):], []byte(end))
}

// versionBehind reports whether t, which follows on four numbers, says that they were a version: 1.2.3.4.jar, 1.2.3.4-beta.
func versionBehind(t []byte) bool {
	if len(t) < 3 || t[0] != '.' && t[0] != '-' {
		return false
	}
	n := 1
	for n < len(t) && n <= maxVersion && is(t[n], classLetter) {
		n++
	}
	if n < len(t) && (t[n] == '-' || t[n] == '.' && n+1 < len(t) && is(t[n+1], classLetter) && t[0] == '.') {
		return false // the name of a host goes on
	}
	return versionEnds.has(t[1:n], false)
}

// words is a set of lower-case words; those that begin with a slash count before a slash only.
type words map[string]bool

func (w words) has(word []byte, slash bool) bool {
	if len(word) == 0 || len(word) > maxVersion {
		return false
	}
	var buf [maxVersion + 1]byte
	buf[0] = '/'
	for i, c := range word {
		buf[i+1] = c | 0x20
	}
	return w[string(buf[1:len(word)+1])] || slash && w[string(buf[:len(word)+1])]
}

var versionWords = words{
	"version": true, "ver": true, "rev": true, "revision": true, "release": true, "build": true, "firmware": true,
	"section": true, "chapter": true, "clause": true, "oid": true,
	"/chrome": true, "/chromium": true, "/safari": true, "/firefox": true, "/edg": true, "/edge": true, "/opr": true, "/opera": true,
	"/applewebkit": true, "/mozilla": true, "/gecko": true, "/curl": true, "/nginx": true, "/okhttp": true, "/crios": true,
}

// versionEnds stand behind the version of a file or a release.
var versionEnds = words{
	"jar": true, "war": true, "deb": true, "rpm": true, "zip": true, "tar": true, "tgz": true, "gz": true, "exe": true, "dll": true, "msi": true,
	"whl": true, "apk": true, "so": true, "nupkg": true, "alpha": true, "beta": true, "rc": true, "snapshot": true, "final": true, "preview": true,
}
