// Package intent runs the ladder of docs/intent.md on a model: it makes the data sets and
// specs of ordinary runs, and judges what these recorded. It loads no model itself.
package intent
