package proxy

import (
	"fmt"
	"strings"
)

// text is one JSON text of the conformance suite.
type text struct {
	class byte // 'y': a parser must take it; 'n': it must not; 'i': RFC 8259 leaves it to the parser
	name  string
	json  string
	whole bool // it is a whole document, of which DOC is a good part, and not a value
}

// allTexts is the suite: what RFC 8259 says, sentence by sentence.
func allTexts() (all []text) {
	add := func(class byte, group string, jsons ...string) {
		for i, json := range jsons {
			all = append(all, text{class, fmt.Sprintf("%c_%s_%02d", class, group, i), json, strings.HasPrefix(group, "document")})
		}
	}
	documents(add)
	containers(add)
	numbers(add)
	escapes(add)
	encodings(add)
	words(add)
	return all
}

// documents are about what stands around the one value of a text.
func documents(add func(class byte, group string, jsons ...string)) {
	add('y', "document", "DOC", " DOC", "DOC ", "\tDOC\n", "\r\nDOC\r\n", "\n\n\n DOC \t ")
	add('n', "document", "", " ", "\n", "DOCDOC", "DOC DOC", "DOC,", "DOC]", "DOC}", "DOC:", "DOC1", "DOC\"", "DOC#", "DOC//", "DOC/**/", "/**/DOC",
		"//\nDOC", "#\nDOC", ",DOC", "[DOC", "{DOC", "{DOC}", "(DOC)", "<DOC>", "'DOC'", "DOC;", "x=DOC", "DOC\x00", "\x00DOC", "\x0cDOC", "DOC\x0b", "DOC\x1a",
		"\u00a0DOC", "DOC\u2028", "\u2060DOC", "DOC\u3000", "DOC\x85", "*", "{\"to\":", "{\"to\":\"", "{\"to\"", "{", "[", "\"", "\\", "<?xml?>", "<null>", "é", "\xe5",
		"[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "[{\"to\":\"306912345678\"", "]", "}", ":", ",", "tru", "nul", "+", "-", "0x")
	add('n', "document_bom", "\ufeffDOC", "\xff\xfeD\x00", "\xfe\xff\x00D", "\xef\xbb", "DOC\ufeff")
	add('n', "document_utf16", wide("DOC", false), wide("DOC", true), "\x00{\x00}", "{\x00}\x00")
}

// wide writes ASCII in UTF-16.
func wide(s string, bigEndian bool) string {
	var b strings.Builder
	for i := range len(s) {
		if bigEndian {
			b.WriteString("\x00" + s[i:i+1])
		} else {
			b.WriteString(s[i:i+1] + "\x00")
		}
	}
	return b.String()
}

// containers are about objects and arrays.
func containers(add func(class byte, group string, jsons ...string)) {
	add('y', "array", "[]", "[ ]", "[[]]", "[[],[]]", "[1]", "[1,2]", "[ 1 , 2 ]", "[null]", "[null,1,\"1\",{}]", "[1,\n2]", "[\"\"]", "[1,null,null,null,2]",
		"[false]", " [1]", "[1] ", "[[[[[[]]]]]]")
	add('n', "array", "[", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1,,]", "[1 2]", "[1:2]", "[1}", "[\"a\"", "[\"a\",", "[\"a\":1]", "[]]", "[1]]", "[]]]",
		"[x", "[x]", "[*]", "[1,\x0c]", "[\x0b]", "[\"\\", "[[]", "[1,\n1\n,1", "[\"a\",\n4\n,1,", "[{}", "[{]", "[(1)]", "[1;2]", "[...]", "[1,2,3", "[]a", "[-]", "[\"x\"\"y\"]", "[3[4]]")
	add('y', "object", "{}", "{ }", `{"a":1}`, `{"a":1,"b":2}`, `{ "a" : 1 , "b" : 2 }`, `{"":0}`, `{"a":{}}`, `{"a":[]}`, "{\"a\"\n:\n1}", `{"a\u0000b":1}`, `{"a":null}`,
		`{"min":-1.0e+28,"max":1.0e+28}`, `{"\u00e9":1}`, `{"a":"{}"}`, `{"x":[{"id":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}],"id":"x"}`)
	add('n', "object", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", `{"a":1,}`, `{,"a":1}`, `{"a"}`, `{"a",1}`, `{"a" 1}`, `{"a"::1}`, `{"a":1,,"b":2}`, `{"a":1 "b":2}`, `{a:1}`,
		`{'a':1}`, `{1:1}`, `{null:1}`, `{[]:1}`, `{"a":}`, `{:1}`, `{]`, `{}}`, `{"a":1]`, `{"a":1;"b":2}`, `{"a"=1}`, `{"a":1}#`, `{"a":1}/**/`, `{"a":1//x`, `{/**/"a":1}`, `{"a":1,/**/}`,
		`{"a":"a`, `{"a":'a'}`, `{"a":1}"`, `{"a":1},`, `{"a":1}{`, `{"a`, `{""`, "{\"a\x00\":1}", "{\"a\n\":1}", `{🇨🇭}`, `{"a":"b",,"c":"d"}`, `{"a":/**/"b"}`, `{"x"::"b"}`, `{"a" b}`)
	add('i', "object_twice", `{"a":1,"a":2}`, `{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `{"a":{},"a":[]}`, `{"":1,"":2}`, `{"b":{"a":1,"a":2}}`, `[{"a":1,"a":2}]`, `{"\u00e9":1,"é":2}`)
	for _, depth := range []int{60, 64, 100, 1000, 100_000} {
		class := byte('i') // a parser may set limits
		add(class, fmt.Sprintf("array_deep_%d", depth), strings.Repeat("[", depth)+strings.Repeat("]", depth))
		add('n', fmt.Sprintf("array_open_%d", depth), strings.Repeat("[", depth))
		add(class, fmt.Sprintf("object_deep_%d", depth), strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth))
		add('n', fmt.Sprintf("object_open_%d", depth), strings.Repeat(`{"a":`, depth))
	}
}

// numbers are about digits.
func numbers(add func(class byte, group string, jsons ...string)) {
	add('y', "number", "0", "-0", "1", "-1", "10", "123", "-123", "0.1", "-0.1", "1.5", "123.456", "1e1", "1E1", "1e+1", "1e-1", "1E+1", "1E-1", "0e1", "0e+1", "0E1", "1.5e10", "-1.5E-10",
		"20e1", "0.0000000000000000000000000000000000000000000000000000000000000001", "123.456e78", "1e00", "1.0", "-0.0", "1e007", "306912345678", "9007199254740993", "0.30691234567801")
	add('n', "number", "+1", "+0", "++1", "--1", "-", "-a", "- 1", "-+1", "01", "-01", "00", "-00", "012", "1.", "-1.", ".1", "-.1", "0.", "2.e3", "2.e+3", "0.e1", "1.e", "1e", "1E", "1e+", "1e-", "1e+-1", "1ee1", "1e1.5",
		"1.2.3", "1..2", "0.1.2", "1 000", "1,000.5x", "1_000", "0x1", "0X1F", "0b1", "0o7", "1a", "1a2", "0.1a", "0e", "0e+", "1.8011670033376514H-308", "-Infinity", "+Infinity", "Infinity", "-NaN", "NaN", "Inf", "nan",
		"1+2", "1-2", "1*2", "1/2", "-1x", "-foo", "１", "١", "1\u00a0", "1f", "1L", "1n", "0x42", "-2.", "9.e+", "1eE2", ".-1", "-0x1", "0.3e", "0.3e+", "0E", "0E+", "1.0e", "1.0e-", "1.0e+", "+1.5")
	add('i', "number_large", "1e400", "-1e400", "1e-400", "123123e100000", "0.4e00669999999999999999999999999999999999999999999999999999999999999999999999969999999006", "1.5e+9999", "-1e+9999",
		"100000000000000000000", "-123123123123123123123123123123", strings.Repeat("9", 1000), "0."+strings.Repeat("3", 1000), "1e"+strings.Repeat("0", 1000)+"1", "-237462374673276894279832749832423479823246327846", "123.456e-789")
}

// escapes are about what follows a backslash, and what needs one.
func escapes(add func(class byte, group string, jsons ...string)) {
	for c := byte(0); c < 0x80; c++ {
		class := byte('n')
		if strings.IndexByte(`"\/bfnrt`, c) >= 0 {
			class = 'y'
		}
		if c != 'u' {
			add(class, fmt.Sprintf("escape_%02x", c), `"a\`+string(rune(c))+`b"`)
		}
		switch {
		case c < ' ':
			add('n', fmt.Sprintf("raw_%02x", c), "\"a"+string(rune(c))+"b\"")
		case c != '"' && c != '\\':
			add('y', fmt.Sprintf("raw_%02x", c), "\"a"+string(rune(c))+"b\"")
		}
	}
	add('y', "escape_u", `"\u0000"`, `"\u0060"`, `"\u012a"`, `"\uABCD"`, `"\uabcd"`, `"\u0022"`, `"\u005C"`, `"\uFFFF"`, `"\uFFFE"`, `"\uFDD0"`, `"\uD7FF"`, `"\uE000"`, `"\ud83d\ude39"`, `"\uD834\uDD1E"`,
		`"\uDBFF\uDFFF"`, `"\uD800\uDC00"`, `"\u2028\u2029"`, `"\u200B"`, `"\u00e9"`, `"\\u0000"`, `"\\\\"`, `"\"\\\/\b\f\n\r\t"`, `"\u0061\u30af\u30EA\u30b9"`)
	add('n', "escape_u", `"\u"`, `"\u0"`, `"\u00"`, `"\u000"`, `"\u00g0"`, `"\u000G"`, `"\ug000"`, `"\u 123"`, `"\u-123"`, `"\u+123"`, `"\U0041"`, `"\u{41}"`, `"\u00`, `"\u`, `"\`, `"\"`, `"\\\"`, `"\ud83d\u"`, `"\ud83d\u1"`, `"\uD834\uDd`, `"\u００４１"`,
		`"\u00A"`, `"\uqqqq"`, `"\u0x41"`)
	add('i', "escape_half", `"\uD800"`, `"\uDC00"`, `"\uDFFF"`, `"\uDBFF"`, `"\uD800\n"`, `"\uD800\uD800"`, `"\uDC00\uD800"`, `"\uD800abc"`, `"a\uDd61b"`, `"\uD888\u1234"`, `"\ud800\u0041"`, `"\uD800\uD800\uDC00"`, `"\uDd1e\uD834"`)
	add('n', "string", `"`, `"a`, `a"`, `'a'`, "`a`", `"a" "b"`, `"a"b`, `""`+`"`, `"a""b"`, `“a”`, `"a\x41"`, `"a\101"`, `"a\`+"\n"+`b"`, "\"a\nb\"", "\"\t\"", "\"a\r\"", `""x`, `"é`, `\u0020`, `\n`, `a`, `a b`, `/a/`, `"\a"`, `"\é"`, `"\😀"`)
	add('y', "string", `""`, `" "`, `"a"`, `"é"`, `"€"`, `"😀"`, `"\u007f"`, "\"\u007f\"", "\"\u0080\"", "\"\u2028\"", "\"\u2029\"", `"//"`, `"/*x*/"`, `"[1,2"`, `"+306912345678"`, "\"\U0010ffff\"", "\"\ufeff\"", "\"\u200b\"", `"asd "`, "\"\u0821\"", "\"\U0001b000\"")
}

// encodings are about bytes that are no UTF-8, within a string and as a key.
func encodings(add func(class byte, group string, jsons ...string)) {
	for i, bytes := range []string{
		"\x80", "\xbf", "\xff", "\xfe", "\xc0\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf", "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xed\xa0\x80",
		"\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbf\xbf", "\xed\xa0\xbd\xed\xb8\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3a", "\xe2\x82a", "\xf0\x9f\x98a", "\xe9", "\xe0\xff", "\x81\x81",
	} {
		add('i', fmt.Sprintf("bytes_%02d", i), `"`+bytes+`"`, `{"`+bytes+`":1}`)
		add('n', fmt.Sprintf("bytes_bare_%02d", i), bytes, "["+bytes+"]")
	}
}

// words are about the three literal names.
func words(add func(class byte, group string, jsons ...string)) {
	add('y', "word", "true", "false", "null", "[true]", "[ null ]")
	for _, word := range []string{"true", "false", "null"} {
		add('n', "word_"+word, strings.ToUpper(word), strings.ToUpper(word[:1])+word[1:], word+"x", word+"1", word+word, word[:len(word)-1]+"\x00", word+"\"", "-"+word, "\\u0074rue"+word, word+"\x00", word+"é", word+" x")
		for n := 1; n < len(word); n++ {
			add('n', fmt.Sprintf("word_%s_%d", word, n), word[:n])
		}
	}
	add('n', "word", "undefined", "None", "True", "nil", "yes", "no", "on", "off", "void", "NULL", "nulll", "truefalse", "t", "f", "n", "NaN", "@", "$", "&", "%", "~", "^", "|", "?", "!true", "=1", "date", "function(){}", "new Date()", "/x/")
}
