# What kazoo makes of a server: every line that this prints must be the same, whoever serves.
import socket
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.security import OPEN_ACL_UNSAFE, READ_ACL_UNSAFE, make_acl, make_digest_acl

ADDR = sys.argv[1]
STEP = [0]


def say(what, value):
    STEP[0] += 1
    print("%03d %s: %s" % (STEP[0], what, value), flush=True)


def stat(s):
    """A stat without what differs from run to run."""
    return "v%d cv%d av%d len%d kids%d owned:%s fresh:%s" % (
        s.version, s.cversion, s.aversion, s.dataLength, s.numChildren, s.ephemeralOwner != 0, s.czxid == s.mzxid)


def attempt(what, f, *args, **kwargs):
    try:
        value = f(*args, **kwargs)
    except KazooException as e:
        value = "raises %s" % type(e).__name__
    except (ValueError, TypeError) as e:
        value = "refused by the client: %s" % type(e).__name__
    if isinstance(value, tuple) and len(value) == 2 and hasattr(value[1], "czxid"):
        first = sorted(value[0]) if isinstance(value[0], list) and value[0] and isinstance(value[0][0], str) else value[0]
        value = (first, stat(value[1]))
    elif hasattr(value, "czxid"):
        value = stat(value)
    elif isinstance(value, list) and value and isinstance(value[0], str):
        value = sorted(value)
    say(what, value)


def client(**kwargs):
    zk = KazooClient(hosts=ADDR, timeout=6.0, **kwargs)
    zk.start(timeout=15)
    return zk


zk, other = client(), client()
states = []
other.add_listener(lambda s: states.append(str(s)))

# Nodes
attempt("ensure_path", zk.ensure_path, "/k/a/b/c")
attempt("ensure_path again", zk.ensure_path, "/k/a/b/c")
attempt("create", zk.create, "/k/x", b"data")
attempt("create again", zk.create, "/k/x", b"data")
attempt("create without parent", zk.create, "/k/none/x", b"")
attempt("create makepath", zk.create, "/k/made/on/the/way", b"v", makepath=True)
attempt("create include_data", zk.create, "/k/inc", b"v", include_data=True)
attempt("create bad path", zk.create, "k", b"")
attempt("create relative path", zk.create, "/k/../x", b"")
for i in range(3):
    attempt("sequence", zk.create, "/k/s-", b"", sequence=True)
attempt("ephemeral", zk.create, "/k/e", b"", ephemeral=True)
attempt("below an ephemeral", zk.create, "/k/e/x", b"")
attempt("get", zk.get, "/k/x")
attempt("get none", zk.get, "/k/nope")
attempt("set", zk.set, "/k/x", b"new")
attempt("set version", zk.set, "/k/x", b"newer", version=1)
attempt("set wrong version", zk.set, "/k/x", b"newer", version=7)
attempt("set big", zk.set, "/k/x", b"x" * 500000)
attempt("get", lambda: len(zk.get("/k/x")[0]))
attempt("exists", zk.exists, "/k/x")
attempt("exists none", zk.exists, "/k/nope")
attempt("children", zk.get_children, "/k")
attempt("children with data", zk.get_children, "/k", include_data=True)
attempt("children of none", zk.get_children, "/k/nope")
attempt("delete not empty", zk.delete, "/k/a")
attempt("delete wrong version", zk.delete, "/k/x", version=99)
attempt("delete", zk.delete, "/k/x")
attempt("delete again", zk.delete, "/k/x")
attempt("delete recursive", zk.delete, "/k/a", recursive=True)
attempt("sync", zk.sync, "/k")

# Access
attempt("acl", zk.get_acls, "/k")
attempt("create with digest", zk.create, "/k/secret", b"s", acl=[make_digest_acl("u", "p", all=True)])
attempt("get secret", zk.get, "/k/secret")
attempt("acls of secret", zk.get_acls, "/k/secret")
attempt("add_auth", zk.add_auth, "digest", "u:p")
attempt("get secret", zk.get, "/k/secret")
attempt("set_acls", zk.set_acls, "/k/secret", READ_ACL_UNSAFE)
attempt("set secret", zk.set, "/k/secret", b"t")
attempt("set_acls", zk.set_acls, "/k/secret", OPEN_ACL_UNSAFE)
attempt("bad acl", zk.set_acls, "/k", [make_acl("nonsense", "x", all=True)])
attempt("auth acl", zk.create, "/k/mine", b"", acl=[make_acl("auth", "", all=True)])
attempt("get mine as another", other.get, "/k/mine")

# Transactions
t = zk.transaction()
t.create("/k/t1", b"1")
t.set_data("/k/t1", b"2")
t.check("/k/t1", 1)
t.create("/k/t2", b"")
t.delete("/k/t2")
say("transaction", [stat(r) if hasattr(r, "czxid") else r for r in t.commit()])
t = zk.transaction()
t.create("/k/t3", b"1")
t.check("/k/t1", 99)
t.create("/k/t4", b"1")
say("failing transaction", [type(r).__name__ if isinstance(r, Exception) else r for r in t.commit()])
attempt("rolled back", zk.exists, "/k/t3")

# Watches
seen, changed = [], threading.Condition()


def watcher(name):
    def f(event):
        with changed:
            seen.append("%s %s %s" % (name, event.type, event.path))
            changed.notify()
    return f


def events(n):
    with changed:
        changed.wait_for(lambda: len(seen) >= n, 10)
        got, seen[:] = sorted(seen), []
        return got


other.create("/k/w", b"")
other.get("/k/w", watch=watcher("data"))
other.exists("/k/w2", watch=watcher("exists"))
other.get_children("/k/w", watch=watcher("children"))
zk.set("/k/w", b"x")
zk.create("/k/w2", b"")
zk.create("/k/w/c", b"")
say("events", events(3))
other.get("/k/w2", watch=watcher("data"))
zk.delete("/k/w2")
say("events", events(1))

# Recipes
counter = zk.Counter("/k/counter")
counter += 5
counter -= 2
say("counter", counter.value)
queue = zk.Queue("/k/queue")
for value in (b"one", b"two"):
    queue.put(value)
say("queue", [len(queue), queue.get(), queue.get(), queue.get()])
lock, rival = zk.Lock("/k/lock", "first"), other.Lock("/k/lock", "second")
say("lock", lock.acquire(timeout=5))
say("rival", rival.acquire(blocking=False))
say("contenders", lock.contenders())
lock.release()
say("rival", rival.acquire(timeout=5))
rival.release()
sem = zk.Semaphore("/k/sem", max_leases=1)
say("semaphore", sem.acquire(timeout=5))
say("holders", len(sem.lease_holders()))
sem.release()
led = []
zk.Election("/k/election", "me").run(lambda: led.append("led"))
say("election", led)
barrier = zk.Barrier("/k/barrier")
barrier.create()
say("barrier", [barrier.wait(0.1), barrier.remove(), barrier.wait(1)])

# Connections
say("ruok", zk.command(b"ruok"))
say("srvr", "Mode: standalone" in zk.command(b"srvr"))
session = other.client_id[0]
other._connection._socket.shutdown(socket.SHUT_RDWR)
attempt("get after a broken connection", lambda: other.retry(other.get, "/k/w")[0])
say("same session", other.client_id[0] == session)
other.create("/k/gone", b"", ephemeral=True)
other.stop()
say("ephemeral after stop", zk.exists("/k/gone"))
say("states", [s for s in states if s != "SUSPENDED"][-2:])
other.start(timeout=15)
attempt("after restart", other.get, "/k/w")
other.stop()
zk.delete("/k", recursive=True)
zk.stop()
for c in (zk, other):
    c.close()
