// Package web serves HTTP until it is told to stop.
package web

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// Serve serves the handler until the function it returns is called. The address may leave the port open, as in
// 127.0.0.1:0; the one that it listens at is returned.
func Serve(address string, handler http.Handler) (listens string, stop func() error, err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // ends with Close, waited for by stop
	return listener.Addr().String(), func() error {
		err := server.Close()
		if served := <-served; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}
