package ingest

import (
	"time"

	"github.com/piiproxy/piiproxy/redact"
)

// masker masks one line at a time. It belongs to one goroutine; what it returns is valid until the next line.
type masker struct {
	out, part redact.Masked
	plain     []byte // structured data as JSON
	tally     redact.Tally
}

// line is what is known of a line besides its text.
type line struct {
	text     redact.Masked
	severity int       // of syslog; below 0 if it is not known
	time     time.Time // zero if it is not known
}

var lineWithheld = redact.Masked{}.AppendConst(`{"withheld":"line"}`)

// plainLine masks a line as it looks: JSON, logfmt or text. It reports false if it had to be withheld.
func (m *masker) plainLine(s *redact.Surface, b []byte) (line, bool) {
	var ok bool
	m.out, ok = s.AppendLine(m.out.Reset(), b, &m.tally)
	if !ok {
		m.out = m.out.Reset().AppendMasked(lineWithheld)
	}
	return line{text: m.out, severity: -1}, ok
}

// syslog masks a syslog message and makes a JSON object of it. It reports false if something of it had to be withheld.
func (m *masker) syslog(s *redact.Surface, b []byte) (l line, ok bool) {
	p, structured := parse(b)
	header := 0
	if !structured {
		header, p.text = legacyHeader(b), b
	}
	l = line{severity: -1, time: p.time}
	m.out = m.out.Reset().AppendConst("{")
	if !p.time.IsZero() {
		m.out = m.out.AppendConst(`"time":"`).AppendTime(p.time).AppendConst(`",`)
	}
	if p.pri >= 0 {
		l.severity = p.pri & 7
		m.out = m.out.AppendConst(`"severity":"`).AppendMasked(severities[l.severity])
		m.out = m.out.AppendConst(`","facility":"`).AppendMasked(facilities[p.pri>>3]).AppendConst(`",`)
	}
	m.name(s, p.host, redact.Masked{}.AppendConst(`"host":`))
	m.name(s, p.app, redact.Masked{}.AppendConst(`"app":`))
	m.name(s, p.procid, redact.Masked{}.AppendConst(`"procid":`))
	m.name(s, p.msgid, redact.Masked{}.AppendConst(`"msgid":`))
	ok = m.data(s, p.data)
	var told bool
	m.part = s.AppendText(m.part.Reset(), p.text[:header], &m.tally)
	if m.part, told = s.AppendLine(m.part, p.text[header:], &m.tally); told {
		m.out = m.out.AppendConst(`"message":`).AppendQuoted(m.part).AppendConst(`}`)
	} else {
		m.out = m.out.AppendConst(`"withheld":"message"}`)
	}
	l.text = m.out
	return l, ok && told
}

// name masks a part of the header. A name in which as many digits follow each other as in a number is one, for there is nothing
// around it that could say that it is not.
func (m *masker) name(s *redact.Surface, name []byte, key redact.Masked) {
	if len(name) == 0 {
		return
	}
	if holdsNumber(name) {
		m.part = s.AppendField(m.part.Reset(), redact.Tag{Kind: redact.KindPhone}, name, &m.tally)
	} else {
		m.part = s.AppendText(m.part.Reset(), name, &m.tally)
	}
	m.out = m.out.AppendMasked(key).AppendQuoted(m.part).AppendConst(`,`)
}

// fewestDigits is how many digits in a row a name may not have. Process ids have up to seven.
const fewestDigits = 8

func holdsNumber(name []byte) bool {
	digits := 0
	for _, c := range name {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		if digits == fewestDigits {
			return true
		}
	}
	return false
}

// data masks structured data as the JSON object that it is much like.
func (m *masker) data(s *redact.Surface, data []byte) (ok bool) {
	if len(data) == 0 {
		return true
	}
	m.plain = appendData(m.plain[:0], data)
	if m.part, ok = s.AppendLine(m.part.Reset(), m.plain, &m.tally); ok {
		m.out = m.out.AppendConst(`"data":`).AppendMasked(m.part).AppendConst(`,`)
	}
	return ok
}

// keepBytes is how much memory a masker keeps from one line to the next.
const keepBytes = 256 << 10

// release forgets the line.
func (m *masker) release() {
	m.tally.Reset()
	if m.out.Cap()+m.part.Cap()+cap(m.plain) > keepBytes {
		*m = masker{}
	}
}

var severities = [8]redact.Masked{
	redact.Masked{}.AppendConst("emerg"), redact.Masked{}.AppendConst("alert"), redact.Masked{}.AppendConst("crit"),
	redact.Masked{}.AppendConst("err"), redact.Masked{}.AppendConst("warning"), redact.Masked{}.AppendConst("notice"),
	redact.Masked{}.AppendConst("info"), redact.Masked{}.AppendConst("debug"),
}

var facilities = [24]redact.Masked{
	redact.Masked{}.AppendConst("kern"), redact.Masked{}.AppendConst("user"), redact.Masked{}.AppendConst("mail"),
	redact.Masked{}.AppendConst("daemon"), redact.Masked{}.AppendConst("auth"), redact.Masked{}.AppendConst("syslog"),
	redact.Masked{}.AppendConst("lpr"), redact.Masked{}.AppendConst("news"), redact.Masked{}.AppendConst("uucp"),
	redact.Masked{}.AppendConst("cron"), redact.Masked{}.AppendConst("authpriv"), redact.Masked{}.AppendConst("ftp"),
	redact.Masked{}.AppendConst("ntp"), redact.Masked{}.AppendConst("audit"), redact.Masked{}.AppendConst("console"),
	redact.Masked{}.AppendConst("clock"), redact.Masked{}.AppendConst("local0"), redact.Masked{}.AppendConst("local1"),
	redact.Masked{}.AppendConst("local2"), redact.Masked{}.AppendConst("local3"), redact.Masked{}.AppendConst("local4"),
	redact.Masked{}.AppendConst("local5"), redact.Masked{}.AppendConst("local6"), redact.Masked{}.AppendConst("local7"),
}
