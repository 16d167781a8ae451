package realzk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	officialImage = "zookeeper:3.8"
	debianImage   = "burrow-zookeeper:debian" // what imageScript builds
	imageScript   = "scripts/zookeeper-image.sh"
	pullLimit     = 3 * time.Minute
)

// search is one look for an image.
type search struct {
	wanted string // ZOOKEEPER_IMAGE
	fetch  bool
}

// searches remembers what each look came to: asking Docker takes a tenth of a second, and a registry that cannot
// be reached may take minutes to say so.
var searches struct {
	sync.Mutex
	done map[search]func() (way, error)
}

// findDocker finds an image at hand; with fetch it pulls or builds one if there is none.
func findDocker(fetch bool) (way, error) {
	s := search{os.Getenv("ZOOKEEPER_IMAGE"), fetch}
	searches.Lock()
	defer searches.Unlock()
	if searches.done == nil {
		searches.done = make(map[search]func() (way, error))
	}
	if searches.done[s] == nil {
		searches.done[s] = sync.OnceValues(s.run)
	}
	return searches.done[s]()
}

func (s search) run() (way, error) {
	if err := dockerAnswers(); err != nil {
		return nil, err
	}
	name, err := findImage(s.wanted, s.fetch)
	if err != nil {
		return nil, err
	}
	return &dockerImage{name}, nil
}

func dockerAnswers() error {
	if _, err := exec.LookPath("docker"); err != nil {
		return absent("no docker command")
	}
	if h := os.Getenv("DOCKER_HOST"); strings.HasPrefix(h, "tcp:") || strings.HasPrefix(h, "ssh:") {
		return absent("DOCKER_HOST=%s is another machine", h)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := dockerContext(ctx, "version", "--format", "{{.Server.Version}}"); err != nil {
		return absence{err}
	}
	return nil
}

// findImage returns an image that is here, or gets one. An image that the user names is not replaced by another.
func findImage(wanted string, fetch bool) (string, error) {
	candidates := []string{officialImage, debianImage}
	if wanted != "" {
		candidates = []string{wanted}
	}
	if name, ok := imageAtHand(candidates); ok {
		return name, nil
	}
	if !fetch {
		return "", absent("no image %s here, and only ZOOKEEPER_REQUIRED=1 or ZOOKEEPER_VIA=docker has one pulled or built",
			strings.Join(candidates, " or "))
	}
	// Test binaries run at the same time; one of them gets the image, the others wait for it.
	unlock, err := lockFile(filepath.Join(os.TempDir(), "realzk-image.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if name, ok := imageAtHand(candidates); ok {
		return name, nil
	}
	pullErr := pull(candidates[0])
	switch {
	case pullErr == nil:
		return candidates[0], nil
	case wanted != "":
		return "", pullErr
	}
	if err := build(); err != nil {
		return "", absence{errors.Join(pullErr, err)}
	}
	return debianImage, nil
}

func imageAtHand(candidates []string) (string, bool) {
	for _, name := range candidates {
		if _, err := docker("image", "inspect", "--format", "{{.Id}}", name); err == nil {
			return name, true
		}
	}
	return "", false
}

func pull(name string) error {
	fmt.Fprintf(os.Stderr, "realzk: pulling %s\n", name)
	ctx, cancel := context.WithTimeout(context.Background(), pullLimit)
	defer cancel()
	_, err := dockerContext(ctx, "pull", "--quiet", name)
	return err
}

// build has the project's script build an image from Debian's packages, which takes minutes, once.
func build() error {
	script, err := findScript()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "realzk: no registry can be reached; %s builds %s, once\n", imageScript, debianImage)
	cmd := exec.Command(script, debianImage)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", imageScript, err)
	}
	return nil
}

// findScript looks for the script in the directories above: a test runs in its package's.
func findScript() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		script := filepath.Join(dir, filepath.FromSlash(imageScript))
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("%s is not in any directory above", imageScript)
		}
		dir = parent
	}
}

// lockFile waits for an exclusive lock that ends with the process at the latest.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
