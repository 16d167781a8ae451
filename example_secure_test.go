package zookeeper_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
)

// With TLS, a credential, and an ACL that keeps everybody else out.
func ExampleConfig_secure() {
	const password = "correct horse"       // from where you keep such things
	authorities := x509.NewCertPool()      // with the ensemble's CA: AppendCertsFromPEM
	certificates := []tls.Certificate(nil) // of this client: tls.LoadX509KeyPair
	config := zookeeper.Config{
		Servers: []string{"zk1.example.org:2281", "zk2.example.org:2281", "zk3.example.org:2281"},
		TLS:     &tls.Config{RootCAs: authorities, Certificates: certificates, MinVersion: tls.VersionTLS12},
		Auth:    []zookeeper.Auth{{Scheme: "digest", Credential: "burrow:" + password}},
		ACL:     zk.DigestACL(zk.PermAll, "burrow", password),
	}
	fmt.Println("problems:", config.Validate())
	fmt.Println("printed:", config.Auth)
	// Output:
	// problems: <nil>
	// printed: [digest:(hidden)]
}
