package nested

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
)

// defaultMemory is what spaces that are fitted at once may take.
const defaultMemory = 768 << 20

func (o *Options) defaults() {
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
}

// hessian says whether there is room for the matrices that guess the Hessians of regressions.
func (o *Options) hessian(methods []Method, trains, width int) bool {
	cs, problems := map[float64]bool{}, int64(0)
	for _, m := range methods {
		if m.Kind == Logistic {
			cs[m.C] = true
			problems += int64(trains)
		}
	}
	return scoreMemory+problems*400*int64(width)+8*int64(width)*int64(width)*int64(3+len(cs)) <= o.Memory
}

// need is the memory that fitting a space takes, in bytes.
func (s *search) need(space int) (int64, error) {
	width := int64(s.all[space].Rows.Width())
	matrix := 8 * width * width
	cs := map[float64]bool{}
	var methods []Method
	problems := int64(0)
	need := int64(scoreMemory)
	for _, i := range s.in(space) {
		m := s.candidates[i].Method
		if s.draws > 0 {
			need = max(need, scoreMemory+8*int64(len(s.cases.Cell))*int64(s.draws+3*int(width)))
		}
		if s.draws > 0 && s.all[space].closed(m) {
			continue
		}
		methods = append(methods, m)
		if m.Kind == Logistic {
			cs[m.C] = true
		}
		if m.Kind == Logistic || m.Kind == CCS {
			problems += int64(max(len(s.plan.trains), min(mostProblems, len(s.plan.trains)*(1+s.draws))))
		}
	}
	need += problems * 400 * width
	switch grams(methods) {
	case fit.FoldGrams:
		need += matrix * int64(s.plan.cells()+3+len(cs))
	case fit.OneGram:
		if s.opt.hessian(methods, len(s.plan.trains), int(width)) {
			need += matrix * int64(3+len(cs))
		}
	}
	if need > s.opt.Memory {
		return 0, hint.Usage(fmt.Errorf("%s: fitting %d samples of width %d in %d cells takes %d MiB, and %d are allowed", s.all[space].Name, len(s.cases.Cell), width, s.plan.cells(), need>>20, s.opt.Memory>>20),
			"take fewer folds, inner folds or permutations, the methods mean or logistic, or allow more memory")
	}
	return need, nil
}

// spaces does something with each space that has candidates, some at once.
func (s *search) spaces(ctx context.Context, do func(ctx context.Context, space int) error) error {
	var work []int
	largest := int64(1)
	for space := range s.all {
		if len(s.in(space)) == 0 {
			continue
		}
		work = append(work, space)
		need, err := s.need(space)
		if err != nil {
			return err
		}
		largest = max(largest, need)
	}
	threads := int(min(int64(s.opt.Threads), max(1, s.opt.Memory/largest)))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	next := make(chan int, len(work))
	for _, space := range work {
		next <- space
	}
	close(next)
	errs := make([]error, len(s.all))
	var wait sync.WaitGroup
	for range threads {
		wait.Go(func() {
			for space := range next {
				if ctx.Err() != nil {
					errs[space] = ctx.Err()
					return
				}
				if errs[space] = do(ctx, space); errs[space] != nil {
					stop()
				}
			}
		})
	}
	wait.Wait()
	first := error(nil)
	for _, err := range errs { // what went wrong, rather than what was stopped by it
		if err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
	}
	return first
}
