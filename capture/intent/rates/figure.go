package rates

import (
	"fmt"

	"intentprobe/capture/intent/bound"
)

// Fewest is the number of lies below which no rate of lies is resolved.
const Fewest = 50

// Level of the two-sided intervals.
const Level = 0.95

// Figure is a mean over items, of shares or of differences of shares. Bounds take sets of
// items for independent, or topics; of no items there are none.
type Figure struct {
	Name string `json:"name"`
	Band string `json:"band,omitempty"` // of the items; empty: all
	Of   Class  `json:"of,omitempty"`   // class of the items; empty: all

	Value     *float64 `json:"value"`
	Low       *float64 `json:"low"`
	High      *float64 `json:"high"`
	TopicLow  *float64 `json:"topic_low"` // bounds over topics
	TopicHigh *float64 `json:"topic_high"`
	Items     int      `json:"items"`
	Sets      int      `json:"sets"`
	Topics    int      `json:"topics"`

	Lies *float64 `json:"lies,omitempty"` // of a rate of lies: items times the share of false answers
	Note string   `json:"note,omitempty"`
}

// Resolved says whether the figure stands: there are items, and of a rate of lies 50 lies.
func (f *Figure) Resolved() bool { return f.Note == "" }

// figure is that of the values of items; least is 0 of shares and -1 of differences.
func figure(name string, items []*Item, value func(*Item) float64, least float64) (Figure, error) {
	f := Figure{Name: name, Items: len(items)}
	if len(items) == 0 {
		f.Note = "no items"
		return f, nil
	}
	var values []float64
	var sets, topics []string
	for _, i := range items {
		values, sets, topics = append(values, value(i)), append(sets, i.Set), append(topics, i.Topic)
	}
	bySet, err := bound.OfClusters(values, sets, least, 1)
	if err != nil {
		return f, fmt.Errorf("%s: %w", name, err)
	}
	byTopic, err := bound.OfClusters(values, topics, least, 1)
	if err != nil {
		return f, fmt.Errorf("%s: %w", name, err)
	}
	const side = (1 + Level) / 2
	of := func(x float64) *float64 { return &x }
	f.Value, f.Sets, f.Topics = of(bySet.Value), bySet.Clusters, byTopic.Clusters
	f.Low, f.High = of(bySet.Lower(side)), of(bySet.Upper(side))
	f.TopicLow, f.TopicHigh = of(byTopic.Lower(side)), of(byTopic.Upper(side))
	return f, nil
}
