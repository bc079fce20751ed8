package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
)

// patience only turns a hang into a failure: no machine is that slow.
const patience = 2 * time.Minute

// listen gives a listener on loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

// echo stands for llama.cpp's server: it gives back what it gets, one client after
// the other.
func echo(t *testing.T) string {
	l := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.Copy(conn, conn)
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// start runs a server until the test ends, and gives its address.
func start(t *testing.T, s *Server) string {
	l := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		assert.ErrorIs(t, <-done, context.Canceled)
	})
	return l.Addr().String()
}

func TestGreetingTellsWhoTheWorkerIs(t *testing.T) {
	want := Info{Version: "1.2.3", Engine: "0.5.0", RPC: "7.0.0", Threads: 3, Devices: []Device{{Name: "CPU", MemoryFree: 5}}}
	address := start(t, &Server{Info: func() Info { return want }})
	w, err := Greet(t.Context(), address, time.Minute)
	require.NoError(t, err)
	assert.Equal(t, want, w.Info)
	assert.Equal(t, address, w.Address())
	require.NoError(t, w.Close())
	_, open := <-w.Lost()
	assert.False(t, open, "a worker that was let go of is not lost")
}

func TestAClientOfLlamaCppIsPassedOnAndTheNextWaitsForIt(t *testing.T) {
	s := &Server{Info: func() Info { return Info{} }, Backend: echo(t)}
	address := start(t, s)
	first := client(t, address)
	assert.Equal(t, "\x0eabc", talk(t, first, "\x0eabc"))
	w, err := Greet(t.Context(), address, time.Minute)
	require.NoError(t, err)
	defer w.Close()
	assert.Equal(t, first.LocalAddr().String(), w.Info.Serving)

	second := client(t, address)
	_, err = second.Write([]byte("\x0exyz"))
	require.NoError(t, err)
	second.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, err = second.Read(make([]byte, 1))
	require.Error(t, err, "it is not served beside the first")
	first.Close()
	got := make([]byte, 4)
	second.SetReadDeadline(time.Now().Add(patience))
	_, err = io.ReadFull(second, got)
	require.NoError(t, err)
	assert.Equal(t, "\x0exyz", string(got))
}

func TestOtherClientsAreTurnedAway(t *testing.T) {
	address := start(t, &Server{Info: func() Info { return Info{} }, Backend: echo(t)})
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "capture-worker/9\n", "cccccccccccccccccc", "\x00"} {
		conn := client(t, address)
		conn.Write([]byte(text))
		conn.SetReadDeadline(time.Now().Add(patience))
		n, err := conn.Read(make([]byte, 64))
		assert.Zero(t, n, "%q", text)
		assert.Error(t, err, "%q", text)
	}
}

// phrase says references as a command line does.
func phrase(reference any) string {
	switch r := reference.(type) {
	case hint.Command:
		return "`capture " + strings.Join(r, " ") + "`"
	case hint.Option:
		return "--" + string(r)
	}
	return fmt.Sprint(reference)
}

func TestWhatIsWrongWithAWorkerIsSaid(t *testing.T) {
	closes, babbles := listen(t), listen(t)
	go serveOnce(closes, func(conn net.Conn) {})
	go serveOnce(babbles, func(conn net.Conn) {
		bufio.NewReader(conn).ReadString('\n')
		io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n")
	})
	gone := listen(t)
	gone.Close()
	for name, c := range map[string]struct{ endpoint, reason, hint string }{
		"nothing listens": {gone.Addr().String(), "cannot be reached: nothing listens there", "`capture worker` with --listen " + gone.Addr().String()},
		"closes":          {closes.Addr().String(), "is no capture worker", "rpc-server will not do"},
		"another server":  {babbles.Addr().String(), "is no capture worker", "rpc-server will not do"},
		"no port":         {"127.0.0.1", "is not HOST:PORT", "127.0.0.1:50052"},
		"port 0":          {"127.0.0.1:0", "is not HOST:PORT", "127.0.0.1:50052"},
		"IPv6":            {"[::1]:50052", "is not HOST:PORT", "127.0.0.1:50052"},
	} {
		_, err := Greet(t.Context(), c.endpoint, time.Minute)
		require.ErrorContains(t, err, "worker "+c.endpoint+": "+c.reason, name)
		assert.Contains(t, hint.Of(err, phrase), c.hint, name)
	}
}

func TestAWorkerThatEndsOrStallsIsLost(t *testing.T) {
	line, err := json.Marshal(Info{})
	require.NoError(t, err)
	over := make(chan struct{})
	defer close(over)
	for name, c := range map[string]struct {
		then    func()
		silence time.Duration
		reason  string
	}{
		"ends":   {func() {}, patience, "has ended"},
		"stalls": {func() { <-over }, 300 * time.Millisecond, "has stalled: it has said nothing for 300ms"},
	} {
		l := listen(t)
		go serveOnce(l, func(conn net.Conn) {
			conn.Write(append(line, '\n'))
			io.WriteString(conn, Beat)
			c.then()
		})
		w, err := Greet(t.Context(), l.Addr().String(), c.silence)
		require.NoError(t, err, name)
		select {
		case err := <-w.Lost():
			require.Error(t, err, name)
			assert.Contains(t, err.Error(), w.Endpoint+": "+c.reason, name)
		case <-time.After(patience):
			t.Fatal(name)
		}
		w.Close()
	}
}

func TestBeatsComeForAsLongAsTheClientListens(t *testing.T) {
	const beats = 5
	conn := client(t, start(t, &Server{Info: func() Info { return Info{} }, every: time.Millisecond}))
	_, err := io.WriteString(conn, Greeting)
	require.NoError(t, err)
	conn.SetReadDeadline(time.Now().Add(patience))
	in := bufio.NewReader(conn)
	_, err = in.ReadString('\n')
	require.NoError(t, err)
	got := make([]byte, beats*len(Beat))
	_, err = io.ReadFull(in, got)
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat(Beat, beats), string(got))
}

func FuzzServer(f *testing.F) {
	for _, seed := range []string{Greeting, "\x0e", "capture-worker/2\n", strings.Repeat("c", 100), "\x0e\x00\x01", "", Greeting + "more"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		s := &Server{Info: func() Info { return Info{} }, Backend: "127.0.0.1:1", every: time.Millisecond}
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() {
			s.answer(theirs)
			theirs.Close()
			close(done)
		}()
		go func() { // what a greeted server does not read any more would block a pipe for ever
			ours.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
			ours.Write(sent)
			ours.Close()
		}()
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatalf("%q keeps the server", sent)
		}
	})
}

func client(t *testing.T, address string) net.Conn {
	conn, err := net.Dial("tcp4", address)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func talk(t *testing.T, conn net.Conn, text string) string {
	_, err := conn.Write([]byte(text))
	require.NoError(t, err)
	got := make([]byte, len(text))
	conn.SetReadDeadline(time.Now().Add(patience))
	_, err = io.ReadFull(conn, got)
	require.NoError(t, err)
	return string(got)
}

func serveOnce(l net.Listener, answer func(net.Conn)) {
	conn, err := l.Accept()
	if err == nil {
		answer(conn)
		conn.Close()
	}
}
