package worker

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Server answers greetings and passes RPC clients on.
type Server struct {
	Info    func() Info                      // asked at each greeting
	Backend string                           // HOST:PORT of llama.cpp's own server
	Log     func(what string, client string) // called when an RPC client comes, goes or is refused; may be nil

	every   time.Duration          // between beats; 0 is BeatEvery
	serving atomic.Pointer[string] // the RPC client
}

// Serve answers the clients of a listener until ctx ends, then closes it and every
// connection. llama.cpp's server works for one client at a time: a second one is
// refused, not kept waiting.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var passing interface{ Temporary() bool }
		if errors.As(err, &passing) && passing.Temporary() { // no file descriptors left, or the like
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		clients.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			s.answer(conn)
		})
	}
}

func (s *Server) answer(conn net.Conn) {
	var first [1]byte
	conn.SetReadDeadline(time.Now().Add(greetTimeout))
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return
	}
	switch first[0] {
	case Greeting[0]:
		rest := make([]byte, len(Greeting)-1)
		if _, err := io.ReadFull(conn, rest); err == nil && string(rest) == Greeting[1:] {
			s.beat(conn)
		}
	case rpcHello:
		conn.SetReadDeadline(time.Time{})
		s.pass(conn, first[:])
	}
}

// beat tells who this is, then that it is alive, until the client is gone.
func (s *Server) beat(conn net.Conn) {
	info := s.Info()
	if client := s.serving.Load(); client != nil {
		info.Serving = *client
	}
	every := s.every
	if every == 0 {
		every = BeatEvery
	}
	line, err := json.Marshal(info)
	if err != nil {
		return
	}
	for text := append(line, '\n'); ; text = []byte(Beat) {
		conn.SetWriteDeadline(time.Now().Add(greetTimeout))
		if _, err := conn.Write(text); err != nil {
			return
		}
		time.Sleep(every)
	}
}

// pass copies both ways between an RPC client and llama.cpp's server.
func (s *Server) pass(client net.Conn, first []byte) {
	address := client.RemoteAddr().String()
	// The last client may be gone and not yet forgotten: one that asks for a device
	// anew closes its connection and opens another.
	for begun := time.Now(); !s.serving.CompareAndSwap(nil, &address); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > greetTimeout {
			s.log("refused, another is served", address)
			return
		}
	}
	defer s.serving.Store(nil)
	server, err := net.Dial("tcp4", s.Backend)
	if err != nil {
		s.log("not served: "+err.Error(), address)
		return
	}
	defer server.Close()
	s.log("connected", address)
	defer s.log("gone", address)
	if _, err := server.Write(first); err != nil {
		return
	}
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{server, client}, {client, server}} {
		go func() {
			io.Copy(way[0], way[1])
			done <- struct{}{}
		}()
	}
	<-done // when one side is gone, so is the other
	server.Close()
	client.Close()
	<-done
}

func (s *Server) log(what, client string) {
	if s.Log != nil {
		s.Log(what, client)
	}
}
