package scan

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// phoneKeys are the names of fields that hold phone numbers, in lower case and without separators. Other words make them another name.
var phoneKeys = set(strings.Fields(`
to from msisdn phone phones phonenr mobile mob mobiles tel tels telephone telno cell cellphone fax faxno gsm handset handphone mdn hp ph phn
recipient recipients recipientid sender senderid senders caller callerid callee called calling destination destinations destinationaddress
destinationaddr destaddr sourceaddr sourceaddress dest receiver originator originatingaddress orig oa da cli clid ani dnis rdnis e164
toaddress fromaddress contact subscriber whatsapp wa waid viber sip sips sms smsto sendto cto bparty aparty anumber bnumber dialed dialled subscribers receivers callers callees
forwardto callto inboundnumber outboundnumber sourcenumber virtualnumber longnumber vln redirecting originalcalled
nationalnumber internationalnumber src dst numbers numberlist exten calleridnum calleeid connectedline toformatted fromformatted
nationalformat internationalformat formattednumber localformat identifiervalue dialcode callingstationid calledstationid
empfänger empfaenger absender destinataire destinataires destinatario destinatarios destinatário destinatários destinatari expéditeur expediteur remitente mittente remetente recapito
ontvanger ontvangers afzender mottagare mottaker modtager avsändare avsender alıcı alici gönderen gonderen numara numaralar cep odbiorca odbiorcy nadawca příjemce
primatelj получатель получатели отправитель мобильный моб тел παραλήπτης παραλήπτες αποστολέας τηλ penerima pengirim sdt portable fone
`)...)

// phoneEnds make a name that ends with one of them a phone key, by their last byte: recipientPhone, x-msisdn, cepTelefonu.
var phoneEnds = byLast(`
phonenumber mobilenumber msisdn phone phones phonenumbers msisdns mobile telephone whatsapp cellnumber telnumber faxnumber mobileno phoneno
recipients phonee164 phonenumberset callednumber callingnumber callernumber calleenumber dialednumber contactnumber phonenum mobilenum
telefon telefono teléfono telefone téléphone telefoon telefonu telefona telepon telp dienthoai rufnummer festnetz telefonnummer handynummer mobilnummer
handy celular cellulare móvil movil telemóvel telemovel mobiel puhelin puhelinnumero komorka komórka mobil mobitel shouji denwa
телефон телефона τηλέφωνο τηλεφωνο tilefono κινητό κινητο kinito 手机 手機 电话 電話 携帯 전화 휴대폰 휴대전화 هاتف جوال موبايل טלפון נייד
`)

// keyTails may stand behind the word that says that a field holds phone numbers, and keyHeads before it. Neither says it itself, or that
// the field holds something else, as id, type, code and count do.
var (
	keyTails = byLast(`number numbers num nums no nos nr nrs nummer nummern numero numéro numer nomer номер list party primary secondary home work
		office main private privat business alternate formatted raw mobile portable fixe komórkowy komorkowy 号码 番号 号 號碼 번호`)
	keyHeads = byFirst(`number numero numéro numer nomer nomor num nr no home work office main private business primary alternate alt contact
		customer cust client user mobile cell sms my emergency номер`)
)

// byFirst returns words by their first byte.
func byFirst(list string) (t [256][]string) {
	for w := range strings.FieldsSeq(list) {
		t[w[0]] = append(t[w[0]], w)
	}
	return t
}

// byLast returns words by their last byte.
func byLast(list string) (t [256][][]byte) {
	for w := range strings.FieldsSeq(list) {
		last := w[len(w)-1]
		t[last] = append(t[last], []byte(w))
	}
	return t
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// maxParts bounds the words that are taken off a name.
const maxParts = 3

// PhoneKey reports whether name, in any case and with any of the usual separators and affixes, is a field that holds
// phone numbers.
func PhoneKey(name []byte) bool {
	name = lastPart(name)
	if len(name) < 2 || len(name) > maxKey {
		return false
	}
	var buf [2 * maxKey]byte
	key := normalKey(buf[:0], name)
	if phoneKeys[string(key)] {
		return true
	}
	return partsPhone(key) && !isReplacement(name)
}

// partsPhone reports whether a word of key says phone and the others nothing else.
func partsPhone(key []byte) bool {
	for range maxParts {
		if endOf(key, &phoneEnds) > 0 {
			return true
		}
		n := endOf(key, &keyTails)
		if n == 0 {
			break
		}
		if key = key[:len(key)-n]; phoneKeys[string(key)] {
			return true
		}
	}
	rest := withoutHead(key)
	return len(rest) > 0 && phoneKeys[string(rest)] && !isCount(key)
}

// isCount reports whether key says how many there are of something: num_subscribers.
func isCount(key []byte) bool {
	return bytes.HasPrefix(key, []byte("num")) && !bytes.HasPrefix(key, []byte("nume")) && key[len(key)-1] == 's'
}

// lastPart returns what a name of several parts ends with that is no index: user[mobile], to[0], contact.phone.
func lastPart(name []byte) []byte {
	for len(name) > 0 && name[len(name)-1] == ']' {
		open := bytes.LastIndexByte(name, '[')
		if open < 0 {
			break
		}
		if part := name[open+1 : len(name)-1]; digitsEnd(part, 0) < len(part) {
			return part
		}
		name = name[:open]
	}
	for i := len(name) - 1; i >= 0; i-- {
		if b := name[i]; b == '.' || b == '$' || b == '[' {
			return name[i+1:]
		}
	}
	return name
}

// normalKey appends name in lower case, without separators and the digits at its end, as in phone2.
func normalKey(dst, name []byte) []byte {
	key := dst
	for _, b := range name {
		if b >= utf8.RuneSelf {
			key = withoutJoins(lowerText(dst, name))
			break
		}
		if b != '_' && b != '-' && b != ' ' {
			key = append(key, lowered(b))
		}
	}
	n := len(key)
	for n > 0 && isDigit(key[n-1]) && string(key[max(0, n-4):n]) != "e164" {
		n--
	}
	return key[:n]
}

// withoutJoins takes the separators out of key.
func withoutJoins(key []byte) []byte {
	n := 0
	for _, b := range key {
		if b != '_' && b != '-' && b != ' ' {
			key[n] = b
			n++
		}
	}
	return key[:n]
}

// endOf returns how long the word of ends is that key ends with, 0 if it ends with none.
func endOf(key []byte, ends *[256][][]byte) int {
	if len(key) == 0 {
		return 0
	}
	for _, end := range ends[key[len(key)-1]] {
		if bytes.HasSuffix(key, end) {
			return len(end)
		}
	}
	return 0
}

// withoutHead returns key without the word of keyHeads that it begins with, or nothing.
func withoutHead(key []byte) []byte {
	if len(key) == 0 {
		return nil
	}
	for _, head := range keyHeads[key[0]] {
		if len(key) > len(head) && string(key[:len(head)]) == head {
			return key[len(head):]
		}
	}
	return nil
}
