"""Contends for a lock with kazoo's Lock until its standard input ends.

    kazoo_contender.py KIND SERVERS PATH ROOM COUNT PAUSE [PATTERN...]

COUNT threads, each with a session of its own, visit ROOM whenever they hold the lock at PATH, and pause in between,
for up to PAUSE milliseconds or as long as they waited. The PATTERNs are kazoo's extra_lock_patterns. In the end the
number of visits is printed. For the rules of a visit see room_test.go.
"""
import logging
import os
import random
import sys
import threading
import time
import traceback

from kazoo.client import KazooClient

SESSION_TIMEOUT = 15.0
PATIENCE = 15.0  # for the last turn, once the input has ended


class Room:
    def __init__(self, path):
        self.marker = os.path.join(path, "marker")
        self.counter = os.path.join(path, "counter")
        self.ledger = os.path.join(path, "ledger")

    def visit(self, kind, who):
        alone = True
        try:
            os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            alone = False
        with open(self.counter, "r+b", buffering=0) as counter:
            number = int(counter.read()) + 1
            time.sleep(0.001)
            counter.seek(0)
            counter.write(b"%020d" % number)
        line = "%s %s %d %s\n" % (kind, who, number, "alone" if alone else "not-alone")
        with open(self.ledger, "ab", buffering=0) as ledger:
            ledger.write(line.encode())
        if alone:
            os.unlink(self.marker)


def contend(client, kind, who, path, room, pause, patterns, stop):
    """Returns the number of visits."""
    visits = 0
    client.start(timeout=SESSION_TIMEOUT)
    lock = client.Lock(path, who, extra_lock_patterns=patterns)
    while not stop.is_set():
        begun = time.monotonic()
        with lock:
            waited = time.monotonic() - begun
            room.visit(kind, who)
            visits += 1
        stop.wait(random.random() * max(pause, waited))
    client.stop()
    client.close()
    return visits


def main():
    logging.basicConfig(level=logging.WARNING)
    kind, servers, path, room, count, pause, *patterns = sys.argv[1:]
    stop = threading.Event()
    visits = [0] * int(count)

    def run(i):
        try:
            client = KazooClient(hosts=servers, timeout=SESSION_TIMEOUT)
            who = "%d.%d" % (os.getpid(), i)
            visits[i] = contend(client, kind, who, path, Room(room), int(pause) / 1000.0, patterns, stop)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(int(count))]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            sys.stderr.write("still waiting for the lock %.0f s after the end\n" % PATIENCE)
            sys.stderr.flush()
            os._exit(1)
    print(sum(visits), flush=True)


main()
