package replay

import (
	"encoding/base64"
	"fmt"
	"net/url"
)

// shape is a kind of request: its route, as the example configuration names it, and how often it comes.
type shape struct {
	weight       int
	route        string
	method, path string
	egress       bool // it comes from the API, and not from a customer
	fill         func(fiction) content
}

// content is what differs from request to request: the end of the target, and the body (nil, a form, or JSON).
type content struct {
	target string
	body   any
}

// shapes are the requests of Routee's API, its webhooks, and what it asks of operators.
var shapes = []shape{
	{340, "sms", "POST", "/sms", false, fiction.sms},
	{25, "sms-campaign", "POST", "/sms/campaign", false, fiction.campaign},
	{20, "sms-analyze", "POST", "/sms/analyze", false, fiction.analyze},
	{30, "sms-tracking", "GET", "/sms/tracking/single/", false, fiction.anyID},
	{15, "sms-search", "POST", "/sms/tracking", false, fiction.search},
	{90, "two-step-start", "POST", "/2step", false, fiction.twoStep},
	{80, "two-step-confirm", "POST", "/2step/", false, fiction.confirm},
	{60, "viber-message", "POST", "/viber", false, fiction.viber},
	{40, "failover", "POST", "/failover", false, fiction.failover},
	{15, "voice", "POST", "/voice/conversation", false, fiction.voice},
	{25, "contact", "POST", "/contacts/my", false, fiction.contact},
	{10, "contact-mobile", "HEAD", "/contacts/my/mobile", false, fiction.contactMobile},
	{20, "lookup", "POST", "/lookup", false, fiction.lookup},
	{10, "lookup-result", "GET", "/lookup/", false, fiction.anyID},
	{10, "number-validator", "POST", "/numbervalidator", false, fiction.validator},
	{25, "transactional-email", "POST", "/transactional-email", false, fiction.mail},
	{5, "email-person", "DELETE", "/emails/", false, fiction.mailErase},
	{5, "blacklist", "POST", "/blacklist", false, fiction.blacklist},
	{5, "token", "POST", "/oauth/token", false, fiction.token},
	{100, "to-json-operator", "POST", "/operators/json/messages", true, fiction.operator},
	{60, "webhook", "POST", "/webhooks/dlr", true, fiction.report},
	{10, "webhook-inbound", "POST", "/webhooks/inbound/sms", true, fiction.inbound},
}

const (
	sender = "ACME"
	hook   = "https://hooks.example.com/routee/dlr"
)

func (g fiction) sms() content {
	return content{body: object{
		"to": g.phone(), "from": sender, "body": g.text(), "label": "order;customer=" + g.email(), "ttl": 60, "flash": false,
		"transcode": true, "callback": object{"strategy": "OnCompletion", "url": hook + "?u=" + url.QueryEscape(g.email())},
	}}
}

// campaign has mostly few recipients and sometimes hundreds.
func (g fiction) campaign() content {
	n := 2 + g.IntN(20)
	if g.IntN(10) == 0 {
		n = 100 + g.IntN(900)
	}
	return content{body: object{
		"to": g.phones(n), "from": sender, "body": "Hello [~firstName], 20% off until Sunday", "campaignName": "Winter",
		"contacts": []string{}, "groups": []string{"vip"}, "scheduledDate": "2026-11-27T08:00:00Z", "respectQuietHours": true,
		"fallbackValues": object{"firstName": "customer"}, "reminder": object{"minutesAfter": 5, "to": g.phones(1)},
		"callback": object{"strategy": "OnCompletion", "url": hook},
	}}
}

func (g fiction) analyze() content {
	return content{body: object{"to": g.phone(), "from": sender, "body": g.text()}}
}

func (g fiction) anyID() content { return content{target: g.uuid()} }

func (g fiction) search() content {
	return content{
		target: "?dateStart=2026-11-20T00:00:00Z&dateEnd=2026-11-23T00:00:00Z&page=0&size=20",
		body:   []any{object{"fieldName": "to", "searchTerm": g.phone(), "searchOperator": "is"}},
	}
}

func (g fiction) twoStep() content {
	return content{body: object{
		"method": "sms", "type": "code", "recipient": g.phone(), "template": "@@name your ACME code is @@pin",
		"arguments": object{"name": g.name()}, "originator": sender, "lifetimeInSeconds": 180, "maxRetries": 3, "digits": 6,
	}}
}

func (g fiction) confirm() content {
	return content{target: g.uuid(), body: fmt.Sprintf("answer=%06d", g.IntN(1e6))}
}

func (g fiction) viber() content {
	return content{body: object{
		"senderInfoTrackingId": g.uuid(), "to": g.phone(), "ttl": 3600, "callbackUrl": hook, "label": g.email(),
		"body": object{"text": g.text(), "imageURL": "https://img.example.com/p.png", "action": object{
			"caption": "Track", "targetUrl": "https://shop.example.com/t?e=" + url.QueryEscape(g.email())}},
	}}
}

func (g fiction) failover() content {
	to := g.phone()
	return content{body: object{
		"flow": []any{
			object{"type": "Viber", "order": 1, "to": to, "senderInfoTrackingId": g.uuid(), "ttl": 0.5,
				"message": object{"text": g.text()}, "failoverOnStatuses": []string{"Expired", "Failed", "Undelivered"}},
			object{"type": "Sms", "order": 2, "from": sender, "to": object{"phone": to}, "ttl": 15,
				"message": object{"body": g.text(), "flash": false}, "failoverOnStatuses": []string{"Undelivered", "Failed"}},
		},
		"callback": object{"strategy": "OnChange", "url": hook},
	}}
}

func (g fiction) voice() content {
	return content{body: object{
		"to": object{"phone": g.phone()}, "from": "+12025550100",
		"dialPlan": object{"verbs": []any{object{"type": "say", "message": g.text()}}},
	}}
}

func (g fiction) contact() content {
	return content{body: object{
		"firstName": g.firstName(), "lastName": g.lastName(), "mobile": g.phone(), "email": g.email(), "vip": g.IntN(2) == 0,
		"labels": []any{object{"name": "city", "value": "Athens"}},
	}}
}

func (g fiction) contactMobile() content {
	return content{target: "?value=" + url.QueryEscape(g.phone())}
}

func (g fiction) lookup() content {
	return content{body: object{"to": g.phone(), "label": g.email()}}
}

func (g fiction) validator() content {
	return content{body: object{"to": g.phone(), "getPorted": true, "host": g.ip()}}
}

func (g fiction) mail() content {
	name := g.firstName()
	return content{body: object{
		"from": object{"name": sender, "address": "no-reply@shop.example.com"}, "subject": "Your order", "label": "orders",
		"to": []any{object{"name": name, "address": g.email()}}, "cc": []any{object{"name": g.name(), "address": g.email()}},
		"content": object{"text": g.text(), "html": "<p>Dear " + name + ", call " + g.phone() + "</p>"},
	}}
}

func (g fiction) mailErase() content { return content{target: url.PathEscape(g.email())} }

func (g fiction) blacklist() content {
	return content{target: "?emails=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(g.email())))}
}

func (g fiction) token() content { return content{body: "grant_type=client_credentials"} }

func (g fiction) operator() content {
	return content{body: object{
		"to": g.phone(), "from": sender, "body": g.text(), "ttl": 60, "label": g.email(), "campaignName": "Winter",
	}}
}

func (g fiction) report() content {
	return content{body: object{
		"messageId": g.uuid(), "smsId": g.uuid(), "to": g.phone(), "from": sender, "message": g.text(), "label": g.email(),
		"country": "GB", "operator": "Example Mobile", "parts": 1, "part": 1, "latency": 4, "price": 0.036, "direction": "Outbound",
		"status": object{"name": "Delivered", "updatedDate": "2026-11-23T07:15:05Z"},
	}}
}

func (g fiction) inbound() content {
	return content{body: object{
		"messageId": g.uuid(), "from": g.phone(), "to": "+447700900999", "message": "STOP. Mail me at " + g.email(), "parts": 1,
		"direction": "Inbound", "receivedDate": "2026-11-23T13:02:08Z",
	}}
}
