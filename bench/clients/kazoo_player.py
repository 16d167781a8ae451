"""Plays with kazoo's Lock or Election. For the commands see internal/player/player.go.

    kazoo_player.py kazoo-lock|kazoo-election SERVER PATH TIMEOUT_MS
"""
import logging
import os
import queue
import sys
import threading
import time
import traceback

from kazoo.client import KazooClient

KIND, SERVER, PATH, TIMEOUT_MS = sys.argv[1:]
output = threading.Lock()


def say(*words):
    with output:
        sys.stdout.write(" ".join(str(w) for w in words) + "\n")
        sys.stdout.flush()


def connect():
    client = KazooClient(hosts=SERVER, timeout=int(TIMEOUT_MS) / 1000.0)
    client.start()
    return client


class Candidate:
    """One session, and the thread that contends with it."""

    def __init__(self, number):
        self.number = number
        self.client = connect()
        self.lock = self.client.Lock(PATH, "player") if KIND == "kazoo-lock" else None
        self.election = self.client.Election(PATH, "player") if KIND == "kazoo-election" else None
        self.leave = threading.Semaphore(0)
        self.tasks = queue.Queue()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            while True:
                self.tasks.get()()
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    def turn(self, work):
        if self.lock is not None:
            with self.lock:
                work()
        else:
            self.election.run(work)

    def join(self):
        left = []

        def work():
            say("work", self.number, time.monotonic_ns())
            self.leave.acquire()
            left.append(time.monotonic_ns())

        self.turn(work)
        say("left", self.number, left[0])

    def solo(self, times):
        took = []
        for _ in range(times):
            begun = time.monotonic_ns()
            self.turn(nothing)
            took.append(time.monotonic_ns() - begun)
        say("solo", *took)

    def rotate(self, times, done):
        for _ in range(times):
            self.turn(nothing)
        done.release()


def nothing():
    pass


def rotate(candidates, times):
    begun = time.monotonic_ns()
    done = threading.Semaphore(0)
    for c in candidates:
        c.tasks.put(lambda c=c: c.rotate(times, done))
    for _ in candidates:
        done.acquire()
    say("rotated", begun, time.monotonic_ns())


def measure_connect(times):
    took = []
    for _ in range(times):
        begun = time.monotonic_ns()
        client = connect()
        took.append(time.monotonic_ns() - begun)
        client.stop()
        client.close()
    say("connected", *took)


def main():
    logging.basicConfig(level=logging.WARNING)
    candidates = []
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        n = int(rest or 0)
        if verb == "open":
            for _ in range(n):
                candidates.append(Candidate(len(candidates)))
            say("opened")
        elif verb == "solo":
            candidates[0].tasks.put(lambda n=n: candidates[0].solo(n))
        elif verb == "join":
            candidates[n].tasks.put(candidates[n].join)
        elif verb == "leave":
            candidates[n].leave.release()
        elif verb == "rotate":
            rotate(candidates, n)
        elif verb == "connect":
            measure_connect(n)
        else:
            sys.exit("%s: not a command" % line.strip())
    os._exit(0)


main()
