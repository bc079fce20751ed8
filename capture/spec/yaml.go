package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
)

// parseYAML reads the one document of a file; nil where there is none.
func parseYAML(path string, text []byte) (*yaml.Node, error) {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil {
		if err = dec.Decode(&more); errors.Is(err, io.EOF) {
			if root := doc.Content[0]; root.ShortTag() != "!!null" {
				return root, nil
			}
			return nil, nil
		}
		if err == nil {
			return nil, hint.Usage(fmt.Errorf("%s:%d: a second document begins here", path, more.Line), "keep one document in a file, without a line of --- before another")
		}
	}
	place, what := brokenYAML(path, text, err)
	return nil, hint.Usage(fmt.Errorf("%s: not YAML: %s", place, what), "correct the YAML; docs/spec.md shows a whole spec")
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)

// yamlFaults are what the library says of broken YAML, and what it means. Its parser
// counts lines from 0 where its scanner counts from 1, and names no first line.
var yamlFaults = []struct {
	says, means string
	parser      bool
}{
	{says: "tab character", means: "a tab stands where YAML wants spaces"},
	{says: "invalid Unicode character escape code", means: `an escape such as \ud800 is half of a character, which no text can hold; write the whole character`},
	{says: "cannot start any token", means: "a value begins with a character that YAML keeps for itself; put it into quotes"},
	{says: "mapping values are not allowed", means: "a colon stands where no key can be; put a text with a colon into quotes, or look at the indentation"},
	{says: "could not find expected ':'", means: "a key without a colon, here or on the line before"},
	{says: "unexpected end of stream", means: "a text in quotes does not end"},
	{says: "did not find expected ',' or", means: "a bracket that opens here is not closed, or a comma is missing, or a text with special characters needs quotes", parser: true},
	{says: "did not find expected", means: "what begins here and what follows do not fit; look at the indentation and the quotes", parser: true},
}

// brokenYAML says where YAML is broken and why, in other words than the library's.
func brokenYAML(path string, text []byte, err error) (place, what string) {
	m := yamlLine.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	line, nerr := strconv.Atoi(m[1])
	place, what = path, m[2]
	for _, fault := range yamlFaults {
		if !strings.Contains(what, fault.says) {
			continue
		}
		what = fault.means
		if nerr != nil {
			line, nerr = 1, nil
		} else if fault.parser {
			line++
		}
		break
	}
	if nerr != nil {
		return place, what
	}
	if lines := bytes.Split(text, []byte("\n")); line <= len(lines) && bytes.HasPrefix(bytes.TrimLeft(lines[line-1], " "), []byte("\t")) {
		what = yamlFaults[0].means
	}
	return fmt.Sprintf("%s:%d", path, line), what
}

// DecodeYAML reads YAML of another kind by the rules of a spec into a struct whose fields have
// yaml tags; place is its file. Unknown keys are errors, which are *hint.UsageError.
func DecodeYAML(place string, text []byte, into any) error {
	text, err := withoutSurrogates(place, text)
	if err != nil {
		return err
	}
	root, err := parseYAML(place, text)
	if err != nil {
		return err
	}
	if root == nil {
		return hint.Usage(fmt.Errorf("%s is empty", place), "write its keys")
	}
	if err := checkNodes(place, root); err != nil {
		return err
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		types := (*yaml.TypeError)(nil)
		if !errors.As(err, &types) {
			return hint.Usage(fmt.Errorf("%s: %w", place, err), "correct the YAML")
		}
		line, what, _ := strings.Cut(strings.TrimPrefix(types.Errors[0], "line "), ": ")
		if m := unknownField.FindStringSubmatch(what); m != nil {
			return hint.Usage(fmt.Errorf("%s:%s: unknown key %q", place, line, m[1]), "remove it, or correct its name")
		}
		return hint.Usage(fmt.Errorf("%s:%s: %s", place, line, yamlWords(what, reflect.TypeOf(into).Elem())), "correct the value")
	}
	return nil
}

var unknownField = regexp.MustCompile(`^field (.*) not found in type`)
