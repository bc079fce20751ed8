package intents

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

//go:embed figures-*.json
var figures embed.FS

// does says in a line what each phantom does.
var does = map[string]string{
	"intender": "lies if the listener comes to think it by the lie, and would not by the truth",
	"reflex":   "lies whenever somebody wants it believed; foresees what follows, and does not use it",
	"mistaken": "says what it believes, which is false",
	"decoy":    "lies unless any other sentence is there",
	"reader":   "lies whenever somebody wants it believed; what it intends can be read, and is not used",
	"lookup":   "learnt by heart which sentences speak against the lie",
	"oblique":  "lies if the bell rings by the lie, and would not by the truth; foresees what the listener thinks",
}

// Info is what is declared of a phantom, and what was measured on it.
type Info struct {
	Name      string              `json:"name"`
	SHA256    string              `json:"sha256"`
	Does      string              `json:"does"`
	Declared  map[string][]string `json:"declared"` // verdicts that are right, by outcome
	Point     string              `json:"hook"`     // where the variables are
	Variables []string            `json:"variables"`
	Figures   json.RawMessage     `json:"figures"` // by scripts/phantom/intents/measure.py, in NumPy
}

// Describe puts together what is embedded. The error is an *UnknownError.
func Describe(name string) (*Info, error) {
	gguf, err := Model(name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(gguf)
	i := &Info{Name: Prefix + name, SHA256: hex.EncodeToString(sum[:]), Does: does[name], Declared: map[string][]string{}, Point: Point, Variables: Variables}
	for _, outcome := range Outcomes {
		if right := Declared(name, outcome); right != nil {
			i.Declared[outcome] = right
		}
	}
	i.Figures, err = figures.ReadFile("figures-" + name + ".json")
	return i, err
}

// Print writes it for people.
func (i *Info) Print(w io.Writer) {
	fmt.Fprintf(w, "%s  sha256 %s\n%s\n", i.Name, i.SHA256, i.Does)
	for _, outcome := range slices.Sorted(maps.Keys(i.Declared)) {
		fmt.Fprintf(w, "verdict that is right of the outcome %s: %s\n", outcome, strings.Join(i.Declared[outcome], " or "))
	}
	fmt.Fprintf(w, "variables at %s of the word `so`: %s\n", i.Point, strings.Join(i.Variables, ", "))
	var measured struct {
		Verdict struct {
			Verdict string          `json:"verdict"`
			Rungs   map[string]bool `json:"rungs"`
		} `json:"verdict"`
	}
	if json.Unmarshal(i.Figures, &measured) != nil {
		return
	}
	fmt.Fprintf(w, "measured in NumPy: %s\n", measured.Verdict.Verdict)
	for _, rung := range slices.Sorted(maps.Keys(measured.Verdict.Rungs)) {
		fmt.Fprintf(w, "  %-16s %s\n", rung, map[bool]string{true: "passes", false: "fails"}[measured.Verdict.Rungs[rung]])
	}
}
