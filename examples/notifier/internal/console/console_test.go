package console

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestLines(t *testing.T) {
	noon := time.Date(2024, 5, 6, 12, 0, 0, 7e6, time.UTC)
	cases := map[string]struct {
		log  func(*zap.Logger)
		want string
	}{
		"plain":  {func(l *zap.Logger) { l.Info("starts") }, "INFO   starts"},
		"padded": {func(l *zap.Logger) { l.Warn("is down", zap.Int("n", 2)) }, "WARN   is down                 n=2"},
		"ordered": {func(l *zap.Logger) {
			l.With(zap.String("target", "shop")).Info("is up", zap.Bool("b", true), zap.Int("a", 1))
		}, "INFO   is up                   target=shop  b=true  a=1"},
		"named": {func(l *zap.Logger) { l.Named("zookeeper").Error("gone", zap.Error(errors.New("no one there"))) },
			`ERROR  zookeeper: gone         error="no one there"`},
		"quoted": {func(l *zap.Logger) { l.Info("x", zap.String("s", "a\nb"), zap.String("e", ""), zap.String("q", "k=v")) },
			`INFO   x                       s="a\nb"  e=""  q="k=v"`},
		"times": {func(l *zap.Logger) { l.Info("x", zap.Time("at", noon), zap.Duration("took", 1234567*time.Microsecond)) },
			"INFO   x                       at=12:00:00.007  took=1.235s"},
		"list":  {func(l *zap.Logger) { l.Info("x", zap.Strings("s", []string{"a", "b"})) }, `INFO   x                       s="[a b]"`},
		"quiet": {func(l *zap.Logger) { l.Debug("chatter") }, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c.log(New(&out, zapcore.InfoLevel))
			line, ended := strings.CutSuffix(out.String(), "\n")
			if c.want == "" {
				if line != "" {
					t.Fatalf("wrote %q", line)
				}
				return
			}
			at, rest, _ := strings.Cut(line, "  ")
			if _, err := time.Parse("15:04:05.000", at); err != nil || !ended {
				t.Errorf("%q does not begin with a time and end with a newline", out.String())
			}
			if rest != c.want {
				t.Errorf("got  %q\nwant %q", rest, c.want)
			}
		})
	}
}

// TestWithDoesNotShare: two children of one logger must not write into one list of fields.
func TestWithDoesNotShare(t *testing.T) {
	var out bytes.Buffer
	parent := New(&out, zapcore.InfoLevel).With(zap.Int("p", 0))
	one, two := parent.With(zap.Int("one", 1)), parent.With(zap.Int("two", 2))
	one.Info("x")
	two.Info("x")
	lines := strings.Split(out.String(), "\n")
	if !strings.HasSuffix(lines[0], "p=0  one=1") || !strings.HasSuffix(lines[1], "p=0  two=2") {
		t.Errorf("got %q", lines)
	}
}
