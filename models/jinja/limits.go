package jinja

import (
	"fmt"
	"time"
)

// Limits bound one rendering. A step is about one operation, or 64 bytes looked
// at by one.
type Limits struct {
	Steps int64 // of work
	Bytes int64 // of text and lists made, the output included; what was dropped again counts
	Depth int   // of macros and recursive loops within each other
}

// DefaultLimits are hundreds of times what templates of models need: a hostile
// one ends within seconds.
var DefaultLimits = Limits{Steps: 20e6, Bytes: 512 << 20, Depth: 100}

// state is one rendering.
type state struct {
	vars         map[string]any
	now          time.Time
	limits       Limits
	line         int
	steps, bytes int64
	depth        int
}

// step counts work, over n bytes or items.
func (st *state) step(n int) {
	st.steps += 1 + int64(n)/64
	if st.steps > st.limits.Steps {
		fail("the template does not come to an end: more than %d steps", st.limits.Steps)
	}
}

// look counts the bytes of a text that is about to be looked at whole; of anything
// else nothing.
func (st *state) look(v any) {
	if s, ok := v.(str); ok {
		st.step(len(s.s))
	}
}

// take counts memory that is about to be asked for.
func (st *state) take(n int) {
	st.step(n)
	if n < 0 || st.bytes > st.limits.Bytes-int64(n) {
		fail("the template makes too much text: more than %d bytes", st.limits.Bytes)
	}
	st.bytes += int64(n)
}

// times checks what n copies of size bytes would take, and takes it.
func (st *state) times(size, n int) int {
	if n <= 0 {
		return 0
	}
	if size > 0 && int64(n) > st.limits.Bytes/int64(size) {
		fail("the template makes too much text: more than %d bytes", st.limits.Bytes)
	}
	st.take(size * n)
	return n
}

// deeper counts a level of macros or recursive loops; the caller undoes it.
func (st *state) deeper() {
	if st.depth++; st.depth > st.limits.Depth {
		fail("the template calls itself too deeply: more than %d levels", st.limits.Depth)
	}
}

// Error says why a template did not parse or did not render.
type Error struct {
	Message string
	Line    int  // of the template, from 1
	Raised  bool // the template's own words, by raise_exception
}

func (e *Error) Error() string {
	if e.Raised || e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// fail ends parsing or rendering; parse and Render turn it into their error.
func fail(format string, args ...any) {
	panic(&Error{Message: fmt.Sprintf(format, args...)})
}

// catch turns a fail into an error. Whatever else panics goes on.
func catch(err *error, line *int) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		if r.Line == 0 {
			r.Line = *line
		}
		*err = r
	default:
		panic(r)
	}
}
