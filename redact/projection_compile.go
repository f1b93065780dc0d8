package redact

// compileProjection compiles the allow-list of a connector.
func compileProjection(name string, spec ProjectionSpec, report func(place, what, hint string)) *Projection {
	return &Projection{}
}
