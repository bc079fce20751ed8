package main

import (
	"fmt"
	"strconv"

	"intentprobe/capture/spec"
)

// listFlag is a flag for a list, by the rule of all lists: split at commas, or written
// [a, b], and given again it adds. What it is given first replaces its default.
type listFlag[T any] struct {
	items *[]T
	split func(string) ([]string, error)
	read  func(string) (T, error)
	given bool
}

// namesFlag is a flag for a list of names.
func namesFlag(items *[]string) *listFlag[string] {
	return &listFlag[string]{items: items, split: spec.SplitNames, read: func(name string) (string, error) { return name, nil }}
}

// hooksFlag is a flag for hook selectors, in which commas part layers too.
func hooksFlag(items *[]string) *listFlag[string] {
	f := namesFlag(items)
	f.split = spec.SplitHooks
	return f
}

// numbersFlag is a flag for a list of whole numbers.
func numbersFlag[T int | int64](items *[]T) *listFlag[T] {
	return &listFlag[T]{items: items, split: spec.SplitNames, read: func(text string) (T, error) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			err = fmt.Errorf("%q is not a whole number", text)
		}
		return T(n), err
	}}
}

// Set adds what a text lists.
func (f *listFlag[T]) Set(text string) error {
	list, err := f.split(text)
	if err != nil {
		return err
	}
	if !f.given {
		*f.items, f.given = nil, true
	}
	for _, word := range list {
		item, err := f.read(word)
		if err != nil {
			return err
		}
		*f.items = append(*f.items, item)
	}
	return nil
}

// String shows the default in the help.
func (f *listFlag[T]) String() string {
	out := ""
	if f.items != nil {
		for i, item := range *f.items {
			if i > 0 {
				out += ","
			}
			out += fmt.Sprint(item)
		}
	}
	return out
}

// Type names the kind of value in the help.
func (f *listFlag[T]) Type() string { return "list" }
