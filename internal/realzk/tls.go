package realzk

import (
	"fmt"
	"path"
)

// secure is how a server takes clients by TLS.
type secure struct {
	port                 int
	keyStore, trustStore []byte
}

// TLS has the server take clients by TLS as well, at [Server.SecureAddr], and ask each for a certificate. keyStore
// is PEM: the server's private key and its certificate; trustStore is PEM: the authorities of the clients. What
// [ConfigLines] says of ssl goes before. It needs a ZooKeeper from 3.8 on, with the jars of Netty, as [Via] installed has it.
func TLS(keyStore, trustStore []byte) Option {
	return func(s *settings) { s.secure = &secure{keyStore: keyStore, trustStore: trustStore} }
}

const (
	keyStoreFile   = "keystore.pem" // ZooKeeper goes by the ending (KeyStoreFileType)
	trustStoreFile = "truststore.pem"
)

func (s *secure) files() map[string]string {
	return map[string]string{keyStoreFile: string(s.keyStore), trustStoreFile: string(s.trustStore)}
}

func (s *secure) lines(confDir string) []string {
	return []string{
		"serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
		"secureClientPortAddress=127.0.0.1",
		fmt.Sprintf("secureClientPort=%d", s.port),
		"ssl.keyStore.location=" + path.Join(confDir, keyStoreFile),
		"ssl.trustStore.location=" + path.Join(confDir, trustStoreFile),
	}
}
