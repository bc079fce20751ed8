package textfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"intentprobe/capture/hint"
)

// Read reads a file, and refuses one that is larger than most bytes; it may be a pipe.
func Read(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, fmt.Errorf("%s is larger than %s, the most that is read", path, Size(most))
	}
	return text, err
}

// UTF8 refuses a text in another encoding, and leaves out the byte order mark that some
// programs put before UTF-8.
func UTF8(path string, text []byte) ([]byte, error) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(text, []byte(mark)) || everyOther(text, 0) || everyOther(text, 1) {
			return nil, hint.Usage(fmt.Errorf("%s:1: the file is in UTF-16, not UTF-8", path), fmt.Sprintf("convert it, for example with iconv -f UTF-16 -t UTF-8 %s", path))
		}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, hint.Usage(fmt.Errorf("%s:%d: not UTF-8", path, BadLine(text)), "convert the file to UTF-8, for example with iconv")
	}
	return text, nil
}

// everyOther says whether every other byte at the beginning of a text is 0, as in UTF-16
// without a mark; one alone is a character of its own.
func everyOther(text []byte, from int) bool {
	return len(text) >= 4 && text[from] == 0 && text[from+2] == 0 && text[1-from] != 0
}

// BadLine gives the number of the first line that is not UTF-8.
func BadLine(text []byte) int {
	line := 1
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		text = text[n:]
	}
	return line
}

// EachLine calls take on every line that is not blank, without its end. Its place is the
// file and the number of the line, from 1; a line of more than most bytes is refused.
func EachLine(path string, text []byte, most int, take func(place, line string) error) error {
	for n := 1; len(text) > 0; n++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		place := fmt.Sprintf("%s:%d", path, n)
		if err := CheckLength(place, len(line), most); err != nil {
			return err
		}
		if err := take(place, string(bytes.TrimSuffix(line, []byte("\r")))); err != nil {
			return err
		}
	}
	return nil
}
