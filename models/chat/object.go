package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// Object is a JSON object whose keys keep their order; its values stay as they were
// written.
type Object struct {
	keys   []string
	values map[string]json.RawMessage
}

// ReadObject reads an object; null is none.
func ReadObject(text json.RawMessage) (*Object, error) {
	o := &Object{}
	return o, o.UnmarshalJSON(text)
}

// Keys gives the keys in order.
func (o *Object) Keys() []string { return o.keys }

// Len counts the keys.
func (o *Object) Len() int { return len(o.keys) }

// Get gives the value of a key, nil where there is none.
func (o *Object) Get(key string) json.RawMessage { return o.values[key] }

// Set gives a key a value; a new one comes last.
func (o *Object) Set(key string, value json.RawMessage) {
	if o.values == nil {
		o.values = map[string]json.RawMessage{}
	}
	if _, there := o.values[key]; !there {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// Delete takes a key out.
func (o *Object) Delete(key string) {
	o.keys = slices.DeleteFunc(o.keys, func(k string) bool { return k == key })
	delete(o.values, key)
}

// Clone gives an object that can be changed without this one.
func (o *Object) Clone() *Object { return &Object{slices.Clone(o.keys), maps.Clone(o.values)} }

// MarshalJSON writes the object.
func (o *Object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(QuoteJSON(key))
		out.WriteByte(':')
		out.Write(o.values[key])
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads an object. Of a key that stands there twice the last value counts.
func (o *Object) UnmarshalJSON(text []byte) error {
	*o = Object{values: map[string]json.RawMessage{}}
	dec := json.NewDecoder(bytes.NewReader(text))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return errors.Join(errors.New("not an object"), err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		o.Set(key.(string), value)
	}
	_, err := dec.Token()
	return err
}
