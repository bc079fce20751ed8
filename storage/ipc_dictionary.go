package storage

import (
	"errors"
	"fmt"
)

// maxDictionary is how many values a dictionary may have.
const maxDictionary = 1 << 20

// dictionary gives the values of a column's dictionary; none in a file that has
// none, since it has no rows.
func (t *Table) dictionary(column int) ([]string, error) {
	id := t.schema.dictionaries[column]
	if values, ok := t.dictionaries[id]; ok {
		return values, nil
	}
	var values []string
	for i, block := range t.dictionaryBlocks {
		b, err := readBatch(t.file, block, flatDictionaryBatch)
		if err == nil && b.id == id {
			values, err = readDictionary(t.file, b, values)
		}
		if err != nil {
			return nil, t.damaged(fmt.Sprintf("dictionary batch %d", i), err)
		}
	}
	t.dictionaries[id] = values
	return values, nil
}

// readDictionary reads a dictionary of texts behind the values that came before.
func readDictionary(s source, b *arrowBatch, values []string) ([]string, error) {
	if len(values) > 0 && !b.delta {
		return nil, fmt.Errorf("dictionary %d is there twice", b.id)
	}
	if b.rows > maxDictionary-int64(len(values)) {
		return nil, fmt.Errorf("dictionary %d has more than %d values", b.id, maxDictionary)
	}
	first := len(values)
	r := &batchReader{source: s, arrowBatch: b}
	err := r.texts(b.rows, true, func(_ int, text []byte) { values = append(values, string(text)) })
	if err == nil && int64(len(values)-first) != b.rows {
		err = errors.New("a null in a dictionary")
	}
	return values, err
}
