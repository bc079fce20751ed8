package jinja

// expr is a node that has a value.
type expr interface {
	eval(st *state, sc *scope) any
}

// stmt is a node that writes.
type stmt interface {
	exec(st *state, sc *scope, out *builder) signal
}

// signal says how a statement ended.
type signal int

const (
	goOn signal = iota
	doBreak
	doContinue
)

type (
	constant struct{ value any }
	name     struct{ name string }
	getAttr  struct {
		of   expr
		name string
	}
	getItem struct{ of, key expr }
	slice   struct{ from, to, step expr } // the key of a getItem; nil: left out
	call    struct {
		of   expr
		args written
	}
	filter struct {
		of   expr // nil: the text of a block
		name string
		args written
		line int
	}
	test struct {
		of   expr
		name string
		args written
	}
	unary struct {
		op string
		of expr
	}
	binary struct {
		op          string
		left, right expr
	}
	logic struct { // and, or
		or          bool
		left, right expr
	}
	compare struct {
		first expr
		ops   []string
		rest  []expr
	}
	condition struct{ test, yes, no expr } // no may be nil
	listing   struct {
		items []expr
		tuple bool
	}
	dicting struct{ keys, values []expr }
)

// written are the arguments of a call as they are written.
type written struct {
	pos   []expr
	names []string
	named []expr
	star  expr // *list
	stars expr // **dict

}

type (
	data  struct{ text str }
	print struct {
		of   expr
		line int
	}
	branch struct {
		tests  []expr
		bodies [][]stmt // one more than tests where there is an else
		line   int
	}
	each struct {
		target       target
		in, where    expr
		body, orElse []stmt
		recursive    bool
		line         int
	}
	set struct {
		target target
		value  expr
		line   int
	}
	setBlock struct {
		target target
		filter expr // nil, or filters around a nil operand
		body   []stmt
		line   int
	}
	macro struct {
		name     string
		params   []string
		defaults []expr // of the last params
		body     []stmt
		uses     map[string]bool // caller, varargs, kwargs
		line     int
	}
	callBlock struct {
		call  *call
		macro *macro
		line  int
	}
	filterBlock struct {
		filter expr
		body   []stmt
		line   int
	}
	with struct {
		targets []target
		values  []expr
		body    []stmt
		line    int
	}
	group struct { // block, generation: a scope of its own
		body []stmt
	}
	jump struct{ signal signal }
)

// target is what an assignment writes to: a name, an attribute of a namespace,
// or several.
type target struct {
	name, attr string
	parts      []target
}
