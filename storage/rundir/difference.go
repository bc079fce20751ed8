package rundir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Difference is something that differs between two runs and must not, if they are to have
// the same bytes.
type Difference struct {
	What string `json:"what"` // for example "engine" or "spec generate.seed"
	Then string `json:"then"`
	Now  string `json:"now"`
}

// String gives both values.
func (d Difference) String() string { return fmt.Sprintf("%s: %s then, %s now", d.What, d.Then, d.Now) }

// MicroBatchDifference is the difference that nobody may force: the record batches
// of one run have one size.
const MicroBatchDifference = "micro-batch"

// AdaptersDifference is the difference of runs with other adapters, or others scales of
// them.
const AdaptersDifference = "adapters"

// FormatDifference is the difference of runs whose files have other columns.
const FormatDifference = "format"

// ArmsDifference, DirectionsDifference and ProbesDifference are those of runs whose samples
// were changed, or scored, in another way: nobody may force them either, as names would not mean one thing.
const (
	ArmsDifference       = "arms"
	DirectionsDifference = "directions"
	ProbesDifference     = "probes"
)

// Format is the version of the run directory; of one that is to be written,
// this program's.
func (m *Manifest) Format() int {
	if m.FormatVersion == 0 {
		return FormatVersion
	}
	return m.FormatVersion
}

// Differences compares what must be the same of two runs for their bytes to be;
// none where nothing differs. Shares of a run and what was written do not matter.
func Differences(then, now *Manifest) (out []Difference) {
	compare := func(what string, a, b any) {
		was, _ := json.Marshal(a) // plain data: cannot fail
		is, _ := json.Marshal(b)
		if !bytes.Equal(was, is) {
			out = append(out, Difference{what, string(was), string(is)})
		}
	}
	compare("model", then.Model.SHA256, now.Model.SHA256)
	compare("weights", then.Model.WeightsSHA256, now.Model.WeightsSHA256)
	compare(AdaptersDifference, then.adapterKeys(), now.adapterKeys())
	compare("dataset", then.Dataset.SHA256, now.Dataset.SHA256)
	out = append(out, specDifferences(then.Spec, now.Spec)...)
	compare("plan", then.Plan, now.Plan)
	compare(FormatDifference, then.Format(), now.Format())
	compare(ArmsDifference, then.Arms, now.Arms)
	compare(DirectionsDifference, then.Directions, now.Directions)
	compare(ProbesDifference, then.Probes, now.Probes)
	a, b := then.Engine, now.Engine
	compare("engine", []string{a.Name, a.Version, a.GgmlVersion, a.Commit, a.Options}, []string{b.Name, b.Version, b.GgmlVersion, b.Commit, b.Options})
	compare("CPU", a.CPUFeatures, b.CPUFeatures)
	compare("backends", a.Backends, b.Backends)
	compare("threads", a.Threads, b.Threads)
	compare("context", []int{a.Context, a.Batch}, []int{b.Context, b.Batch})
	compare(MicroBatchDifference, a.MicroBatch, b.MicroBatch)
	compare("devices", devicesAlike(a.Devices), devicesAlike(b.Devices))
	compare("KV cache", a.KVType, b.KVType)
	compare("tool", []string{then.Tool.Version, then.Tool.Commit}, []string{now.Tool.Version, now.Tool.Commit})
	return out
}

// devicesAlike leaves out what does not matter to the bytes: where a worker listens.
func devicesAlike(devices []Device) (out []Device) {
	for _, d := range devices {
		d.Worker, d.Memory = "", 0
		out = append(out, d)
	}
	return out
}

// adaptersKey is compared by what it names.
const adaptersKey = "engine.adapters"

// specDifferences names the keys of two specs that have other values.
func specDifferences(then, now json.RawMessage) (out []Difference) {
	if bytes.Equal(then, now) {
		return nil
	}
	a, b := map[string]string{}, map[string]string{}
	flatten("", then, a)
	flatten("", now, b)
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if a[key] != b[key] && key != adaptersKey {
			out = append(out, Difference{"spec " + key, orAbsent(a[key]), orAbsent(b[key])})
		}
	}
	return out
}

// flatten gives the values of a JSON object by their keys, joined with dots.
func flatten(key string, text json.RawMessage, out map[string]string) {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil || object == nil {
		var compact bytes.Buffer
		if json.Compact(&compact, text) != nil {
			compact.Write(text)
		}
		out[key] = compact.String()
		return
	}
	for k, v := range object {
		if key != "" {
			k = key + "." + k
		}
		flatten(k, v, out)
	}
}

func orAbsent(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
