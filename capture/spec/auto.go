package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Auto is a number; 0 means that the program chooses, and is written "auto".
type Auto int

// String gives the number, or "auto".
func (a Auto) String() string {
	if a == 0 {
		return "auto"
	}
	return strconv.Itoa(int(a))
}

// MarshalText writes a number or "auto".
func (a Auto) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalJSON writes a number or "auto".
func (a Auto) MarshalJSON() ([]byte, error) {
	if a == 0 {
		return []byte(`"auto"`), nil
	}
	return json.Marshal(int(a))
}

// UnmarshalJSON reads a number or "auto".
func (a *Auto) UnmarshalJSON(text []byte) error { return a.UnmarshalText(bytes.Trim(text, `"`)) }

// UnmarshalText reads a number or "auto".
func (a *Auto) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*a = 0
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 {
		return fmt.Errorf("%q is neither a number above 0 nor \"auto\"", text)
	}
	*a = Auto(n)
	return nil
}

// Layers is a number of layers, or one of two words for it.
type Layers int

// AutoLayers are as many layers as fit, AllLayers all of a model.
const (
	AutoLayers Layers = -1
	AllLayers  Layers = -2
)

// String gives the number, "auto" or "all".
func (n Layers) String() string {
	switch n {
	case AutoLayers:
		return "auto"
	case AllLayers:
		return "all"
	}
	return strconv.Itoa(int(n))
}

// MarshalText writes a number, "auto" or "all".
func (n Layers) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// MarshalJSON writes a number, "auto" or "all".
func (n Layers) MarshalJSON() ([]byte, error) {
	if n < 0 {
		return json.Marshal(n.String())
	}
	return json.Marshal(int(n))
}

// UnmarshalJSON reads a number, "auto" or "all".
func (n *Layers) UnmarshalJSON(text []byte) error { return n.UnmarshalText(bytes.Trim(text, `"`)) }

// UnmarshalText reads a number, "auto" or "all".
func (n *Layers) UnmarshalText(text []byte) error {
	switch string(text) {
	case "auto":
		*n = AutoLayers
	case "all":
		*n = AllLayers
	default:
		i, err := strconv.Atoi(string(text))
		if err != nil || i < 0 || i > 1<<16 {
			return fmt.Errorf("%q is neither a number of layers from 0 on nor \"auto\" nor \"all\"", text)
		}
		*n = Layers(i)
	}
	return nil
}
