package hint_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/hint"
)

func flags(reference any) string {
	switch r := reference.(type) {
	case hint.Key:
		return "--set " + string(r)
	case hint.Command:
		return fmt.Sprint([]string(r))
	case hint.Option:
		return "--" + string(r)
	}
	return ""
}

func TestHintsArePhrasedByTheCaller(t *testing.T) {
	err := hint.With(io.EOF, "lower ", hint.Key("engine.batch"), " to ", 3, ", or go on with ", hint.Command{"resume", "runs/a"})
	assert.Equal(t, "lower engine.batch to 3, or go on with `capture resume runs/a`", hint.Of(err, func(r any) string {
		if c, ok := r.(hint.Command); ok {
			return "`capture " + c[0] + " " + c[1] + "`"
		}
		return fmt.Sprint(r)
	}))
	assert.Equal(t, "lower --set engine.batch to 3, or go on with [resume runs/a]", hint.Of(fmt.Errorf("run: %w", err), flags))
	var plain interface{ Hint() string }
	assert.ErrorAs(t, err, &plain)
	assert.Equal(t, "lower engine.batch to 3, or go on with `capture resume runs/a`", plain.Hint())
	assert.ErrorIs(t, err, io.EOF)
	assert.Equal(t, "EOF", err.Error())
}

func TestOptionsAreNamedByTheCaller(t *testing.T) {
	err := hint.With(io.EOF, "replace it with ", hint.Option("overwrite"))
	assert.Equal(t, "replace it with --overwrite", hint.Of(err, flags))
	assert.Equal(t, "replace it with overwrite", err.(*hint.Error).Hint())
}

func TestUsageIsTold(t *testing.T) {
	err := fmt.Errorf("spec: %w", hint.Usage(io.EOF, "write it again"))
	var usage *hint.UsageError
	assert.ErrorAs(t, err, &usage)
	assert.ErrorIs(t, err, io.EOF)
	assert.Equal(t, "write it again", hint.Of(err, flags))
	assert.False(t, errors.As(hint.With(io.EOF, "x"), &usage))
}

type own struct{ text string }

func (o own) Error() string { return "own" }
func (o own) Hint() string  { return o.text }

func TestTheOutermostHintWins(t *testing.T) {
	assert.Equal(t, "outer", hint.Of(hint.With(own{"inner"}, "outer"), flags))
	assert.Equal(t, "inner", hint.Of(fmt.Errorf("x: %w", own{"inner"}), flags))
	assert.Equal(t, "inner", hint.Of(hint.With(own{"inner"}), flags), "an empty hint hides none")
	assert.Equal(t, "second", hint.Of(errors.Join(io.EOF, hint.With(io.EOF, "second")), flags))
	assert.Empty(t, hint.Of(io.EOF, flags))
	assert.Empty(t, hint.Of(nil, flags))
}
