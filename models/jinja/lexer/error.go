package lexer

import "fmt"

// Error says why a text is no template, and where.
type Error struct {
	Message string
	Line    int // of the template, from 1
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// failure is what fail panics with.
type failure string

// fail ends lexing; catch turns it into the error of Lex.
func fail(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }
