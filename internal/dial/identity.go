package dial

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
)

// String names the scheme, and the user of a digest; not the password.
func (a Auth) String() string {
	if user, _, found := bytes.Cut(a.Credential, []byte(":")); found && a.Scheme == "digest" {
		return fmt.Sprintf("%s user %q", a.Scheme, user)
	}
	return a.Scheme
}

// Identity says as whom a client with these credentials makes its requests.
func Identity(auths []Auth, config *tls.Config) string {
	var all []string
	for _, auth := range auths {
		all = append(all, auth.String())
	}
	switch {
	case config == nil:
	case config.GetClientCertificate != nil:
		all = append(all, "holder of a client certificate")
	case len(config.Certificates) > 0:
		if certificate := leaf(&config.Certificates[0]); certificate != nil {
			all = append(all, fmt.Sprintf("x509 %q", certificate.Subject))
		}
	}
	if len(all) == 0 {
		return "without credentials"
	}
	return "as " + strings.Join(all, ", ")
}

// leaf is the certificate itself, without its chain; nil if there is none.
func leaf(certificate *tls.Certificate) *x509.Certificate {
	if certificate.Leaf != nil || len(certificate.Certificate) == 0 {
		return certificate.Leaf
	}
	parsed, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return nil
	}
	return parsed
}
