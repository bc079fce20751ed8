package spec

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/hooks"
)

// checkInterventions checks interventions as far as neither the model nor a file is needed.
func (s *Spec) checkInterventions() error {
	var names []string
	for i := range s.Interventions {
		iv := &s.Interventions[i]
		names = append(names, iv.Name)
		key := fmt.Sprintf("interventions[%d]", i)
		if err := checkArmName(key+".name", iv.Name); err != nil {
			return err
		}
		if err := s.checkIntervention(key, iv); err != nil {
			return err
		}
	}
	return checkNames("interventions", names)
}

// checkArmName wants a name that can be part of an arm's.
func checkArmName(key, name string) error {
	if err := checkName(key, name); err != nil {
		return err
	}
	if strings.ContainsAny(name, "@:#, \t") {
		return hint.Usage(fmt.Errorf("%s is %q, which holds a space or one of @ : # ,", key, name), "arms are named after it, as in lie:15@2: use letters, digits, - and _")
	}
	if name == ArmNone || name == ArmPrompt {
		return hint.Usage(fmt.Errorf("%s is %q, the name of an arm that is there by itself", key, name), "use another name")
	}
	return nil
}

func (s *Spec) checkIntervention(key string, iv *Intervention) error {
	place := fmt.Sprintf("%s (%s)", key, iv.Name)
	for _, check := range []func() error{
		func() error { return oneOfWords(place+".do", iv.Do, Operations) },
		func() error { return iv.checkPoints(place) },
		func() error { return iv.checkTokens(place) },
		func() error { return iv.checkDoses(place) },
		func() error { return s.checkVector(place, iv) },
		func() error { return s.checkSwap(place, iv) },
		func() error { return iv.checkWhen(place) },
		func() error { return s.checkPredict(place, iv.Predict) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// oneOfWords wants one of some words, and names the nearest.
func oneOfWords(key, value string, words []string) error {
	if slices.Contains(words, value) {
		return nil
	}
	if value == "" {
		return hint.Usage(fmt.Errorf("%s is missing", key), "use one of "+strings.Join(words, ", "))
	}
	return hint.Usage(fmt.Errorf("%s is %q", key, value), "nearest: "+strings.Join(hooks.Nearest(value, words), ", ")+"; there are "+strings.Join(words, ", "))
}

// checkPoints checks at, each and heads.
func (iv *Intervention) checkPoints(place string) error {
	var byHead, layers []hooks.Site
	selectors := 0
	for _, list := range iv.At {
		for _, selector := range hooks.Split(list) {
			selectors++
			found, err := hooks.SitesOf(selector)
			if err == nil && len(found) == 1 {
				err = hooks.CheckWritable(found[0], selector)
			}
			if err != nil {
				return hint.Usage(fmt.Errorf("%s.at: %w", place, err))
			}
			for _, site := range found {
				if site.Writable() && !site.ByHead() {
					byHead = append(byHead, site)
				}
				if !site.HasLayer() {
					layers = append(layers, site)
				}
			}
		}
	}
	switch {
	case selectors == 0:
		return hint.Usage(fmt.Errorf("%s.at names no point", place), "for example resid_post:15; ", hint.Command{"hooks", "MODEL"}, " lists the points of a model")
	case iv.Each != "" && iv.Each != eachLayer:
		return hint.Usage(fmt.Errorf("%s.each is %q", place, iv.Each), "use layer, for one arm of each block, or leave it out")
	case iv.ByLayer() && layers != nil:
		return hint.Usage(fmt.Errorf("%s.each is layer, and %s is in no block", place, layers[0]), "leave each out, or name points of blocks")
	case iv.Heads != nil && len(iv.Heads) == 0:
		return hint.Usage(fmt.Errorf("%s.heads is empty", place), "name heads, counted from 0, or leave it out for all")
	case len(iv.Heads) > 0 && byHead != nil:
		return hint.Usage(fmt.Errorf("%s.heads is set, and %s has no heads", place, byHead[0]), "heads are at z, q, k and v")
	}
	return checkNumbersFromZero(place+".heads", iv.Heads)
}

// checkNumbersFromZero wants whole numbers from 0 on, each once.
func checkNumbersFromZero(key string, numbers []int) error {
	for i, n := range numbers {
		if n < 0 || n > 1<<20 {
			return hint.Usage(fmt.Errorf("%s holds %d", key, n), "they are counted from 0")
		}
		if slices.Index(numbers, n) < i {
			return hint.Usage(fmt.Errorf("%s holds %d twice", key, n), "name each once")
		}
	}
	return nil
}

func (iv *Intervention) checkTokens(place string) error {
	if strings.TrimSpace(iv.Tokens) == "" {
		return hint.Usage(fmt.Errorf("%s.tokens is missing: it says which tokens' rows are changed", place), `for example "prompt[-1] | response", which changes every row that an answer is drawn from, or all`)
	}
	_, err := selection.ParseKey(place+".tokens", iv.Tokens)
	return err
}

// checkDoses checks scale, value, min, max and unit.
func (iv *Intervention) checkDoses(place string) error {
	unfit := func(key string) error {
		return hint.Usage(fmt.Errorf("%s.%s is set, and do: %s has none", place, key, iv.Do), "scale belongs to add and scale; value, min and max to set; unit to add and set")
	}
	add, set, scale := iv.Do == "add", iv.Do == "set", iv.Do == "scale"
	switch {
	case iv.Scale != nil && !add && !scale:
		return unfit("scale")
	case iv.Value != nil && !set:
		return unfit("value")
	case (iv.Min != nil || iv.Max != nil) && !set:
		return unfit("min or max")
	case iv.Unit != "" && !add && !set:
		return unfit("unit")
	case iv.Scale != nil && len(iv.Scale) == 0:
		return hint.Usage(fmt.Errorf("%s.scale is empty", place), "write a number, or a list with one arm for each")
	case iv.Value != nil && len(iv.Value) == 0:
		return hint.Usage(fmt.Errorf("%s.value is empty", place), "write a number, or a list with one arm for each")
	case scale && iv.Scale == nil:
		return hint.Usage(fmt.Errorf("%s.scale is missing: it is what the coordinate is multiplied by", place), "write a number, or a list with one arm for each; 1 changes nothing")
	case set && iv.Value == nil && iv.Min == nil && iv.Max == nil:
		return hint.Usage(fmt.Errorf("%s says neither value nor min or max", place), "value is what the coordinate becomes; min and max are its limits")
	case set && iv.Value != nil && (iv.Min != nil || iv.Max != nil):
		return hint.Usage(fmt.Errorf("%s has both a value and limits", place), "value makes the coordinate one number, min and max keep it within limits: leave one of them out")
	}
	if iv.Unit != "" {
		if err := oneOfWords(place+".unit", iv.Unit, Units); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		key     string
		numbers []float64
	}{{"scale", iv.Scale}, {"value", iv.Value}, {"min", one(iv.Min)}, {"max", one(iv.Max)}} {
		if err := checkFinite(place+"."+list.key, list.numbers); err != nil {
			return err
		}
	}
	if iv.Min != nil && iv.Max != nil && *iv.Min > *iv.Max {
		return hint.Usage(fmt.Errorf("%s.min is %v, max %v", place, *iv.Min, *iv.Max), "the first must not be the larger")
	}
	return nil
}

func one(x *float64) []float64 {
	if x == nil {
		return nil
	}
	return []float64{*x}
}

// checkFinite wants finite numbers that float32 holds, each once.
func checkFinite(key string, numbers []float64) error {
	for i, x := range numbers {
		if math.IsNaN(x) || math.Abs(x) > 1e30 {
			return hint.Usage(fmt.Errorf("%s holds %v", key, x), "use numbers between -1e30 and 1e30")
		}
		if slices.Index(numbers, x) < i {
			return hint.Usage(fmt.Errorf("%s holds %s twice", key, DoseName(x)), "each number is an arm of its own: name it once")
		}
	}
	return nil
}

// checkSwap checks from and align.
func (s *Spec) checkSwap(place string, iv *Intervention) error {
	swap := iv.Do == "swap"
	var names []string
	for _, v := range s.Conditions {
		names = append(names, v.Name)
	}
	switch given := iv.From != (Origin{}); {
	case !swap && (given || iv.Align != ""):
		return hint.Usage(fmt.Errorf("%s has from or align, and do is %s", place, iv.Do), "they belong to do: swap")
	case swap && !given:
		return hint.Usage(fmt.Errorf("%s.from is missing: a swap takes rows of another sample", place), "write from: pair, or from: {condition: NAME}")
	case !swap:
		return nil
	case iv.Followups:
		return hint.Usage(fmt.Errorf("%s.followups is true, and do is swap: the tokens of a follow-up have no counterpart in another sample", place), "leave followups out: a follow-up goes on from the edited conversation")
	case iv.From.text != "":
		return hint.Usage(fmt.Errorf("%s.from is %q", place, iv.From.text), "write from: pair, or from: {condition: NAME}")
	case iv.From.Pair && iv.From.Condition != "":
		return hint.Usage(fmt.Errorf("%s.from names both a pair and a condition", place), "leave one of them out")
	case !iv.From.Pair && !slices.Contains(names, iv.From.Condition):
		advice := "declare it under conditions, or write from: pair"
		if len(names) > 0 {
			advice = "nearest conditions: " + strings.Join(hooks.Nearest(iv.From.Condition, names), ", ")
		}
		return hint.Usage(fmt.Errorf("%s.from: %q is none of conditions", place, iv.From.Condition), advice)
	case iv.Align != "" && !slices.Contains(Alignments, iv.Align):
		return oneOfWords(place+".align", iv.Align, Alignments)
	}
	tokens, err := selection.ParseKey(place+".tokens", iv.Tokens)
	if err == nil && iv.Align == "span" && len(tokens.Spans()) == 0 {
		return hint.Usage(fmt.Errorf("%s.align is span, and tokens %q names no span", place, iv.Tokens), "name one, for example tokens: span:claim, or use align: token or from_end")
	}
	return err
}

func (iv *Intervention) checkWhen(place string) error {
	w := iv.When
	switch {
	case w == nil:
		return nil
	case w.Probe == "":
		return hint.Usage(fmt.Errorf("%s.when.probe is missing", place), "name a direction file, as FILE or FILE#NAME")
	case w.Above == nil:
		return hint.Usage(fmt.Errorf("%s.when.above is missing: tokens whose score is above it are changed", place), "for example above: 0")
	}
	if err := checkReference(place+".when.probe", w.Probe); err != nil {
		return err
	}
	return checkFinite(place+".when.above", []float64{*w.Above})
}

// checkPredict checks what is expected of the alternatives.
func (s *Spec) checkPredict(place, predict string) error {
	switch {
	case predict == "":
		return nil
	case !slices.Contains(Predictions, predict):
		return oneOfWords(place+".predict", predict, Predictions)
	case len(s.Alternatives) == 0:
		return hint.Usage(fmt.Errorf("%s.predict is %s, and the spec has no alternatives", place, predict), "predict says whether the first option of the first alternatives gains or loses: declare it under alternatives")
	}
	return nil
}

// IsZero says whether no vector is named.
func (v Vector) IsZero() bool { return v == Vector{} }

// checkVector checks the vector of an intervention, as far as its file is not needed.
func (s *Spec) checkVector(place string, iv *Intervention) error {
	v := &iv.Vector
	ways := 0
	for _, given := range []bool{v.Ref != "", v.Random != nil, v.Mean != nil} {
		if given {
			ways++
		}
	}
	switch {
	case ways > 1:
		return hint.Usage(fmt.Errorf("%s.vector is several things at once", place), "use one of ref (FILE or FILE#NAME), random and mean")
	case ways == 0 && iv.Do == "swap": // of the whole row
		return nil
	case ways == 0:
		return hint.Usage(fmt.Errorf("%s.vector is missing", place), "name a direction file, as FILE or FILE#NAME; ", hint.Command{"vector", "make"}, " makes one")
	case iv.Do == "erase" && v.Ref == "":
		return hint.Usage(fmt.Errorf("%s: do: erase needs an affine map, which neither random nor mean gives", place), "name a direction file with tensors NAME.A and NAME.b")
	case v.Ref == ZeroVector && iv.Do != "replace":
		return hint.Usage(fmt.Errorf("%s.vector is zero, which points nowhere", place), "zero is a row for do: replace; name a direction file")
	case v.Ref == ZeroVector:
		return nil
	case v.Ref != "":
		return checkReference(place+".vector", v.Ref)
	case v.Random != nil:
		return s.checkRandom(place+".vector.random", iv, v.Random)
	}
	return checkMean(place+".vector.mean", v.Mean)
}

// checkReference wants FILE or FILE#NAME.
func checkReference(key, ref string) error {
	file, name, named := ref, "", false
	if at := strings.LastIndexByte(ref, '#'); at >= 0 {
		file, name, named = ref[:at], ref[at+1:], true
	}
	what := ""
	switch {
	case strings.TrimSpace(file) == "":
		what = "names no file"
	case named && name == "":
		what = "names nothing after #"
	case strings.ContainsRune(ref, 0), !utf8.ValidString(ref):
		what = "is no path"
	case named && strings.ContainsAny(name, "/\\"):
		what = "has a / after #"
	}
	if what == "" {
		return nil
	}
	return hint.Usage(fmt.Errorf("%s: %q %s", key, ref, what), "write FILE, or FILE#NAME for one of several directions in a file")
}

// checkRandom checks what a random direction is like.
func (s *Spec) checkRandom(key string, iv *Intervention, r *Random) error {
	var names []string
	for i := range s.Interventions {
		names = append(names, s.Interventions[i].Name)
	}
	other := s.Intervention(r.Like)
	switch {
	case r.Like == "":
		return hint.Usage(fmt.Errorf("%s.like is missing: it has the norm and the rank", key), "name an intervention or a direction file")
	case r.Like == iv.Name:
		return hint.Usage(fmt.Errorf("%s.like is %q, the intervention itself", key, r.Like), "name another intervention, or a direction file")
	case other != nil && (other.Vector.Random != nil || other.Vector.IsZero() || other.Vector.Ref == ZeroVector || other.Do == "erase"):
		return hint.Usage(fmt.Errorf("%s.like is %q, which has no direction of its own", key, r.Like), "name an intervention with a direction, or a direction file")
	case other == nil && filepath.Ext(r.Like) == "" && !strings.ContainsAny(r.Like, "#/"):
		return hint.Usage(fmt.Errorf("%s.like is %q, which is neither an intervention nor a file", key, r.Like), "nearest interventions: "+strings.Join(hooks.Nearest(r.Like, slices.DeleteFunc(names, func(n string) bool { return n == iv.Name })), ", "))
	case other != nil:
		return nil
	}
	return checkReference(key+".like", r.Like)
}

func checkMean(key string, m *Mean) error {
	switch {
	case m.Run == "":
		return hint.Usage(fmt.Errorf("%s.run is missing", key), "name the folder of a run whose rows are averaged")
	case strings.ContainsRune(m.Run, 0):
		return hint.Usage(fmt.Errorf("%s.run %q is no path", key, m.Run), "name the folder of a run whose rows are averaged")
	case m.Label == "":
		return hint.Usage(fmt.Errorf("%s.label is missing", key), "it says, with value, which samples count; ", hint.Command{"label", m.Run}, " lists the labels")
	case m.Value == "":
		return hint.Usage(fmt.Errorf("%s.value is missing", key), "value says which samples count, for example value: true; ", hint.Command{"label", m.Run}, " lists the labels")
	}
	if m.Tokens != "" {
		_, err := selection.ParseKey(key+".tokens", m.Tokens)
		return err
	}
	return nil
}
