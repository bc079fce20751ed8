// Package hint joins to an error what to do next. The libraries of this module name
// settings and commands by references, which the caller phrases in its own way: a
// command line as flags, a server or a Go program by the keys of a spec.
//
//	err = hint.With(err, "lower ", hint.Key("engine.batch"), " or see ", hint.Command{"doctor"})
//	...
//	next := hint.Of(err, func(reference any) string { ... }) // in the caller's words
//
// [Usage] is the same for an error in what was asked for, which [errors.As] then finds as a
// [*UsageError]. Error types of other packages have hints by a method Hint, or Phrase where
// the hint has references.
//
// Every package may import it; it imports none.
package hint

import (
	"errors"
	"fmt"
	"strings"
)

// Key refers to a setting by its dotted name in a spec, such as "engine.batch".
type Key string

// Command refers to what a user can call: its name and its arguments, as in
// Command{"resume", "runs/a"}.
type Command []string

// Option refers to an option of a command that is not a key of a spec, such as
// "overwrite" or "dry-run". Its name is written as on the command line, without dashes.
type Option string

// Error is an error with a line on what to do next. The parts of the line are texts,
// and references of the types Key, Command and Option.
type Error struct {
	error
	parts []any
}

// With joins to an error what to do next: parts are texts and references, written one
// after another. The error stays what it is to errors.Is and errors.As.
func With(err error, parts ...any) error { return &Error{err, parts} }

// Unwrap gives the error without the hint.
func (e *Error) Unwrap() error { return e.error }

// Hint phrases the line for a reader of specs: keys by their dotted names, commands as
// those of the program, options by their names.
func (e *Error) Hint() string { return e.Phrase(plain) }

// Phrase phrases the line; say turns each reference (Key, Command, Option) into words.
// An error without parts has the hint of the error that it holds.
func (e *Error) Phrase(say func(reference any) string) string {
	if len(e.parts) == 0 {
		return Of(e.error, say)
	}
	var b strings.Builder
	for _, part := range e.parts {
		switch part.(type) {
		case Key, Command, Option:
			b.WriteString(say(part))
		default:
			fmt.Fprint(&b, part)
		}
	}
	return b.String()
}

func plain(reference any) string {
	if command, ok := reference.(Command); ok {
		return "`capture " + strings.Join(command, " ") + "`"
	}
	return fmt.Sprint(reference)
}

// UsageError is an error in what was asked for: the spec, an option, the prompts.
// Nothing has been written.
type UsageError struct{ withHint }

// withHint is Error under a name that does not hide its method Error.
type withHint = Error

// Usage is With for an error in what was asked for.
func Usage(err error, parts ...any) error { return &UsageError{withHint{err, parts}} }

// Of gives the hint of the outermost error that has one, phrased by say; empty where none
// has. Types of other packages take part by a method Hint or, where their hints have
// references, Phrase, as Error has them.
func Of(err error, say func(reference any) string) string {
	for err != nil {
		switch e := err.(type) { //nolint:errorlint // each error of the chain is looked at
		case interface {
			Phrase(say func(any) string) string
		}:
			if text := e.Phrase(say); text != "" {
				return text
			}
		case interface{ Hint() string }:
			if text := e.Hint(); text != "" {
				return text
			}
		}
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			for _, inner := range several.Unwrap() {
				if text := Of(inner, say); text != "" {
					return text
				}
			}
			return ""
		}
		err = errors.Unwrap(err)
	}
	return ""
}
