// Package canary proves, all the time, that what is promised holds: it sends synthetic messages with planted values through the
// proxy that serves, and looks for those values at every exit that it can read back.
//
// # How it reads an exit
//
// It opens no exit of its own. A [Watch] stands in front of what is written anyway, and is handed the bytes: the lines that go
// to the access log and to the operational log, the batches that are exported. While no canary is on its way that costs one
// atomic load a write; while one is, the bytes are searched where they are written, which is never the goroutine of an exchange,
// and in full for so many bytes only. Answers, metrics, and what the simulator got it reads itself.
//
// A run succeeds if every message came through as it should, if its own traces were seen at every exit, so that a watch that sees
// nothing proves nothing, and if no planted value was.
//
// # What it plants
//
// Values are made anew for each message, of ranges that belong to nobody: a phone number reserved for fiction, an address at
// example.com, an IP address for documentation, which is also where the client seems to be, a name and a text with a word in it
// that nobody else says. They are looked for as they are, and percent-encoded once and twice, escaped as in JSON, in Base64, and
// with the digits grouped.
//
// Messages go in by connections within the process, to the server of their listener: TLS is not part of the proof. They go to a
// simulator, never to an operator. Telemetry goes where all telemetry goes, by way of the surfaces of logs and of traces.
package canary
