package hooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
)

func TestSitesOfASelector(t *testing.T) {
	for selector, want := range map[string][]Site{
		"resid_post": {ResidPost}, "resid_post:3": {ResidPost}, "hook_resid_post:-1,25%": {ResidPost}, "blocks.7.attn.hook_z": {Z}, "z:0-3": {Z},
		"embed": {Embed}, "ln_final": {FinalNorm}, "logits": {Logits}, "blocks.*.attn.hook_[qk]": {Q, K}, "blocks.12.hook_resid_*": {ResidPre, ResidMid, ResidPost},
		"hook_e*": {Embed}, "pre:1": {MLPPre},
	} {
		got, err := SitesOf(selector)
		require.NoError(t, err, selector)
		assert.Equal(t, want, got, selector)
	}
	for selector, nearest := range map[string]string{
		"": "", "resid_pots:1": "resid_post", "embed:1": "embed", "blocks.x.hook_z": "", "nothing*": "", "resid_post:": "resid_post:0-", "resid_post:3-1": "resid_post:1-3", "[": "",
		"resid_post:101%": "resid_post:100%", "resid_post:99999": "",
	} {
		_, err := SitesOf(selector)
		require.Error(t, err, selector)
		assert.Contains(t, hint.Of(err, nil), nearest, selector)
	}
}

// What a selector names in a model are points of its sites.
func TestSitesOfASelectorAreThoseOfItsPoints(t *testing.T) {
	m := offering(4)
	for _, selector := range []string{"resid_post", "z:0,2", "blocks.*.hook_*", "*", "hook_embed", "blocks.2.attn.*", "mlp_pre:50%"} {
		sites, err := SitesOf(selector)
		require.NoError(t, err)
		points, err := m.Select([]string{selector})
		require.NoError(t, err)
		var of []Site
		for site := Embed; site <= Logits; site++ {
			for _, p := range points {
				if p.Site == site {
					of = append(of, site)
					break
				}
			}
		}
		assert.ElementsMatch(t, of, sites, selector)
	}
}

func TestWhatCanBeEdited(t *testing.T) {
	for site := Embed; site <= Logits; site++ {
		err := CheckWritable(site, "it")
		assert.Equal(t, site == Pattern || site == Logits, err != nil, "%v", site)
		assert.Equal(t, err == nil, site.Writable())
	}
	err := CheckWritable(Pattern, "pattern:3")
	assert.ErrorContains(t, err, `"pattern:3" cannot be edited`)
	assert.Contains(t, hint.Of(err, nil), "resid_post")
	assert.NotContains(t, hint.Of(err, nil), "pattern")
}
