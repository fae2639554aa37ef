package hosk.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Map;
import org.operaton.bpm.engine.ProcessEngine;
import org.operaton.bpm.engine.externaltask.LockedExternalTask;
import org.operaton.bpm.engine.impl.cfg.StandaloneProcessEngineConfiguration;

/** Operaton, the continuation of Camunda 7, as it comes: full history. */
final class Operaton implements Engine {
    private static final String PROCESS = """
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"
            xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
          <process id="one-task" isExecutable="true" camunda:historyTimeToLive="P180D">
            <startEvent id="start"/>
            <sequenceFlow id="to-task" sourceRef="start" targetRef="task"/>
            <serviceTask id="task" camunda:type="external" camunda:topic="work"/>
            <sequenceFlow id="to-end" sourceRef="task" targetRef="end"/>
            <endEvent id="end"/>
          </process>
        </definitions>""";
    private static final long LOCK_MILLIS = 60_000;

    private final ProcessEngine engine;
    private final Runnable ended;

    Operaton(HikariDataSource source, Runnable ended) {
        this.ended = ended;
        var configuration = new StandaloneProcessEngineConfiguration();
        configuration.setDataSource(source);
        // Tables of another schema are not taken for its own.
        configuration.setDatabaseSchema(source.getSchema());
        configuration.setDatabaseTablePrefix(source.getSchema() + ".");
        configuration.setDatabaseSchemaUpdate("true");
        configuration.setJobExecutorActivate(false);
        engine = configuration.buildProcessEngine();
        engine.getRepositoryService().createDeployment().addString("one-task.bpmn", PROCESS).deploy();
    }

    @Override
    public void start(Map<String, Object> variables) {
        engine.getRuntimeService().startProcessInstanceByKey("one-task", variables);
    }

    @Override
    public int work(int batch, String worker) {
        var service = engine.getExternalTaskService();
        var tasks = service.fetchAndLock(batch, worker).topic("work", LOCK_MILLIS).execute();
        for (LockedExternalTask task : tasks) {
            service.complete(task.getId(), worker);
            ended.run();
        }
        return tasks.size();
    }

    @Override
    public void close() {
        engine.close();
    }
}
