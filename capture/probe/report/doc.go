// Package report is what an evaluation of probes says: one value that is printed, written as
// JSON and Arrow, and shown as a page. It computes nothing.
package report
