package arrowfile

import (
	"errors"
	"fmt"
)

// maxDictionary is how many values a dictionary may have.
const maxDictionary = 1 << 20

// Dictionary gives the values of a column's dictionary; none in a file that has
// none, since it has no rows.
func (t *File) Dictionary(column int) ([]string, error) {
	id := t.schema.Dictionaries[column]
	if values, ok := t.dictionaries[id]; ok {
		return values, nil
	}
	var values []string
	for i, block := range t.dictionaryBlocks {
		b, err := ReadBatch(t.file, block, KindDictionaryBatch)
		if err == nil && b.Dictionary == id {
			values, err = ReadDictionary(t.file, b, values)
		}
		if err != nil {
			return nil, t.Damaged(fmt.Sprintf("dictionary batch %d", i), err)
		}
	}
	t.dictionaries[id] = values
	return values, nil
}

// ReadDictionary reads a dictionary of texts and appends them to the values that came
// before.
func ReadDictionary(s source, b *BatchHeader, values []string) ([]string, error) {
	if len(values) > 0 && !b.Delta {
		return nil, fmt.Errorf("dictionary %d is there twice", b.Dictionary)
	}
	if b.Rows > maxDictionary-int64(len(values)) {
		return nil, fmt.Errorf("dictionary %d has more than %d values", b.Dictionary, maxDictionary)
	}
	first := len(values)
	r := NewBatchReader(s, b, 0, nil)
	err := r.texts(b.Rows, true, func(_ int, text []byte) { values = append(values, string(text)) })
	if err == nil && int64(len(values)-first) != b.Rows {
		err = errors.New("a null in a dictionary")
	}
	return values, err
}
