package prompt

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/models/chat"
)

// subject is a model file under examination.
type subject struct {
	facts   models.Facts
	tok     Tokenizer
	broken  error          // why the template cannot be used
	refused error          // why it does not render one message by the user
	prompt  []models.Token // of one message by the user, nil where it does not render
	closing []models.Token // what the template puts after an answer, nil likewise
	closed  bool           // closing is known
}

func newSubject(facts models.Facts, tok Tokenizer) *subject {
	s := &subject{facts: facts, tok: tok}
	if !facts.HasTemplate() {
		return s
	}
	r, err := NewRenderer(spec.Chat{Template: "auto", Now: "2026-01-01"}, facts)
	if err != nil {
		s.broken = err
		return s
	}
	if text, err := r.apply(&r.example, []chat.Message{{Role: "user", Content: "x"}}); err != nil {
		s.refused = err
	} else {
		s.prompt, _ = tok.Tokenize(text.Text, true)
	}
	s.closing, s.closed = r.closing(tok)
	return s
}

func (s *subject) preTokenizer() []string {
	switch about := &s.facts.About; {
	case about.Tokenizer != "gpt2": // the others need none
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

func (s *subject) nullTokens() (out []string) {
	for _, key := range s.facts.About.NullTokens {
		out = append(out, fmt.Sprintf("%s is %d, which names no token", key, uint32(math.MaxUint32)))
	}
	return out
}

func (s *subject) noEnd() []string {
	if s.facts.About.NamesEOS {
		return nil
	}
	if len(EndTokens(s.facts, s.tok)) > 0 {
		return nil
	}
	return []string{"no token is named as the end of a text (tokenizer.ggml.eos_token_id), and none is known as one"}
}

func (s *subject) endsNotRead() (out []string) {
	for _, t := range s.facts.About.Ends {
		if !s.tok.EndsGeneration(t) {
			out = append(out, fmt.Sprintf("tokenizer.ggml.eos_token_ids lists %q", TokenText(s.tok, t)))
		}
	}
	return out
}

func (s *subject) addsEnd() []string {
	if s.facts.About.AddEOS {
		return []string{"an end token is wanted after every text (tokenizer.ggml.add_eos_token or add_sep_token)"}
	}
	return nil
}

func (s *subject) noBOS() []string {
	bos, add := s.tok.BOS()
	switch {
	case s.facts.About.AddBOS && bos < 0:
		return []string{"BOS is wanted in front of a text, and no token is named for it (tokenizer.ggml.bos_token_id)"}
	case bos >= 0 && !add && strings.HasPrefix(s.facts.Architecture, "gemma") && (len(s.prompt) == 0 || s.prompt[0] != bos):
		return []string{"neither the tokenizer (tokenizer.ggml.add_bos_token) nor the chat template puts BOS in front, which Gemma needs"}
	}
	return nil
}

func (s *subject) addedBOS() []string {
	if bos, add := s.tok.BOS(); add && len(s.prompt) > 0 && s.prompt[0] != bos {
		return []string{fmt.Sprintf("the chat template does not write BOS (%s), which tokenizer.ggml.add_bos_token asks for", TokenText(s.tok, bos))}
	}
	return nil
}

func (s *subject) twiceBOS() []string {
	if bos, _ := s.tok.BOS(); bos >= 0 && len(s.prompt) > 1 && s.prompt[0] == bos && s.prompt[1] == bos {
		return []string{fmt.Sprintf("the chat template writes BOS (%s) twice", TokenText(s.tok, bos))}
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
		if _, err := chat.NewTemplate(s.facts.About.Templates[name]); err != nil {
			out = append(out, fmt.Sprintf("template %q: %v", name, err))
		}
	}
	return out
}

func (s *subject) refusedMessage() []string {
	var why *chat.Error
	if !errors.As(s.refused, &why) {
		return nil
	}
	return []string{"the chat template refuses a plain user message: " + why.Message}
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
			return []string{fmt.Sprintf("the chat template ends an answer with %s, which is no end token of the file", TokenText(s.tok, t))}
		}
	}
	return []string{fmt.Sprintf("the chat template ends an answer with %q, which holds no end token", JoinPieces(s.tok, s.closing, -1))}
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
