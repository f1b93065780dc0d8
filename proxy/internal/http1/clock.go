package http1

import "time"

// moment is a time by the clock that nobody sets, in nanoseconds since the epoch; 0 is none. To read it costs half of what a
// [time.Time] does, and most deadlines are only looked at and not set.
type moment int64

// epoch is before all that a clock says, also that of a test, which begins in 2000.
var epoch = time.Now().Add(-50 * 365 * 24 * time.Hour)

func now() moment { return moment(time.Since(epoch)) }

func momentOf(t time.Time) moment { return moment(t.Sub(epoch)) }

func (m moment) add(d time.Duration) moment { return m + moment(d) }

func (m moment) sub(other moment) time.Duration { return time.Duration(m - other) }

func (m moment) time() time.Time { return epoch.Add(time.Duration(m)) }
