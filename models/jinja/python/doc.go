// Package python writes texts, numbers and times as Python does: repr of a text and of
// a float, upper and title case, white space, strftime. Chat templates are written
// against Python's results, and Go's differ in details. Nothing here knows of templates.
package python
