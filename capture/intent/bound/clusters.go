package bound

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Clustered is a mean over items that come in clusters, such as the topics of facts. Items
// count alike, and what is independent are the clusters.
type Clustered struct {
	Value    float64 // mean over items
	N        int     // items
	Clusters int

	least, most float64
	means       Mean // over clusters
	sums        []float64
	sizes       []float64
}

// OfClusters is the mean of items, each from least to most; names has the cluster of each.
func OfClusters(items []float64, names []string, least, most float64) (Clustered, error) {
	if len(items) != len(names) {
		return Clustered{}, fmt.Errorf("%d items have %d names of clusters", len(items), len(names))
	}
	all, err := of(items, least, most)
	if err != nil {
		return Clustered{}, err
	}
	c := Clustered{Value: all.Value, N: all.N, least: least, most: most}
	at := map[string]int{}
	for i, name := range names {
		k, there := at[name]
		if !there {
			k = len(c.sums)
			at[name] = k
			c.sums, c.sizes = append(c.sums, 0), append(c.sizes, 0)
		}
		c.sums[k] += items[i]
		c.sizes[k]++
	}
	c.Clusters = len(c.sums)
	means := make([]float64, c.Clusters)
	for k := range means {
		means[k] = c.sums[k] / c.sizes[k]
	}
	c.means, err = of(means, least, most)
	return c, err
}

// Lower is the one-sided lower bound of the mean: that of [Mean.Lower], with the variance of
// a mean over clusters, G/(G-1) Σ (y_g - m n_g)² / n² (y_g is the sum of a cluster's n_g
// items; Cochran 1977, Sampling Techniques, 6.3 and 9A.2). Half a cluster of mean size at the
// least value is counted in. Of clusters with one item each it is [Mean.Lower].
func (c Clustered) Lower(level float64) float64 {
	if c.Clusters == 1 {
		return c.means.Lower(level)
	}
	n, clusters := float64(c.N), float64(c.Clusters)
	size := unseen * n / clusters
	all := n + size
	mean := (n*c.Value + size*c.least) / all
	squares := size * size / unseen * (c.least - mean) * (c.least - mean)
	for k, sum := range c.sums {
		e := sum - mean*c.sizes[k]
		squares += e * e
	}
	df := clusters + unseen - 1
	se := math.Sqrt((clusters+unseen)/df*squares) / all
	low := max(c.least, mean-distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(level)*se)
	if c.means.Agree() {
		low = min(low, c.means.Lower(level))
	}
	return low
}

// Upper is the one-sided upper bound; see [Clustered.Lower].
func (c Clustered) Upper(level float64) float64 {
	c.Value, c.least, c.most, c.means = -c.Value, -c.most, -c.least, c.means.Negated()
	sums := make([]float64, len(c.sums))
	for k, sum := range c.sums {
		sums[k] = -sum
	}
	c.sums = sums
	return -c.Lower(level)
}
