package prompt

import "strings"

// stopFinder finds the first stop text in a response that grows. It looks at bytes: a
// token need not begin or end where a stop text or a character does.
type stopFinder struct {
	texts []string
	cut   int // byte at which the stop text begins; negative while there is none
	seen  int // bytes that were looked at, but for a beginning of a stop text at their end
}

func newStopFinder(texts []string) stopFinder { return stopFinder{texts: texts, cut: -1} }

// read goes on to the end of the response so far, and says whether a stop text is
// there. Of several the one that begins first counts.
func (f *stopFinder) read(response string) bool {
	for _, text := range f.texts {
		if at := strings.Index(response[f.seen:], text); at >= 0 && (f.cut < 0 || f.seen+at < f.cut) {
			f.cut = f.seen + at
		}
	}
	if f.cut < 0 {
		f.seen = len(response) - f.begun(response)
	}
	return f.cut >= 0
}

// begun gives the length of the longest end of the response that begins a stop text.
func (f *stopFinder) begun(response string) (most int) {
	for _, text := range f.texts {
		most = max(most, partial(response, text))
	}
	return most
}

// decidedTo is the byte before which the response holds no stop text, whatever follows.
func (f *stopFinder) decidedTo() int {
	if f.cut >= 0 {
		return f.cut
	}
	return f.seen
}
