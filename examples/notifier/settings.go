package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/viper"

	"burrow.example/zookeeper"
	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// settings is what the configuration file says.
type settings struct {
	zookeeper zookeeper.Config
	webhook   string
	targets   []uptime.Target
	listen    string // "": nowhere
}

// load reads a file such as notifier.toml, for the instance of the given name. Its error lists everything that is
// wrong with it.
func load(file, id string) (settings, error) {
	v := viper.New()
	v.SetConfigFile(file)
	if filepath.Ext(file) == "" {
		v.SetConfigType("toml")
	}
	if err := v.ReadInConfig(); err != nil {
		return settings{}, fmt.Errorf("read configuration: %w", err)
	}
	s, err := parse(v, id)
	if err != nil {
		return settings{}, fmt.Errorf("%s:\n%w", file, err)
	}
	return s, nil
}

// parse reads the settings, or returns every problem with them at once, each naming its key and its value.
func parse(v *viper.Viper, id string) (settings, error) {
	var r reader
	config, err := zookeeper.BurrowConfig(v)
	r.add(err)
	if config.ID = id; id != "" && !idPattern.MatchString(id) {
		r.report("-id", id, "is not a name: up to 100 printable ASCII characters without spaces")
	}
	r.add(config.Validate())
	s := settings{
		zookeeper: config,
		webhook:   r.url("webhook.url", v.Get("webhook.url")),
		listen:    r.listen("http.listen", v.Get("http.listen")),
	}
	tables, ok := v.Get("targets").([]any)
	if !ok || len(tables) == 0 {
		r.report("targets", v.Get("targets"), "at least one [[targets]] with name, url and interval is needed")
	}
	names := make(map[string]string)
	for i, table := range tables {
		s.targets = append(s.targets, r.target(fmt.Sprintf("targets[%d]", i), table, names))
	}
	return s, errors.Join(r.problems...)
}

// reader takes values apart and collects what is wrong with them.
type reader struct {
	problems []error
}

func (r *reader) add(err error) {
	if err != nil {
		r.problems = append(r.problems, err)
	}
}

func (r *reader) report(key string, value any, problem string) {
	shown := fmt.Sprint(value)
	switch v := value.(type) {
	case nil:
		shown = "(not set)"
	case string:
		shown = strconv.Quote(v)
	}
	r.problems = append(r.problems, fmt.Errorf("%s %s: %s", key, shown, problem))
}

// target reads one [[targets]]. names holds the key of every name seen so far.
func (r *reader) target(key string, value any, names map[string]string) uptime.Target {
	table, ok := value.(map[string]any)
	if !ok {
		r.report(key, value, "is not a table")
		return uptime.Target{}
	}
	for name, value := range table {
		if name != "name" && name != "url" && name != "interval" {
			r.report(key+"."+name, value, "is not a key of a target; those are name, url and interval")
		}
	}
	return uptime.Target{
		Name:     r.name(key+".name", table["name"], names),
		URL:      r.url(key+".url", table["url"]),
		Interval: r.interval(key+".interval", table["interval"]),
	}
}

// idPattern is what can be sent in a header and is one word in a log line.
var idPattern = regexp.MustCompile(`^[!-~]{1,100}$`)

// namePattern is what can be the name of a node, part of an incident's id and a word in a log line.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func (r *reader) name(key string, value any, names map[string]string) string {
	name, ok := value.(string)
	if !ok || !namePattern.MatchString(name) {
		r.report(key, value, "is not a name: up to 100 letters, digits, dots, dashes and underscores")
		return ""
	}
	if first, taken := names[name]; taken {
		r.report(key, value, "is the name of "+first+" already")
	} else {
		names[name] = strings.TrimSuffix(key, ".name")
	}
	return name
}

func (r *reader) url(key string, value any) string {
	text, ok := value.(string)
	if !ok || text == "" {
		r.report(key, value, "is not a URL")
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		r.report(key, value, errors.Unwrap(err).Error())
	case u.Scheme != "http" && u.Scheme != "https":
		r.report(key, u.Redacted(), "does not start with http:// or https://")
	case u.Hostname() == "":
		r.report(key, u.Redacted(), "has no host")
	}
	return text
}

// listen reads where to serve the status page.
func (r *reader) listen(key string, value any) string {
	if value == nil {
		return ""
	}
	address, _ := value.(string)
	if problem := listenProblem(address); problem != "" {
		r.report(key, value, problem)
	}
	return address
}

// listenProblem says what is wrong with an address to listen at; "" if nothing is.
func listenProblem(address string) string {
	_, port, err := net.SplitHostPort(address)
	if n, notNumber := strconv.Atoi(port); err != nil || notNumber != nil || n < 0 || n > 65535 {
		return `is not a host:port to listen at, such as "localhost:8086" or ":8086"`
	}
	return ""
}

// minInterval keeps a typing error from becoming an attack.
const minInterval = 100 * time.Millisecond

// interval reads 10 and "10s" both as ten seconds, as zookeeper.timeout is read.
func (r *reader) interval(key string, value any) time.Duration {
	var interval time.Duration
	switch v := value.(type) {
	case int64:
		if v < 0 || v > int64(time.Hour*24*365/time.Second) {
			r.report(key, value, "is not a number of seconds up to a year")
			return 0
		}
		interval = time.Duration(v) * time.Second
	case string:
		var err error
		if interval, err = time.ParseDuration(v); err != nil {
			r.report(key, value, `is neither a number of seconds nor a duration such as "10s"`)
			return 0
		}
	default:
		r.report(key, value, `is neither a number of seconds nor a duration such as "10s"`)
		return 0
	}
	if interval < minInterval {
		r.report(key, value, "is below "+minInterval.String())
	}
	return interval
}
