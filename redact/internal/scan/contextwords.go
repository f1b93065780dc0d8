package scan

import "strings"

// contextWords are words that stand before numbers, in lower case.
var contextWords = contexts(strongWords, weakWords, otherWords)

const strongWords = `
tel telephone phone ph mobile mob cell cellphone handy fax whatsapp msisdn landline hotline helpline phones tele telno mobiles call calling
telefon telefono teléfono telefone téléphone telefoon telefonnummer rufnummer handynummer telp tlf tlfn puh gsm cep móvil movil celular
telemóvel telemovel telp ponsel thoại sđt sdt komórka puhelin puhelinnumero telefonszám telefonszámom telefonum rufnr natel cellulaire
portable mobiel cellulare mobil mobilnummer dial freephone tollfree callback phonenumber mobileno phoneno
τηλ τηλέφωνο τηλεφωνο τηλεφώνου κινητό κινητο κιν φαξ καλέστε καλεστε
тел телефон телефона телефонний телефонният мобільний мобилен моб мобильный звоните факс телефону
电话 電話 手机 手機 号码 號碼 联系 聯繫 热线 微信 携帯 番号 전화 연락 번호 휴대 팩스
هاتف جوال تلفون موبايل فاكس اتصل फोन मोबाइल नंबर โทร מספר טלפון הטלפון נייד`

const weakWords = `
calls called caller ring text txt sms contact reach number numbers no nr num msg message messages messaged answering reached
texting desk office registered rang phoned dialled dialed line reply send viber telegram signal callme cnt caling claim home work
nummer numéro numero número anrufen rufen erreichen appelez appeler appelle llame llamar llámame llama chiama chiamare chiamate ligue ligar
bel bellen zadzwoń ringa soita volat zavolat hubungi ara arayın gọi liên звони позвоните позвонить номер номеру`

// otherWords stand before numbers of other things.
const otherWords = `
account acct card credit debit iban bic swift bank routing order invoice ref reference id uid pid ids ssn social passport license licence security passport ticket
tracking booking reservation pnr serial vat tax zip postcode box policy code pin otp amount total isbn issn sku model version ver build size bytes port
transaction txn imei imsi iccid isin offset timestamp duration seq sequence job session process thread chapter page suite apt apartment nhs
konto kontonummer rechnung bestellung cuenta compte facture λογαριασμός αφμ`

// behindWords stand behind phone numbers on cards and in signatures.
var behindWords = contexts("office fax mobile cell home work desk phone tel landline whatsapp", "", "")

// listWords stand between the numbers of a list.
var listWords = set("or", "Or", "OR", "and", "And", "y", "o", "u", "e", "et", "ou", "und", "oder", "ή", "και", "и", "или", "i", "lub", "of", "en")

func contexts(strong, weak, other string) map[string]context {
	m := map[string]context{}
	for words, k := range map[string]context{strong: strongContext, weak: weakContext, other: otherContext} {
		for _, w := range strings.Fields(words) {
			m[w] = k
		}
	}
	return m
}
