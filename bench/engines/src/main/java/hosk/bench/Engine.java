package hosk.bench;

import java.util.Map;

/** An engine with a process of one task that workers take. Whoever makes one says what is called when an instance has ended. */
interface Engine extends AutoCloseable {
    /** Starts an instance of the process. */
    void start(Map<String, Object> variables);

    /** Takes so many tasks at most and completes each, after which its instance ends; how many there were. */
    int work(int batch, String worker);

    @Override
    void close();
}
