import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.ExponentialBackoffRetry;

/**
 * Plays with Curator's InterProcessMutex or LeaderLatch. For the commands see internal/player/player.go.
 *
 * <pre>CuratorPlayer curator-mutex|curator-latch SERVER PATH TIMEOUT_MS</pre>
 */
public final class CuratorPlayer {
    private static String kind, server, path;
    private static int timeoutMs;

    private interface Work {
        void run() throws Exception;
    }

    private static synchronized void say(String verb, long... numbers) {
        StringBuilder line = new StringBuilder(verb);
        for (long n : numbers) {
            line.append(' ').append(n);
        }
        System.out.println(line);
        System.out.flush();
    }

    private static CuratorFramework connect() throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.newClient(
                server, timeoutMs, timeoutMs, new ExponentialBackoffRetry(20, 10));
        client.start();
        if (!client.blockUntilConnected(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("no session with " + server + " within 10 s");
        }
        return client;
    }

    /** One session, and the thread that contends with it: a mutex belongs to a thread. */
    private static final class Candidate {
        final int number;
        final CuratorFramework client = connect();
        final InterProcessMutex mutex = new InterProcessMutex(client, path);
        final Semaphore leave = new Semaphore(0);
        volatile long working; // since when; a latch tells its listener first
        final ExecutorService thread = Executors.newSingleThreadExecutor(r -> {
            Thread t = new Thread(r);
            t.setDaemon(true);
            return t;
        });

        Candidate(int number) throws Exception {
            this.number = number;
        }

        void run(Work work) {
            thread.execute(() -> {
                try {
                    work.run();
                } catch (Throwable t) {
                    t.printStackTrace();
                    Runtime.getRuntime().halt(1);
                }
            });
        }

        void turn(Work work) throws Exception {
            if (kind.equals("curator-mutex")) {
                mutex.acquire();
                working = System.nanoTime();
                try {
                    work.run();
                } finally {
                    mutex.release();
                }
                return;
            }
            CountDownLatch elected = new CountDownLatch(1);
            LeaderLatch latch = new LeaderLatch(client, path, "player");
            latch.addListener(new LeaderLatchListener() {
                @Override
                public void isLeader() {
                    working = System.nanoTime();
                    elected.countDown();
                }

                @Override
                public void notLeader() {
                }
            });
            latch.start();
            elected.await();
            try {
                work.run();
            } finally {
                latch.close();
            }
        }

        void join() throws Exception {
            long[] left = new long[1];
            turn(() -> {
                say("work", number, working);
                leave.acquire();
                left[0] = System.nanoTime();
            });
            say("left", number, left[0]);
        }

        void solo(int times) throws Exception {
            long[] took = new long[times];
            for (int i = 0; i < times; i++) {
                long begun = System.nanoTime();
                turn(() -> { });
                took[i] = System.nanoTime() - begun;
            }
            say("solo", took);
        }
    }

    private static void rotate(List<Candidate> candidates, int times) throws Exception {
        long begun = System.nanoTime();
        CountDownLatch done = new CountDownLatch(candidates.size());
        for (Candidate c : candidates) {
            c.run(() -> {
                for (int i = 0; i < times; i++) {
                    c.turn(() -> { });
                }
                done.countDown();
            });
        }
        done.await();
        say("rotated", begun, System.nanoTime());
    }

    private static void measureConnect(int times) throws Exception {
        long[] took = new long[times];
        for (int i = 0; i < times; i++) {
            long begun = System.nanoTime();
            CuratorFramework client = connect();
            took[i] = System.nanoTime() - begun;
            client.close();
        }
        say("connected", took);
    }

    public static void main(String[] args) throws Exception {
        kind = args[0];
        server = args[1];
        path = args[2];
        timeoutMs = Integer.parseInt(args[3]);
        List<Candidate> candidates = new ArrayList<>();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = commands.readLine()) != null; ) {
            String[] words = line.split(" ");
            int n = words.length > 1 ? Integer.parseInt(words[1]) : 0;
            switch (words[0]) {
                case "open":
                    for (int i = 0; i < n; i++) {
                        candidates.add(new Candidate(candidates.size()));
                    }
                    say("opened");
                    break;
                case "solo":
                    candidates.get(0).run(() -> candidates.get(0).solo(n));
                    break;
                case "join":
                    candidates.get(n).run(candidates.get(n)::join);
                    break;
                case "leave":
                    candidates.get(n).leave.release();
                    break;
                case "rotate":
                    rotate(candidates, n);
                    break;
                case "connect":
                    measureConnect(n);
                    break;
                default:
                    System.err.println(line + ": not a command");
                    Runtime.getRuntime().halt(1);
            }
        }
        Runtime.getRuntime().halt(0);
    }
}
