// Package lexer cuts a chat template into tokens as Jinja does with trim_blocks and
// lstrip_blocks, the settings of Hugging Face's transformers: a line break after a block
// and the indentation in front of it are dropped, "-" at a tag drops all white space
// there, "+" keeps it. Package jinja parses the tokens.
//
// Start at Lex: it alternates between the text outside of tags (data.go) and the tokens
// inside (tag.go, literal.go).
package lexer
