import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.StandardLockInternalsDriver;
import org.apache.curator.retry.ExponentialBackoffRetry;

/**
 * Contends for a lock with Curator's InterProcessMutex until its standard input ends.
 *
 * <pre>CuratorContender KIND SERVERS PATH ROOM COUNT PAUSE [kazoo]</pre>
 *
 * COUNT threads, each with a session of its own, visit ROOM whenever they hold the lock at PATH, and pause in between,
 * for up to PAUSE milliseconds or as long as they waited. With "kazoo" they also respect kazoo's nodes. In the end the
 * number of visits is printed. For the rules of a visit see room_test.go.
 */
public final class CuratorContender {
    private static final int SESSION_TIMEOUT_MS = 15_000;
    private static final long PATIENCE_MS = 15_000; // for the last turn, once the input has ended

    private static volatile boolean stop;

    public static void main(String[] args) throws Exception {
        String kind = args[0], servers = args[1], path = args[2], pause = args[5];
        Path room = Path.of(args[3]);
        boolean kazoo = args.length > 6 && args[6].equals("kazoo");
        AtomicInteger visits = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[4]); i++) {
            String who = ProcessHandle.current().pid() + "." + i;
            Thread thread = new Thread(() -> {
                try {
                    contend(servers, path, kazoo, Integer.parseInt(pause), () -> {
                        visit(room, kind, who);
                        visits.incrementAndGet();
                    });
                } catch (Throwable t) {
                    t.printStackTrace();
                    Runtime.getRuntime().halt(1);
                }
            });
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        System.in.readAllBytes();
        stop = true;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        for (Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            if (thread.isAlive()) {
                System.err.println("still waiting for the lock " + PATIENCE_MS + " ms after the end");
                Runtime.getRuntime().halt(1);
            }
        }
        System.out.println(visits.get());
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void contend(String servers, String path, boolean kazoo, int pause, Work work) throws Exception {
        try (CuratorFramework client = CuratorFrameworkFactory.newClient(
                servers, SESSION_TIMEOUT_MS, SESSION_TIMEOUT_MS, new ExponentialBackoffRetry(20, 10))) {
            client.start();
            InterProcessMutex mutex = kazoo
                    ? new InterProcessMutex(client, path, new KazooAwareDriver())
                    : new InterProcessMutex(client, path);
            while (!stop) {
                long begun = System.nanoTime();
                mutex.acquire();
                long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
                try {
                    work.run();
                } finally {
                    mutex.release();
                }
                Thread.sleep(ThreadLocalRandom.current().nextLong(Math.max(pause, waited) + 1));
            }
        }
    }

    /** Sorts kazoo's nodes, called (guid)__lock__(sequence), by their sequence number too. */
    private static final class KazooAwareDriver extends StandardLockInternalsDriver {
        private static final String MARK = "__lock__";

        @Override
        public String fixForSorting(String name, String lockName) {
            int at = name.lastIndexOf(MARK);
            return at < 0 ? super.fixForSorting(name, lockName) : name.substring(at + MARK.length());
        }
    }

    private static void visit(Path room, String kind, String who) throws Exception {
        Path marker = room.resolve("marker");
        boolean alone = true;
        try {
            Files.createFile(marker);
        } catch (FileAlreadyExistsException e) {
            alone = false;
        }
        long number;
        try (RandomAccessFile counter = new RandomAccessFile(room.resolve("counter").toFile(), "rw")) {
            byte[] digits = new byte[20];
            counter.readFully(digits);
            number = Long.parseLong(new String(digits, StandardCharsets.US_ASCII)) + 1;
            Thread.sleep(1);
            counter.seek(0);
            counter.write(String.format("%020d", number).getBytes(StandardCharsets.US_ASCII));
        }
        String line = String.format("%s %s %d %s%n", kind, who, number, alone ? "alone" : "not-alone");
        Files.write(room.resolve("ledger"), line.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.APPEND);
        if (alone) {
            Files.delete(marker);
        }
    }
}
