// Package proxy runs exchanges: it takes a client's request along a route to an upstream as it came, or to a connector
// through the connector's projection, and leaves one record of it for telemetry.
package proxy
