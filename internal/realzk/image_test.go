package realzk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestFindImage puts a docker command in front of which images can be had in some ways and not in others.
func TestFindImage(t *testing.T) {
	for _, c := range []struct {
		name     string
		here     string // image on this machine
		registry bool   // one can be reached
		script   string // what it exits with
		wanted   string // ZOOKEEPER_IMAGE
		fetch    bool

		want   string
		absent bool   // the error allows the next way to be tried
		did    string // pulls and builds, in order
	}{
		{name: "the official image is here", here: officialImage, want: officialImage},
		{name: "the project's own image is here", here: debianImage, fetch: true, want: debianImage},
		{name: "nothing is here and nothing may be fetched", registry: true, absent: true},
		{name: "the official image is pulled", registry: true, fetch: true, want: officialImage, did: "pull"},
		{name: "an image is built", fetch: true, want: debianImage, did: "pull build"},
		{name: "no image can be built", fetch: true, script: "exit 1", absent: true, did: "pull build"},
		{name: "the image asked for is here", here: "mine:1", wanted: "mine:1", want: "mine:1"},
		{name: "the image asked for is pulled", here: debianImage, registry: true, wanted: "mine:1", fetch: true, want: "mine:1", did: "pull"},
		{name: "the image asked for cannot be had", here: debianImage, wanted: "mine:1", fetch: true, did: "pull"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := fakeDocker(t, c.script)
			if c.here != "" {
				touch(t, filepath.Join(dir, "images", c.here))
			}
			if c.registry {
				touch(t, filepath.Join(dir, "registry"))
			}
			// Several at once, as test binaries are: one fetches.
			var asking sync.WaitGroup
			got, errs := make([]string, 3), make([]error, 3)
			for i := range got {
				asking.Go(func() { got[i], errs[i] = findImage(c.wanted, c.fetch) })
			}
			asking.Wait()
			for i := range got {
				if got[i] != c.want || (errs[i] == nil) != (c.want != "") {
					t.Errorf("got %q, %v, want %q", got[i], errs[i], c.want)
				}
				if errors.Is(errs[i], errAbsent) != c.absent {
					t.Errorf("error %v lets the next way be tried: %v, want %v", errs[i], !c.absent, c.absent)
				}
			}
			did, _ := os.ReadFile(filepath.Join(dir, "did"))
			if once := strings.Fields(string(did)); c.want != "" && strings.Join(once, " ") != c.did {
				t.Errorf("did %q, want %q", once, c.did)
			}
		})
	}
}

// fakeDocker makes a docker command and a build script that work on a directory.
func fakeDocker(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"bin/docker": `#!/bin/sh
for last; do :; done
case $1 in
image) [ -e "$DIR/images/$last" ] ;;
pull) echo pull >>"$DIR/did"; [ -e "$DIR/registry" ] && touch "$DIR/images/$last" ;;
*) exit 1 ;;
esac
`,
		imageScript: `#!/bin/sh
echo build >>"$DIR/did"
` + script + `
touch "$DIR/images/$1"
`}
	for name, text := range files {
		name = filepath.Join(dir, name)
		ok(t, os.MkdirAll(filepath.Dir(name), 0o755))
		ok(t, os.WriteFile(name, []byte(text), 0o755))
	}
	below := filepath.Join(dir, "some", "package")
	ok(t, os.MkdirAll(below, 0o755))
	ok(t, os.Mkdir(filepath.Join(dir, "images"), 0o755))
	t.Chdir(below)
	t.Setenv("DIR", dir)
	t.Setenv("TMPDIR", dir)
	t.Setenv("PATH", filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	return dir
}

func touch(t *testing.T, name string) {
	t.Helper()
	ok(t, os.WriteFile(name, nil, 0o644))
}
