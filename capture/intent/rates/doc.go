// Package rates says how often a model says what is false of what it knows and of what it does
// not know, with bounds over items and topics, from counts of what samples said. It reads no
// runs (package facts does).
package rates
