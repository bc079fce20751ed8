package probe

import (
	"fmt"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/metric"
)

// ParsePooling reads how the scores of tokens become a sample's: mean, max, last, first:K (the
// mean of the first K), or first:K:AFTER (of the first K from place AFTER on, counted from 0).
func ParsePooling(text string) (metric.Pooling, error) {
	parts := strings.Split(text, ":")
	p := metric.Pooling{Kind: parts[0]}
	refuse := hint.Usage(fmt.Errorf("scores cannot be pooled by %q", text), "use mean, max, last, first:K or first:K:AFTER")
	for i, part := range parts[1:] {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || i > 1 || p.Kind != metric.PoolFirst {
			return p, refuse
		}
		if i == 0 {
			p.K = n
		} else {
			p.After = n
		}
	}
	if p.Check() != nil {
		return p, refuse
	}
	return p, nil
}

// PoolingText writes a pooling as ParsePooling reads it.
func PoolingText(p metric.Pooling) string {
	switch {
	case p.Kind != metric.PoolFirst:
		return p.Kind
	case p.After == 0:
		return fmt.Sprintf("%s:%d", p.Kind, p.K)
	}
	return fmt.Sprintf("%s:%d:%d", p.Kind, p.K, p.After)
}
