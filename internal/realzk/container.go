package realzk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// dockerLimit is how long one call of the docker command may take.
const dockerLimit = time.Minute

// docker runs the docker command and returns what it prints.
func docker(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dockerLimit)
	defer cancel()
	return dockerContext(ctx, args...)
}

func dockerContext(ctx context.Context, args ...string) (string, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// dockerImage is a ZooKeeper image at hand.
type dockerImage struct{ name string }

func (i *dockerImage) how() string { return "docker: image " + i.name }

// newHost creates the container; it shares the network of this machine, so the server is configured and reached
// like an installed one.
func (i *dockerImage) newHost(s settings) (string, host, error) {
	p, err := holdPort()
	if err != nil {
		return "", nil, err
	}
	c := &container{name: "realzk-" + strings.ToLower(rand.Text()), port: p}
	if c.watch, err = atTheEnd("docker", "rm", "--force", "--volumes", c.name); err != nil {
		return "", nil, errors.Join(err, p.release())
	}
	if err := c.create(i.name, s); err != nil {
		return "", nil, errors.Join(err, c.close())
	}
	return p.addr(), c, nil
}

// container is a server as a Docker container. No goroutine belongs to it.
type container struct {
	name  string
	port  port
	watch *watch
}

func (c *container) create(image string, s settings) error {
	if _, err := docker("create", "--pull", "never", "--network", "host", "--name", c.name,
		"--env", "JVMFLAGS="+strings.Join(s.jvmFlags(), " "), "--env", fmt.Sprintf("ZOO_MY_ID=%d", max(s.id, 1)),
		"--env", "JMXDISABLE=true", image); err != nil {
		return err
	}
	// Copied rather than mounted: the official image changes the owner of /conf, which would reach out to our disk.
	conf, err := os.MkdirTemp("", "realzk-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(conf)
	if err := writeFiles(conf, s.confFiles(c.port.number, "/conf", "/data")); err != nil {
		return err
	}
	_, err = docker("cp", conf+string(filepath.Separator)+".", c.name+":/conf")
	return err
}

func (c *container) start() error { return c.docker("start", c.name) }

func (c *container) exited() bool {
	state, err := docker("inspect", "--format", "{{.State.Running}}", c.name)
	return err == nil && state == "false"
}

// A paused container is resumed by Docker once the signal is there for it.
func (c *container) stop() error {
	return c.docker("stop", "--time", fmt.Sprint(int(stopLimit.Seconds())), c.name)
}

func (c *container) kill() error {
	if err := c.docker("kill", c.name); err != nil {
		return err
	}
	return c.docker("wait", c.name)
}

func (c *container) freeze() error { return c.docker("pause", c.name) }
func (c *container) thaw() error   { return c.docker("unpause", c.name) }

func (c *container) docker(args ...string) error {
	_, err := docker(args...)
	return err
}

func (c *container) output() string {
	log, err := exec.Command("docker", "logs", "--tail", "40", c.name).CombinedOutput()
	if err != nil {
		return err.Error()
	}
	return tail(log)
}

func (c *container) close() error { return errors.Join(c.watch.end(), c.port.release()) }
