// Package http1 is the transport to upstreams, and the server of clients. It knows HTTP/1.1 and no personal data, and its
// errors carry classes only.
//
// Towards upstreams it writes requests of which every byte is known, and reads answers strictly. What it promises there, in
// order:
//
//  1. A request is written once. No byte of it goes out a second time, whatever happens; [Error.Written] says whether any
//     went out at all, and only when it says no may the caller try elsewhere.
//  2. An answer belongs to its request. Before the first byte is written the connection must be quiet: one that an upstream
//     closed, or pushed bytes on, is discarded. One that holds a byte too many after an answer never serves again.
//  3. An answer is whole or it is an error. Its framing is unambiguous and verified to the last byte; the one framing that
//     HTTP cannot verify, a body that ends with the connection, is marked as such in [Response.UntilClose].
//     One that is handed on in parts has its verified end when [Response.Partial] says no and [Response.Next] no error.
//  4. Memory and time are bounded by the options of the pool and by one absolute deadline, whatever an upstream sends. The
//     deadline may be late by a thirty-second part of the time that it leaves.
//
// Clients are served by a [Server], one goroutine a connection. What it promises there:
//
//  1. A request has one reading. The same strict reading of field lines, [Fields], and of bodies serves both sides, so that
//     both refuse the same doubtful bytes. After a doubt nothing on the connection is read as a request any more.
//  2. Answers come in the order of the requests, each with one framing. One that cannot be finished ends with the connection,
//     so that nobody takes it for whole; one that refuses a request arrives before its connection is closed.
//  3. Memory and time are bounded by [ServerLimits], whatever a client sends, or does not send, or does not read.
//  4. It says nothing by itself: no header, no body, no line of a log.
//
// # System calls
//
// Over plain TCP an exchange takes five, of which each is needed by something above:
//
//   - recvfrom, the client's request: one, if it fits the buffer. There is no read ahead of it that finds nothing, because a
//     connection is served within one stay at the poller, in which no event is lost (see client.stay).
//   - recvfrom, the look whether the upstream's connection is quiet. It finds nothing, and that is what it is for: an event from
//     the poller would be as old as the last round of it.
//   - sendto, the request: head and body are put together, up to 16 KiB.
//   - recvfrom, the answer. Here too nothing is read ahead of it: look, write and wait are one stay (see socket.ask).
//   - sendto, the answer.
//
// Besides there are epoll_pwait, 0.11, futex, 0.02, and nanosleep, 0.03, of the runtime: its watch over system calls sleeps, because
// none is made that it is told of. Deadlines are set when they have moved by more than their slack, which is no system call; nor is
// reading the clock. The access log adds a write for each batch of lines, 0.01.
package http1
