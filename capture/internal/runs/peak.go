package runs

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// Peak gives the most memory that Go held from the system while a function ran, in bytes.
func Peak(do func()) (most uint64) {
	debug.FreeOSMemory()
	of := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	stop, ended := make(chan bool), sync.WaitGroup{}
	ended.Go(func() {
		for {
			metrics.Read(of)
			most = max(most, of[0].Value.Uint64()-of[1].Value.Uint64())
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	do()
	close(stop)
	ended.Wait()
	return most
}
