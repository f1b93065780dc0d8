// Package walk steps through the members of JSON, form, logfmt and multipart documents without decoding them: its cursors
// say where keys and values stand. It knows no personal data.
package walk
