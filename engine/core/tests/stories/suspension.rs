//! A suspended instance makes no progress and loses nothing.

use hosk_core::*;

use crate::support::*;

fn two_steps() -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<boundaryEvent id="late" attachedToRef="work" cancelActivity="false">
             <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>{}{}
           <endEvent id="e"/>"#,
        service("work"),
        service("after"),
        service("remind"),
    );
    process("p", &elements, "s -> work -> after -> e\nlate -> remind")
}

fn refusal(world: &mut World, command: Command) -> RejectionCode {
    world.command(command).expect_err("refused").code
}

#[test]
fn the_result_of_a_job_waits_until_the_instance_is_resumed() {
    let mut world = World::start(&two_steps(), "{}");
    world.command(Command::Suspend).unwrap();
    assert_eq!(refusal(&mut world, Command::Suspend), RejectionCode::InstanceSuspended);
    world.complete("work", r#"{"done": true}"#);
    assert!(!world.has_job("after"));
    assert_eq!(world.active(), "work");
    world.command(Command::Resume).unwrap();
    assert!(world.has_job("after"));
    assert_eq!(world.variable("done"), "true");
    world.complete("after", "{}");
    world.assert_completed();
    assert_eq!(refusal(&mut world, Command::Resume), RejectionCode::InstanceEnded);
}

#[test]
fn timers_are_due_when_it_is_resumed() {
    let mut world = World::start(&two_steps(), "{}");
    let timer = world.state().timers().next().unwrap().key;
    world.command(Command::Suspend).unwrap();
    world.now.0 += 7_200_000;
    assert_eq!(refusal(&mut world, Command::TriggerTimer { timer }), RejectionCode::InstanceSuspended);
    world.command(Command::Resume).unwrap();
    let resumed = world.last.iter().find_map(|event| match event {
        Event::InstanceResumed(resumed) => Some(resumed.timers.clone()),
        _ => None,
    });
    assert_eq!(resumed.unwrap().first().unwrap().0, timer);
    world.advance(0);
    assert_eq!(world.active(), "remind work");
    assert_eq!(refusal(&mut world, Command::Resume), RejectionCode::InstanceNotSuspended);
}

#[test]
fn canceling_and_setting_variables_still_work() {
    let mut world = World::start(&two_steps(), "{}");
    world.command(Command::Suspend).unwrap();
    world.set(r#"{"a": 1}"#);
    world.complete("work", "{}");
    world.command(Command::Cancel { by: None }).unwrap();
    assert!(world.state().is_ended());
    assert_eq!(world.active(), "");
    assert!(!world.state().is_suspended());
}

#[test]
fn a_user_task_is_not_completed_meanwhile() {
    let elements = r#"<startEvent id="s"/><userTask id="ask"><extensionElements><zeebe:userTask/></extensionElements>
        </userTask><endEvent id="e"/>"#;
    let mut world = World::start(&process("p", elements, "s -> ask -> e"), "{}");
    let user_task = world.user_task();
    world.command(Command::Suspend).unwrap();
    let complete =
        Command::CompleteUserTask { user_task, variables: Variables::new(), action: String::new(), by: None };
    assert_eq!(refusal(&mut world, complete.clone()), RejectionCode::InstanceSuspended);
    let assign = Command::AssignUserTask {
        user_task,
        assignee: Some("eva".into()),
        allow_override: false,
        action: String::new(),
        by: None,
    };
    world.command(assign).unwrap();
    world.command(Command::Resume).unwrap();
    world.command(complete).unwrap();
    world.assert_completed();
}

#[test]
fn called_instances_follow_and_their_end_is_not_lost() {
    let caller = r#"<startEvent id="s"/><callActivity id="call"><extensionElements>
        <zeebe:calledElement processId="child" propagateAllChildVariables="true"/></extensionElements></callActivity>
        <endEvent id="e"/>"#;
    let child = format!(r#"<startEvent id="cs"/>{}<endEvent id="ce"/>"#, service("inner"));
    let both = process("p", caller, "s -> call -> e") + &process("child", &child, "cs -> inner -> ce");
    let mut world = World::start(&both, "{}");
    world.command(Command::Suspend).unwrap();
    assert!(world.instances.values().all(InstanceState::is_suspended));
    // As if the child had ended before it was told: its end waits at the caller.
    let child = *world.instances.keys().find(|key| **key != world.key()).unwrap();
    world.command_to(child, Command::Resume).unwrap();
    world.complete("inner", r#"{"result": 5}"#);
    assert_eq!(world.active(), "call");
    world.command(Command::Resume).unwrap();
    world.assert_completed();
    assert_eq!(world.variable("result"), "5");
}

#[test]
fn who_asked_stands_before_what_follows() {
    let mut world = World::start(&two_steps(), "{}");
    world.command(Command::Suspend.by(Some("eva".into()))).unwrap();
    let expected =
        Event::Asked { operation: Operation::Suspend, by: Some("eva".into()), batch: None, from: None };
    assert_eq!(world.last.first(), Some(&expected));
    world.command(Command::Resume.by(None)).unwrap();
    assert_eq!(
        world.last.first(),
        Some(&Event::Asked { operation: Operation::Resume, by: None, batch: None, from: None })
    );
}
