package interop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	curatorKind     = "Curator"
	curatorPackages = "libcurator-recipes-java and default-jdk-headless"
)

// curatorJars is all that a Curator client needs: on Debian a jar's manifest names those that it depends on.
var curatorJars = []string{
	"/usr/share/java/curator-recipes.jar",
	"/usr/share/java/slf4j-simple.jar", // of libslf4j-java, which Curator depends on; it writes to the standard error
}

// curator brings in a process with contenders with Curator's InterProcessMutex. Their driver is Curator's own, unless
// options say "kazoo".
func (c *contest) curator(threads int, name string, options ...string) {
	c.t.Helper()
	program, err := compileCurator()
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		c.lacking(err, curatorPackages)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.process(curatorKind+" process", c.argv(program, curatorKind, name, threads, options...))
}

// compileCurator compiles the contender on first use, and returns the command that runs it.
var compileCurator = sync.OnceValues(func() ([]string, error) {
	java, err := findJava("java")
	if err != nil {
		return nil, err
	}
	javac, err := findJava("javac")
	if err != nil {
		return nil, err
	}
	for _, jar := range curatorJars {
		if _, err := os.Stat(jar); err != nil {
			return nil, err
		}
	}
	classes := filepath.Join(scratch, "classes")
	classPath := strings.Join(append([]string{classes}, curatorJars...), string(os.PathListSeparator))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, javac, "-J-Xmx128m", "-J-XX:TieredStopAtLevel=1", "-d", classes,
		"-cp", classPath, "testdata/CuratorContender.java").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("compile the Curator contender: %w\n%s", err, out)
	}
	versioned, _ := filepath.Glob("/usr/share/java/curator-recipes-*.jar") // Debian has both names
	announce("%v with %s", versioned, java)
	return []string{java, "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classPath, "CuratorContender"}, nil
})

func findJava(program string) (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		program = filepath.Join(home, "bin", program)
	}
	return exec.LookPath(program)
}
