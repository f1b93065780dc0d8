package redact

import (
	"slices"
	"strings"

	"github.com/piiproxy/piiproxy/redact/internal/walk"
)

// side says how the subject of a field follows from the direction of its route.
type side uint8

const (
	person    side = iota // the end user's in both directions
	customer              // the account's in both directions
	recipient             // the end user's on the way out, the account's on the way in
	sender                // the reverse
)

func (s side) subject(inbound bool) Subject {
	if s == customer || s == recipient && inbound || s == sender && !inbound {
		return Account
	}
	return EndUser
}

// traits are what the dictionary knows of a field besides its tag.
type traits uint8

const (
	// whole: everything inside an object of this name is its data, whatever the names in there.
	whole traits = 1 << iota
	// phoneKeys: the member names of an object of this name are phone numbers.
	phoneKeys
	// codeShape: the name may mean a one-time code or something else, so only a value that looks like a code counts.
	codeShape
	// plain: the name is known to be harmless, so that the tag of an object around it does not reach it. It is scanned.
	plain
	// lenient: a value in which nothing is found stays, because the name means other things too.
	lenient
	// notInLogs: in a line of a log, the name is too common to mean this.
	notInLogs
	// chosen: a person may have chosen the value, so that it may be a word.
	chosen
	// isQuery: an attribute of this name is the query of a URL.
	isQuery
)

// entries are names that share everything else.
type entries struct {
	kind   Kind
	side   side
	traits traits
	names  string // separated by spaces; "to.name" is the member name of an object called to
}

// shipped is the dictionary of the trade's field names: Routee's, Twilio's, Vonage's, Infobip's, Sinch's, Plivo's and
// Telnyx's, and the usual names of accounts and credentials. Names are compared without case, underscores, hyphens and
// spaces, by the last part of a dotted or bracketed name. The first spelling of a name is what telemetry calls it.
//
// Two names need saying. A name is a person's only within an object that is one, such as to.name: campaigns, labels and
// statuses have names too. A code is a one-time code only if it looks like one, because errors have codes too.
var shipped = []entries{
	{KindPhone, recipient, 0, "to destination dest dst destinations recipient recipients receiver called callee " +
		"to_number to_phone_number destination_number destination_address destination_addr dest_addr recipient_phone"},
	{KindPhone, sender, 0, "from source src originator sender caller caller_id from_number sender_id sender_address " +
		"source_address source_addr src_addr originating_address forwarded_from"},
	{KindPhone, person, 0, "phone phones phone_number phone_numbers mobile mobile_number mobiles mobile_phone cell cell_phone " +
		"msisdn msisdns tel telephone telephone_number landline fax wa_id whatsapp whatsapp_number viber_number subscriber_number " +
		"contact_number contact_phone customer_phone user_phone home_phone work_phone number_to gpsi"},
	{KindPhone, customer, 0, "reply_to_number sms_from"},
	{KindNone, person, phoneKeys | plain, "recipient_countries"},
	{KindEmail, person, 0, "email emails email_address email_addresses mail cc bcc to_email customer_email user_email " +
		"contact_email recipient_email to.address cc.address bcc.address sip sip_uri blacklist_emails"},
	{KindEmail, customer, 0, "from_email sender_email reply_to reply_to_email from.address from.email reply_to.email reply_to.address"},
	{KindIP, person, 0, "ip ips ip_address client_ip remote_ip remote_addr source_ip user_ip visitor_ip last_login_ip " +
		"x_forwarded_for client_address client.address"},
	{KindIP, customer, 0, "whitelisted_ips ip_whitelist server_ip"},

	{KindName, person, 0, "first_name last_name full_name given_name family_name middle_name surname forename nickname display_name " +
		"profile_name caller_name caller_id_name contact_name customer_name recipient_name to_name cc_name bcc_name user_full_name " +
		"to.name cc.name bcc.name recipient.name recipients.name contact.name contacts.name customer.name user.name person.name " +
		"profile.name subscriber.name caller.name callee.name receiver.name destination.name destinations.name patient_name"},
	{KindName, sender, lenient, "from_name sender_name"},
	{KindNone, customer, plain, "from.name sender.name reply_to.name"},

	{KindText, person, 0, "body text message content subject sms_text sms_body message_text message_body text_body text_message " +
		"html html_body plain_text short_message caption title transcription transcription_text speech_result tts attachments personalized_text"},
	{KindText, person, whole, "arguments template_arguments template_params template_parameters template_data template_values " +
		"fallback_values content_variables substitutions placeholders dynamic_template_data merge_fields personalisation " +
		"personalization_data"},
	{KindText, person, whole | notInLogs, "variables template"},
	{KindText, person, whole | phoneKeys | notInLogs, "parameters"},
	{KindNone, person, plain, "label labels url type language lang gender voice flash transcode ttl encoding coding charset status state " +
		"country country_code template_country recipient_country recipients_per_country operator order part parts unicode characters format mime " +
		"content_type size priority channel category strategy direction price currency latency created_at updated_at date timestamp id " +
		"message_id bulk_id batch_id application_id app_id conversation_id channel_id version offset length"},

	{KindSecret, person, 0, "answer pin pin_code passcode otp otp_code one_time_password verification_code verify_code confirmation_code " +
		"security_code sms_code auth_code authorization_code two_factor_code dtmf"},
	{KindSecret, person, codeShape, "code digits"},
	{KindSecret, customer, chosen, "password passwd pwd passphrase secret"},
	{KindSecret, customer, 0, "client_secret api_secret api_key auth_key psw private_key access_key access_token refresh_token " +
		"id_token auth_token bearer_token session_token csrf_token token jwt credentials authorization proxy_authorization " +
		"cookie set_cookie signature sig session_id assertion client_assertion"},

	{KindLocation, person, 0, "city zip zip_code postal_code postcode street street_address address_1 address_2 address_line address_line_1 address_line_2 " +
		"postal_address home_address lat lon lng latitude longitude geo coordinates gps from_city from_zip to_city to_zip " +
		"caller_city caller_zip called_city called_zip geolocation"},

	{KindID, person, 0, "imsi imei iccid imeisv supi suci national_id passport passport_number ssn social_security_number tax_id " +
		"end_user_id birth_date birthday date_of_birth dob device_id advertising_id contacts"},
}

// suffixes decide about names that the dictionary does not have, by how they end.
var suffixes = []struct {
	end    string
	kind   Kind
	traits traits
}{
	{"firstname", KindName, 0}, {"lastname", KindName, 0}, {"fullname", KindName, 0}, {"surname", KindName, 0},
	{"password", KindSecret, chosen}, {"passwd", KindSecret, chosen}, {"secret", KindSecret, 0}, {"token", KindSecret, 0},
	{"apikey", KindSecret, 0}, {"privatekey", KindSecret, 0}, {"signature", KindSecret, 0}, {"otp", KindSecret, 0},
	{"pincode", KindSecret, 0}, {"secretkey", KindSecret, 0}, {"secretaccesskey", KindSecret, 0}, {"url", KindNone, 0}, {"uri", KindNone, 0},
}

// shippedHeaders are the headers with data of their own. Others are scanned, and decided about by suffixes.
var shippedHeaders = []entries{
	{KindSecret, customer, 0, "authorization proxy-authorization cookie set-cookie x-api-key api-key x-auth-token x-amz-security-token " +
		"x-csrf-token x-xsrf-token www-authenticate proxy-authenticate authentication-info"},
	{KindIP, person, 0, "x-forwarded-for forwarded x-real-ip true-client-ip cf-connecting-ip x-client-ip x-cluster-client-ip " +
		"fastly-client-ip x-original-forwarded-for x-envoy-external-address x-remote-ip x-remote-addr client-ip"},
	{KindEmail, person, 0, "from x-user-email"},
	{KindPhone, person, 0, "x-msisdn msisdn x-up-calling-line-id x-nokia-msisdn x-wap-msisdn x-phone-number"},
	{KindID, person, 0, "x-imsi x-imei"},
}

// field is what a name or a path means. It is immutable.
type field struct {
	tag      Tag
	traits   traits
	member   string // what telemetry calls it, ready to stand in a JSON string; empty if it is plain
	keys     *memberKeys
	norm     string // the normalised name, for a surface's own rules; empty for a field that a route names by path
	children []child
}

type child struct {
	norm string
	f    *field
}

func (f *field) child(name []byte) *field {
	for i := range f.children {
		if f.children[i].norm == string(name) {
			return f.children[i].f
		}
	}
	return nil
}

// dictionary finds fields by their normalised name.
type dictionary struct {
	byName map[string]*field
	byEnd  [256][]child      // names of which only the end counts, by their last byte
	whole  map[string]*field // by the whole name, as written: of attributes only
}

// scanned is the field of a name that ends like that of a URL.
var scanned = &field{traits: plain}

// lookup returns the field of a normalised name, or nil. within is the field of the object around it.
func (d *dictionary) lookup(name []byte, within *field) *field {
	if d == nil {
		return nil
	}
	if within != nil && len(within.children) > 0 {
		if f := within.child(name); f != nil {
			return f
		}
	}
	if f := d.byName[string(name)]; f != nil {
		return f
	}
	return d.bySuffix(name)
}

// bySuffix returns the field that stands for all names of an ending.
func (d *dictionary) bySuffix(name []byte) *field {
	if len(name) == 0 || string(name) == "redactedsecret" { // a mask names nothing
		return nil
	}
	for _, s := range d.byEnd[name[len(name)-1]] {
		if len(name) > len(s.norm) && string(name[len(name)-len(s.norm):]) == s.norm {
			return s.f
		}
	}
	return nil
}

// dictionaryKind selects one of the forms in which the dictionary is compiled.
type dictionaryKind uint8

const (
	outbound dictionaryKind = iota
	inbound
	ofLogs // of log lines, whose direction nobody knows and whose names mean many things
	ofHeaders
	ofAttributes // of telemetry: the names of log lines, and those of the semantic conventions
	numDictionaries
)

// ofTelemetry reports whether names mean what they mean in telemetry, and not in a request.
func (k dictionaryKind) ofTelemetry() bool { return k == ofLogs || k == ofAttributes }

// newDictionary compiles the shipped names and then the configured ones, which replace them.
func newDictionary(kind dictionaryKind, more []DictionarySpec) *dictionary {
	d := &dictionary{byName: make(map[string]*field)}
	base := shipped
	if kind == ofHeaders {
		base = shippedHeaders
	}
	for _, e := range base {
		if kind.ofTelemetry() && e.traits&notInLogs != 0 {
			continue
		}
		tag := Tag{e.kind, e.side.subject(kind == inbound)}
		if kind.ofTelemetry() {
			tag.Subject = EndUser
		}
		for name := range strings.FieldsSeq(e.names) {
			d.add(name, tag, e.traits|logTraits(kind, e.kind))
		}
	}
	for _, s := range suffixes {
		f := scanned
		if s.kind != KindNone {
			f = newField(s.end, Tag{s.kind, EndUser}, s.traits)
		}
		last := s.end[len(s.end)-1]
		d.byEnd[last] = append(d.byEnd[last], child{s.end, f})
	}
	if kind.ofTelemetry() {
		// A log's own words stand under these names; they are scanned, like every line of text.
		d.add("message", Tag{}, plain)
		d.add("msg", Tag{}, plain)
	}
	if kind == ofAttributes {
		d.conventions()
	}
	for _, m := range more {
		k, _ := ParseKind(m.Kind)
		subject, _ := ParseSubject(m.Subject)
		t := traits(0)
		if k == KindNone {
			t = plain
		}
		d.add(m.Name, Tag{k, subject}, t)
		if kind == ofAttributes && strings.Contains(m.Name, ".") {
			d.whole[m.Name] = newField(m.Name, Tag{k, subject}, t)
		}
	}
	return d
}

// logTraits keeps readable what stands under a name like from or address in a line of a log and holds nothing.
func logTraits(kind dictionaryKind, k Kind) traits {
	if kind.ofTelemetry() && (k == KindPhone || k == KindEmail || k == KindIP) {
		return lenient
	}
	return 0
}

// add puts a name in, in the place of what had it. A dotted name is a member of the object that the first part names.
func (d *dictionary) add(name string, tag Tag, t traits) {
	parent, last, dotted := strings.Cut(name, ".")
	if !dotted {
		f := newField(name, tag, t)
		if old := d.byName[f.norm]; old != nil {
			f.children = old.children
		}
		d.byName[f.norm] = f
		return
	}
	p := d.byName[normalName(parent)]
	if p == nil {
		p = &field{traits: plain, norm: normalName(parent)}
		d.byName[p.norm] = p
	}
	f := newField(last, tag, t)
	f.named(escapedMember(name))
	p.children = slices.DeleteFunc(p.children, func(c child) bool { return c.norm == f.norm })
	p.children = append(p.children, child{f.norm, f})
}

func newField(name string, tag Tag, t traits) *field {
	f := &field{tag: tag, traits: t, norm: normalName(name)}
	if tag.Kind != KindNone {
		f.named(escapedMember(name))
	}
	return f
}

func escapedMember(name string) string { return string(walk.AppendEscaped(nil, []byte(name))) }
