package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"intentprobe/capture/hint"
)

// greetTimeout is how long a worker may take to answer a greeting. A worker that is
// busy computing answers at once, for its Go side does.
const greetTimeout = 10 * time.Second

// longestInfo is how long the line may be in which a worker tells who it is.
const longestInfo = 64 << 10

// Watch is a worker that is listened to.
type Watch struct {
	Endpoint string
	Info     Info

	conn net.Conn
	in   *bufio.Reader
	lost chan error
}

// Greet asks a worker who it is, and listens to it from then on, until Close. silence is
// how long the worker may say nothing before it counts as lost.
func Greet(ctx context.Context, endpoint string, silence time.Duration) (*Watch, error) {
	if err := CheckEndpoint(endpoint); err != nil {
		return nil, err
	}
	start := startAt("start one there: ", endpoint)
	dialer := net.Dialer{Timeout: greetTimeout}
	conn, err := dialer.DialContext(ctx, "tcp4", endpoint)
	if err != nil {
		return nil, wrong(endpoint, "cannot be reached: "+cause(err), start...)
	}
	w := &Watch{Endpoint: endpoint, conn: conn, in: bufio.NewReaderSize(conn, longestInfo), lost: make(chan error, 1)}
	conn.SetDeadline(time.Now().Add(greetTimeout))
	_, err = io.WriteString(conn, Greeting)
	var line []byte
	if err == nil {
		line, err = w.in.ReadSlice('\n')
	}
	if err == nil {
		err = json.Unmarshal(line, &w.Info)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = wrong(endpoint, fmt.Sprintf("did not answer within %s", greetTimeout), "look whether it hangs, or start it again")
	case err != nil:
		err = wrong(endpoint, "is no capture worker: it does not answer a greeting ("+cause(err)+")", append(start, "; llama.cpp's own rpc-server will not do")...)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	go w.listen(silence)
	return w, nil
}

// listen waits for beats until one stays out.
func (w *Watch) listen(silence time.Duration) {
	defer close(w.lost)
	for {
		w.conn.SetReadDeadline(time.Now().Add(silence))
		_, err := w.in.ReadSlice('\n')
		switch {
		case err == nil:
			continue
		case errors.Is(err, net.ErrClosed):
			return // by Close
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.lost <- wrong(w.Endpoint, fmt.Sprintf("has stalled: it has said nothing for %s", silence), "look whether its machine or the network hangs, and start it again")
		default:
			w.lost <- wrong(w.Endpoint, "has ended, or the network to it failed: "+cause(err), startAt("start it again: ", w.Endpoint)...)
		}
		return
	}
}

// startAt says how to start a worker.
func startAt(what, endpoint string) []any {
	return []any{what, hint.Command{"worker"}, " with ", hint.Option("listen"), " ", endpoint}
}

// Address gives the IPv4 address and port of the endpoint.
func (w *Watch) Address() string { return w.conn.RemoteAddr().String() }

// Lost gives the error of a worker that was lost, and is closed after Close.
func (w *Watch) Lost() <-chan error { return w.lost }

// Close stops listening.
func (w *Watch) Close() error { return w.conn.Close() }

// cause says in few words why a connection failed.
func cause(err error) string {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection was closed"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer"
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "no such host"
	}
	text := err.Error()
	if at := strings.LastIndex(text, ": "); at >= 0 {
		return text[at+len(": "):] // without the addresses before it
	}
	return text
}
