//! What instances go through: tasks, calls, loops, errors, ends.

use hosk_core::{Command, RejectionClass};
use hosk_runtime::{CreateRequest, End, Error, JobCompletion, JobError, RestingPoint};

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_does_the_task_and_the_caller_gets_the_variables() {
    let engine = engine().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let worker = engine.clone();
    let working = tokio::spawn(async move {
        let got = jobs(&worker, "work", 10).await;
        assert_eq!(got.len(), 1);
        assert_eq!(&*got[0].element_id, "task");
        assert_eq!(got[0].variables["order"].text(), "7");
        complete(&worker, &got[0], &[("done", "true")]).await;
    });
    let request = CreateRequest::new("one", variables(&[("order", "7")]));
    let (created, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
    working.await.unwrap();
    let End::Completed { variables } = end.end else { panic!("{end:?}") };
    assert_eq!(variables["done"].text(), "true");
    assert_eq!(variables["order"].text(), "7");
    let again = engine.await_end(created.key, PATIENCE).await;
    assert!(matches!(again.unwrap().end, End::Earlier));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_hundred_instances_in_one_go() {
    let engine = engine().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let creating = (0..100).map(|_| create(&engine, "one", &[]));
    let created = futures::future::join_all(creating).await;
    let mut done = Vec::new();
    while done.len() < 100 {
        for job in jobs(&engine, "work", 32).await {
            complete(&engine, &job, &[]).await;
            done.push(job.instance);
        }
    }
    done.sort();
    let mut expected = created.clone();
    expected.sort();
    assert_eq!(done, expected);
    assert!(engine.statistics().commits < 200, "commands are committed together: {:?}", engine.statistics());
}

#[tokio::test]
async fn completing_twice_is_refused_the_second_time() {
    let engine = engine().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create(&engine, "one", &[]).await;
    let job = jobs(&engine, "work", 1).await.remove(0);
    let (first, second) = tokio::join!(
        engine.complete_job(job.key, JobCompletion::default()),
        engine.complete_job(job.key, JobCompletion::default()),
    );
    first.unwrap();
    match second {
        Err(Error::Rejected(rejection)) => assert_eq!(rejection.class(), RejectionClass::NotFound),
        Err(Error::NotFound { .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_called_process_returns_its_variables() {
    let engine = engine().await;
    let called = r#"<bpmn:extensionElements><zeebe:calledElement processId="one"/></bpmn:extensionElements>"#;
    let outer = line(&[("startEvent", "s", ""), ("callActivity", "call", called), ("endEvent", "end", "")]);
    deploy(&engine, "one", one_task("one", "work")).await;
    deploy(&engine, "outer", process("outer", &outer)).await;
    let worker = engine.clone();
    let working = tokio::spawn(async move {
        let job = jobs(&worker, "work", 1).await.remove(0);
        assert_ne!(job.instance, job.root_instance);
        complete(&worker, &job, &[("answer", "42")]).await;
    });
    let request = CreateRequest::new("outer", variables(&[("question", "1")]));
    let (_, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
    working.await.unwrap();
    let End::Completed { variables } = end.end else { panic!("{end:?}") };
    assert_eq!(variables["answer"].text(), "42");
}

#[tokio::test]
async fn canceling_the_caller_cancels_the_called() {
    let engine = engine().await;
    let called = r#"<bpmn:extensionElements><zeebe:calledElement processId="one"/></bpmn:extensionElements>"#;
    let outer = line(&[("startEvent", "s", ""), ("callActivity", "call", called), ("endEvent", "end", "")]);
    deploy(&engine, "one", one_task("one", "work")).await;
    deploy(&engine, "outer", process("outer", &outer)).await;
    let instance = create(&engine, "outer", &[]).await;
    let job = jobs(&engine, "work", 1).await.remove(0);
    let ended = [job.instance, instance].map(|key| engine.await_end(key, PATIENCE));
    let (ended, canceled) = tokio::join!(futures::future::join_all(ended), async {
        tokio::time::sleep(SECOND / 20).await;
        engine.cancel(instance, None).await
    });
    canceled.unwrap();
    for ended in ended {
        assert!(matches!(ended.unwrap().end, End::Terminated));
    }
    assert!(engine.complete_job(job.key, JobCompletion::default()).await.is_err());
}

#[tokio::test]
async fn a_called_process_that_cannot_begin_does_not_hold_up_the_end_of_its_caller() {
    let engine = engine().await;
    let start = "<bpmn:timerEventDefinition><bpmn:timeDate>2099-01-01T00:00:00Z</bpmn:timeDate></bpmn:timerEventDefinition>";
    let later = line(&[("startEvent", "s", start), ("endEvent", "end", "")]);
    let called =
        r#"<bpmn:extensionElements><zeebe:calledElement processId="later"/></bpmn:extensionElements>"#;
    let outer = line(&[("startEvent", "s", ""), ("callActivity", "call", called), ("endEvent", "end", "")]);
    deploy(&engine, "later", process("later", &later)).await;
    deploy(&engine, "outer", process("outer", &outer)).await;
    let instance = create(&engine, "outer", &[]).await;
    let (ended, canceled) = tokio::join!(engine.await_end(instance, PATIENCE), async {
        tokio::time::sleep(SECOND / 20).await;
        engine.cancel(instance, None).await
    });
    canceled.unwrap();
    assert!(matches!(ended.unwrap().end, End::Terminated), "it hears that nothing was begun");
}

#[tokio::test]
async fn an_error_of_a_job_leaves_by_its_boundary() {
    let engine = engine().await;
    let xml = line(&[
        ("startEvent", "s", ""),
        ("serviceTask", "task", &job("work", "")),
        ("endEvent", "end", ""),
    ]) + r#"<bpmn:boundaryEvent id="b" attachedToRef="task"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
             <bpmn:sequenceFlow id="fb" sourceRef="b" targetRef="caught"/><bpmn:userTask id="caught"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>"#;
    deploy(&engine, "err", process("err", &xml)).await;
    let instance = create(&engine, "err", &[]).await;
    let watch = engine.watch(instance).await.unwrap();
    let job = jobs(&engine, "work", 1).await.remove(0);
    let error = JobError { code: "BROKEN".into(), message: "it is".into(), variables: variables(&[]) };
    engine.throw_job_error(job.key, error).await.unwrap();
    let rest = watch.rest(PATIENCE).await.unwrap();
    assert!(
        matches!(&rest.points[..], [RestingPoint::UserTask(task)] if &*task.element_id == "caught"),
        "{rest:?}"
    );
}

#[tokio::test]
async fn a_long_multi_instance_goes_on_in_slices_and_others_go_on_beside_it() {
    let engine = engine().await;
    let many = r#"<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let xml = line(&[
        ("startEvent", "s", ""),
        ("serviceTask", "each", &(job("each", "") + many)),
        ("endEvent", "end", ""),
    ]);
    deploy(&engine, "many", process("many", &xml)).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let items: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    let instance = create(&engine, "many", &[("items", &format!("[{}]", items.join(",")))]).await;
    create(&engine, "one", &[]).await;
    complete(&engine, &jobs(&engine, "work", 1).await[0], &[]).await;
    let ended = tokio::spawn({
        let engine = engine.clone();
        async move { engine.await_end(instance, 3 * PATIENCE).await }
    });
    let mut done = 0;
    while done < 1_000 {
        let got = jobs(&engine, "each", 100).await;
        let completing = got.iter().map(|job| complete(&engine, job, &[]));
        futures::future::join_all(completing).await;
        done += got.len();
    }
    assert!(matches!(ended.await.unwrap().unwrap().end, End::Completed { .. }));
}

#[tokio::test]
async fn what_does_not_exist_is_said_so() {
    let engine = engine().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let unknown = engine.create_instance(CreateRequest::new("two", variables(&[]))).await;
    assert!(matches!(unknown, Err(Error::DefinitionNotFound { .. })));
    let mut request = CreateRequest::new("one", variables(&[]));
    request.start_instructions = vec!["nowhere".into()];
    assert!(matches!(engine.create_instance(request).await, Err(Error::StartElementNotFound { .. })));
    let nobody = hosk_core::ProcessInstanceKey(1);
    let refused = engine.submit(nobody, Command::Continue).await;
    assert!(
        matches!(refused, Err(Error::Rejected(rejection)) if rejection.class() == RejectionClass::NotFound)
    );
    assert!(matches!(engine.await_end(nobody, SECOND).await, Err(Error::NotFound { .. })));
    let job = hosk_core::JobKey(1);
    let missing = engine.complete_job(job, JobCompletion::default()).await;
    assert!(matches!(missing, Err(Error::NotFound { what: "job", .. })));
}
