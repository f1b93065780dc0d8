package redact

import "strings"

// conventionNames are the attributes of the semantic conventions whose whole name says something else than its last part
// would, or more. Servers' addresses are the account's.
var conventionNames = []entries{
	{KindID, person, 0, "enduser.id user.id device.id app.installation.id"},
	{KindIP, person, lenient, "client.address source.address network.peer.address net.peer.ip net.sock.peer.addr http.client_ip " +
		"client.socket.address"},
	{KindIP, customer, lenient, "server.address server.socket.address network.local.address net.host.ip net.sock.host.addr host.ip " +
		"k8s.pod.ip destination.address"},
	{KindText, person, 0, "http.request.body http.response.body messaging.message.body rpc.request.body rpc.response.body"},
	{KindNone, person, plain | isQuery, "url.query"},
	{KindNone, person, plain, "messaging.destination.name messaging.source.name messaging.destination.template db.query.text " +
		"db.statement exception.message error.message exception.type user.roles url.template"},
}

// conventions adds the names of the semantic conventions.
func (d *dictionary) conventions() {
	d.whole = make(map[string]*field)
	for _, e := range conventionNames {
		for name := range strings.FieldsSeq(e.names) {
			d.whole[name] = newField(name, Tag{e.kind, e.side.subject(false)}, e.traits)
		}
	}
}

// ofHeader reports whether an attribute with that parent is a header, as http.request.header.authorization is.
func ofHeader(parent []byte) bool { return string(parent) == "header" || string(parent) == "metadata" }
