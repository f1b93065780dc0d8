package redact

import "github.com/piiproxy/piiproxy/redact/internal/numbering"

// MetadataVersion names the release of the world's numbering plans that numbers are judged by.
func MetadataVersion() string { return numbering.Version() }
