package intent

import (
	"path/filepath"

	"intentprobe/capture/intent/ladder"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

// ClaimRow is a claim as a row of claims.arrow. Figures are null where nothing was measured.
type ClaimRow struct {
	Rung    int32    `json:"rung"`
	Name    string   `json:"rung_name"`
	Part    string   `json:"part"`
	Claim   string   `json:"name"`
	Asks    string   `json:"asks"`
	Value   *float64 `json:"value"`
	Lower   *float64 `json:"lower"`
	Upper   *float64 `json:"upper"`
	Margin  *float64 `json:"margin"`
	N       int64    `json:"n"`
	Unit    string   `json:"unit"`
	Outcome string   `json:"outcome"`
	Scored  bool     `json:"scored"` // no: what was asked afterwards
	Note    string   `json:"note"`
}

// afterwardsRung is the number of what is asked afterwards, which is in no rule.
const afterwardsRung = 9

// ClaimRows are all claims in the order of the rungs, then what was asked afterwards.
func (r *Report) ClaimRows() (out []ClaimRow) {
	for _, rung := range r.Rungs {
		if len(rung.Claims) == 0 {
			out = append(out, ClaimRow{Rung: int32(rung.Number), Name: rung.Name, Outcome: string(rung.Outcome), Scored: true, Note: rung.Note})
		}
		for _, c := range rung.Claims {
			out = append(out, rowOf(rung.Number, rung.Name, c))
		}
	}
	for _, c := range r.Afterwards {
		row := rowOf(afterwardsRung, "asked afterwards", c)
		row.Scored, row.Margin, row.Outcome = false, nil, "not scored"
		out = append(out, row)
	}
	return out
}

func rowOf(number int, name string, c ladder.Claim) ClaimRow {
	row := ClaimRow{Rung: int32(number), Name: name, Part: c.Part, Claim: c.Name, Asks: c.Asks, N: int64(c.N), Unit: c.Unit, Outcome: string(c.Outcome), Scored: true, Note: c.Note}
	if c.Outcome != ladder.NotRun {
		row.Value, row.Lower, row.Upper, row.Margin = &c.Value, &c.Lower, &c.Upper, &c.Margin
	}
	return row
}

// WriteRows writes claims.arrow and families.arrow into a folder.
func (r *Report) WriteRows(files disk.FS, dir string) error {
	meta := []string{"plan_sha256", r.Declared, "verdict", string(r.Verdict.Word)}
	if err := arrowfile.WriteRows(files, filepath.Join(dir, ClaimsName), r.ClaimRows(), meta...); err != nil {
		return err
	}
	return arrowfile.WriteRows(files, filepath.Join(dir, FamiliesName), r.Cells, meta...)
}
