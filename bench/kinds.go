package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"burrow.example/zookeeper/bench/internal/player"
)

// kind is a client that is compared.
type kind struct {
	name  string
	label string
	ours  bool
}

// The kinds, in the order in which they take turns.
var kinds = []kind{
	{player.Campaign, "this library, Campaign", true},
	{player.Lock, "this library, NewLock", true},
	{player.GoZK, "go-zookeeper Lock", false},
	{"kazoo-lock", "kazoo Lock", false},
	{"kazoo-election", "kazoo Election", false},
	{"curator-mutex", "Curator InterProcessMutex", false},
	{"curator-latch", "Curator LeaderLatch", false},
}

//go:embed clients/kazoo_player.py
var kazooPlayer []byte

//go:embed clients/CuratorPlayer.java
var curatorPlayer []byte

// curatorJars is all that a Curator client needs: on Debian a jar's manifest names those that it depends on.
var curatorJars = []string{"/usr/share/java/curator-recipes.jar", "/usr/share/java/slf4j-simple.jar"}

// programs are the command lines of the players.
type programs struct {
	self, python, java []string
	versions           []string
}

// prepare puts the players into a directory and compiles what has to be.
func prepare(dir string) (*programs, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &programs{self: []string{self, playerCommand}}
	return p, errors.Join(p.findKazoo(dir), p.compileCurator(dir))
}

func (p *programs) findKazoo(dir string) error {
	script := filepath.Join(dir, "kazoo_player.py")
	if err := os.WriteFile(script, kazooPlayer, 0o644); err != nil {
		return err
	}
	var errs []error
	for _, python := range []string{"/usr/bin/python3", "python3"} { // Debian's own knows Debian's packages
		out, err := exec.Command(python, "-c",
			"import sys, kazoo.version; print('kazoo', kazoo.version.__version__, 'on Python', sys.version.split()[0])").Output()
		if err == nil {
			p.python = []string{python, script}
			p.versions = append(p.versions, strings.TrimSpace(string(out)))
			return nil
		}
		errs = append(errs, err)
	}
	return fmt.Errorf("no Python with kazoo, install Debian's python3-kazoo: %w", errors.Join(errs...))
}

func (p *programs) compileCurator(dir string) error {
	source := filepath.Join(dir, "CuratorPlayer.java")
	if err := os.WriteFile(source, curatorPlayer, 0o644); err != nil {
		return err
	}
	for _, jar := range curatorJars {
		if _, err := os.Stat(jar); err != nil {
			return fmt.Errorf("no Curator, install Debian's libcurator-recipes-java: %w", err)
		}
	}
	java, javac := findJava("java"), findJava("javac")
	classPath := strings.Join(append([]string{dir}, curatorJars...), string(os.PathListSeparator))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, javac, "-d", dir, "-cp", classPath, source).CombinedOutput()
	if err != nil {
		return fmt.Errorf("compile the Curator player (default-jdk-headless): %w\n%s", err, out)
	}
	p.java = []string{java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", classPath, "CuratorPlayer"}
	const prefix = "/usr/share/java/curator-recipes-"
	if versioned, _ := filepath.Glob(prefix + "*.jar"); len(versioned) > 0 {
		p.versions = append(p.versions, "Curator "+strings.TrimSuffix(strings.TrimPrefix(versioned[0], prefix), ".jar"))
	}
	return nil
}

func findJava(program string) string {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return filepath.Join(home, "bin", program)
	}
	return program
}

// command is the command line of a player.
func (p *programs) command(s player.Settings) []string {
	program := p.self
	switch {
	case strings.HasPrefix(s.Kind, "kazoo-"):
		program = p.python
	case strings.HasPrefix(s.Kind, "curator-"):
		program = p.java
	}
	return append(append([]string(nil), program...), s.Args()...)
}
