package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/visible"
)

// sections are the ids of a page's.
func sections(tree *html.Node) (out []string) {
	for _, s := range all(tree, "section") {
		out = append(out, attribute(s, "id"))
	}
	return out
}

func TestTheVerdictIsOnTopAndPartsFollowInOrder(t *testing.T) {
	_, tree := written(t, full(t, usual, ""))
	want := []string{"verdict", "task", "figures", "layers", "roc", "scores", "baselines", "controls", "calibration", "control-tasks", "transfer", "samples", "warnings"}
	assert.Equal(t, want, sections(tree))
	text := textOf(byID(tree, "verdict"))
	for _, words := range []string{"reads the text", "It does.", "Because", "first", "What would change it", "second"} {
		assert.Contains(t, text, words)
	}
	var links []string
	for _, a := range all(tree, "a") {
		links = append(links, strings.TrimPrefix(attribute(a, "href"), "#"))
	}
	assert.Equal(t, want[1:], links)
}

func TestPartsThatAreNilAreLeftOut(t *testing.T) {
	_, tree := written(t, &report.Report{})
	assert.Equal(t, []string{"task"}, sections(tree))
	assert.Empty(t, all(tree, "figure"))
	for _, one := range []struct {
		id   string
		drop func(*report.Report)
	}{
		{"verdict", func(r *report.Report) { r.Verdict = nil }},
		{"figures", func(r *report.Report) {
			r.AUROC, r.Permutation, r.Balanced, r.Controls, r.Calibration, r.CodeLength = nil, nil, nil, nil, nil, nil
		}},
		{"layers", func(r *report.Report) { r.Curve, r.Choices = nil, nil }},
		{"roc", func(r *report.Report) { r.ROC = nil }},
		{"scores", func(r *report.Report) { r.Scores = nil }},
		{"baselines", func(r *report.Report) { r.Baselines, r.LeftOut = nil, nil }},
		{"controls", func(r *report.Report) { r.Controls = nil }},
		{"calibration", func(r *report.Report) { r.Calibration = nil }},
		{"control-tasks", func(r *report.Report) { r.Selectivity, r.CodeLength = nil, nil }},
		{"transfer", func(r *report.Report) { r.Matrix = nil }},
		{"samples", func(r *report.Report) { r.Samples = nil }},
		{"warnings", func(r *report.Report) { r.Warnings = nil }},
	} {
		r := full(t, usual, "")
		one.drop(r)
		_, tree := written(t, r)
		assert.NotContains(t, sections(tree), one.id)
		assert.Nil(t, byID(tree, one.id), one.id)
	}
}

// The policy names the style and the script by their hashes, and nothing on the page asks for
// anything else.
func TestNothingIsAskedOfANetwork(t *testing.T) {
	text, tree := written(t, full(t, usual, hostile))
	var policy string
	for _, m := range all(tree, "meta") {
		if attribute(m, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(m, "content")
		}
	}
	hash := func(n *html.Node) string {
		sum := sha256.Sum256([]byte(textOf(n)))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	scripts, styles := all(tree, "script"), all(tree, "style")
	require.Len(t, scripts, 1)
	require.Len(t, styles, 1)
	assert.Equal(t, "default-src 'none'; style-src "+hash(styles[0])+"; script-src "+hash(scripts[0])+"; base-uri 'none'; form-action 'none'", policy)
	for d := range tree.Descendants() {
		for _, name := range []string{"img", "link", "iframe", "object", "embed", "form", "base", "image", "use", "audio", "video", "foreignobject"} {
			assert.False(t, d.Type == html.ElementNode && strings.EqualFold(d.Data, name), name)
		}
		for _, a := range d.Attr {
			assert.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src", "%s=%q", a.Key, a.Val)
			assert.True(t, a.Key != "href" || strings.HasPrefix(a.Val, "#"), "%q", a.Val)
		}
	}
	assert.NotContains(t, textOf(styles[0]), "url(")
	assert.NotContains(t, textOf(styles[0]), "@import")
	assert.Equal(t, 1, strings.Count(text, "</script>"))
}

func TestHostileTextIsShownAndNotObeyed(t *testing.T) {
	text, tree := written(t, full(t, usual, hostile))
	assert.True(t, utf8.ValidString(text))
	assert.False(t, strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && visible.Unsafe(r) }))
	shownText := visible.Text(hostile)
	assert.Contains(t, textOf(byID(tree, "verdict")), "reads the text"+shownText)
	assert.Contains(t, textOf(byID(tree, "task")), "lie"+shownText)
	assert.Contains(t, textOf(byID(tree, "warnings")), "few samples"+shownText)
	assert.Equal(t, "Probe of lie"+shownText+" against mistake"+shownText, textOf(all(tree, "title")[0]))
	plain, _ := written(t, full(t, usual, ""))
	elements := func(of string) (n int) {
		tree, err := html.Parse(strings.NewReader(of))
		require.NoError(t, err)
		for d := range tree.Descendants() {
			if d.Type == html.ElementNode && d.Data != "span" { // framed tokens, notes
				n++
			}
		}
		return n
	}
	assert.Equal(t, elements(plain), elements(text), "texts made elements")
	bad := full(t, usual, "")
	bad.Samples[0].Tokens[0], bad.Warnings[0] = "\xff\xfe", "bytes \xff"
	text, tree = written(t, bad)
	assert.True(t, utf8.ValidString(text))
	assert.Contains(t, textOf(byID(tree, "samples")), `\xff\xfe`)
	assert.Contains(t, textOf(byID(tree, "warnings")), `bytes \xff`)
}

// Every figure has a title, a description and a table; small pictures beside numbers are not
// read out.
func TestEveryFigureHasItsWordsAndTable(t *testing.T) {
	_, tree := written(t, full(t, usual, ""))
	figures := all(tree, "figure")
	assert.Len(t, figures, 7) // two curves, two ROCs, scores, reliability, matrix
	for _, f := range figures {
		svg := all(f, "svg")
		drawn := svg[slices.IndexFunc(svg, func(n *html.Node) bool { return attribute(n, "role") == "img" })]
		for _, part := range []struct{ attribute, element string }{{"aria-labelledby", "title"}, {"aria-describedby", "desc"}} {
			said := byID(drawn, attribute(drawn, part.attribute))
			require.NotNil(t, said)
			assert.Equal(t, part.element, said.Data)
			assert.Greater(t, len(textOf(said)), 8)
		}
		assert.NotEqual(t, textOf(all(drawn, "title")[0]), textOf(all(drawn, "desc")[0]))
		details := all(f, "details")
		require.Len(t, details, 1)
		assert.NotEmpty(t, all(details[0], "td"))
	}
	for _, svg := range all(tree, "svg") {
		assert.True(t, attribute(svg, "role") == "img" || attribute(svg, "aria-hidden") == "true")
	}
	ids := map[string]bool{}
	for d := range tree.Descendants() {
		if id := attribute(d, "id"); id != "" {
			assert.False(t, ids[id], id)
			ids[id] = true
		}
	}
	for _, table := range all(tree, "table") {
		heads := len(all(all(table, "thead")[0], "th"))
		for _, row := range all(all(table, "tbody")[0], "tr") {
			assert.Len(t, append(all(row, "th"), all(row, "td")...), heads)
		}
	}
}

func TestNumbersHaveFixedDecimals(t *testing.T) {
	for want, got := range map[string]string{
		"0.500": report.Figure(0.5), "none": report.Figure(math.NaN()), "-0.120": report.Figure(-0.12), "0.000": report.Figure(-0.0001), "+0.120": report.Signed(0.12), "1e+09": report.Figure(1e9),
		"12.3 %": report.Percent(0.1234), "0.0010": report.PValue(0.000999), "< 0.0001": report.PValue(1e-9), "1 %": report.Rate(0.01), "0.5 %": report.Rate(0.005),
		"0.876 [0.826, 0.926]": report.Interval(around(0.876, 0.05), report.Figure),
	} {
		assert.Equal(t, want, got)
	}
	assert.Equal(t, report.None, report.Interval(metric.Interval{Value: math.NaN(), High: 1}, report.Figure))
	assert.Equal(t, report.None, report.Percent(math.Inf(1)))
	text, tree := written(t, full(t, usual, ""))
	assert.Contains(t, textOf(byID(tree, "figures")), "0.876")
	lacks(t, text, "NaN", "Inf", "%!", "ZgotmplZ")
}

// What a page weighs, which Write promises.
func TestPagesAreOfBoundedSize(t *testing.T) {
	text, _ := written(t, full(t, size{layers: 100, samples: 2000}, ""))
	t.Logf("100 layers, 2000 samples: %d bytes", len(text))
	assert.Less(t, len(text), 1_000_000)
	base := len(text)
	text, _ = written(t, full(t, size{layers: 100, samples: 2000, shown: 8, tokens: 2000}, ""))
	t.Logf("and 8 samples of 2000 tokens: %d bytes, %d a token", len(text), (len(text)-base)/16000)
	assert.Less(t, len(text)-base, 16000*220)
	many := full(t, size{layers: 2, samples: 20, shown: 60, tokens: 10}, "")
	long := many.Samples[0]
	for range MaxTokens {
		long.Tokens = append(long.Tokens, "x")
	}
	many.Samples[0] = long
	_, tree := written(t, many)
	assert.Len(t, all(byID(tree, "samples"), "details"), 2*MaxSamples)
	assert.Contains(t, textOf(byID(tree, "samples")), "20 samples more")
	assert.Contains(t, textOf(byID(tree, "sample-1")), fmt.Sprintf("The first %d of %d tokens", MaxTokens, MaxTokens+10))
}

type noSpace struct{}

func (noSpace) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestErrorsOfTheWriterAreGiven(t *testing.T) {
	require.EqualError(t, Write(noSpace{}, &report.Report{}), "no space")
}

func TestTheSameReportGivesTheSamePage(t *testing.T) {
	var a, b bytes.Buffer
	r := full(t, usual, "")
	require.NoError(t, Write(&a, r))
	require.NoError(t, Write(&b, r))
	assert.True(t, bytes.Equal(a.Bytes(), b.Bytes()))
}
