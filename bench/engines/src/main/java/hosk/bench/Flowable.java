package hosk.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.flowable.common.engine.api.delegate.event.AbstractFlowableEventListener;
import org.flowable.common.engine.api.delegate.event.FlowableEvent;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.flowable.job.api.AcquiredExternalWorkerJob;

/** Flowable, as it comes: history of instances, activities and variables. */
final class Flowable implements Engine {
    private static final String PROCESS = """
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"
            xmlns:flowable="http://flowable.org/bpmn">
          <process id="one-task" isExecutable="true">
            <startEvent id="start"/>
            <sequenceFlow id="to-task" sourceRef="start" targetRef="task"/>
            <serviceTask id="task" flowable:type="external-worker" flowable:topic="work"/>
            <sequenceFlow id="to-end" sourceRef="task" targetRef="end"/>
            <endEvent id="end"/>
          </process>
        </definitions>""";

    private final ProcessEngine engine;

    Flowable(HikariDataSource source, Runnable ended) {
        var configuration = new StandaloneProcessEngineConfiguration();
        configuration.setDataSource(source);
        // Tables of another schema are not taken for its own.
        configuration.setDatabaseSchema(source.getSchema());
        configuration.setDatabaseSchemaUpdate("true");
        // What ends a task is a job of its own: the executor works it off.
        configuration.setAsyncExecutorActivate(true);
        configuration.setTypedEventListeners(Map.of("PROCESS_COMPLETED", List.of(new Ended(ended))));
        engine = configuration.buildProcessEngine();
        engine.getRepositoryService().createDeployment().addString("one-task.bpmn", PROCESS).deploy();
    }

    @Override
    public void start(Map<String, Object> variables) {
        engine.getRuntimeService().startProcessInstanceByKey("one-task", variables);
    }

    @Override
    public int work(int batch, String worker) {
        var service = engine.getManagementService();
        var jobs = service.createExternalWorkerJobAcquireBuilder()
            .topic("work", Duration.ofMinutes(1))
            .acquireAndLock(batch, worker);
        for (AcquiredExternalWorkerJob job : jobs) {
            service.createExternalWorkerCompletionBuilder(job.getId(), worker).complete();
        }
        return jobs.size();
    }

    @Override
    public void close() {
        engine.close();
    }

    /** Hears of the end of an instance once it is written. */
    private static final class Ended extends AbstractFlowableEventListener {
        private final Runnable ended;

        Ended(Runnable ended) {
            this.ended = ended;
            setOnTransaction("COMMITTED");
        }

        @Override
        public void onEvent(FlowableEvent event) {
            ended.run();
        }

        @Override
        public boolean isFailOnException() {
            return false;
        }

        @Override
        public boolean isFireOnTransactionLifecycleEvent() {
            return true;
        }
    }
}
