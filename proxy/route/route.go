// Package route finds the route of a request from its listener, host, method and path.
package route
