// Package http1 is the transport to upstreams: it writes requests of which every byte is known, and reads answers
// strictly. It knows HTTP/1.1 and no personal data, and its errors carry classes only.
package http1
