package capture

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
	"intentprobe/models"
)

const modelsDoc = "../docs/models.md"

// What a block offers has a name in the document; one that has none is not meant.
const (
	heads   = " q k v pattern z"
	mlp     = " mlp_pre mlp_post"
	stream  = "resid_pre attn_out resid_mid mlp_out resid_post"
	mixed   = "resid_pre mixer_out resid_mid mlp_out resid_post"
	atOnce  = "resid_pre attn_out mlp_out resid_post"
	experts = " router_logits"
)

var blockKinds = []struct{ name, what, points string }{
	{"dense", "attention, then an MLP", stream + heads + mlp},
	{"experts", "attention, then a mixture of experts", stream + heads + experts},
	{"dense with experts", "attention, then an MLP and experts side by side", stream + heads + mlp + experts},
	{"parallel", "attention and an MLP at once", atOnce + heads + mlp},
	{"parallel experts", "attention and experts at once", atOnce + heads + experts},
	{"latent dense", "attention with compressed keys and values, then an MLP", stream + " pattern" + mlp},
	{"latent experts", "attention with compressed keys and values, then experts", stream + " pattern" + experts},
	{"keys as values", "attention that mixes keys, then an MLP", stream + " q k pattern z" + mlp},
	{"per-layer", "attention, an MLP, then per-layer embeddings", stream + " per_layer_out" + heads + mlp},
	{"per-layer, shared keys", "the same, with keys and values of an earlier block", stream + " per_layer_out q pattern z" + mlp},
	{"matrix", "one matrix in the place of attention, then an MLP", stream + mlp},
	{"mixer dense", "another mixer of tokens, then an MLP", mixed + mlp},
	{"mixer experts", "another mixer of tokens, then experts", mixed + experts},
	{"mixer and attention", "both side by side, then an MLP", mixed + heads + mlp},
	{"mixers", "another mixer of tokens, then of channels, which sees the token before", mixed},
	{"mixer alone", "another mixer of tokens and nothing else", "resid_pre mixer_out resid_post"},
	{"attention alone", "attention and nothing else", "resid_pre attn_out resid_post" + heads},
	{"dense alone", "an MLP and nothing else", "resid_pre mlp_out resid_post" + mlp},
	{"experts alone", "a mixture of experts and nothing else", "resid_pre mlp_out resid_post" + experts},
}

var (
	pointName = regexp.MustCompile(`^blocks\.\d+\.(?:(mlp)\.)?(?:attn\.)?hook_(\w+)$`)
	number    = regexp.MustCompile(`\bblk\.\d+|-\d+"|\bblock \d+`)
)

// short gives the form that selectors take of a point of a block.
func short(p hooks.Point) string {
	m := pointName.FindStringSubmatch(p.String())
	if m[1] != "" && (m[2] == "pre" || m[2] == "post") {
		return "mlp_" + m[2]
	}
	return m[2]
}

func sorted(words string) string {
	list := strings.Fields(words)
	slices.Sort(list)
	return strings.Join(list, " ")
}

// documented is what the document says of one tiny model.
type documented struct {
	name, arch       string
	blocks           []string
	window           int
	tried            map[string]int
	sums, norm, head float64
	embed            float64
}

// bound rounds an error up to a power of ten, so that it is the same on every machine.
func bound(x float64) string {
	if x == 0 {
		return "0"
	}
	return fmt.Sprintf("< 1e%d", max(-6, int(math.Floor(math.Log10(x)))+1))
}

// ranges writes the kinds of blocks in their order: "0 dense, 1-2 experts".
func ranges(blocks []string) string {
	if len(slices.Compact(slices.Clone(blocks))) == 1 {
		return blocks[0]
	}
	var out []string
	for from := 0; from < len(blocks); {
		to := from
		for to+1 < len(blocks) && blocks[to+1] == blocks[from] {
			to++
		}
		layers := fmt.Sprint(from)
		if to > from {
			layers = fmt.Sprintf("%d-%d", from, to)
		}
		out = append(out, layers+" "+blocks[from])
		from = to + 1
	}
	return strings.Join(out, ", ")
}

// kindOf is what blocks of one kind offer, in the order of the columns, and why not
// more, as the first model that has one says it.
type kindOf struct {
	offered []string
	absent  map[string]string
}

// Points that only some blocks have, so that it needs no reason where they are not.
var special = []string{"mixer_out", "per_layer_out", "router_logits"}

// document surveys a tiny model as `capture hooks` does.
func document(t *testing.T, path string, kinds map[string]kindOf) documented {
	model, err := models.Load(t.Context(), path, models.LoadOptions{})
	require.NoError(t, err)
	defer model.Close()
	m, identities, err := SurveyModel(context.Background(), model, 1)
	require.NoError(t, err, path)
	d := documented{name: tinyName(path), arch: model.Facts().Architecture, window: model.Facts().Window}
	for _, id := range identities {
		require.True(t, id.Holds(), "%s: %s", path, id)
		switch {
		case id.Layer >= 0:
			d.sums = max(d.sums, id.Error)
		case strings.HasPrefix(id.Name, "hook_embed"):
			d.embed = id.Error
		case strings.HasPrefix(id.Name, "final norm"):
			d.norm = id.Error
		default:
			d.head = id.Error
		}
	}
	for n := range m.Layers {
		var offered []string
		absent := map[string]string{}
		for _, p := range hooks.All(m.Layers) {
			if !strings.HasPrefix(p.String(), "blocks.") || p.Layer != n {
				continue
			}
			if _, ok := m.Find(p); ok {
				offered = append(offered, short(p))
			} else if !slices.Contains(special, short(p)) {
				absent[short(p)] = number.ReplaceAllStringFunc(m.Absent[p], func(s string) string {
					return regexp.MustCompile(`\d+`).ReplaceAllString(s, "N")
				})
			}
		}
		kind := slices.IndexFunc(blockKinds, func(k struct{ name, what, points string }) bool {
			return sorted(k.points) == sorted(strings.Join(offered, " "))
		})
		require.GreaterOrEqual(t, kind, 0, "%s: block %d offers %v, which no kind of block does: name it in blockKinds, if that is meant", path, n, offered)
		d.blocks = append(d.blocks, blockKinds[kind].name)
		if _, ok := kinds[blockKinds[kind].name]; !ok {
			kinds[blockKinds[kind].name] = kindOf{offered, absent}
		}
	}
	return d
}

// absences groups what a kind of block does not offer by the reason.
func absences(absent map[string]string) string {
	points := map[string][]string{}
	for _, p := range slices.Sorted(maps.Keys(absent)) {
		points[absent[p]] = append(points[absent[p]], "`"+p+"`")
	}
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(points)) {
		out = append(out, strings.Join(points[reason], " ")+": "+reason)
	}
	return strings.Join(out, "; ")
}

const modelsIntro = `# Models

Generated by a test from what ` + "`capture hooks`" + ` finds in tiny models with random weights, one or more of each architecture (` + "`make tiny`" + `); ` + "`make models-doc`" + ` writes it anew. [hooks.md](hooks.md) says what the points are and how they are checked.

%d architectures of llama.cpp are served. In every tiny model every identity holds, and every column but the patterns is recomputed in NumPy from the file's weights (` + "`scripts/e2e/test_points.py`" + `), the mixers of hybrid and recurrent models included; patterns are proved by ` + "`hook_z`" + `, which they mix. A model of such an architecture is still checked by itself before each run, and what fails is not offered.

Outside the blocks each has ` + "`hook_embed`" + `, ` + "`ln_final.hook_normalized`" + ` and ` + "`unembed.hook_out`" + `. Models with a mixer other than attention are decoded one sequence at a time, and nothing is shared between their samples.

`

func TestModelsDocument(t *testing.T) {
	paths := tinyModels(t)
	kinds := map[string]kindOf{}
	byArch := map[string][]documented{}
	for _, path := range paths {
		d := document(t, path, kinds)
		d.tried = conform(t, path)
		byArch[d.arch] = append(byArch[d.arch], d)
	}
	require.Equal(t, hooks.Architectures(), slices.Sorted(maps.Keys(byArch)), "each architecture has a tiny model")

	var text strings.Builder
	fmt.Fprintf(&text, modelsIntro, len(byArch))
	text.WriteString("## Architectures\n\nErrors are the largest of all identities of their kind in float32, relative, rounded up to a power of ten, on the CPU on which this was written (none may reach 1e-5); 0 is equal to the bit.\n\n")
	text.WriteString("| `general.architecture` | tiny model | blocks | embedding | sums | final norm | logits |\n|---|---|---|---|---|---|---|\n")
	for _, arch := range slices.Sorted(maps.Keys(byArch)) {
		for _, d := range byArch[arch] {
			for _, e := range []float64{d.embed, d.sums, d.norm, d.head} {
				assert.Less(t, e, tinyError, d.name)
			}
			fmt.Fprintf(&text, "| `%s` | %s | %s | %s | %s | %s | %s |\n", arch, d.name, ranges(d.blocks), bound(d.embed), bound(d.sums), bound(d.norm), bound(d.head))
		}
	}
	text.WriteString(orderTable(byArch))
	text.WriteString("\n## Blocks\n\n`mixer_out`, `per_layer_out` and `router_logits` are of some kinds only; why any other point is missing stands in the last column.\n\n| kind | what it is | points | not offered |\n|---|---|---|---|\n")
	for _, k := range blockKinds {
		require.Contains(t, kinds, k.name, "no tiny model has such a block: take it out of blockKinds")
		fmt.Fprintf(&text, "| %s | %s | `%s` | %s |\n", k.name, k.what, strings.Join(kinds[k.name].offered, "` `"), absences(kinds[k.name].absent))
	}
	text.WriteString("\n## Refused\n\nllama.cpp runs these; capture refuses them by name, since no point would be what its name says. Any other architecture without a table is refused as unknown.\n\n| `general.architecture` | because |\n|---|---|\n")
	refused := hooks.Refused()
	for _, arch := range slices.Sorted(maps.Keys(refused)) {
		fmt.Fprintf(&text, "| `%s` | %s |\n", arch, refused[arch])
	}
	if os.Getenv("CAPTURE_WRITE_DOCS") != "" {
		require.NoError(t, os.WriteFile(modelsDoc, []byte(text.String()), 0o644))
	}
	written, err := os.ReadFile(modelsDoc)
	require.NoError(t, err)
	assert.Equal(t, withoutErrors(string(written)), withoutErrors(text.String()), "`make models-doc` writes docs/models.md anew")
}

// tinyError is what sums of float32 may differ by in any order: the tiny models add
// up to a hundred or so numbers of 24 bits.
const tinyError = 1e-5

var errorColumn = regexp.MustCompile(`\| (?:0|< 1e-\d+) `)

// withoutErrors leaves out of the document what depends on the CPU.
func withoutErrors(text string) string { return errorColumn.ReplaceAllString(text, "| . ") }

const ordersIntro = `
## Orders of decoding

Samples are decoded together, from beginnings that they share, with questions and alternatives that branch off, in passes that stop early, in runs that were interrupted or killed at any point and gone on with, in shards that are merged, and with layers on a worker. Whatever the order, a row is what the sample's own tokens give when they are read from left to right in an empty cache. A test draws specs for each tiny model, with caches that wrap and samples longer than windows, and holds every row, log-probability, entropy and alternative in float32 against that (` + "`capture/conformance_test.go`; `make torture`" + ` draws more). "yes" was tried and held; "-" is not done: models with a state from token to token are decoded one sample at a time. A window is counted in tokens; that of ` + "`llama4` is a chunk of 8192, which no key makes smaller: texts that cross it are part of `make torture`" + ` alone.

`

// orderTable tells of each tiny model which orders of decoding were tried and held.
func orderTable(byArch map[string][]documented) string {
	var text strings.Builder
	text.WriteString(ordersIntro)
	text.WriteString("| `general.architecture` | tiny model | window | " + strings.Join(orders, " | ") + " |\n|---|---|---" + strings.Repeat("|---", len(orders)) + "|\n")
	for _, arch := range slices.Sorted(maps.Keys(byArch)) {
		for _, d := range byArch[arch] {
			fmt.Fprintf(&text, "| `%s` | %s |", arch, d.name)
			cells := []string{"-"}
			if d.window > 0 {
				cells[0] = fmt.Sprint(d.window)
			}
			for _, order := range orders {
				cell := "-"
				if d.tried[order] > 0 {
					cell = "yes"
				}
				cells = append(cells, cell)
			}
			text.WriteString(" " + strings.Join(cells, " | ") + " |\n")
		}
	}
	return text.String()
}

func TestBoundsOfErrors(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 1e-9: "< 1e-6", 3e-7: "< 1e-6", 1e-6: "< 1e-5", 2e-5: "< 1e-4", 0.013: "< 1e-1"} {
		assert.Equal(t, want, bound(x), "%g", x)
	}
	assert.Equal(t, "0 a, 1-2 b, 3 a", ranges([]string{"a", "b", "b", "a"}))
	assert.Equal(t, "a", ranges([]string{"a", "a"}))
}
