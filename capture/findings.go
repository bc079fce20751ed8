package capture

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

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

// subject is a model file under examination.
type subject struct {
	facts    models.Facts
	tok      Tokenizer
	template *models.ChatTemplate // the default one, nil where it is missing or broken
	broken   error                // why the template cannot be used
	prompt   []models.Token       // of one message by the user, nil where it does not render
	closing  []models.Token       // what the template puts behind an answer, nil likewise
	closed   bool                 // closing is known
}

const (
	reconvert    = "fetch a newer conversion, or convert the model again with llama.cpp's convert_hf_to_gguf.py"
	nameTemplate = "name a template with --chat FILE, or --chat none for raw text"
)

// checks are all that is looked for, in the order in which it is told.
var checks = []check{
	{id: "no-pre-tokenizer", means: "texts are cut in another way than in training: tokens, states and answers are not quite the model's", do: reconvert, find: (*subject).preTokenizer},
	{id: "special-token-missing", means: "the special token is taken for absent", do: reconvert, find: (*subject).missingTokens},
	{id: "no-end-token", means: "no token ends a response: each goes on to generate.max_tokens", do: "set generate.stop, or " + reconvert, find: (*subject).noEnd},
	{id: "ends-not-read", means: "llama.cpp does not read the key: a response goes on behind this token", do: "set generate.stop to the token's text", find: (*subject).endsNotRead},
	{id: "adds-end", means: "Hugging Face adds it behind raw text; capture adds it nowhere, since every prompt goes on", do: "nothing, for use with capture", find: (*subject).addsEnd},
	{id: "bos-missing", means: "texts begin without the token that the model saw in front of every text", do: reconvert, find: (*subject).noBOS},
	{id: "bos-added", means: "capture puts BOS in front, as llama.cpp does; apply_chat_template(tokenize=True) of Hugging Face does not", do: "write {{ bos_token }} into a template of your own (--chat FILE) to have it in both", template: true, find: (*subject).addedBOS},
	{id: "bos-twice", means: "the model reads it twice, as with Hugging Face", do: "mend the template: --chat FILE", template: true, find: (*subject).twiceBOS},
	{id: "template-missing", means: "prompts are read as raw text, without turns", do: "nothing for a base model (--chat none says that it is meant); else name a template with --chat FILE", template: true, find: (*subject).noTemplate},
	{id: "template-missing-instruct", means: "the model was trained to answer in turns: what it does with raw text is not what it does in a chat", do: nameTemplate, template: true, find: (*subject).noInstructTemplate},
	{id: "template-named-only", means: "no template is used unless it is named", do: "choose one with --template-name, or " + nameTemplate, template: true, find: (*subject).onlyNamed},
	{id: "template-broken", means: "the template cannot be used", do: nameTemplate, template: true, find: (*subject).brokenTemplates},
	{id: "turn-end-not-an-end", means: "a response does not stop where the template ends the turn", do: "set generate.stop to that text", template: true, find: (*subject).turnEnd},
	{id: "vocabulary-size", means: "the file was put together from parts of different models, or changed by hand", do: reconvert, find: (*subject).vocabularySize},
	{id: "token-types", means: "llama.cpp takes these for control tokens, which the file does not say", do: reconvert, find: warnings(controlLooking)},
	{id: "end-by-name", means: "llama.cpp knows end tokens by their texts; this one it takes from the file", do: "nothing, if the token ends a text", quiet: true, find: (*subject).endByName},
	{id: "mended", means: "llama.cpp mends this by itself in models of this kind", do: "nothing", quiet: true, find: warnings(mended)},
	{id: "llama.cpp", means: "llama.cpp warned of it when it loaded the file", do: "see whether a newer conversion is there", find: warnings(nil)},
}

// Findings examines a loaded model, of which no weights are needed. chat says which
// template is used, and what does not matter for it is left out; nil is for all.
func Findings(facts models.Facts, tok Tokenizer, chat *Chat) []Finding {
	s := newSubject(facts, tok)
	out := []Finding{}
	for _, c := range checks {
		if c.template && chat != nil && !chat.ownTemplate() {
			continue
		}
		for _, says := range c.find(s) {
			out = append(out, Finding{c.id, says, c.means, c.do, c.quiet})
		}
	}
	return out
}

// ownTemplate says whether the model's default template is to be used.
func (c *Chat) ownTemplate() bool {
	return c.Template == "auto" && c.Text == "" && c.TemplateName == ""
}

func newSubject(facts models.Facts, tok Tokenizer) *subject {
	s := &subject{facts: facts, tok: tok}
	if !facts.HasTemplate() {
		return s
	}
	r, err := newRenderer(Chat{Template: "auto", Now: "2026-01-01"}, facts)
	if err != nil {
		s.broken = err
		return s
	}
	s.template = r.template
	if chat, err := r.apply(&Row{}, []models.Message{{Role: "user", Content: "x"}}); err == nil {
		s.prompt, _ = tok.Tokenize(chat.Text, true)
	}
	s.closing, s.closed = r.closing(tok)
	return s
}

// byteLevel are the tokenizers that a pre-tokenizer belongs to.
var byteLevel = []string{"gpt2"}

func (s *subject) preTokenizer() []string {
	switch about := &s.facts.About; {
	case !slices.Contains(byteLevel, about.Tokenizer):
	case about.Pre == "":
		return []string{`no pre-tokenizer is named (tokenizer.ggml.pre); llama.cpp uses "default" and says that generation quality will be degraded`}
	case about.Pre == "default":
		return []string{`the pre-tokenizer is "default" (tokenizer.ggml.pre), which is that of no model`}
	}
	return nil
}

func (s *subject) missingTokens() (out []string) {
	for _, none := range s.facts.About.NoTokens {
		out = append(out, fmt.Sprintf("%s is %d, and there are %d tokens", none.Key, none.ID, s.facts.Vocabulary))
	}
	return out
}

func (s *subject) noEnd() []string {
	if s.facts.About.NamesEOS {
		return nil
	}
	for t := range s.facts.Vocabulary {
		if s.tok.EndsGeneration(models.Token(t)) {
			return nil
		}
	}
	return []string{"no token is named as the end of a text (tokenizer.ggml.eos_token_id), and none is known as one"}
}

func (s *subject) endsNotRead() (out []string) {
	for _, t := range s.facts.About.Ends {
		if !s.tok.EndsGeneration(t) {
			out = append(out, fmt.Sprintf("tokenizer.ggml.eos_token_ids lists %q", tokenText(s.tok, t)))
		}
	}
	return out
}

func (s *subject) addsEnd() []string {
	if s.facts.About.AddEOS {
		return []string{"an end token is wanted behind every text (tokenizer.ggml.add_eos_token or add_sep_token)"}
	}
	return nil
}

func (s *subject) noBOS() []string {
	bos, add := s.tok.BOS()
	switch {
	case s.facts.About.AddBOS && bos < 0:
		return []string{"BOS is wanted in front of a text, and no token is named for it (tokenizer.ggml.bos_token_id)"}
	case bos >= 0 && !add && strings.HasPrefix(s.facts.Architecture, "gemma") && (s.prompt == nil || s.prompt[0] != bos):
		return []string{"neither the tokenizer (tokenizer.ggml.add_bos_token) nor the chat template puts BOS in front, which Gemma needs"}
	}
	return nil
}

func (s *subject) addedBOS() []string {
	if bos, add := s.tok.BOS(); add && len(s.prompt) > 0 && s.prompt[0] != bos {
		return []string{fmt.Sprintf("the chat template does not write BOS (%s), which tokenizer.ggml.add_bos_token asks for", tokenText(s.tok, bos))}
	}
	return nil
}

func (s *subject) twiceBOS() []string {
	if bos, _ := s.tok.BOS(); bos >= 0 && len(s.prompt) > 1 && s.prompt[0] == bos && s.prompt[1] == bos {
		return []string{fmt.Sprintf("the chat template writes BOS (%s) twice", tokenText(s.tok, bos))}
	}
	return nil
}

func (s *subject) noTemplate() []string {
	if s.facts.HasTemplate() || len(s.facts.About.Templates) > 0 || instruct(&s.facts) != "" {
		return nil
	}
	return []string{"there is no chat template (tokenizer.chat_template)"}
}

func (s *subject) noInstructTemplate() []string {
	if why := instruct(&s.facts); why != "" && !s.facts.HasTemplate() && len(s.facts.About.Templates) == 0 {
		return []string{"there is no chat template (tokenizer.chat_template), and it looks like an instruct model: " + why}
	}
	return nil
}

func (s *subject) onlyNamed() []string {
	if names := templateNames(s.facts.About.Templates); !s.facts.HasTemplate() && len(names) > 0 {
		return []string{"there is no default chat template, only named ones: " + strings.Join(names, ", ")}
	}
	return nil
}

func (s *subject) brokenTemplates() (out []string) {
	if s.broken != nil {
		out = append(out, s.broken.Error())
	}
	for _, name := range templateNames(s.facts.About.Templates) {
		if _, err := models.NewChatTemplate(s.facts.About.Templates[name]); err != nil {
			out = append(out, fmt.Sprintf("template %q: %v", name, err))
		}
	}
	return out
}

func (s *subject) turnEnd() []string {
	if !s.closed {
		return nil
	}
	for _, t := range s.closing {
		switch {
		case s.tok.EndsGeneration(t):
			return nil
		case s.tok.IsControl(t):
			return []string{fmt.Sprintf("the chat template ends an answer with %s, which is no end token of the file", tokenText(s.tok, t))}
		}
	}
	return []string{fmt.Sprintf("the chat template ends an answer with no end token, but with %q", joinPieces(s.tok, s.closing, -1))}
}

func (s *subject) vocabularySize() []string {
	if n := s.facts.About.VocabSize; n > 0 && n != s.facts.Vocabulary {
		return []string{fmt.Sprintf("%s.vocab_size is %d, and there are %d tokens", s.facts.Architecture, n, s.facts.Vocabulary)}
	}
	return nil
}

// What llama.cpp warns of, by what it means.
var (
	controlLooking = regexp.MustCompile(`^control-looking token`)
	endByName      = regexp.MustCompile(`^special_eo[stm]_id is not in special_eog_ids`)
	mended         = regexp.MustCompile(`^setting token .* attribute to USER_DEFINED|^special_eog_ids contains both|^'</s>' is a normal token|for Gemma4$`)
	toldAbove      = regexp.MustCompile(`^missing pre-tokenizer|^GENERATION QUALITY|^CONSIDER REGENERATING|^bad special token|^default special token`)
)

// warnings gives what llama.cpp warned of that is of a kind; nil is what is of none.
func warnings(kind *regexp.Regexp) func(*subject) []string {
	return func(s *subject) (out []string) {
		for _, line := range s.facts.About.Warnings {
			known := slices.ContainsFunc([]*regexp.Regexp{controlLooking, endByName, mended, toldAbove}, func(k *regexp.Regexp) bool { return k.MatchString(line) })
			if kind == nil && !known || kind != nil && kind.MatchString(line) {
				out = append(out, line)
			}
		}
		return out
	}
}

// endByName is about an end token that the file names; another is none.
func (s *subject) endByName() []string {
	if !s.facts.About.NamesEOS {
		return nil
	}
	return warnings(endByName)(s)
}

func templateNames(named map[string]string) []string { return slices.Sorted(maps.Keys(named)) }
