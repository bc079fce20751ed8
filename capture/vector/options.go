package vector

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/rows"
)

// The methods that make directions.
const (
	ByMean = "mean" // difference of the class means
	ByPCA  = "pca"  // first principal components of class differences
	ByLDA  = "lda"  // Fisher's linear discriminant, with shrinkage
)

// Methods lists them.
var Methods = []string{ByMean, ByPCA, ByLDA}

// How the rows of a sample become one.
const (
	PoolMean = rows.PoolMean
	PoolLast = rows.PoolLast
	PoolMax  = rows.PoolMax
	PoolNone = rows.PoolNone
)

// Pools lists them.
var Pools = rows.Pools

// The classes, items and their source are those of capture/rows.
const (
	positive = rows.Positive
	negative = rows.Negative
)

type (
	item   = rows.Item
	source = rows.Source
)

// Options says what directions are made of. The zero value of a field is its default.
type Options struct {
	Label              string // label table, NAME or NAME@VERSION; or a column of samples, or a key of the row
	Positive, Negative string // its values
	How                string // one of Methods; mean
	Points             []string
	Name               string   // of the direction, where there is one point; else directions have the names of their points
	Tokens             string   // an expression of capture.tokens; all rows that the run has
	Pool               string   // one of Pools; mean
	Where              []string // KEY=VALUE: conditions on samples, all of which hold
	Rank               int      // of pca: how many components; 1
	Shrinkage          *float64 // of lda, 0 to 1; nil: by Ledoit and Wolf
	Covariance         int      // most rows of Direction.Covariance; 0: DefaultCovariance; -1: none
}

// DefaultCovariance is the most rows that a covariance has where nothing else is asked for.
const DefaultCovariance = 256

func (o *Options) defaults() {
	for of, value := range map[*string]string{&o.How: ByMean, &o.Pool: PoolMean} {
		if *of == "" {
			*of = value
		}
	}
	if o.Rank == 0 {
		o.Rank = 1
	}
	if o.Covariance == 0 {
		o.Covariance = DefaultCovariance
	}
}

// check refuses options that mean nothing.
func (o *Options) check() error {
	switch {
	case !slices.Contains(Methods, o.How):
		return hint.Usage(fmt.Errorf("there is no method %q", o.How), "methods: "+strings.Join(Methods, ", "))
	case o.Rank < 1 || o.Rank > 1 && o.How != ByPCA:
		return hint.Usage(fmt.Errorf("rank %d with the method %s", o.Rank, o.How), "only pca makes several components; their number is 1 or more")
	case o.Shrinkage != nil && (o.How != ByLDA || !(*o.Shrinkage >= 0 && *o.Shrinkage <= 1)):
		return hint.Usage(fmt.Errorf("shrinkage %v with the method %s", *o.Shrinkage, o.How), "shrinkage is of lda, and from 0 to 1")
	case o.Covariance < -1 || o.Covariance > 4096:
		return hint.Usage(fmt.Errorf("a covariance of %d rows", o.Covariance), "use 1 to 4096")
	case o.Label == "" || o.Positive == "":
		return hint.Usage(fmt.Errorf("there is no label, or no value of it"), "say which label, and which of its values are the two classes")
	case o.Positive == o.Negative:
		return hint.Usage(fmt.Errorf("both classes are %q", o.Positive), "give two values of the label")
	case part(o.Name) != "" || strings.ContainsRune(o.Name, '#'):
		return hint.Usage(fmt.Errorf("a direction cannot have the name %q", o.Name), "names have no #, and do not end in ."+strings.Join(partNames, ", ."))
	}
	if err := rows.CheckPool(o.Pool); err != nil {
		return err
	}
	_, err := rows.ParseTokens(o.Tokens)
	return err
}

// classes are those of the label.
func (o *Options) classes() *rows.Classes {
	return &rows.Classes{Label: o.Label, Positive: o.Positive, Negative: o.Negative, Where: o.Where}
}

func manyPoints(o *Options) error {
	return hint.Usage(fmt.Errorf("one name, %q, for directions of %d points", o.Name, len(o.Points)), "choose one point, or leave out the name: directions are then named after their points")
}
