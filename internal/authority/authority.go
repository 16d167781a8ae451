// Package authority makes keys and certificates for tests with TLS. It panics where it fails, which only a lack of
// randomness can bring about.
package authority

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// Authority issues certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// New makes an authority, whose certificate is signed by itself.
func New(name string) *Authority {
	key, template := newKey(), newTemplate(name)
	template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	return &Authority{parse(sign(template, template, key, key)), key}
}

// Issue makes a certificate "CN=name,O=Example", changed as the caller likes, and its key.
func (a *Authority) Issue(name string, changes ...func(*x509.Certificate)) tls.Certificate {
	key, template := newKey(), newTemplate(name)
	for _, change := range changes {
		change(template)
	}
	der := sign(template, a.cert, key, a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parse(der)}
}

// ForHosts makes a certificate that of a server with these names and addresses.
func ForHosts(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		for _, name := range names {
			if ip := net.ParseIP(name); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, name)
			}
		}
	}
}

// Outdated makes a certificate one that has just expired.
func Outdated(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

// Pool trusts the authority.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// PEM is the authority's own certificate.
func (a *Authority) PEM() []byte { return certificatePEM(a.cert.Raw) }

// CertificatePEM is the certificate of a pair.
func CertificatePEM(pair tls.Certificate) []byte { return certificatePEM(pair.Certificate[0]) }

// KeyPEM is the private key of a pair.
func KeyPEM(pair tls.Certificate) []byte {
	der := must(x509.MarshalPKCS8PrivateKey(pair.PrivateKey))
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// KeyStore is both in one, as ZooKeeper wants its key store.
func KeyStore(pair tls.Certificate) []byte {
	return bytes.Join([][]byte{KeyPEM(pair), CertificatePEM(pair)}, nil)
}

func newTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          must(rand.Int(rand.Reader, big.NewInt(1<<62))),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore:             time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), // so that it is valid in virtual time, too
		NotAfter:              time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true,
	}
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func sign(template, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) []byte {
	return must(x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey))
}

func parse(der []byte) *x509.Certificate { return must(x509.ParseCertificate(der)) }

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
