package textfile

import (
	"bytes"
	"fmt"
	"strings"

	"intentprobe/capture/hint"
)

// csvReader reads a table of texts: RFC 4180, and the same with tabs. What stands in
// quotes is kept to the byte, line breaks included. Outside of quotes LF, CRLF and CR
// end a row; a line without anything is passed over.
type csvReader struct {
	path  string
	text  []byte
	comma byte
	line  int // on which the text begins
}

func (r *csvReader) wrong(line int, format string, args ...any) error {
	return hint.Usage(fmt.Errorf("%s:%d: %s", r.path, line, fmt.Sprintf(format, args...)),
		"quote fields that hold commas, quotes or line breaks, double the quotes in them, and give every row all columns")
}

// next gives the fields of the next row, the line on which it begins, and its bytes;
// none at the end of the text.
func (r *csvReader) next() (fields []string, line, size int, err error) {
	for len(r.text) > 0 && (r.text[0] == '\n' || r.text[0] == '\r') {
		r.endLine()
	}
	line, size = r.line, len(r.text)
	for len(r.text) > 0 {
		field, err := r.field(line)
		if err != nil {
			return nil, line, 0, err
		}
		fields = append(fields, field)
		if len(fields) > MaxColumns {
			return nil, line, 0, r.wrong(line, "more than %d columns", MaxColumns)
		}
		if len(r.text) == 0 {
			break
		}
		if r.text[0] != r.comma {
			r.endLine()
			break
		}
		if r.text = r.text[1:]; len(r.text) == 0 {
			fields = append(fields, "")
		}
	}
	return fields, line, size - len(r.text), nil
}

// endLine reads past a line end.
func (r *csvReader) endLine() {
	if bytes.HasPrefix(r.text, []byte("\r\n")) {
		r.text = r.text[1:]
	}
	r.text = r.text[1:]
	r.line++
}

// field reads up to the next comma or line end.
func (r *csvReader) field(row int) (string, error) {
	if r.text[0] == '"' {
		return r.quoted()
	}
	end := bytes.IndexAny(r.text, string(r.comma)+"\r\n")
	if end < 0 {
		end = len(r.text)
	}
	field := string(r.text[:end])
	if r.comma == ',' && strings.Contains(field, `"`) {
		return "", r.wrong(row, "a quote inside the field %q, which does not begin with one", Excerpt(field))
	}
	r.text = r.text[end:]
	return field, nil
}

// quoted reads a field in quotes, "" being a quote in it.
func (r *csvReader) quoted() (string, error) {
	var field []byte
	begins := r.line
	for rest := r.text[1:]; ; {
		end := bytes.IndexByte(rest, '"')
		if end < 0 {
			return "", r.wrong(begins, "a quote is opened and never closed")
		}
		field = append(field, rest[:end]...)
		rest = rest[end+1:]
		if len(rest) > 0 && rest[0] == '"' {
			field, rest = append(field, '"'), rest[1:]
			continue
		}
		if len(rest) > 0 && rest[0] != r.comma && rest[0] != '\r' && rest[0] != '\n' {
			return "", r.wrong(begins, "something follows the closing quote of the field %q", Excerpt(string(field)))
		}
		r.line += lineEnds(field)
		r.text = rest
		return string(field), nil
	}
}

// lineEnds counts LF, CRLF and CR.
func lineEnds(text []byte) int {
	return bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) - bytes.Count(text, []byte("\r\n"))
}
