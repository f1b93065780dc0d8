package telemetry

// MaxLine is the largest line that a [Sink] takes, its line break included.
const MaxLine = 64 << 10
