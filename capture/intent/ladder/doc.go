// Package ladder judges what a model answered: rungs of claims, each of which passes, is
// refuted or has no power, and a verdict by written rules (docs/intent.md). It is a pure
// function of the figures: the same ones give the same verdict, on every model.
package ladder
