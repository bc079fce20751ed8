// Package plural phrases numbers with what they count.
package plural
