package scan

// weak applies the tiers that need more than digits.
func (c *Cursor) weak(start, j int, r *run) (next int, ok bool) { return j, false }
