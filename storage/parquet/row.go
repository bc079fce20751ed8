package parquet

import (
	"errors"
	"fmt"
)

var errNull = errors.New("null")

// value writes the next value of a field; null is errNull, and nothing was written.
func (n *rowNode) value(w *rowWriter) error {
	first := n.allLeaves()[0]
	_, def, err := first.peek()
	if err != nil {
		return err
	}
	switch {
	case n.optional && def < n.levels.def:
		return n.skip()
	case n.repeated:
		return n.elements(w, n, nil)
	case n.list != nil:
		return n.elements(w, n.list, n.list.element)
	case n.leaf != nil:
		return n.leaf.value(w)
	}
	return n.object(w, true)
}

// skip goes over what stands for a null or an empty list.
func (n *rowNode) skip() error {
	for _, leaf := range n.allLeaves() {
		if err := leaf.skip(n.levels.def); err != nil {
			return err
		}
	}
	return errNull
}

// elements writes a list, or a map as an object.
func (n *rowNode) elements(w *rowWriter, repeats, element *rowNode) error {
	first := repeats.allLeaves()[0]
	_, def, err := first.peek()
	if err != nil {
		return err
	}
	open, end := byte('['), byte(']')
	if n.isMap {
		open, end = '{', '}'
	}
	if err := w.add(open); err != nil {
		return err
	}
	if def < repeats.levels.def {
		if err := repeats.skip(); !errors.Is(err, errNull) {
			return err
		}
		return w.add(end)
	}
	for i := 0; ; i++ {
		if i > 0 {
			rep, _, err := first.peek()
			if err != nil && !errors.Is(err, errColumnEnds) {
				return err
			}
			if err != nil || rep < repeats.levels.rep {
				return w.add(end)
			}
			if rep > repeats.levels.rep {
				return fmt.Errorf("damaged: the levels of column %q", first.name)
			}
			if err := w.add(','); err != nil {
				return err
			}
		}
		if err := n.item(w, repeats, element); err != nil {
			return err
		}
	}
}

// item writes one element of a list, or one pair of a map.
func (n *rowNode) item(w *rowWriter, repeats, element *rowNode) error {
	var err error
	switch {
	case n.isMap:
		from := len(w.text)
		if err = repeats.children[0].value(w); err == nil && w.text[from] != '"' || errors.Is(err, errNull) {
			return fmt.Errorf("column %q: a map whose keys are no texts", n.name)
		}
		if err == nil {
			if err = w.add(':'); err == nil {
				err = repeats.children[1].value(w)
			}
		}
	case element != nil:
		err = element.value(w)
	case repeats.leaf != nil:
		err = repeats.leaf.value(w)
	default:
		err = repeats.object(w, true)
	}
	if errors.Is(err, errNull) {
		return w.add([]byte("null")...)
	}
	return err
}

// object writes a struct, without its nulls; of a row they are written.
func (n *rowNode) object(w *rowWriter, sparse bool) error {
	if err := w.add('{'); err != nil {
		return err
	}
	written := 0
	for _, child := range n.children {
		from := len(w.text)
		if written > 0 {
			if err := w.add(','); err != nil {
				return err
			}
		}
		if err := w.add(append(jsonText(child.name), ':')...); err != nil {
			return err
		}
		err := child.value(w)
		switch {
		case errors.Is(err, errNull) && sparse:
			w.text = w.text[:from]
			continue
		case errors.Is(err, errNull):
			err = w.add([]byte("null")...)
		}
		if err != nil {
			return err
		}
		written++
	}
	return w.add('}')
}
