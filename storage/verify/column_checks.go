package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// The tables below hold the rules for a value by itself, by the name of its column. To
// give a column a rule, add an entry. Rules between columns are in rows.go, row_place.go
// and sample.go.

// wrongValue says what is wrong with value i of a column, which is not null; empty:
// nothing.
type wrongValue func(m *rundir.Manifest, c arrowfile.Values, i int) string

// rowValues are the rules for columns of activations.
var rowValues = map[string]wrongValue{
	"token_id": func(_ *rundir.Manifest, c arrowfile.Values, i int) string {
		if x := c.Int32(i); x < 0 {
			return fmt.Sprintf("is %d", x)
		}
		return ""
	},
	"phase": func(m *rundir.Manifest, c arrowfile.Values, i int) string { return wrongCode(m, "phase", c.Int8(i)) },
	"role":  func(m *rundir.Manifest, c arrowfile.Values, i int) string { return wrongCode(m, "role", c.Int8(i)) },
	"turn": func(_ *rundir.Manifest, c arrowfile.Values, i int) string {
		if x := c.Int32(i); x < -1 {
			return fmt.Sprintf("is %d; it must be -1 or more", x)
		}
		return ""
	},
	"logprob": func(_ *rundir.Manifest, c arrowfile.Values, i int) string {
		if x := math.Float32frombits(uint32(c.Int32(i))); !(x <= 0) {
			return fmt.Sprintf("is %v; it must be 0 or less", x)
		}
		return ""
	},
	"entropy": func(_ *rundir.Manifest, c arrowfile.Values, i int) string {
		if x := math.Float32frombits(uint32(c.Int32(i))); !(x >= 0) || math.IsInf(float64(x), 1) {
			return fmt.Sprintf("is %v; it must be 0 or more", x)
		}
		return ""
	},
}

// sampleValues are the rules for columns of samples.
var sampleValues = map[string]wrongValue{
	"sample": func(_ *rundir.Manifest, c arrowfile.Values, i int) string {
		if x := c.Int32(i); x < 0 {
			return fmt.Sprintf("is %d", x)
		}
		return ""
	},
	"logprob": func(_ *rundir.Manifest, c arrowfile.Values, i int) string {
		if x := arrowfile.FloatOf(c.Bytes[8*i:]); !(x <= 0) {
			return fmt.Sprintf("is %v; it must be 0 or less", x)
		}
		return ""
	},
	"edit_norm": amount, "edit_ratio": amount, "kl": amount,
}

// amount is the rule for a number that is finite and not negative.
func amount(_ *rundir.Manifest, c arrowfile.Values, i int) string {
	if x := arrowfile.FloatOf(c.Bytes[8*i:]); !(x >= 0) || math.IsInf(x, 1) {
		return fmt.Sprintf("is %v; it must be 0 or more", x)
	}
	return ""
}

// sampleTexts are the rules for texts and items of lists of samples. They are called as
// the texts are read, and keep what other rules need of them.
var sampleTexts = map[string]func(c *sampleCheck, i int, text []byte) string{
	"prompt_id": func(c *sampleCheck, _ int, text []byte) string {
		c.texts.ids = append(c.texts.ids, text...)
		c.texts.ends = append(c.texts.ends, len(c.texts.ids))
		return ""
	},
	"finish_reason": func(c *sampleCheck, i int, text []byte) string {
		switch string(text) {
		case "stop":
			c.texts.stopped[i] = true
		case "length":
		case "given":
			c.texts.given[i] = true
		default:
			return fmt.Sprintf("is %q; it must be stop, length or given", text)
		}
		return ""
	},
	"stage": func(c *sampleCheck, i int, text []byte) string {
		if c.texts.knowledge[i] = string(text) == "knowledge"; !c.texts.knowledge[i] {
			return fmt.Sprintf("is %q; it must be knowledge or null", text)
		}
		return ""
	},
	"followup": func(c *sampleCheck, i int, text []byte) string {
		if c.texts.followups[i] = string(text); len(text) == 0 {
			return "is empty; it must be a name or null"
		}
		return ""
	},
	"arm": func(c *sampleCheck, i int, text []byte) string {
		name := string(text)
		c.texts.arms[i] = &name
		_, what := c.armOf(name)
		return what
	},
	"alternatives": func(c *sampleCheck, i int, _ []byte) string {
		c.texts.names[i]++
		return ""
	},
	"alternative_logprobs": func(c *sampleCheck, i int, item []byte) string {
		if c.texts.alogprobs[i]++; !(arrowfile.FloatOf(item) <= 0) {
			return fmt.Sprintf("has %v; they must be 0 or less", arrowfile.FloatOf(item))
		}
		return ""
	},
	"file": func(c *sampleCheck, _ int, text []byte) string {
		if string(text) != c.activations {
			return fmt.Sprintf("is %q; the sample is of %s", text, c.activations)
		}
		return ""
	},
	"meta": func(_ *sampleCheck, _ int, text []byte) string {
		if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
			return "is no JSON object"
		}
		return ""
	},
}

// valueCheck is a rule with the values of a batch that it is for.
type valueCheck struct {
	column string
	values arrowfile.Values
	wrong  wrongValue
}

// check says what is wrong with value i; empty: nothing.
func (v *valueCheck) check(m *rundir.Manifest, i int) string {
	if v.values.Null(i) {
		return ""
	}
	return v.wrong(m, v.values, i)
}

// wrongCode checks a code of a dictionary.
func wrongCode(m *rundir.Manifest, column string, code int8) string {
	if n := len(rundir.NamesIn(m.FormatVersion, column)); code < 0 || int(code) >= n {
		return fmt.Sprintf("has the code %d, and there are %d", code, n)
	}
	return ""
}
