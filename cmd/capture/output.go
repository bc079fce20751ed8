package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"intentprobe/capture/visible"
)

// printable makes text from models and files safe for a terminal: what is unsafe,
// and bytes that are no UTF-8, are shown and not obeyed.
func printable(s string) string { return visible.Text(s) }

// say prints like fmt.Fprintf, every text among the arguments made printable.
// Everything that people read goes through it or through printTable.
func say(w io.Writer, format string, args ...any) {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			args[i] = printable(v)
		case error:
			args[i] = printable(v.Error())
		case fmt.Stringer:
			args[i] = printable(v.String())
		default:
			if text := reflect.ValueOf(arg); text.Kind() == reflect.String {
				args[i] = printable(text.String())
			}
		}
	}
	fmt.Fprintf(w, format, args...)
}

// longestMessage is the most that is shown of an error, in bytes: it may quote a
// file.
const longestMessage = 2000

// middleOut takes out the middle of a message that is too long.
func middleOut(s string) string {
	if len(s) <= longestMessage {
		return s
	}
	const end = longestMessage / 4
	return strings.ToValidUTF8(s[:longestMessage-end], "") + " ... " + strings.ToValidUTF8(s[len(s)-end:], "")
}

// shorten cuts text for one cell of a table.
func shorten(s string, n int) string {
	s = printable(s)
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

func printJSON(w io.Writer, v any) error { return encode(w, v, "  ") }

// printJSONLine writes one object on one line.
func printJSONLine(w io.Writer, v any) error { return encode(w, v, "") }

// encode writes JSON in which unsafe characters are escapes, all of them: JSON
// itself asks only for those below 0x20.
func encode(w io.Writer, v any, indent string) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", indent)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out := text.Bytes()
	if bytes.ContainsFunc(out, func(r rune) bool { return r != '\n' && visible.Unsafe(r) }) {
		var safe bytes.Buffer
		for _, r := range string(out) { // valid UTF-8: json made it
			if r != '\n' && visible.Unsafe(r) {
				fmt.Fprintf(&safe, `\u%04x`, r)
			} else {
				safe.WriteRune(r)
			}
		}
		out = safe.Bytes()
	}
	_, err := w.Write(out)
	return err
}

// printTable writes rows under a header, columns aligned, every cell printable.
func printTable(w io.Writer, header []string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(header, "\t"))
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				io.WriteString(t, "\t")
			}
			io.WriteString(t, printable(cell))
		}
		io.WriteString(t, "\n")
	}
	return t.Flush()
}

// bytesText writes a size as people read it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
