package phantom

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"
)

// Info is what is declared of the phantom, and what was measured on it.
type Info struct {
	Name                   string            `json:"name"`
	SHA256                 string            `json:"sha256"`
	Hook                   string            `json:"hook"`  // where the variables live
	Layer                  int               `json:"layer"` // the layer of that hook
	Layers                 int               `json:"layers"`
	LayersWithoutAttention int               `json:"layers_without_attention"` // the first ones
	Width                  int               `json:"d_model"`
	Positions              []string          `json:"positions"` // of the answer: "prompt:-1" is the last token of the prompt
	Subspaces              map[string]int    `json:"subspaces"` // dimensions by variable
	Causal                 map[string]string `json:"causal_model"`
	Figures                json.RawMessage   `json:"figures"`
}

// measured is the part of figures.json that Print shows.
type measured struct {
	Behaviour map[string]struct {
		N              int     `json:"n"`
		Right          float64 `json:"right"`
		TotalVariation float64 `json:"total_variation_max"`
	} `json:"behaviour"`
	Interchange map[string]struct {
		Right   *float64 `json:"right"`
		Changed *float64 `json:"changed"`
	} `json:"interchange"`
	AUROC []struct {
		Layer    int        `json:"layer"`
		Position string     `json:"position"`
		AUROC    float64    `json:"auroc"`
		Interval [2]float64 `json:"interval"`
	} `json:"lie_against_mistake"`
}

// Describe puts together what is embedded. An error means that the embedded
// files do not fit each other.
func Describe() (*Info, error) {
	var m measured
	if err := json.Unmarshal(figures, &m); err != nil {
		return nil, fmt.Errorf("phantom: figures.json: %w", err)
	}
	i := &Info{Name: Name, SHA256: Checksum(), Subspaces: map[string]int{}, Causal: TheWorld().Causal, Figures: Figures()}
	for _, a := range m.AUROC {
		i.Layers = max(i.Layers, a.Layer+1)
	}
	return i, i.readSubspaces()
}

// readSubspaces takes the declaration from the head of the safetensors file: 8
// bytes with its length, then JSON.
func (i *Info) readSubspaces() error {
	var head map[string]struct {
		Shape                             []int
		Hook, Layer, Positions, Variables string
		FreeLayers                        string `json:"free_layers"`
	}
	if len(subspaces) < 8 {
		return fmt.Errorf("phantom: subspaces.safetensors is cut short")
	}
	n := binary.LittleEndian.Uint64(subspaces)
	if n > uint64(len(subspaces)-8) {
		return fmt.Errorf("phantom: subspaces.safetensors is cut short")
	}
	if err := json.Unmarshal(subspaces[8:8+n], &head); err != nil {
		return fmt.Errorf("phantom: subspaces.safetensors: %w", err)
	}
	declared := head["__metadata__"]
	i.Hook = declared.Hook
	var err error
	if i.Layer, err = strconv.Atoi(declared.Layer); err == nil {
		if i.LayersWithoutAttention, err = strconv.Atoi(declared.FreeLayers); err == nil {
			err = json.Unmarshal([]byte(declared.Positions), &i.Positions)
		}
	}
	if err != nil {
		return fmt.Errorf("phantom: subspaces.safetensors: %w", err)
	}
	for name, tensor := range head {
		if len(tensor.Shape) == 2 {
			i.Subspaces[name], i.Width = tensor.Shape[0], tensor.Shape[1]
		}
	}
	return nil
}

// Print writes the description as text for people.
func (i *Info) Print(w io.Writer) {
	fmt.Fprintf(w, "phantom      %d layers, d_model %d, sha256 %s\n", i.Layers, i.Width, i.SHA256)
	fmt.Fprintf(w, "variables    in %s at %v\n", i.Hook, i.Positions)
	for _, name := range sorted(i.Subspaces) {
		fmt.Fprintf(w, "  %-12s %2d dimensions: %s\n", name, i.Subspaces[name], i.Causal[name])
	}
	fmt.Fprintf(w, "says         %s\n", i.Causal["said"])
	fmt.Fprintf(w, "attention    none in layers 0 to %d: nothing of the prompt can be at the answer there\n", i.LayersWithoutAttention-1)
	var m measured
	if json.Unmarshal(i.Figures, &m) != nil {
		return // Describe has read it before
	}
	fmt.Fprintln(w, "\nmeasured on this GGUF")
	for _, cause := range Causes {
		b := m.Behaviour[cause]
		if cause == "guess" {
			fmt.Fprintf(w, "  %-28s total variation from uniform at most %.3f (%d prompts)\n", cause, b.TotalVariation, b.N)
		} else {
			fmt.Fprintf(w, "  %-28s says what the causal model says: %.2f %% (%d prompts)\n", cause, 100*b.Right, b.N)
		}
	}
	for _, name := range sorted(m.Interchange) {
		switch x := m.Interchange[name]; {
		case x.Right != nil:
			fmt.Fprintf(w, "  swap %-23s as the causal model says: %.2f %%\n", name, 100**x.Right)
		case x.Changed != nil:
			fmt.Fprintf(w, "  swap %-23s changes %.2f %%\n", name, 100**x.Changed)
		}
	}
	fmt.Fprintln(w, "\nlie against mistake that says the same words, difference of means, AUROC [95 % interval]")
	for _, a := range m.AUROC {
		fmt.Fprintf(w, "  layer %d  %-11s %.3f [%.3f, %.3f]\n", a.Layer, a.Position, a.AUROC, a.Interval[0], a.Interval[1])
	}
	fmt.Fprintln(w, "\nIt shows that an instrument reads what is there, where it is; nothing about real models (docs/phantom.md).")
}

func sorted[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
