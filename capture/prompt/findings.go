package prompt

import (
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// Finding is something that a model file says, or lacks, and that is known to go wrong.
type Finding struct {
	ID    string `json:"id"`
	Says  string `json:"finding"` // one line
	Means string `json:"means"`
	Do    string `json:"do"`

	Quiet bool `json:"-"` // for capture doctor and the manifest, not for each run
}

// check looks for one thing in a file. Where it is found, find gives a line for each.
type check struct {
	id, means, do string
	template      bool // of the model's own template: of no matter where another is used, or none
	quiet         bool
	find          func(*subject) []string
}

const (
	reconvert    = "fetch a newer conversion, or convert the model again with llama.cpp's convert_hf_to_gguf.py"
	nameTemplate = "name a template file as chat.template, or set it to none for raw text"
)

// checks are all that is looked for, in the order in which it is told.
var checks = []check{
	{
		id: "no-pre-tokenizer", find: (*subject).preTokenizer,
		means: "texts are cut in another way than in training: tokens, states and answers are not quite the model's",
		do:    reconvert,
	},
	{
		id: "special-token-missing", find: (*subject).missingTokens,
		means: "the special token is taken for absent",
		do:    reconvert,
	},
	{
		id: "special-token-null", quiet: true, find: (*subject).nullTokens,
		means: "llama.cpp takes the special token for absent",
		do:    "nothing, if the model has no such token; else " + reconvert,
	},
	{
		id: "no-end-token", find: (*subject).noEnd,
		means: "no token ends a response: each goes on to generate.max_tokens",
		do:    "set generate.stop, or " + reconvert,
	},
	{
		id: "ends-not-read", find: (*subject).endsNotRead,
		means: "llama.cpp does not read the key: a response goes on after this token",
		do:    "set generate.stop to the token's text",
	},
	{
		id: "adds-end", find: (*subject).addsEnd,
		means: "Hugging Face adds it after raw text; capture adds it nowhere, since every prompt goes on",
		do:    "nothing, for use with capture",
	},
	{
		id: "bos-missing", find: (*subject).noBOS,
		means: "texts begin without the token that the model saw in front of every text",
		do:    reconvert,
	},
	{
		id: "bos-added", template: true, find: (*subject).addedBOS,
		means: "capture puts BOS in front, as llama.cpp does; apply_chat_template(tokenize=True) of Hugging Face does not",
		do:    "write {{ bos_token }} into a template of your own (chat.template: FILE) to have it in both",
	},
	{
		id: "bos-twice", template: true, find: (*subject).twiceBOS,
		means: "the model reads it twice, as with Hugging Face",
		do:    "correct the template, and name the file as chat.template",
	},
	{
		id: "template-missing", template: true, find: (*subject).noTemplate,
		means: "prompts are read as raw text, without turns",
		do:    "nothing for a base model (chat.template: none says that it is meant); else name a template file as chat.template",
	},
	{
		id: "template-missing-instruct", template: true, find: (*subject).noInstructTemplate,
		means: "the model was trained to answer in turns: what it does with raw text is not what it does in a chat",
		do:    nameTemplate,
	},
	{
		id: "template-named-only", template: true, find: (*subject).onlyNamed,
		means: "no template is used unless it is named",
		do:    "choose one as chat.template_name, or " + nameTemplate,
	},
	{
		id: "template-broken", template: true, find: (*subject).brokenTemplates,
		means: "the template cannot be used",
		do:    nameTemplate,
	},
	{
		id: "template-refuses", template: true, quiet: true, find: (*subject).refusedMessage,
		means: "a prompt alone is not enough: each run with one ends in this error",
		do:    "give the messages that the template wants, or " + nameTemplate,
	},
	{
		id: "turn-end-not-an-end", template: true, find: (*subject).turnEnd,
		means: "a response does not stop where the template ends the turn",
		do:    "set generate.stop to that text",
	},
	{
		id: "vocabulary-size", find: (*subject).vocabularySize,
		means: "the file was put together from parts of different models, or changed by hand",
		do:    reconvert,
	},
	{
		id: "token-types", find: warnings(controlLooking),
		means: "llama.cpp takes these for control tokens, which the file does not say",
		do:    reconvert,
	},
	{
		id: "end-by-name", quiet: true, find: (*subject).endByName,
		means: "llama.cpp knows end tokens by their texts; this one it takes from the file",
		do:    "nothing, if the token ends a text",
	},
	{
		id: "mended", quiet: true, find: warnings(mended),
		means: "llama.cpp corrects this by itself in models of this kind",
		do:    "nothing",
	},
	{
		id: "llama.cpp", find: warnings(nil),
		means: "llama.cpp warned of it when it loaded the file",
		do:    "see whether a newer conversion is there",
	},
}

// Findings examines a loaded model, whose weights are not needed. chat says which template
// is used, and findings that do not matter for it are left out; nil leaves out none.
func Findings(facts models.Facts, tok Tokenizer, chat *spec.Chat) []Finding {
	s := newSubject(facts, tok)
	out := []Finding{}
	for _, c := range checks {
		if c.template && chat != nil && !chat.IsModels() {
			continue
		}
		for _, says := range c.find(s) {
			out = append(out, Finding{c.id, says, c.means, c.do, c.quiet})
		}
	}
	return out
}
