// Package memo is a bounded cache in memory that its callers cannot tell from computing anew. It is an exit in the sense
// that it holds personal data, so its size is bounded and nothing in it can be listed.
package memo
