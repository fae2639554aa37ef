//! User tasks managed by the engine, and their task listeners.

use std::sync::Arc;

use hosk_core::*;

use crate::support::*;

fn task(inside: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/><userTask id="ask"><extensionElements><zeebe:userTask/>{inside}</extensionElements></userTask>
           <endEvent id="e"/>"#
    );
    process("p", &elements, "s -> ask -> e")
}

fn assign(world: &mut World, to: Option<&str>, allow_override: bool) -> Result<(), Rejection> {
    let user_task = world.user_task();
    let assignee = to.map(Arc::from);
    world.command(Command::AssignUserTask {
        user_task,
        assignee,
        allow_override,
        action: String::new(),
        by: None,
    })
}

fn complete(world: &mut World, json: &str) -> Result<(), Rejection> {
    let user_task = world.user_task();
    let (variables, by) = (variables(json), Some(Arc::from("ann")));
    world.command(Command::CompleteUserTask { user_task, variables, action: String::new(), by })
}

#[test]
fn its_attributes_are_evaluated() {
    let world = World::start(
        &task(
            r#"<zeebe:assignmentDefinition assignee="=boss" candidateGroups="=[&quot;a&quot;, &quot;b&quot;]" candidateUsers="x, y"/>
               <zeebe:taskSchedule dueDate="=now() + duration(&quot;PT1H&quot;)" followUpDate="2027-01-15T09:00:00Z"/>
               <zeebe:priorityDefinition priority="=10 + 5"/><zeebe:formDefinition formId="form"/>"#,
        ),
        r#"{"boss": "ann"}"#,
    );
    let task = &world.state().user_tasks().next().unwrap().details;
    assert_eq!(task.assignee.as_deref(), Some("ann"));
    assert_eq!(task.candidate_groups, [Arc::from("a"), Arc::from("b")]);
    assert_eq!(task.candidate_users, [Arc::from("x"), Arc::from("y")]);
    assert!(task.due_date.as_deref().unwrap().starts_with("2027-01-15T09:00:00"));
    assert_eq!(task.follow_up_date.as_deref(), Some("2027-01-15T09:00:00Z"));
    assert_eq!(task.priority, 15);
    assert_eq!(task.form_key, Some(FormKey(77)));
}

#[test]
fn completing_brings_the_forms_variables_and_happens_once() {
    let mut world = World::start(&task(""), "{}");
    let user_task = world.user_task();
    complete(&mut world, r#"{"answer": true}"#).unwrap();
    world.assert_completed();
    assert_eq!(world.variable("answer"), "true");
    let again =
        Command::CompleteUserTask { user_task, variables: Variables::new(), action: String::new(), by: None };
    assert_eq!(world.command(again).unwrap_err().code, RejectionCode::UserTaskNotFound);
}

#[test]
fn two_people_cannot_claim_one_task() {
    let mut world = World::start(&task(""), "{}");
    assign(&mut world, Some("ann"), false).unwrap();
    assign(&mut world, Some("ann"), false).unwrap();
    let refused = assign(&mut world, Some("bob"), false).unwrap_err();
    assert_eq!(refused.code, RejectionCode::UserTaskAlreadyAssigned);
    assert!(refused.message.contains("ann"));
    assign(&mut world, Some("bob"), true).unwrap();
    assign(&mut world, None, true).unwrap();
    assert_eq!(world.state().user_tasks().next().unwrap().details.assignee, None);
}

#[test]
fn a_form_that_is_not_there_is_an_incident() {
    let world = World::start(&task(r#"<zeebe:formDefinition formId="lost"/>"#), "{}");
    assert_eq!(world.incident().kind, IncidentKind::FormNotFound);
    assert!(world.incident().message.contains("lost"));
}

#[test]
fn attributes_can_be_changed() {
    let mut world = World::start(&task(""), "{}");
    let user_task = world.user_task();
    let changes = UserTaskChanges {
        priority: Some(80),
        due_date: Some(Some("2027-02-01T00:00:00Z".into())),
        ..UserTaskChanges::default()
    };
    let update = |changes| Command::UpdateUserTask { user_task, changes, action: String::new(), by: None };
    world.command(update(changes)).unwrap();
    let task = &world.state().user_task(user_task).unwrap().details;
    assert_eq!((task.priority, task.due_date.as_deref()), (80, Some("2027-02-01T00:00:00Z")));
    let cleared = UserTaskChanges { due_date: Some(None), ..UserTaskChanges::default() };
    world.command(update(cleared)).unwrap();
    assert_eq!(world.state().user_task(user_task).unwrap().details.due_date, None);
    let wrong = UserTaskChanges { priority: Some(101), ..UserTaskChanges::default() };
    assert_eq!(world.command(update(wrong)).unwrap_err().code, RejectionCode::PriorityInvalid);
}

const LISTENERS: &str = r#"<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="c1"/>
    <zeebe:taskListener eventType="assigning" type="a1"/><zeebe:taskListener eventType="completing" type="d1"/>
    <zeebe:taskListener eventType="completing" type="d2"/></zeebe:taskListeners>"#;

#[test]
fn task_listeners_come_before_their_transition_and_may_deny_it() {
    let model = task(&(r#"<zeebe:assignmentDefinition assignee="ann"/>"#.to_owned() + LISTENERS));
    let mut world = World::start(&model, "{}");
    let refused = complete(&mut world, "{}").unwrap_err();
    assert_eq!(refused.code, RejectionCode::UserTaskNotActive);
    world.complete("c1", "{}");
    assert_eq!(world.state().user_tasks().next().unwrap().details.assignee, None, "not yet");
    world.complete("a1", "{}");
    assert_eq!(world.state().user_tasks().next().unwrap().details.assignee.as_deref(), Some("ann"));

    complete(&mut world, r#"{"x": 1}"#).unwrap();
    world.complete("d1", "{}");
    let job = world.job("d2");
    let deny = |job| Command::CompleteJob {
        job,
        variables: Variables::new(),
        denied: Some("too early".into()),
        corrections: None,
        choice: None,
    };
    world.command(deny(job)).unwrap();
    assert_eq!(world.active(), "ask");
    assert!(
        world.last.iter().any(
            |e| matches!(e, Event::UserTaskSettled { denied: Some(reason), .. } if reason == "too early")
        )
    );

    complete(&mut world, r#"{"x": 2}"#).unwrap();
    world.complete("d1", "{}");
    world.fail("d2", 0);
    assert_eq!(world.incident().kind, IncidentKind::TaskListenerNoRetries);
    world.resolve();
    world.complete("d2", "{}");
    world.assert_completed();
    assert_eq!(world.variable("x"), "2");
}

#[test]
fn task_listeners_correct_what_their_transition_does() {
    let correct = |world: &mut World, job: &str, corrections: Corrections| {
        let job = world.job(job);
        let corrections = Some(Box::new(corrections));
        world.command(Command::CompleteJob {
            job,
            variables: Variables::new(),
            denied: None,
            corrections,
            choice: None,
        })
    };
    let priority = |priority| Corrections {
        changes: UserTaskChanges { priority: Some(priority), ..UserTaskChanges::default() },
        ..Corrections::default()
    };
    let to = |assignee: Option<&str>| Corrections {
        assignee: Some(assignee.map(Arc::from)),
        ..Corrections::default()
    };
    let model = task(&(r#"<zeebe:assignmentDefinition assignee="ann"/>"#.to_owned() + LISTENERS));
    let mut world = World::start(&model, "{}");
    let details = |world: &World| world.state().user_tasks().next().unwrap().details.clone();
    correct(&mut world, "c1", to(Some("bob"))).unwrap();
    assert_eq!(details(&world).assignee, None, "not yet");
    assert_eq!(correct(&mut world, "a1", priority(101)).unwrap_err().code, RejectionCode::PriorityInvalid);
    correct(&mut world, "a1", priority(7)).unwrap();
    let now = details(&world);
    assert_eq!((now.assignee.as_deref(), now.priority), (Some("bob"), 7));

    // What is denied is lost.
    complete(&mut world, "{}").unwrap();
    correct(&mut world, "d1", to(None)).unwrap();
    let job = world.job("d2");
    let denied = Some("too early".to_owned());
    let both = Command::CompleteJob {
        job,
        variables: Variables::new(),
        denied: denied.clone(),
        corrections: Some(Box::new(priority(1))),
        choice: None,
    };
    assert_eq!(world.command(both).unwrap_err().code, RejectionCode::JobResultInvalid);
    let deny =
        Command::CompleteJob { job, variables: Variables::new(), denied, corrections: None, choice: None };
    world.command(deny).unwrap();
    assert_eq!(details(&world).assignee.as_deref(), Some("bob"));

    // Of two the later counts more.
    complete(&mut world, "{}").unwrap();
    correct(&mut world, "d1", Corrections { assignee: Some(None), ..priority(20) }).unwrap();
    correct(&mut world, "d2", priority(30)).unwrap();
    world.assert_completed();
    let last = &world.last;
    assert!(last.iter().any(|e| matches!(e, Event::UserTaskAssigned { assignee: None, .. })));
    let changed =
        |e: &Event| matches!(e, Event::UserTaskUpdated { changes, .. } if changes.priority == Some(30));
    assert!(last.iter().any(changed));
}

#[test]
fn an_older_user_task_is_a_job() {
    let elements = r#"<startEvent id="s"/><userTask id="ask"><extensionElements>
        <zeebe:assignmentDefinition assignee="ann"/></extensionElements></userTask><endEvent id="e"/>"#;
    let mut world = World::start(&process("p", elements, "s -> ask -> e"), "{}");
    world.complete("io.camunda.zeebe:userTask", "{}");
    world.assert_completed();
}
