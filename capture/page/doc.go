// Package page shows a report of probes, or of a ladder of intent, as one HTML file. The file asks for nothing outside of
// itself: its figures are SVG drawn here, its style and its small script are named by their
// hashes in a Content-Security-Policy that allows nothing else. Without scripts everything is
// there; the script shows hovers at once and one sample at a time. Every figure has a table.
//
// It computes nothing but where things are drawn: figures and intervals are the report's.
package page
