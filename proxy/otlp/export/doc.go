// Package export takes batches of masked telemetry off the hands of those who make them and delivers them to an OTLP/HTTP
// endpoint.
//
// # What it promises
//
//   - A batch that [Exporter.Offer] took is delivered, or counted as lost with the reason: an endpoint refused it for good, it
//     became older than allowed, the spool was damaged, or the exporter was closed and there is no spool to keep it, or none that
//     can be written. Who kills the process loses what waits in memory, of which nothing is counted.
//   - Batches are delivered in the order in which they were taken, whichever signal they carry, and at least once: one whose
//     answer did not come is sent again, and so is one of the spool that was being sent when the process ended.
//   - Memory and disk are bounded, whatever endpoints do. What does not fit is refused, so that who offers it can say so to
//     those who sent it; nothing is dropped to make room.
//   - It retries as the OTLP specification says: after 429, 502, 503 and 504, and when no answer came; after the time that
//     Retry-After says with 429 and 503, else with exponential backoff and jitter. Any other answer but success means that the
//     batch will never be taken.
//   - Nothing that an endpoint answers is shown: its texts may quote what it was sent. It is told by class and by number.
//
// # How it works
//
// A batch waits in a queue in memory. One goroutine takes the oldest one, of the spool or else of the queue, and sends it to the
// first endpoint that is not known to be down: the endpoints are alternatives, in the order of preference, and not copies. While
// none of them takes anything, or half of the queue is full, a second goroutine moves batches from the front of the queue, the one
// that is being sent among them, to the end of the spool. Nothing waits for the disk but these two. What waits in memory is taken
// only if the spool has room for it too: at the end it goes there.
//
// The spool is files of records with checksums. What is written to it is synced each time that the queue is empty or below its half,
// when a file is full, and at the end. What still waits in memory is lost if the process is killed: a proxy that is told to end
// moves it to the spool. A record stays until it is marked as delivered, which is not synced: at worst it is delivered twice. Damage
// costs the records that it hit; they are said to be lost and counted, those of a stretch in which no record can be told as one.
//
// What a batch holds must be masked already, because it goes to disk and to the endpoints as it is. Who may offer one stands in
// the table of imports: package gateway, whose scrubber masked it, and the proxy's own spans.
package export
