package hosk.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives an engine full load and prints the instances a second of each round, a line each.
 *
 * <p>Arguments: operaton or flowable; a JDBC address; a schema; the folder of the variables, a file each, its text the value; rounds;
 * seconds a round; seconds before the first; threads that start instances, and as many that work.
 */
public final class Main {
    private static final int UNDER_WAY = 512;
    private static final int BATCH = 32;

    private final Engine engine;
    private final Map<String, Object> variables;
    private final AtomicLong done = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();
    private final Semaphore room = new Semaphore(UNDER_WAY);

    private Main(String name, HikariDataSource source, Map<String, Object> variables) {
        this.variables = variables;
        engine = switch (name) {
            case "operaton" -> new Operaton(source, this::ended);
            case "flowable" -> new Flowable(source, this::ended);
            default -> throw new IllegalArgumentException("there is no engine " + name + ": operaton or flowable");
        };
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 8) {
            throw new IllegalArgumentException("engine, address, schema, variables, rounds, seconds, warm-up, threads are missing");
        }
        int threads = Integer.parseInt(arguments[7]);
        var pool = new HikariConfig();
        pool.setJdbcUrl(arguments[1]);
        pool.setSchema(arguments[2]);
        // One for each thread, and some for those that an engine has for itself.
        pool.setMaximumPoolSize(2 * threads + 10);
        // As Operaton asks for.
        pool.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        try (var source = new HikariDataSource(pool)) {
            var main = new Main(arguments[0], source, read(Path.of(arguments[3])));
            double seconds = Double.parseDouble(arguments[5]);
            main.run(threads, Integer.parseInt(arguments[4]), seconds, Double.parseDouble(arguments[6]));
        }
    }

    private static Map<String, Object> read(Path folder) throws Exception {
        var variables = new HashMap<String, Object>();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                variables.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return variables;
    }

    private void run(int threads, int rounds, double seconds, double warmUp) throws Exception {
        List<Thread> all = new ArrayList<>();
        for (int number = 0; number < threads; number++) {
            String worker = "worker-" + number;
            all.add(new Thread(this::starts));
            all.add(new Thread(() -> works(worker)));
        }
        all.forEach(Thread::start);
        TimeUnit.MILLISECONDS.sleep((long) (warmUp * 1000));
        for (int round = 0; round < rounds; round++) {
            long before = done.get();
            long began = System.nanoTime();
            TimeUnit.MILLISECONDS.sleep((long) (seconds * 1000));
            System.out.println((done.get() - before) / ((System.nanoTime() - began) / 1e9));
        }
        over.set(true);
        for (Thread thread : all) {
            thread.join(10_000);
        }
        engine.close();
        // What has not ended by itself is not waited for.
        System.exit(0);
    }

    private void ended() {
        done.incrementAndGet();
        room.release();
    }

    private void starts() {
        while (!over.get()) {
            try {
                if (room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    engine.start(variables);
                }
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }

    private void works(String worker) {
        while (!over.get()) {
            try {
                if (engine.work(BATCH, worker) == 0) {
                    TimeUnit.MILLISECONDS.sleep(2);
                }
            } catch (InterruptedException interrupted) {
                return;
            } catch (RuntimeException lost) {
                // Two workers wanted the same task: the engine refuses one of them, who asks again.
                System.err.println(lost.getMessage());
            }
        }
    }
}
