// Package prompt turns a row of the dataset into what the model reads: messages into text
// by the chat template, text into tokens, and of each token whose it is.
//
// # Text
//
// A [Renderer] applies the chat template: that of the model, one of its named ones, or one
// of the spec ([TemplateSource]). It keeps track of which bytes of the text were the content
// of which message. A follow-up is rendered alone, as what stands after an answer.
//
// # Tokens
//
// [New] tokenises a rendered text and gives each token a [Mark]: its role, its turn, the
// spans that it lies in, and whether it is reasoning or a beginning of the answer that was
// given (a prefill). For that it must know where each token begins in the text, also where
// the tokenizer changes the text ([Offsets]). A [ResponseMarker] does the same for a
// response while it grows: stop texts, closing tags and spans may become known some tokens
// later.
//
// # Model files
//
// [Findings] and [Examine] give what a model file says of its tokens and templates, and
// what of that is known to go wrong.
package prompt
