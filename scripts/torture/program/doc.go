// Package program ends the real program in every bad way there is, and wants the
// runs that it was writing back: killed, sent signals, its disk full, its folder
// taken away. Each test prints how much it tried, and the seed that repeats it.
//
// The tests are few by default; `make torture` runs them in full.
package program
