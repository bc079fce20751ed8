// Package verdict says in words what a probe's figures show, by written rules: figures in,
// a word and its reasons out. It measures nothing and reads no files.
//
//	v := verdict.Of(figures)
//	fmt.Println(v.Word) // reads the prompt
//
// The rules, and what each word does and does not mean, are in docs/verdict.md, with how often
// simulated data sets without any difference were called one.
package verdict
