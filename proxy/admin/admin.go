// Package admin serves metrics, health and reload.
package admin
