package jinja

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a stranger's template may try: each ends in an error, at the limit that it
// reaches, and has not asked for much more memory than it may. Limits are a
// sixteenth of the usual ones, and are counted: a slow machine changes nothing.
func TestHostileTemplatesAreStopped(t *testing.T) {
	limits := Limits{Steps: DefaultLimits.Steps / 16, Bytes: DefaultLimits.Bytes / 16, Depth: DefaultLimits.Depth}
	var (
		endless = fmt.Sprintf("the template does not come to an end: more than %d steps", limits.Steps)
		large   = fmt.Sprintf("the template makes too much text: more than %d bytes", limits.Bytes)
		deep    = fmt.Sprintf("the template calls itself too deeply: more than %d levels", limits.Depth)
		nested  = "the template is nested more than 100 deep"
		within  = "values within each other, more than 100 deep"
		width   = "the width '999999999' is no number or too large"
	)
	for name, c := range map[string]struct{ source, want string }{
		"loops":             {"{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}", endless},
		"large range":       {"{% for a in range(1000000000) %}{% endfor %}", "Range too big"},
		"recursion":         {"{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", deep},
		"recursion by two":  {"{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}", deep},
		"recursion in call": {"{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}", deep},
		"recursive loop":    {"{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", deep},
		"wide recursion":    {"{% macro f() %}{% for i in range(9) %}{{ f() }}{% endfor %}{% endmacro %}{{ f() }}", deep},
		"repeat":            {"{{ 'ab' * 999999999999 }}", large},
		"repeat a list":     {"{{ [1] * 999999999999 }}", large},
		"doubling":          {"{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}", large},
		"doubling a list":   {"{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", large},
		"nesting a list":    {"{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}{{ ns.x | tojson }}", within},
		"nested equality":   {"{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}", within},
		"shared lists":      {"{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", endless},
		"shared as JSON":    {"{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}", endless},
		"shared, compared":  {"{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}", endless},
		"padding":           {"{{ 'x'.center(999999999999) }}", large},
		"formatting":        {"{{ '%999999999d' % 1 }}", width},
		"precision":         {"{{ '{:.999999999f}'.format(1.0) }}", width},
		"indent":            {"{{ 'a' | indent(999999999999) }}", large},
		"JSON indent":       {"{{ [[1]] | tojson(indent=999999999999) }}", large},
		"comparing":         {"{% set x = 'a' * 9999999 %}{% set y = 'a' * 9999999 %}{% for i in range(99999) %}{% if x == y or x < y %}{% endif %}{% endfor %}", endless},
		"replace":           {"{% set ns = namespace(x='a' * 9999) %}{% for i in range(9) %}{% set ns.x = ns.x.replace('a', 'a' * 9999) %}{% endfor %}", large},
		"searching":         {"{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if 'b' in x %}{% endif %}{% endfor %}", endless},
		"escaping":          {"{% set x = '&' * 9999999 %}{% for i in range(99999) %}{{ x | e | length }}{% endfor %}", large},
		"brackets":          {"{{ " + strings.Repeat("(", 1e5) + strings.Repeat(")", 1e5) + " }}", nested},
		"lists":             {"{{ " + strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5) + " }}", nested},
		"nots":              {"{{ " + strings.Repeat("not ", 1e5) + "x }}", nested},
		"minus":             {"{{ " + strings.Repeat("- ", 1e5) + "x }}", nested},
		"ifs":               {strings.Repeat("{% if x %}", 1e5) + strings.Repeat("{% endif %}", 1e5), nested},
		"filters":           {"{{ x" + strings.Repeat("|upper", 1e5) + " }}", nested},
		"attributes":        {"{{ x" + strings.Repeat(".a", 1e5) + " }}", nested},
		"conditions":        {"{{ x" + strings.Repeat(" if x", 1e5) + " }}", nested},
		"targets":           {"{% set " + strings.Repeat("(", 1e5) + "x" + strings.Repeat(")", 1e5) + " = 1 %}", nested},
		"a huge list in it": {"{% set x = [1] * 999999 %}{% for i in range(99999) %}{% if 2 in x %}{% endif %}{% endfor %}", endless},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			st := &state{now: now, limits: limits}
			parsed, err := Parse(c.source)
			if err == nil {
				_, err = parsed.render(st)
			}
			runtime.ReadMemStats(&after)
			var ours *Error
			require.ErrorAs(t, err, &ours)
			require.ErrorContains(t, err, c.want)
			assert.Less(t, len(err.Error()), 500)
			allocated := after.TotalAlloc - before.TotalAlloc
			// Counted are a text's bytes and a list's places: Go's own are some times as many.
			assert.Less(t, allocated, 16*uint64(limits.Bytes), "%d steps, %d bytes counted", st.steps, st.bytes)
		})
	}
}

func TestTheUsualLimitsEndASearch(t *testing.T) {
	_, err := render("{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if 'b' in x %}{% endif %}{% endfor %}", nil)
	require.ErrorContains(t, err, "more than 20000000 steps")
}

// The work of an operation over a text or a list grows with its length, so its
// steps must: what looked at them without being counted would have no end.
func TestWhatIsLookedAtIsCounted(t *testing.T) {
	const given = "{% set x = 'ab ' * n %}{% set y = 'ab ' * n %}{% set l = [1] * n %}{% set m = [1] * n %}{% set t = ['a'] * n %}"
	steps := func(expression string, n int64) int64 {
		parsed, err := Parse(given + expression)
		require.NoError(t, err, expression)
		st := &state{vars: map[string]any{"n": n}, now: now, limits: DefaultLimits}
		_, err = parsed.render(st)
		require.NoError(t, err, expression)
		return st.steps
	}
	const few, many = 2000, 4000
	grown := func(expression string) int64 { return steps(expression, many) - steps(expression, few) }
	bare := grown("")
	for _, e := range []string{
		"'c' in x", "x == y", "x != y", "x < y", "x ~ y", "x + y", "x * 2", "x[1:]", "x[::-1]", "x[n]", "{x: 1}[y]", "{x: 1}.get(y)", "y in {x: 1}", "dict([(x, 1)])", "{x: 1} == {y: 1}",
		"x | length", "x | wordcount", "x | int", "x | float", "x | upper", "x | lower", "x | title", "x | capitalize", "x | trim", "x | e", "x | replace('a', 'c')", "x | list | length", "x | reverse", "x | indent", "x | tojson", "x | first", "x | last", "[x, y] | unique | list | length",
		"x is lower", "x is upper", "x is filter", "x is test", "x is eq y", "x is sameas y",
		"x.split() | length", "x.split('c') | length", "x.splitlines() | length", "x.find('c')", "x.rfind('c')", "x.count('a')", "x.replace('c', 'd')", "x.upper()", "x.strip('c')", "x.strip(y)",
		"x.startswith(y)", "x.endswith(y)", "x.isdigit()", "x.isalpha()", "x.center(n * 4)", "'%s' % x", "'{}'.format(x)",
		"2 in l", "l == m", "l < m", "l + m", "l * 2", "l[1:]", "l[::-1]", "l | string", "l | tojson", "l | list", "l | reverse | list", "l | sort", "l | unique | list", "l | sum", "l | min", "l | max", "l | join",
		"l | map('string') | list", "l | select | list", "l | reject('odd') | list", "l | batch(2) | list", "l | slice(2) | list", "l.count(2)", "t | join", "t | join(',')", "t | sort", "range(n) | list", "range(n) | sum",
	} {
		assert.GreaterOrEqual(t, grown("{% if ("+e+") %}{% endif %}")-bare, int64(3*(many-few)/64), e)
	}
}
