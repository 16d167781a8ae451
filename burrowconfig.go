package zookeeper

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// ConfigSource is where BurrowConfig reads from. *viper.Viper is one.
type ConfigSource interface {
	IsSet(key string) bool
	Get(key string) any
	GetString(key string) string
	GetStringSlice(key string) []string
	GetBool(key string) bool
}

// BurrowConfig reads the keys of Burrow's configuration: zookeeper.servers, zookeeper.timeout (a number is seconds, a
// string a duration), zookeeper.root-path, and zookeeper.tls, which names a profile: tls.<profile>.cafile, certfile,
// keyfile and noverify. It reads the certificate files. Every problem is reported at once, joined, each with its key
// and value, and is ErrConfig to errors.Is; those that Validate would find are left to Validate.
func BurrowConfig(src ConfigSource) (Config, error) {
	config := Config{Servers: servers(src), RootPath: src.GetString("zookeeper.root-path")}
	var problems []error
	if src.IsSet("zookeeper.timeout") {
		timeout, err := burrowTimeout(src.Get("zookeeper.timeout"))
		if err != nil {
			problems = append(problems, err)
		}
		config.SessionTimeout = timeout
	}
	if profile := src.GetString("zookeeper.tls"); profile != "" {
		secure, err := burrowTLS(src, "tls."+profile)
		if err != nil {
			problems = append(problems, err)
		}
		config.TLS = secure
	}
	return config, errors.Join(problems...)
}

// servers accepts a list, and a string (as an environment variable gives it) with commas or spaces.
func servers(src ConfigSource) []string {
	text, ok := src.Get("zookeeper.servers").(string)
	if !ok {
		return src.GetStringSlice("zookeeper.servers")
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// burrowTimeout reads 6, "6" and "6s" all as six seconds.
func burrowTimeout(value any) (time.Duration, error) {
	refuse := func(why string) (time.Duration, error) {
		return 0, fmt.Errorf("%w: zookeeper.timeout %s: %s", ErrConfig, quote(value), why)
	}
	var seconds float64
	switch v := reflect.ValueOf(value); {
	case value == nil:
		return refuse("is empty")
	case v.Type() == reflect.TypeFor[time.Duration]():
		seconds = time.Duration(v.Int()).Seconds()
	case v.CanInt():
		seconds = float64(v.Int())
	case v.CanUint():
		seconds = float64(v.Uint())
	case v.CanFloat():
		seconds = v.Float()
	case v.Kind() == reflect.String:
		text := strings.TrimSpace(v.String())
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			seconds = number
		} else if duration, err := time.ParseDuration(text); err == nil {
			seconds = duration.Seconds()
		} else {
			return refuse(`is neither a number of seconds nor a duration such as "6s"`)
		}
	default:
		return refuse(`is neither a number of seconds nor a duration such as "6s"`)
	}
	if math.IsNaN(seconds) || seconds <= 0 {
		return refuse("is not positive")
	}
	if seconds < minSessionTimeout.Seconds() {
		return refuse("is below " + minSessionTimeout.String()) // and would be rounded to the default
	}
	if seconds > maxSessionTimeout.Seconds() {
		return refuse("is above " + maxSessionTimeout.String())
	}
	return time.Duration(math.Round(seconds*1e3)) * time.Millisecond, nil
}

func burrowTLS(src ConfigSource, profile string) (*tls.Config, error) {
	known := src.IsSet(profile)
	for _, key := range []string{".cafile", ".certfile", ".keyfile", ".noverify"} {
		known = known || src.IsSet(profile+key) // the environment has keys, but no section
	}
	if !known {
		return nil, fmt.Errorf("%w: zookeeper.tls %q: there is no section [%s]",
			ErrConfig, src.GetString("zookeeper.tls"), profile)
	}
	refuse := func(key, value string, err error) error {
		return fmt.Errorf("%w: %s.%s %q: %w", ErrConfig, profile, key, value, err)
	}
	var problems []error
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: src.GetBool(profile + ".noverify")}
	if file := src.GetString(profile + ".cafile"); file != "" {
		config.RootCAs = x509.NewCertPool()
		if pem, err := os.ReadFile(file); err != nil {
			problems = append(problems, refuse("cafile", file, err))
		} else if !config.RootCAs.AppendCertsFromPEM(pem) {
			problems = append(problems, refuse("cafile", file, errors.New("no PEM certificate in it")))
		}
	}
	certFile, keyFile := src.GetString(profile+".certfile"), src.GetString(profile+".keyfile")
	switch {
	case certFile != "" && keyFile != "":
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			problems = append(problems, refuse("certfile", certFile, fmt.Errorf("with keyfile %q: %w", keyFile, err)))
		}
		config.Certificates = []tls.Certificate{pair}
	case certFile != "":
		problems = append(problems, refuse("certfile", certFile, errors.New("there is no keyfile to it")))
	case keyFile != "":
		problems = append(problems, refuse("keyfile", keyFile, errors.New("there is no certfile to it")))
	}
	return config, errors.Join(problems...)
}
