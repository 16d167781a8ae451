// Package console writes zap's log entries for people: one line each, the time first, the fields behind as
// key=value in the order in which they were given.
//
//	13:18:05.042  INFO   target is up            target=shop
//	13:18:07.310  WARN   target is down          target=shop  error="answered 503 Service Unavailable"
package console

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// New is a logger of the given level and above.
func New(out io.Writer, level zapcore.LevelEnabler) *zap.Logger {
	return zap.New(&core{LevelEnabler: level, out: zapcore.Lock(zapcore.AddSync(out))})
}

type core struct {
	zapcore.LevelEnabler
	out    zapcore.WriteSyncer
	fields []zapcore.Field // from With
}

func (c *core) With(fields []zapcore.Field) zapcore.Core {
	all := make([]zapcore.Field, 0, len(c.fields)+len(fields))
	return &core{LevelEnabler: c.LevelEnabler, out: c.out, fields: append(append(all, c.fields...), fields...)}
}

func (c *core) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(entry.Level) {
		return checked.AddCore(entry, c)
	}
	return checked
}

// messageWidth is what messages are padded to, so that the fields of most lines stand below each other.
const messageWidth = 22

func (c *core) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	var line strings.Builder
	message := entry.Message
	if entry.LoggerName != "" {
		message = entry.LoggerName + ": " + message
	}
	fmt.Fprintf(&line, "%s  %-5s  %-*s", entry.Time.Format("15:04:05.000"), entry.Level.CapitalString(), messageWidth, message)
	for _, list := range [][]zapcore.Field{c.fields, fields} {
		for _, field := range list {
			writeField(&line, field)
		}
	}
	_, err := io.WriteString(c.out, strings.TrimRight(line.String(), " ")+"\n")
	return err
}

func (c *core) Sync() error { return c.out.Sync() }

// writeField writes what the field encodes to: usually one key, for an inlined object several.
func writeField(line *strings.Builder, field zapcore.Field) {
	encoded := zapcore.NewMapObjectEncoder()
	field.AddTo(encoded)
	for key, value := range encoded.Fields {
		if strings.HasSuffix(key, "Verbose") { // zap's second, many-lined rendering of some errors
			continue
		}
		line.WriteString("  " + key + "=" + text(value))
	}
}

// text is a value as people read it, quoted if it would not end where it seems to.
func text(value any) string {
	var s string
	switch v := value.(type) {
	case time.Time:
		s = v.Format("15:04:05.000")
	case time.Duration:
		s = v.Round(time.Millisecond).String()
	default:
		s = fmt.Sprint(v)
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
