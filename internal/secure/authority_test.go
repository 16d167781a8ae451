package secure

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

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(name string) *authority {
	key, template := newKey(), newTemplate(name)
	template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	return &authority{parse(sign(template, template, key, key)), key}
}

// issue makes a certificate, changed as the caller likes, and its key.
func (a *authority) issue(name string, changes ...func(*x509.Certificate)) tls.Certificate {
	key, template := newKey(), newTemplate(name)
	for _, change := range changes {
		change(template)
	}
	der := sign(template, a.cert, key, a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: parse(der)}
}

func forHosts(names ...string) func(*x509.Certificate) {
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

func outdated(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *authority) pem() []byte { return certPEM(a.cert.Raw) }

func newTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          must(rand.Int(rand.Reader, big.NewInt(1<<62))),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Example"}},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
	}
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func sign(template, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) []byte {
	return must(x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), issuerKey))
}

func parse(der []byte) *x509.Certificate { return must(x509.ParseCertificate(der)) }

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyPEM(pair tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(pair.PrivateKey))})
}

// keyStore is a key and its certificate in one, as ZooKeeper wants its key store.
func keyStore(pair tls.Certificate) []byte {
	return bytes.Join([][]byte{keyPEM(pair), certPEM(pair.Certificate[0])}, nil)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
