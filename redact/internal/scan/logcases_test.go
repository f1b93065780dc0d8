package scan

// logPhones are lines as programs print them, with telephone numbers.
var logPhones = []hardCase{
	{text: `failed error="invalid destination ⟦306912345678⟧" attempt=3`},
	{text: `delivery to ⟦306912345678⟧ failed, No route to ⟦306912345679⟧`},
	{text: `Sending message [hello] to [⟦306912345678⟧]`},
	{text: `Rejecting SubmitSmPDU to b'⟦306912345678⟧': no route found`},
	{text: `(submit_sm: (pdu: 92, 4, 0, 1234567) (addr: 5 0 ACME)  (addr: 1 1 ⟦306912345678⟧)`},
	{text: `sourceAddr [0x05 0x00 [ACME]] destAddr [0x01 0x01 [⟦306912345678⟧]]`},
	{text: `Address [ton=1, npi=1, address=⟦306912345678⟧] address='⟦306912345679⟧'`},
	{text: `deliver_sm from ⟦306912345678⟧ to 54321, seq 1234567`},
	{text: `HLR lookup ⟦306912345678⟧: MCC/MNC 202/05, ported`},
	{text: `recipient ⟦306912345678⟧ is not reachable, InvalidNumber number: ⟦306912345679⟧`},
	{text: `MT ACME -> ⟦306912345678⟧ parts=2, SMS → ⟦306912345679⟧`},
	{text: `Processing Ada <⟦306912345678⟧>`},
	{text: `Executing [⟦306912345678⟧@from-internal:1] sofia/internal/⟦306912345679⟧@203.0.113.103`},
	{text: `src_user=⟦306912345678⟧;src_ip=198.51.100.70`},
	{text: `Event: Newchannel\r\nCallerIDNum: ⟦6912345678⟧\r\nExten: ⟦2101234567⟧`},
	{text: `Contact number: ⟦6912345678⟧, Dialed number: ⟦8005550199⟧; Called Party Number: ⟦2101234567⟧ national number 302101234567`},
	{text: `Calling-Station-Id = "⟦2101234567⟧" originalCalledPartyNumber="⟦2101234567⟧" called_party_number=⟦2101234567⟧`},
	{text: `Array ( [to] => ⟦2101234567⟧ [from] => ACME ) user[phone]=⟦2101234567⟧`},
	{text: `phone=Some("⟦2101234567⟧") phone=Optional[⟦2101234567⟧] phone=PhoneNumber(⟦2101234567⟧) phone=b'⟦2101234567⟧' phone=="⟦2101234567⟧"`},
	{text: `Called SIP/trunk/⟦2101234567⟧ bridge(sofia/gateway/acme/⟦2101234567⟧)`},
	{text: `SoapFault: Invalid MSISDN (⟦447700900123⟧) in /srv/app.php:1234, msisdn ⟦447700900123⟧ blocked`}, // in no plan
	{text: `phones changed from: ⟦+306912345678⟧ to ⟦306912345679⟧, "⟦+306912345678⟧" -> "⟦306912345679⟧" otp:⟦306912345678⟧`},
	{text: `发送到号码 ⟦13812345678⟧ 成功, 号码:⟦13912345678⟧, 订单号码 13812345678 №9161234567`, regions: []string{"CN", "RU"}},
	{text: `error code 404 number ⟦306912345678⟧`},
	{text: `GET /v1/lookup/⟦306912345678⟧ 200`},
	{text: `to=⟦306912345678⟧ 200 OK, "POST ⟦+4915123456789⟧ 200", msisdn: ⟦306912345678⟧ 12 ms`},
}

// logIDs are lines as programs print them, without telephone numbers.
var logIDs = []hardCase{
	{text: `message 306912345678 delivered, message id 306912345678 delivered to ACME`},
	{text: `copied to 306912345678, moved from 306912345678 to 306912345679`},
	{text: `GET /v1/orders/306912345678 200, GET /from/306912345678`},
	{text: `sent 306912345678 bytes to 10 peers, number 1234567890 is prime, number 999912345678`},
	{text: `callId=306912345678 a=1 1 306912345678 <306912345678 job=306912345678>`},
	{text: `sent to 1764130900123456789, delivery to 1764130900123, from 1764130900123456 to 20261126041500`},
	{text: `from=1764130900000&to=1764134500000 caller:00-11-22-33-44-55 Reference number: 12345678 Some("12345678") usr/sip/12345678`},
	{text: `q=iphone+1234567890 a+b+12345678 change: +1234567890% v2.0.0+build4+1234567`},
	{text: `[0.0390189428,-0.0491427832,0.0306912345678] "score":0.04914327832710783, 0.00390189428 p=0.0044207183`},
	{text: `-4.64113852240958e-1 + 3.59580510817350e-1i, x=+3.5958051081 y=+9.7152345678`},
	{text: `dst: [0.080000 0.104924 0.176995 0.288404 0.417022]`},
	{text: `order number 306912345678, invoice number: 306912345678; member num 306912345678`},
	{text: `List<306912345678> at job<306912345678>`},
	{text: `Object@306912345678 x@306912345678 999912345678@host`},
}

// logEmails are lines with e-mail addresses, and without.
var logEmails = []hardCase{
	{text: `MAIL FROM:<⟦bounces+1234567-ab12-ada=example.org@mailer.example.com⟧> from=⟦b+1-ada=example.org@example.com⟧, to=⟦ada.b@example.org⟧`},
	{text: `--email2=⟦ada.b@example.org⟧ X-User-2=⟦ada.b@example.org⟧ A-1_MAIL=⟦ada.b@example.org⟧`},
	{text: `Started user@1000.service, getty@tty1.service: Succeeded. icon@2x.png logo@3x.webp cron@daily.timer`},
	{text: `<a=b c=⟦ada@example.org⟧> x<y z=⟦ada@example.org⟧ ⟦ada@example.org⟧.service`},
}

// logIPs are lines with IP addresses, and without.
var logIPs = []hardCase{
	{text: `[client ⟦2001:db8::17⟧:40112] AH01102: from ⟦2001:db8:0:0:0:0:0:17⟧:51234, ⟦2001:db8::4011⟧, akka://sys@⟦10.0.0.5⟧:2551`},
	{text: `=ERROR REPORT==== 26-Nov-2026::04:17:20 === libfoo.so.1.2.3.4 loaded`},
	{text: `a-⟦2026::4:17:20⟧ ⟦2026::04:17:20⟧`},
}
