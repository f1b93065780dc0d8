package scan

import "strings"

// contextWords are words that stand before phone numbers, in lower case. The strong ones are followed by little else.
var contextWords = contexts(strongWords, weakWords)

const strongWords = `
tel telephone phone ph mobile mob cell cellphone handy fax whatsapp msisdn landline hotline helpline phones tele telno mobiles
telefon telefono teléfono telefone téléphone telefoon telefonnummer rufnummer handynummer telp tlf tlfn puh gsm cep móvil movil celular
portable mobiel cellulare mobil mobilnummer nummer numéro numero número
τηλ τηλέφωνο τηλεφωνο τηλεφώνου κινητό κινητο κιν φαξ καλέστε καλεστε
тел телефон телефона моб мобильный звоните факс телефону
电话 电話 電話 手机 手機 号码 號碼 联系 聯繫 热线 微信 携帯 番号 전화 연락 번호 휴대 팩스
هاتف جوال تلفون موبايل فاكس اتصل फोन मोबाइल नंबर โทร מספר טלפון נייד`

const weakWords = `
call calls calling called caller ring dial text txt sms contact reach number no nr num msg message messages messaged answering
texting desk office registered rang phoned dialled dialed line reply send viber telegram signal callme caling claim
anrufen rufen erreichen appelez appeler appelle llame llamar llámame llama chiama chiamare chiamate ligue ligar bel bellen zadzwoń
ring ringa soita ring volat zavolat hubungi ara arayın gọi liên
звони позвоните позвонить номер номеру`

// behindWords stand behind phone numbers on cards and in signatures.
var behindWords = contexts("", "office fax mobile cell home work desk phone tel landline whatsapp")

func contexts(strong, weak string) map[string]context {
	m := map[string]context{}
	for _, w := range strings.Fields(weak) {
		m[w] = weakContext
	}
	for _, w := range strings.Fields(strong) {
		m[w] = strongContext
	}
	return m
}
