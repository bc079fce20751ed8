package nested

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// The kinds of method, each a function of package fit.
const (
	Mean           = "mean"            // MassMean
	MeanCovariance = "mean-covariance" // MassMeanCovariance
	LDA            = "lda"
	Components     = "components"
	Logistic       = "logistic"
	CCS            = "ccs"
)

// Kinds lists them.
var Kinds = []string{Mean, MeanCovariance, LDA, Components, Logistic, CCS}

// Method is how a probe is fitted. Settings of other kinds must be left out.
type Method struct {
	Kind      string   `json:"kind"`
	C         float64  `json:"c,omitempty"`         // Logistic: the larger, the less is regularised
	K         int      `json:"k,omitempty"`         // Components
	Shrinkage *float64 `json:"shrinkage,omitempty"` // LDA: 0 to 1; nil: by Ledoit and Wolf
	Scale     bool     `json:"scale,omitempty"`     // LDA, Components, Logistic: columns are standardised by the training rows
}

// String writes a method as in "logistic C=0.1 scaled".
func (m Method) String() string {
	parts := []string{m.Kind}
	switch m.Kind {
	case Logistic:
		parts = append(parts, fmt.Sprintf("C=%g", m.C))
	case Components:
		parts = append(parts, fmt.Sprintf("k=%d", m.K))
	case LDA:
		if m.Shrinkage != nil {
			parts = append(parts, fmt.Sprintf("shrinkage=%g", *m.Shrinkage))
		}
	}
	if m.Scale {
		parts = append(parts, "scaled")
	}
	return strings.Join(parts, " ")
}

// Check refuses a method that there is not.
func (m Method) Check() error {
	scales := m.Kind == LDA || m.Kind == Components || m.Kind == Logistic
	switch {
	case !slices.Contains(Kinds, m.Kind):
		return hint.Usage(fmt.Errorf("there is no method %q", m.Kind), "there are: "+strings.Join(Kinds, ", "))
	case m.Kind == Logistic && (!(m.C > 0) || math.IsInf(m.C, 0)):
		return hint.Usage(fmt.Errorf("logistic regression with C = %v", m.C), "use a number above 0: 1 is usual, less regularises more")
	case m.Kind == Components && m.K < 1:
		return hint.Usage(fmt.Errorf("%d principal components", m.K), "take 1 or more")
	case m.Shrinkage != nil && !(*m.Shrinkage >= 0 && *m.Shrinkage <= 1):
		return hint.Usage(fmt.Errorf("a shrinkage of %v", *m.Shrinkage), "use 0 to 1")
	case m.Kind != Logistic && m.C != 0, m.Kind != Components && m.K != 0, m.Kind != LDA && m.Shrinkage != nil, !scales && m.Scale:
		return hint.Usage(fmt.Errorf("the method %s has a setting of another method (C %g, k %d, scale %v)", m.Kind, m.C, m.K, m.Scale), "leave it out")
	}
	return nil
}

// logOdds says whether scores of single rows are log-odds of the classes.
func (m Method) logOdds() bool { return m.Kind == LDA || m.Kind == Logistic }

// Candidate is one of those that are chosen from: a method in a space.
type Candidate struct {
	Space  int // index
	Method Method
}
