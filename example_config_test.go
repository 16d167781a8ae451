package zookeeper_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"

	"github.com/go-zookeeper/zk"

	"burrow.example/zookeeper"
)

func ExampleConfig_Validate() {
	config := zookeeper.Config{Servers: []string{"zk1:2181", "zk2"}, SessionTimeout: -1}
	err := config.Validate()
	fmt.Println(err)
	fmt.Println(errors.Is(err, zookeeper.ErrConfig))
	// Output:
	// zookeeper: configuration: Servers[1] "zk2": missing port in address
	// zookeeper: configuration: SessionTimeout -1ns: is negative
	// true
}

// With TLS, a credential, and an ACL that keeps everybody else out.
func ExampleConfig_secure() {
	const password = "correct horse"  // from where you keep such things
	authorities := x509.NewCertPool() // with the ensemble's CA: AppendCertsFromPEM
	pair := tls.Certificate{}         // of this client: tls.LoadX509KeyPair

	config := zookeeper.Config{
		Servers: []string{"zk1.example:2281", "zk2.example:2281", "zk3.example:2281"},
		TLS:     &tls.Config{RootCAs: authorities, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		Auth:    []zookeeper.Auth{{Scheme: "digest", Credential: "burrow:" + password}},
		ACL:     zk.DigestACL(zk.PermAll, "burrow", password),
	}
	fmt.Println("problems:", config.Validate())
	fmt.Println("printed:", config.Auth)
	// Output:
	// problems: <nil>
	// printed: [digest:(hidden)]
}

// What a fleet with a password keeps from a client without one.
func ExampleConfig_acl() {
	server := ensemble()
	defer server.Close()
	zc := &zookeeper.Coordinator{Config: zookeeper.Config{
		Servers: server.Addrs(),
		Auth:    []zookeeper.Auth{{Scheme: "digest", Credential: "burrow:correct horse"}},
		ACL:     zk.DigestACL(zk.PermAll, "burrow", "correct horse"),
	}}
	zc.Configure()
	if err := zc.Start(); err != nil {
		log.Fatal(err)
	}
	defer zc.Stop()
	l, err := zc.App.Campaign(context.Background(), "notifier")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("leading:", l.Valid())

	outsider := &zookeeper.Coordinator{Config: zookeeper.Config{Servers: server.Addrs()}}
	outsider.Configure()
	err = outsider.Start()
	fmt.Println("outsider refused:", errors.Is(err, zk.ErrNoAuth))
	// Output:
	// leading: true
	// outsider refused: true
}

// settings stands for viper.GetViper(), which this module does not import.
type settings map[string]any

func (s settings) IsSet(key string) bool { return s[key] != nil }

func (s settings) Get(key string) any { return s[key] }

func (s settings) GetString(key string) string {
	text, _ := s[key].(string)
	return text
}

func (s settings) GetStringSlice(key string) []string {
	list, _ := s[key].([]string)
	return list
}

func (s settings) GetBool(key string) bool {
	yes, _ := s[key].(bool)
	return yes
}

func ExampleBurrowConfig() {
	config, err := zookeeper.BurrowConfig(settings{
		"zookeeper.servers":   []string{"zk1:2181", "zk2:2181", "zk3:2181"},
		"zookeeper.timeout":   6, // seconds; "6s" is the same
		"zookeeper.root-path": "/burrow",
	})
	fmt.Println(config.Servers, config.SessionTimeout, config.RootPath, err)

	_, err = zookeeper.BurrowConfig(settings{"zookeeper.timeout": "six"})
	fmt.Println(err)
	// Output:
	// [zk1:2181 zk2:2181 zk3:2181] 6s /burrow <nil>
	// zookeeper: configuration: zookeeper.timeout "six": is neither a number of seconds nor a duration such as "6s"
}
