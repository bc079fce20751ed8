package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// What is read of files that may come from anywhere (docs/datasets.md). Every
// dataset that a person wrote is far below; what is above is refused with its
// place, before it takes memory.
const (
	mostDatasetBytes = 256 << 20 // of a file, and of the rows that were read from one
	mostLineBytes    = 16 << 20  // of a line of text, or of a CSV row
	mostJSONBytes    = 64 << 20  // of a line of JSON, as which a run keeps those
	mostPageBytes    = 512 << 20 // of what a Parquet file's pages hold, while they are read
	mostRows         = 1_000_000
	mostColumns      = 1000
	mostNameBytes    = 1000 // of a column's name, which is repeated in every row
	mostDepth        = 100  // of lists and objects within each other
	mostSamples      = 4_000_000

	mostSpecBytes     = 16 << 20
	mostSpecNodes     = 1_000_000 // every alias counted as what it stands for
	mostTemplateBytes = 1 << 20
)

// readLimited reads a file that is not larger than so many bytes; it may be a pipe.
func readLimited(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, fmt.Errorf("%s is larger than %s, the most that is read", path, size(most))
	}
	return text, err
}

// size writes a limit as people read it.
func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// rowList collects the rows of a dataset and refuses too many of them.
type rowList struct {
	rows  []Row
	bytes int
}

// addObject adds the row that an object of a file is.
func (l *rowList) addObject(object *models.Object, place, column string) error {
	row, err := rowFromObject(object, place, column)
	if err != nil {
		return err
	}
	return l.add(row)
}

func (l *rowList) add(r *Row) error {
	l.bytes += len(r.ID) + len(r.Prompt) + len(r.Meta) + len(r.Tools) + len(r.Documents)
	for _, m := range r.Messages {
		l.bytes += len(m.Role) + len(m.Content) + len(m.Beside())
	}
	for _, key := range fields {
		if text := *r.field(key); text != nil {
			l.bytes += len(*text)
		}
	}
	for _, span := range r.Spans {
		l.bytes += len(span.Name) + len(span.Text) + len(span.Regex)
	}
	if len(l.rows) == mostRows || l.bytes > mostDatasetBytes {
		return hint.Usage(fmt.Errorf("%s: the rows up to here are more than %d, or take more than %s", r.place, mostRows, size(mostDatasetBytes)), "split the dataset, and run its parts")
	}
	l.rows = append(l.rows, *r)
	return nil
}

// checkLine refuses a line, or a row of CSV, that is too long.
func checkLine(place string, n, most int) error {
	if n > most {
		return hint.Usage(fmt.Errorf("%s: %d bytes; a row has at most %s", place, n, size(int64(most))), "shorten its texts; a line break or a quote may be missing")
	}
	return nil
}

// checkKept refuses rows that could not be read again as a run keeps them, where
// keys and escapes take room too.
func (d *Dataset) checkKept(text []byte) error {
	longest := 0
	for line := range bytes.Lines(text) {
		longest = max(longest, len(line))
	}
	if len(text) > mostDatasetBytes || longest > mostJSONBytes {
		return hint.Usage(fmt.Errorf("%s: as JSON, which the run keeps, its rows take %d bytes and one of them %d; %s and %s are possible", d.File, len(text), longest, size(mostDatasetBytes), size(mostJSONBytes)),
			"split the dataset, and run its parts")
	}
	return nil
}

// checkNodes refuses YAML that nests too deep, or that is small to read and huge
// once its aliases are what they stand for.
func checkNodes(path string, root *yaml.Node) error {
	whole := map[*yaml.Node]int{} // nodes of an anchor, itself included
	var count func(n *yaml.Node, depth int) (int, error)
	count = func(n *yaml.Node, depth int) (int, error) {
		if depth > mostDepth {
			return 0, hint.Usage(fmt.Errorf("%s:%d: lists and mappings stand more than %d deep in each other", path, n.Line, mostDepth), "make the spec flatter")
		}
		if n.Kind == yaml.AliasNode {
			if known, ok := whole[n.Alias]; ok {
				return known, nil
			}
			return count(n.Alias, depth+1) // one that stands further down, or holds itself
		}
		total := 1
		for _, child := range n.Content {
			below, err := count(child, depth+1)
			if err != nil {
				return 0, err
			}
			if total += below; total > mostSpecNodes {
				return 0, hint.Usage(fmt.Errorf("%s:%d: more than %d values, aliases counted as what they stand for", path, child.Line, mostSpecNodes),
					"put the prompts into a .jsonl file, and write repeated parts once")
			}
		}
		if n.Anchor != "" {
			whole[n] = total
		}
		return total, nil
	}
	_, err := count(root, 0)
	return err
}
