package scan

import (
	"strings"
	"testing"
)

func TestPhoneKey(t *testing.T) {
	for _, names := range []struct {
		names string
		want  bool
	}{
		{`to From msisdn x-msisdn phone2 recipientPhone contact.phone user[mobile_no] to[0] to[] phone[0] $.to
			phoneNum mobileNos CUST_MOBILE_NO MOB_NUM TEL_NO PH_NO CELL_PH phno homeTel workTelephone smsNumber waNumber contactNum whatsappNo
			phoneNumberPrimary phone_home telHome PhoneNumberSet phoneList toNumbers recipientList destination-numbers
			callingPartyNumber called_party originalCalledNumber redirectingNumber send_to identifierValue`, true},
		{`Telefonnummer Handynummer telefon_privat Empfänger téléphone numero_telephone tel_fixe destinataires móvil numeroCelular telefono_movil
			cellulare telemóvel telefonNo cepTelefonu numer_telefonu telefonKomórkowy Телефон номерТелефона получатель ΤΗΛΈΦΩΝΟ Κινητό_τηλέφωνο
			παραλήπτης 手机号码 电话 電話番号 전화번호 الهاتف رقم_الجوال טלפון telefoonnummer puhelinnumero no_hp noTelp so_dien_thoai`, true},
		{`orderId orderNumber order[number] to_date toDate fromTimestamp phoneId phone_type phoneVerifiedAt mobileCountryCode recipientCount contactId
			hotel hotelNo intel cartel cells didYou number no nr total tone token numero numeroCommande siparisNo bestellingnummer 注文番号 订单号
			ordernum from_set_at srcset cid num_subscribers numberOfReceivers redacted_phone phone[0][id] user[id]`, false},
	} {
		for name := range strings.FieldsSeq(names.names) {
			if PhoneKey([]byte(name)) != names.want {
				t.Errorf("%s: %v", name, !names.want)
			}
		}
	}
}
