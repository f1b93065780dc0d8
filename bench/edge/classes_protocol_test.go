package edge

import "strings"

var expects = []probe{
	{name: "unknown", raw: post("", "Content-Length: 0", "Expect: cookies"), want: strict, status: []int{417}},
	{name: "empty", raw: post("", "Content-Length: 0", "Expect:"), want: strict, status: []int{417}},
	{name: "two of them", raw: post("", "Content-Length: 0", "Expect: 100-continue", "Expect: 100-continue"), want: strict, status: []int{417}},
	{name: "list", raw: post("", "Content-Length: 0", "Expect: 100-continue, x"), want: strict, status: []int{417}},
	{name: "parameter", raw: post("", "Content-Length: 0", "Expect: 100-continue;x"), want: strict, status: []int{417}},
	{name: "another status", raw: post("", "Content-Length: 0", "Expect: 200-ok"), want: strict, status: []int{417}},
	{name: "HTTP/1.0", raw: with("POST $T HTTP/1.0", "Host: edge.test", "Content-Length: 0", "Expect: 100-continue", "Connection: keep-alive"), want: strict, status: []int{417}},
	{name: "without a body", raw: get("Expect: 100-continue"), want: either},
	{name: "in capitals", raw: post("hello", length5, "Expect: 100-CONTINUE"), body: "hello", want: either},
	{name: "a body that is too large", raw: post("", "Content-Length: 9999999", "Expect: 100-continue"), want: reject, status: []int{413}, alone: true},
	{name: "a body that is not sent", raw: post("", length5, "Expect: 100-continue"), want: reject, status: []int{408}, alone: true},
	{name: "chunked that is not sent", raw: post("", "Transfer-Encoding: chunked", "Expect: 100-continue"), want: reject, status: []int{408}, alone: true},
	{name: "a bad framing", raw: post("hello", "Content-Length: +5", "Expect: 100-continue"), want: reject},
}

var upgrades = []probe{
	{name: "websocket", raw: get("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"), want: strict, status: []int{501}},
	{name: "websocket without Connection", raw: get("Upgrade: websocket"), want: strict, status: []int{501}},
	{name: "websocket with a body", raw: post("hello", length5, "Connection: Upgrade", "Upgrade: websocket"), body: "hello", want: strict, status: []int{501}},
	{name: "TLS", raw: get("Connection: Upgrade", "Upgrade: TLS/1.0"), want: strict, status: []int{501}},
	{name: "two", raw: get("Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket"), want: strict, status: []int{501}},
	{name: "list", raw: get("Connection: Upgrade", "Upgrade: h2c, websocket"), want: strict, status: []int{501}},
	{name: "empty", raw: get("Connection: Upgrade", "Upgrade:"), want: strict, status: []int{501}},
	{name: "HTTP/2", raw: get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), want: either, absent: []string{"Upgrade", "HTTP2-Settings"}},
	{name: "HTTP/2 with a body", raw: post("hello", length5, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), body: "hello", want: either, absent: []string{"Upgrade", "HTTP2-Settings"}},
	{name: "CONNECT", raw: with("CONNECT edge.test:443 HTTP/1.1", "Host: edge.test", "X-Id: $ID"), want: deny, status: []int{501}},
	{name: "CONNECT to a path", raw: with("CONNECT $T HTTP/1.1", "Host: edge.test"), want: deny, status: []int{501}},
	{name: "CONNECT to a URL", raw: with("CONNECT http://edge.test/ HTTP/1.1", "Host: edge.test", "X-Id: $ID"), want: deny, status: []int{501}},
	{name: "CONNECT to nothing", raw: with("CONNECT * HTTP/1.1", "Host: edge.test", "X-Id: $ID"), want: deny, status: []int{501}},
	{name: "CONNECT with a body", raw: with("CONNECT edge.test:443 HTTP/1.1", "Host: edge.test", length5, "X-Id: $ID") + "hello", want: reject, status: []int{501}},
	{name: "CONNECT of HTTP/1.0", raw: with("CONNECT edge.test:443 HTTP/1.0", "X-Id: $ID"), want: deny, status: []int{501}},
}

var limits = []probe{
	{name: "target", raw: with("GET $T&x="+strings.Repeat("x", 9_000)+" HTTP/1.1", "Host: edge.test"), want: strict, status: []int{414}},
	{name: "huge target", raw: with("GET $T&x="+strings.Repeat("x", 1_000_000)+" HTTP/1.1", "Host: edge.test"), want: reject, status: []int{414}},
	{name: "method", raw: with(strings.Repeat("X", 20_000)+" $T HTTP/1.1", "Host: edge.test"), want: reject, status: []int{414}},
	{name: "field", raw: get("X-A: " + strings.Repeat("x", 20_000)), want: reject, status: []int{431}},
	{name: "huge field", raw: get("X-A: " + strings.Repeat("x", 1_000_000)), want: reject, status: []int{431}},
	{name: "name", raw: get(strings.Repeat("x", 20_000) + ": x"), want: reject, status: []int{431}},
	{name: "head", raw: get(strings.Split(strings.Repeat("X-A: "+strings.Repeat("x", 400)+"\n", 89)+"X-A: x", "\n")...), want: strict, status: []int{431}},
	{name: "fields", raw: get(strings.Split(strings.Repeat("X-A: b\n", 999)+"X-A: b", "\n")...), want: strict, status: []int{431}},
	{name: "empty lines", raw: strings.Repeat("\r\n", 5_000) + get(), want: strict},
	{name: "endless line", raw: strings.Repeat("x", 100_000), want: reject, status: []int{400, 414}},
	{name: "body by its length", raw: post("", "Content-Length: 2000000"), want: reject, status: []int{413}, alone: true},
	{name: "body that comes", raw: post(strings.Repeat("x", 2_000_000), "Content-Length: 2000000"), want: reject, status: []int{413}},
	{name: "body in one chunk", raw: chunked("1e8480\r\n" + strings.Repeat("x", 2_000_000) + "\r\n0\r\n\r\n"), want: strict, status: []int{413}, body: strings.Repeat("x", 2_000_000)},
	{name: "body in many chunks", raw: chunked(strings.Repeat("ffff\r\n"+strings.Repeat("x", 65535)+"\r\n", 30) + "0\r\n\r\n"), want: strict, status: []int{413}, body: strings.Repeat("x", 65535*30)},
	{name: "half a head", raw: "GET $T HTTP/1.1\r\nHost: edge.test\r\nX-", want: reject, status: []int{408}, alone: true},
	{name: "half a request line", raw: "GET /k/$ID", want: reject, status: []int{408}, alone: true},
	{name: "one byte", raw: "G", want: reject, status: []int{408}, alone: true},
}

var connections = []probe{
	{name: "nominates a field", raw: get("Connection: X-A", "X-A: b"), want: either, absent: []string{"X-A", "Connection"}},
	{name: "nominates two fields", raw: get("Connection: X-A, x-b", "X-A: b", "X-B: c"), want: either, absent: []string{"X-A", "X-B"}},
	{name: "nominates in two lines", raw: get("Connection: keep-alive", "Connection: X-A", "X-A: b"), want: either, absent: []string{"X-A"}},
	{name: "nominates in another case", raw: get("CONNECTION: x-a", "X-A: b"), want: either, absent: []string{"X-A"}},
	{name: "nominates Host", raw: get("Connection: Host"), want: strict},
	{name: "nominates the length", raw: post("hello", length5, "Connection: Content-Length"), body: "hello", want: strict},
	{name: "nominates the encoding", raw: post("2\r\nhi\r\n0\r\n\r\n", "Transfer-Encoding: chunked", "Connection: Transfer-Encoding"), body: "hi", want: either},
	{name: "nominates Authorization", raw: get("Connection: Authorization", "Authorization: Bearer x"), want: strict},
	{name: "nominates Cookie", raw: get("Connection: close, Cookie", "Cookie: a=b"), want: strict, alone: true},
	{name: "nominates X-Forwarded-For", raw: get("Connection: X-Forwarded-For"), want: strict},
	{name: "nominates too much", raw: get("Connection: " + strings.TrimSuffix(strings.Repeat("x-a, ", 200), ", ")), want: strict},
	{name: "no token", raw: get("Connection: a b"), want: strict},
	{name: "quotes", raw: get("Connection: \"close\""), want: strict},
	{name: "empty items", raw: get("Connection: , keep-alive,"), want: either},
	{name: "close and keep-alive", raw: get("Connection: close, keep-alive"), want: either, alone: true},
	{name: "Keep-Alive", raw: get("Keep-Alive: timeout=1000"), want: either, absent: []string{"Keep-Alive"}},
	{name: "Proxy-Connection", raw: get("Proxy-Connection: keep-alive"), want: either, absent: []string{"Proxy-Connection"}},
	{name: "Proxy-Authorization", raw: get("Proxy-Authorization: Basic eDp5"), want: either},
	{name: "TE", raw: get("TE: trailers, chunked", "Connection: TE"), want: either, absent: []string{"TE"}},
	{name: "TE that nobody nominates", raw: get("TE: gzip"), want: either, absent: []string{"TE"}},
	{name: "Trailer", raw: get("Trailer: X-A"), want: either},
}

var oldVersions = []probe{
	{name: "encoding", raw: with("POST $T HTTP/1.0", "Host: edge.test", "Transfer-Encoding: chunked") + "0\r\n\r\n", want: reject},
	{name: "encoding and keep-alive", raw: with("POST $T HTTP/1.0", "Host: edge.test", "Connection: keep-alive", "Transfer-Encoding: chunked") + hidden, want: reject},
	{name: "both framings", raw: with("POST $T HTTP/1.0", "Host: edge.test", length5, "Transfer-Encoding: chunked") + "0\r\n\r\n", want: reject},
	{name: "identity", raw: with("POST $T HTTP/1.0", "Host: edge.test", length5, "Transfer-Encoding: identity") + "hello", want: reject},
	{name: "two hosts", raw: with("GET $T HTTP/1.0", "Host: edge.test", "Host: other.test"), want: reject},
	{name: "two lengths", raw: with("POST $T HTTP/1.0", "Host: edge.test", length5, "Content-Length: 6") + "hello", want: reject},
	{name: "websocket", raw: with("GET $T HTTP/1.0", "Host: edge.test", "Connection: Upgrade", "Upgrade: websocket"), want: strict, status: []int{501}},
	{name: "no host", raw: with("GET $T HTTP/1.0", "X-A: b"), want: either, alone: true},
	{name: "nothing but a line", raw: "GET $T HTTP/1.0\r\n\r\n", want: either, alone: true, target: target},
	{name: "nothing behind it is read", raw: with("GET $T HTTP/1.0", "Host: edge.test"), want: either, alone: true},
	{name: "0.9", raw: "GET $T\r\n", want: strict, target: target},
	{name: "0.9 with an empty line", raw: "GET $T\r\n\r\n", want: strict, target: target},
	{name: "0.9 POST", raw: "POST $T\r\n\r\nhello", want: reject},
}

var protocols = []probe{
	{name: "HTTP/2 by prior knowledge", raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", want: reject, status: []int{400, 505}},
	{name: "HTTP/2 of another version", raw: "PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n", want: reject},
	{name: "HTTP/2 frames only", raw: "\x00\x00\x12\x04\x00\x00\x00\x00\x00", want: reject},
	{name: "TLS hello", raw: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", want: reject},
	{name: "TLS hello of SSL 2", raw: "\x80\x2e\x01\x00\x02", want: reject},
	{name: "PROXY protocol", raw: "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + get(), want: reject},
	{name: "PROXY protocol 2", raw: "\r\n\r\n\x00\r\nQUIT\n\x20\x11\x00\x00" + get(), want: reject},
	{name: "SSH", raw: "SSH-2.0-OpenSSH_9.2\r\n", want: reject},
	{name: "SMTP", raw: "EHLO edge.test\r\nMAIL FROM:<a@edge.test>\r\n", want: reject},
	{name: "Redis", raw: "*1\r\n$4\r\nPING\r\n", want: reject},
	{name: "memcached", raw: "get k\r\n", want: reject},
	{name: "SOCKS 5", raw: "\x05\x01\x00", want: reject},
	{name: "RTSP", raw: with("OPTIONS rtsp://edge.test/ RTSP/1.0", "CSeq: 1"), want: reject},
	{name: "SIP", raw: with("OPTIONS sip:a@edge.test SIP/2.0", "Host: edge.test"), want: reject},
	{name: "gRPC", raw: with("POST $T HTTP/2.0", "Host: edge.test", "TE: trailers", "Content-Type: application/grpc"), want: strict, status: []int{505}},
	{name: "NULs", raw: strings.Repeat("\x00", 100), want: reject},
	{name: "every byte", raw: allBytes(), want: reject},
	{name: "early data", raw: get("Early-Data: 1"), want: either},
}

func allBytes() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(255 - i)
	}
	return string(b)
}

// What follows a request on its connection is the next one, whatever it looks like.
var pipelines = []probe{
	{name: "garbage behind a request", raw: get() + "\x00garbage", want: either},
	{name: "line feed behind a body", raw: post("hello\n", length5), body: "hello", want: either},
	{name: "line break behind a body", raw: post("hello\r\n", length5), body: "hello", want: either},
	{name: "line breaks behind a body", raw: post("hello\r\n\r\n\r\n", length5), body: "hello", want: either},
	{name: "separator behind a body", raw: post("hello(", length5), body: "hello", want: either},
	{name: "chunks behind a GET", raw: get() + "0\r\n\r\n", want: either},
	{name: "chunks behind a length", raw: post("hello0\r\n\r\n", length5), body: "hello", want: either},
	{name: "an answer behind a request", raw: get() + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", want: either},
	{name: "a hostile one behind a good one", raw: get() + post(hidden, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"), want: either},
	{name: "two lengths behind a good one", raw: get() + post("hello", length5, "Content-Length: 6"), want: either},
	{name: "half a request behind a good one", raw: get() + "GET /k/$ID HTTP/1.1\r\nHost:", want: either, alone: true},
	{name: "HTTP/2 behind a request", raw: get() + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", want: either},
	{name: "behind close", raw: get("Connection: close") + "GET /smuggled/$ID HTTP/1.1\r\nHost: edge.test\r\n\r\n", want: either},
	{name: "behind close of HTTP/1.0", raw: with("GET $T HTTP/1.0", "Host: edge.test") + "GET /smuggled/$ID HTTP/1.1\r\nHost: edge.test\r\n\r\n", want: either},
	{name: "a body that nobody framed", raw: post(smuggled), want: either, alone: true},
	{name: "HEAD with a body", raw: with("HEAD $T HTTP/1.1", "Host: edge.test", length5) + "hello", body: "hello", want: either},
	{name: "TRACE", raw: with("TRACE $T HTTP/1.1", "Host: edge.test", "Cookie: a=b"), want: either, status: []int{405}},
	{name: "TRACE with a body", raw: with("TRACE $T HTTP/1.1", "Host: edge.test", length5) + "hello", body: "hello", want: either, status: []int{405}},
}
