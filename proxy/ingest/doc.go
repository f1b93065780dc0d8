// Package ingest takes logs of other programs in, and hands them on masked: lines by POST, and syslog over TCP and UDP.
//
// # What it promises
//
//   - Every line goes through the surface. Of a syslog message of RFC 5424 so does every part by itself: the message as a line of a
//     log, structured data with the names of its parameters as names of fields, and host, program, process and message id, for they
//     may hold anything. What is no such message is text, its header included; pairs
//     of logfmt behind the name of a program, as RFC 3164 has it, are read as such.
//   - What is malformed is masked as text, or withheld, and counted. What is longer than a line may be is withheld whole: it could only
//     be masked in pieces, and a value that stands across two of them would be missed. Nothing leaves raw because it is odd.
//   - One message is one line, whatever line breaks are in it. A line of which nothing was masked goes out as it came; of a syslog
//     message a JSON object goes out.
//   - Memory is bounded: one line and a little for each connection, and as many connections as configured.
//   - What a sender says is never logged by the proxy itself, and neither is where it sends from.
//
// # Exits
//
//   - lines and log records: what the surface made of a message, constants, numbers, times that were read as such.
//   - answers to requests: constants. Senders of syslog are told nothing.
//   - metrics: counts, by source and reason.
//   - panics: what they say is dropped, and so is the message.
//
// # Framing of syslog over TCP
//
// RFC 6587 has two: a count of octets before each message, and a line break behind it. The first byte of a connection tells: a
// digit begins a count. A count that is none ends the connection, for nobody can say where the next message begins. Over UDP a
// datagram is a message.
package ingest
