package bench

import (
	"encoding/binary"
	"fmt"
)

// Batch is how many spans or log records a batch has.
const Batch = 500

// message is a message of protobuf that is being written.
type message []byte

func (m message) bytes(number int, content []byte) message {
	m = binary.AppendUvarint(m, uint64(number)<<3|2)
	m = binary.AppendUvarint(m, uint64(len(content)))
	return append(m, content...)
}

func (m message) text(number int, s string) message { return m.bytes(number, []byte(s)) }

func (m message) number(number int, n uint64) message {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(number)<<3), n)
}

func (m message) fixed(number int, n uint64) message {
	return binary.LittleEndian.AppendUint64(binary.AppendUvarint(m, uint64(number)<<3|1), n)
}

// id writes an id of so many bytes that goes with n.
func (m message) id(number, size, n int) message {
	id := make([]byte, size)
	binary.BigEndian.PutUint64(id, 0x9e3779b97f4a7c15*uint64(n+1))
	return m.bytes(number, id)
}

// attribute writes an attribute whose value is a string or a whole number.
func (m message) attribute(number int, key string, value any) message {
	var v message
	switch value := value.(type) {
	case string:
		v = v.text(1, value)
	case int:
		v = v.number(3, uint64(value))
	}
	return m.bytes(number, message(nil).text(1, key).bytes(2, v))
}

// request writes a request whose items stand in one scope of one resource.
func request(items message) []byte {
	resource := message(nil).attribute(1, "service.name", "sms-api")
	return message(nil).bytes(1, message(nil).bytes(1, resource).bytes(2, items))
}

// Spans returns an ExportTraceServiceRequest of a batch of spans of 558 bytes, each with fourteen attributes, of which five
// hold personal data: the query of a URL, an address, a telephone number, an e-mail address and the text of a message.
func Spans() []byte {
	items := message(nil).bytes(1, message(nil).text(1, "sms/http"))
	for i := range Batch {
		s := message(nil).id(1, 16, i).id(2, 8, i).id(4, 8, i+1).text(5, "POST /v1/sms").number(6, 2)
		s = s.fixed(7, 1732347554125000000).fixed(8, 1732347554129000000)
		s = s.attribute(9, "http.request.method", "POST")
		s = s.attribute(9, "url.scheme", "https")
		s = s.attribute(9, "url.path", "/v1/sms")
		s = s.attribute(9, "url.query", fmt.Sprintf("to=%%2B3069%08d&n=1", 12345678+i))
		s = s.attribute(9, "http.route", "/v1/sms")
		s = s.attribute(9, "http.response.status_code", 201)
		s = s.attribute(9, "client.address", fmt.Sprintf("203.0.113.%03d", i%100+100))
		s = s.attribute(9, "server.address", "api.example")
		s = s.attribute(9, "server.port", 443)
		s = s.attribute(9, "user_agent.original", "acme-sms/2.11 (linux; x)")
		s = s.attribute(9, "sms.to", fmt.Sprintf("+3069%08d", 12345678+i))
		s = s.attribute(9, "user.email", fmt.Sprintf("ada.%03d@example.com", i))
		s = s.attribute(9, "sms.body", "Your code is on its way..")
		s = s.attribute(9, "messaging.message.id", "0f8fad5b-d9cb-469f-a165-70867728950e")
		items = items.bytes(2, s)
	}
	return request(items)
}

// LogRecords returns an ExportLogsServiceRequest of a batch of log records of 381 bytes, each with a telephone number, an
// e-mail address and an IP address in its body.
func LogRecords() []byte {
	items := message(nil).bytes(1, message(nil).text(1, "sms/delivery"))
	for i := range Batch {
		r := message(nil).fixed(1, 1732347554125000000).fixed(11, 1732347554125000000).number(2, 9).text(3, "INFO")
		r = r.bytes(5, message(nil).text(1, fmt.Sprintf("message accepted for delivery: recipient +3069%08d, account ada.%03d@example.com, "+
			"submitted by client 203.0.113.%03d over https; route gr-mobile chosen after two candidates were rated", 12345678+i, i, i%100+100)))
		r = r.attribute(6, "code.function.name", "accept")
		r = r.attribute(6, "log.logger", "delivery.rout")
		r = r.attribute(6, "http.route", "/v1/sms")
		r = r.attribute(6, "sms.parts", 2)
		r = r.attribute(6, "thread.name", "worker-17")
		items = items.bytes(2, r.id(9, 16, i).id(10, 8, i))
	}
	return request(items)
}
