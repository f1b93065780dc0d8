package scan

import "strings"

// contextWords are words that stand before numbers, in lower case.
var contextWords = contexts(map[context]string{strongContext: strongWords, weakContext: weakWords, numberContext: numberWords,
	otherContext: otherWords, itemContext: itemWords, copulaContext: copulas})

const strongWords = `
tel telephone phone ph mobile mob cell cellphone handy fax whatsapp msisdn landline hotline helpline phones tele telno mobiles call calling hp
telefon telefono teléfono telefone téléphone telefoon telefonnummer rufnummer handynummer telp tlf tlfn puh gsm cep móvil movil celular
telemóvel telemovel ponsel thoại sđt sdt komórka puhelin puhelinnumero telefonszám telefonszámom telefonum rufnr natel cellulaire
portable mobiel cellulare mobil mobilnummer dial freephone tollfree callback phonenumber mobileno phoneno téléphones teléfonos tfno fono
infolinia zavolejte volejte volajte zavolajte helista zvani zvaniet skambinkite hringdu síma sími hívjon nazovite pozovite pokličite telefonujte
τηλ τηλέφωνο τηλεφωνο τηλέφωνα τηλεφωνα τηλεφώνου τηλεφώνησε τηλεφωνήστε κινητό κινητο κινητού κιν φαξ καλέστε καλεστε κάλεσε
тел телефон телефона телефоны телефонний телефонный телефоном мобільний мобилен моб мобильный звоните факс телефону вотсап ватсап вацап вайбер
обадете дзвоніть
电话 電話 手机 手機 联系 聯繫 热线 微信 拨打 撥打 致电 致電 座机 传真 携帯 전화 연락 휴대 팩스
هاتف الهاتف جوال الجوال جوالي تلفون تلفن موبايل موبایل فاكس اتصل واتساب फोन फ़ोन मोबाइल व्हाट्सएप โทร มือถือ เบอร์ טלפון הטלפון נייד`

const weakWords = `
calls called caller ring text txt sms contact reach msg message messages messaged answering reached
texting desk office registered rang phoned dialled dialed line reply send viber telegram signal wa callme cnt caling claim home work
anrufen rufen erreichen erreichbar appelez appeler appelle rappelez rappelle joignable llame llamar llámame llama llámanos chiama chiamare chiamate
chiamami ligue ligar liga contacto contacte bel bellen zadzwoń kontakt ringa soita volat zavolat hubungi ara arayın gọi liên
звони позвоните позвонить позвони перезвоните تواصل كلمني تماس संपर्क सम्पर्क ติดต่อ 문의`

// numberWords say that a number follows, and not of what.
const numberWords = `
number numbers no nos nr num nummer numéro numero número numer номер номеру номера № n° nº số numarası رقم رقمي شماره نمبر नंबर מספר
号码 號碼 番号 번호`

// otherWords stand before numbers of other things.
const otherWords = `
account acct acc paybill card credit debit iban bic swift bank routing order invoice ref reference id uid pid ids ssn social passport license licence security ticket
tracking booking reservation pnr serial vat tax zip postcode box policy code pin otp amount total isbn issn sku model version ver build size bytes
transaction txn imei imsi iccid isin offset timestamp duration seq sequence job session process thread chapter page suite apt apartment nhs
confirmation complaint docket consignment waybill awb shipment loan receipt barcode voucher passcode ein itin vin abn acn tfn bsb ird nric uen
gstin aadhaar cnic bvn upc ean utr mrn siret siren rcs tva crn
konto kontonummer kontonr rechnung rechnungsnummer bestellung bestellnummer auftragsnummer kundennummer vorgangsnummer sendungsnummer steuernummer
aktenzeichen svnr plz blz ahv commande facture colis compte dossier référence cuenta pedido factura expediente nif cif cédula cedula curp
rfc clabe folio ruc cuit cuil encomenda referência cpf cnpj boleto protocolo rastreio ordine pratica fattura iva prenotazione spedizione bestelling
factuur bsn btw kvk rijksregisternummer zamówienie zamówienia faktura rachunek umowa pesel nip regon účet účtu objednávka objednávky ičo dič rč
adószám taj rendelés csomagszám számla cnp comanda jmbg oib račun davčna sipariş siparişi fatura kargo takip kimlik tckn vergi
fødselsnr personnr personnummer orgnr cpr cvr fakturanr ordrenr bankgiro bg kennitala kt viitenumero isikukood pesanan nik rek rekening resi
đơn stk cccd
λογαριασμός λογαριασμού αφμ αμκα παραγγελία παραγγελίας αποστολής συμβόλαιο συμβολαίου πρωτοκόλλου κράτηση κράτησης τιμολόγιο τιμολογίου
инн кпп огрн снилс паспорт заказ заказа заявка договор договора счет счёт карта карту трек накладная єдрпоу замовлення картка картки егн пратка
طلب الطلب فاتورة الفاتورة الهوية حساب الحساب ملی کارت हिसाब खाता ऑर्डर הזמנה ז
订单 單號 单号 訂單 运单 卡号 尾号 证号 账号 帐号 编号 件码 验证 注文 伝票 客様 認証 口座 会員 주문 송장 인증 계좌 주민 ซื้อ พัสดุ บัตร บัญชี`

// itemWords stand before words for numbers if it is a number of something else, and before phone numbers of people as well.
const itemWords = `
student employee member membership patient customer client case part company reg registration bill meter roll batch lot item product
contract charity flight kunden kd auftrag vertrag cliente`

// copulas say that what was said before is the number.
const copulas = `is are er är es ist est é è jest هو`

// behindWords stand behind phone numbers on cards and in signatures.
var behindWords = contexts(map[context]string{strongContext: "office fax mobile cell home work desk phone tel landline whatsapp"})

// listWords stand between the numbers of a list.
var listWords = set("or", "Or", "OR", "and", "And", "y", "o", "u", "e", "et", "ou", "und", "oder", "ή", "και", "и", "или", "i", "lub", "of", "en", "或", "和")

func contexts(words map[context]string) map[string]context {
	m := map[string]context{}
	for k, list := range words {
		for w := range strings.FieldsSeq(list) {
			m[w] = k
		}
	}
	return m
}
