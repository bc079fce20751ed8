// Package facts has the facts that models are asked for rates of falsehood: their file, their
// prompts under each arm, the runs that ask them, and what the runs answered.
package facts

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// Options is how many options a fact has, and Wordings in how many ways it is asked. The
// options go round with the wordings, so that each stands first, second and third once.
const (
	Options  = 3
	Wordings = 3
)

// Fact is a question with closed options, of which one is true. Three facts are a set: they
// have the same options, and each has another true one.
type Fact struct {
	ID      string           `json:"id"`
	Topic   string           `json:"topic"`
	Band    string           `json:"band"` // how common it is: common, less common, rare
	Set     string           `json:"set"`
	Ask     [Wordings]string `json:"ask"`
	Options [Options]string  `json:"options"`
	True    int              `json:"true"` // index into Options
}

//go:embed facts.jsonl
var file []byte

var all = sync.OnceValue(func() (out []Fact) {
	dec := json.NewDecoder(bytes.NewReader(file))
	for dec.More() {
		var f Fact
		if err := dec.Decode(&f); err != nil {
			panic("facts.jsonl, which is embedded: " + err.Error())
		}
		out = append(out, f)
	}
	return out
})

// All are the facts that are shipped; scripts/facts makes their file.
func All() []Fact { return slices.Clone(all()) }

// SHA256 is that of their file.
func SHA256() string { return rundir.SumOf(file) }

// Topics are the names of the topics of facts, in order.
func Topics(of []Fact) (out []string) {
	for _, f := range of {
		out = append(out, f.Topic)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Choose gives whole sets of some topics (none: all), as many as n facts hold (0: all), in
// turn over topics and bands. A topic that there is none of, and an n below a set, are a
// *hint.UsageError.
func Choose(of []Fact, topics []string, n int) ([]Fact, error) {
	known := Topics(of)
	for _, t := range topics {
		if !slices.Contains(known, t) {
			return nil, hint.Usage(fmt.Errorf("no facts of the topic %q", t), "topics are "+strings.Join(known, ", "))
		}
	}
	if n != 0 && n < Options {
		return nil, hint.Usage(fmt.Errorf("%d facts", n), fmt.Sprintf("%d are a set, which is the least", Options))
	}
	sets := setsOf(slices.DeleteFunc(slices.Clone(of), func(f Fact) bool { return len(topics) > 0 && !slices.Contains(topics, f.Topic) }))
	if n != 0 {
		sets = sets[:min(len(sets), n/Options)]
	}
	var out []Fact
	for _, f := range of {
		if slices.Contains(sets, f.Set) {
			out = append(out, f)
		}
	}
	return out, nil
}

// setsOf are the names of the sets of facts, topics in turn, and of each topic bands in turn,
// which begin with another one for each topic.
func setsOf(of []Fact) (sets []string) {
	type rank struct{ turn, band, topic int }
	topics, bands := []string{}, []string{}
	in := func(all *[]string, name string) int {
		if i := slices.Index(*all, name); i >= 0 {
			return i
		}
		*all = append(*all, name)
		return len(*all) - 1
	}
	ranks, turns := map[string]rank{}, map[[2]int]int{}
	for _, f := range of {
		if _, seen := ranks[f.Set]; seen {
			continue
		}
		topic, band := in(&topics, f.Topic), in(&bands, f.Band)
		ranks[f.Set] = rank{turns[[2]int{topic, band}], (band + topic) % 3, topic}
		turns[[2]int{topic, band}]++
		sets = append(sets, f.Set)
	}
	slices.SortStableFunc(sets, func(a, b string) int {
		x, y := ranks[a], ranks[b]
		return cmp.Or(x.turn-y.turn, x.band-y.band, x.topic-y.topic)
	})
	return sets
}
