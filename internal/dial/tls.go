package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
)

// ErrClientCertificate is what a connection is that the server refused for want of a client certificate to its liking.
var ErrClientCertificate = errors.New("client certificate")

// secured is what became known of a TLS connection's certificates in its handshake.
type secured struct {
	asked       bool // the server asked for a client certificate
	authorities [][]byte
	sent        *x509.Certificate // nil: we had none that suits
	have        *x509.Certificate // nil: we had none at all
}

// startTLS makes a secure connection of a raw one. It closes the raw one if it fails.
func startTLS(ctx context.Context, raw net.Conn, server string, given *tls.Config) (*tls.Conn, *secured, error) {
	config, s := given.Clone(), new(secured)
	if config.ServerName == "" && !config.InsecureSkipVerify {
		config.ServerName, _, _ = net.SplitHostPort(server) // the name, not the address it resolves to
	}
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return s.choose(request, given)
	}
	secure := tls.Client(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, nil, s.explain(err)
	}
	return secure, s, nil
}

// choose does what crypto/tls does by itself, and takes notes.
func (s *secured) choose(request *tls.CertificateRequestInfo, given *tls.Config) (*tls.Certificate, error) {
	s.asked, s.authorities = true, request.AcceptableCAs
	chosen := new(tls.Certificate) // none
	if given.GetClientCertificate != nil {
		var err error
		if chosen, err = given.GetClientCertificate(request); err != nil || chosen == nil {
			return chosen, err
		}
		s.have = leaf(chosen)
	} else {
		for i := range given.Certificates {
			certificate := &given.Certificates[i]
			s.have = leaf(certificate)
			if request.SupportsCertificate(certificate) == nil {
				chosen = certificate
				break
			}
		}
	}
	s.sent = leaf(chosen)
	return chosen, nil
}

// explain says what a failure in the TLS handshake comes from.
func (s *secured) explain(err error) error {
	var (
		unverified *tls.CertificateVerificationError
		noTLS      tls.RecordHeaderError
	)
	switch {
	case s.refused(err):
		return s.refusal(err)
	case errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0:
		return fmt.Errorf("server certificate %s: %w", describe(unverified.UnverifiedCertificates[0]), err)
	case errors.As(err, &noTLS):
		return fmt.Errorf("tls handshake: this port does not speak TLS: %w", err)
	case !s.asked && hungUp(err):
		return fmt.Errorf("tls handshake: the server hung up, this port may not speak TLS: %w", err)
	}
	return fmt.Errorf("tls handshake: %w", err)
}

// refused reports whether a connection failed, before the server said anything else, on our certificate. With TLS 1.3
// that comes after the handshake. The alert differs by server and version, and is lost if the server is quick to close;
// but a server that hangs up on a client that it asked in vain has said enough.
func (s *secured) refused(err error) bool {
	if s == nil || !s.asked {
		return false
	}
	if alert(err, certificateAlerts) {
		return true
	}
	return s.sent == nil && (hungUp(err) || alert(err, []tls.AlertError{alertHandshakeFailure}))
}

// The alerts that speak of the peer's certificate (RFC 8446, section 6): bad, unsupported, revoked, expired and unknown
// certificate, unknown authority, access denied, certificate required. A handshake failure can mean anything.
var certificateAlerts = []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116}

const alertHandshakeFailure tls.AlertError = 40

// alert reports whether the server sent one of these alerts. Only by their text does crypto/tls tell which it was.
func alert(err error, among []tls.AlertError) bool {
	var remote *net.OpError
	return errors.As(err, &remote) && remote.Op == "remote error" &&
		slices.ContainsFunc(among, func(a tls.AlertError) bool { return a.Error() == remote.Err.Error() })
}

func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func (s *secured) refusal(err error) error {
	switch {
	case s.sent != nil:
		return fmt.Errorf("%w %s refused by the server: %w", ErrClientCertificate, describe(s.sent), err)
	case s.have == nil:
		return fmt.Errorf("%w required by the server, and Config.TLS has none: %w", ErrClientCertificate, err)
	}
	return fmt.Errorf("%w required by the server, issued by one of [%s]; Config.TLS has %s: %w",
		ErrClientCertificate, strings.Join(distinguished(s.authorities), "; "), describe(s.have), err)
}

func describe(certificate *x509.Certificate) string {
	return fmt.Sprintf("%q (issued by %q)", certificate.Subject, certificate.Issuer)
}

// distinguished spells out distinguished names.
func distinguished(raw [][]byte) []string {
	var all []string
	for _, der := range raw {
		var sequence pkix.RDNSequence
		if rest, err := asn1.Unmarshal(der, &sequence); err == nil && len(rest) == 0 {
			all = append(all, fmt.Sprintf("%q", sequence))
		}
	}
	return all
}
