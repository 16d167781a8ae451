package secure

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/go-zookeeper/zk"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"burrow.example/zookeeper"
)

// written is everything that the coordinators of these tests wrote: log lines down to debug, errors, Stats, and what
// fmt makes of them and of their configurations.
var written record

type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) Sync() error { return nil }

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// logger logs everything, in the two encodings that there are.
func (r *record) logger() *zap.Logger {
	encoder := zap.NewDevelopmentEncoderConfig()
	return zap.New(zapcore.NewTee(
		zapcore.NewCore(zapcore.NewJSONEncoder(encoder), r, zap.DebugLevel),
		zapcore.NewCore(zapcore.NewConsoleEncoder(encoder), r, zap.DebugLevel),
	))
}

// look writes down what there is to be seen of a coordinator and of errors.
func (r *record) look(zc *zookeeper.Coordinator, errs ...error) {
	for _, value := range []any{zc, zc.Config, &zc.Config, zc.Config.Auth, zc.Stats(), zc.Health(), errs} {
		fmt.Fprintf(r, "%v\n%+v\n%#v\n%s\n%q\n%x\n", value, value, value, value, value, value)
	}
	r.logger().Info("config", zap.Any("config", zc.Config), zap.Any("stats", zc.Stats()), zap.Any("auth", zc.Config.Auth),
		zap.Errors("errors", errs))
	r.logger().Sugar().Infow("config", "config", zc.Config, "auth", zc.Config.Auth)
}

// secrets are what must not be in there, in every form that something printed could have.
func secrets() map[string]string {
	all := make(map[string]string)
	add := func(name string, secret []byte) {
		all[name] = string(secret)
		all[name+", in hexadecimal"] = hex.EncodeToString(secret)
		all[name+", as a list"] = strings.Trim(fmt.Sprint(secret), "[]")
		all[name+", in base64"] = base64.StdEncoding.EncodeToString(secret)
		all[name+", as Go prints bytes"] = strings.Trim(fmt.Sprintf("%#v", secret)[len("[]byte"):], "{}")
	}
	for name, word := range map[string]string{"password": password, "mistyped password": mistyped} {
		add(name, []byte(word))
		_, digest, _ := strings.Cut(zk.DigestACL(zk.PermAll, user, word)[0].ID, ":")
		add("digest of the "+name, []byte(digest))
	}
	add("private key", privateKey())
	all["private key, as a number"] = new(big.Int).SetBytes(privateKey()).String()
	return all
}

func privateKey() []byte {
	key, err := clientPair.PrivateKey.(*ecdsa.PrivateKey).Bytes()
	if err != nil {
		panic(err)
	}
	return key
}

// clean fails if a secret was written anywhere.
func clean(text string) error {
	var found []error
	lower := strings.ToLower(text)
	for name, secret := range secrets() {
		if at := strings.Index(lower, strings.ToLower(secret)); at >= 0 {
			found = append(found, fmt.Errorf("%s is written: ...%.300s", name, lower[max(0, at-200):]))
		}
	}
	return errors.Join(found...)
}

// TestCleanWouldFind a secret, however it is printed: or else that there is none would mean nothing.
func TestCleanWouldFind(t *testing.T) {
	for _, form := range []string{"%s", "%v", "%x", "%d", "%#v"} {
		for name, secret := range map[string][]byte{"password": []byte(password), "key": privateKey()} {
			if text := fmt.Sprintf("before "+form+" after", secret); clean(text) == nil {
				t.Errorf("%s by %s is not found in %s", name, form, text)
			}
		}
	}
}
