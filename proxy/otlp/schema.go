package otlp

// class is what kind of field a message has under a number.
type class uint8

const (
	unknown  class = iota // dropped
	integer               // a varint
	fixed32               // four bytes
	fixed64               // eight bytes
	real64                // eight bytes, a floating-point number
	text                  // a string
	constant              // a string that stays: the name of a metric
	id8                   // the id of a span
	id16                  // the id of a trace
	message               // another message
	keyValue              // an attribute
	anyValue              // the value of one
	logBody               // the body of a log record
	packed64              // many fixed64 or real64
	packedVarint
)

// field is a field of a message. In JSON it has the name camel, or camel with underscores.
type field struct {
	class class
	many  bool // repeated
	item  bool // counted
	msg   *messageType
}

// messageType is a message of OTLP: its fields by number and by name.
type messageType struct {
	fields [17]field
	names  [maxName + 1][]named // by their length
}

// named is the number of the field of a name.
type named struct {
	name   string
	number uint8
}

// maxName is the length of dropped_attributes_count.
const maxName = 24

// number returns the number of the field of that name in JSON, or 0.
func (m *messageType) number(name []byte) uint8 {
	if len(name) > maxName {
		return 0
	}
	for _, n := range m.names[len(name)] {
		if string(name) == n.name {
			return n.number
		}
	}
	return 0
}

// def is one row of a definition.
type def struct {
	number int
	camel  string
	field
}

func define(defs ...def) *messageType {
	m := &messageType{}
	for _, d := range defs {
		m.fields[d.number] = d.field
		for _, name := range []string{d.camel, snake(d.camel)} {
			if m.number([]byte(name)) == 0 {
				m.names[len(name)] = append(m.names[len(name)], named{name, uint8(d.number)})
			}
		}
	}
	return m
}

// snake returns a name in camel case with underscores.
func snake(camel string) string {
	var out []byte
	for _, c := range []byte(camel) {
		if c >= 'A' && c <= 'Z' {
			out = append(out, '_')
			c |= 0x20
		}
		out = append(out, c)
	}
	return string(out)
}

func one(c class) field              { return field{class: c} }
func each(c class) field             { return field{class: c, many: true} }
func nested(m *messageType) field    { return field{class: message, msg: m} }
func eachOf(m *messageType) field    { return field{class: message, msg: m, many: true} }
func countedOf(m *messageType) field { return field{class: message, msg: m, many: true, item: true} }

// attributes are the fields of attributes and of how many of them were dropped.
func attributes(number, dropped int) []def {
	return []def{{number, "attributes", each(keyValue)}, {dropped, "droppedAttributesCount", one(integer)}}
}

// The messages that all signals share.
var (
	entityRef = define(
		def{1, "schemaUrl", one(text)}, def{2, "type", one(text)},
		def{3, "idKeys", each(text)}, def{4, "descriptionKeys", each(text)},
	)
	resource = define(append(attributes(1, 2), def{3, "entityRefs", eachOf(entityRef)})...)
	scope    = define(append(attributes(3, 4), def{1, "name", one(text)}, def{2, "version", one(text)})...)
)

// signal returns the request of a signal: its items lie in scopes, and those in resources.
func signal(resources, scopes, items string, item field) *messageType {
	ofScope := define(def{1, "scope", nested(scope)}, def{2, items, item}, def{3, "schemaUrl", one(text)})
	ofResource := define(def{1, "resource", nested(resource)}, def{2, scopes, eachOf(ofScope)}, def{3, "schemaUrl", one(text)})
	return define(def{1, resources, eachOf(ofResource)})
}

// The messages of traces.
var (
	event = define(append(attributes(3, 4), def{1, "timeUnixNano", one(fixed64)}, def{2, "name", one(text)})...)
	link  = define(append(attributes(4, 5),
		def{1, "traceId", one(id16)}, def{2, "spanId", one(id8)}, def{3, "traceState", one(text)}, def{6, "flags", one(fixed32)},
	)...)
	status = define(def{2, "message", one(text)}, def{3, "code", one(integer)})
	span   = define(append(attributes(9, 10),
		def{1, "traceId", one(id16)}, def{2, "spanId", one(id8)}, def{3, "traceState", one(text)}, def{4, "parentSpanId", one(id8)},
		def{5, "name", one(text)}, def{6, "kind", one(integer)},
		def{7, "startTimeUnixNano", one(fixed64)}, def{8, "endTimeUnixNano", one(fixed64)},
		def{11, "events", eachOf(event)}, def{12, "droppedEventsCount", one(integer)},
		def{13, "links", eachOf(link)}, def{14, "droppedLinksCount", one(integer)},
		def{15, "status", nested(status)}, def{16, "flags", one(fixed32)},
	)...)
)

// The message of logs.
var logRecord = define(append(attributes(6, 7),
	def{1, "timeUnixNano", one(fixed64)}, def{11, "observedTimeUnixNano", one(fixed64)},
	def{2, "severityNumber", one(integer)}, def{3, "severityText", one(text)}, def{5, "body", one(logBody)},
	def{8, "flags", one(fixed32)}, def{9, "traceId", one(id16)}, def{10, "spanId", one(id8)}, def{12, "eventName", one(text)},
)...)

// The messages of metrics.
var (
	exemplar = define(
		def{7, "filteredAttributes", each(keyValue)}, def{2, "timeUnixNano", one(fixed64)}, def{3, "asDouble", one(real64)},
		def{6, "asInt", one(fixed64)}, def{4, "spanId", one(id8)}, def{5, "traceId", one(id16)},
	)
	numberPoint    = define(append(point(7, 5, 8), def{4, "asDouble", one(real64)}, def{6, "asInt", one(fixed64)})...)
	histogramPoint = define(append(point(9, 8, 10),
		def{4, "count", one(fixed64)}, def{5, "sum", one(real64)}, def{6, "bucketCounts", each(packed64)},
		def{7, "explicitBounds", each(packed64)}, def{11, "min", one(real64)}, def{12, "max", one(real64)},
	)...)
	buckets          = define(def{1, "offset", one(integer)}, def{2, "bucketCounts", each(packedVarint)})
	exponentialPoint = define(append(point(1, 11, 10),
		def{4, "count", one(fixed64)}, def{5, "sum", one(real64)}, def{6, "scale", one(integer)}, def{7, "zeroCount", one(fixed64)},
		def{8, "positive", nested(buckets)}, def{9, "negative", nested(buckets)},
		def{12, "min", one(real64)}, def{13, "max", one(real64)}, def{14, "zeroThreshold", one(real64)},
	)...)
	quantile     = define(def{1, "quantile", one(real64)}, def{2, "value", one(real64)})
	summaryPoint = define(
		def{7, "attributes", each(keyValue)}, def{2, "startTimeUnixNano", one(fixed64)}, def{3, "timeUnixNano", one(fixed64)},
		def{4, "count", one(fixed64)}, def{5, "sum", one(real64)}, def{6, "quantileValues", eachOf(quantile)}, def{8, "flags", one(integer)},
	)
	metric = define(
		def{1, "name", one(constant)}, def{2, "description", one(text)}, def{3, "unit", one(text)},
		def{5, "gauge", nested(points(numberPoint))}, def{7, "sum", nested(points(numberPoint))},
		def{9, "histogram", nested(points(histogramPoint))}, def{10, "exponentialHistogram", nested(points(exponentialPoint))},
		def{11, "summary", nested(points(summaryPoint))}, def{12, "metadata", each(keyValue)},
	)
)

// point returns the fields that data points share, whose numbers differ.
func point(attributes, exemplars, flags int) []def {
	return []def{
		{attributes, "attributes", each(keyValue)}, {2, "startTimeUnixNano", one(fixed64)}, {3, "timeUnixNano", one(fixed64)},
		{exemplars, "exemplars", eachOf(exemplar)}, {flags, "flags", one(integer)},
	}
}

// points returns the message around data points. Not all have a temporality or are monotonic, and none is hurt by it.
func points(m *messageType) *messageType {
	return define(def{1, "dataPoints", countedOf(m)}, def{2, "aggregationTemporality", one(integer)}, def{3, "isMonotonic", one(integer)})
}

// The messages of values, for their names in JSON. A list of values and one of attributes look the same.
var (
	attributeType = define(def{keyField, "key", one(text)}, def{valueField, "value", one(anyValue)})
	valueType     = define(
		def{stringValue, "stringValue", one(text)}, def{boolValue, "boolValue", one(integer)}, def{intValue, "intValue", one(integer)},
		def{doubleValue, "doubleValue", one(real64)}, def{arrayValue, "arrayValue", one(message)},
		def{listValue, "kvlistValue", one(message)}, def{bytesValue, "bytesValue", one(text)},
	)
	listType = define(def{valuesField, "values", each(message)})
)

// roots are the requests of the signals.
var roots = [numSignals]*messageType{
	Traces:  signal("resourceSpans", "scopeSpans", "spans", countedOf(span)),
	Logs:    signal("resourceLogs", "scopeLogs", "logRecords", countedOf(logRecord)),
	Metrics: signal("resourceMetrics", "scopeMetrics", "metrics", eachOf(metric)),
}
