//! Call activities: another process as an instance of its own.

use hosk_core::*;

use crate::support::*;

fn models(attributes: &str) -> String {
    let caller = format!(
        r#"<startEvent id="s"/><callActivity id="call"><extensionElements><zeebe:calledElement processId="child" {attributes}/>
             </extensionElements></callActivity>
           <boundaryEvent id="failed" attachedToRef="call"><errorEventDefinition errorRef="stock"/></boundaryEvent>
           <boundaryEvent id="late" attachedToRef="call"><timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition></boundaryEvent>
           {}{}<endEvent id="e"/>"#,
        service("resolve"),
        service("hurry")
    );
    let called = format!(
        r#"<startEvent id="cs"/>{}<exclusiveGateway id="x" default="x-ce"/><endEvent id="ce"/>
           <endEvent id="bad"><errorEventDefinition errorRef="stock"/></endEvent>"#,
        service("inner")
    );
    r#"<error id="stock" errorCode="NO_STOCK"/>"#.to_owned()
        + &process("caller", &caller, "s -> call -> e\nfailed -> resolve\nlate -> hurry")
        + &process("child", &called, "cs -> inner -> x -> ce\nx -[=broken = true]-> bad")
}

#[test]
fn variables_go_down_and_come_back() {
    let mut world = World::start(&models(""), r#"{"a": 1}"#);
    assert_eq!(world.instances.len(), 2);
    let child = world.instances.values().last().unwrap();
    assert_eq!(child.parent().unwrap().instance, world.key());
    assert_eq!(child.root(), Some(world.key()));
    assert_eq!(child.visible_variables(child.key().unwrap().root())["a"].text(), "1");
    world.complete("inner", r#"{"b": 2}"#);
    world.assert_completed();
    assert_eq!(world.variable("b"), "2");
}

#[test]
fn nothing_goes_down_or_back_when_the_model_says_so() {
    let attributes = r#"propagateAllChildVariables="false" propagateAllParentVariables="false""#;
    let mut world = World::start(&models(attributes), r#"{"a": 1}"#);
    let child = world.instances.values().last().unwrap();
    assert!(child.visible_variables(child.key().unwrap().root()).is_empty());
    world.complete("inner", r#"{"b": 2}"#);
    world.assert_completed();
    assert_eq!(world.variable("b"), "none");
}

#[test]
fn an_error_that_leaves_the_child_is_caught_at_the_call() {
    let mut world = World::start(&models(""), "{}");
    world.complete("inner", r#"{"broken": true}"#);
    assert_eq!(world.active(), "resolve");
    let child = world.instances.values().last().unwrap();
    assert!(child.is_ended());
    assert_eq!(child.element_instances().count(), 0);
}

#[test]
fn interrupting_the_call_cancels_the_child() {
    let mut world = World::start(&models(""), "{}");
    world.advance(60_000);
    assert_eq!(world.active(), "hurry");
    assert!(world.instances.values().last().unwrap().is_ended());
}

#[test]
fn the_end_of_a_child_counts_once() {
    let mut world = World::start(&models(""), "{}");
    let caller = world.instance_of("call");
    let child = *world.instances.keys().last().unwrap();
    world.complete("inner", "{}");
    let again = Command::ChildEnded {
        child,
        caller,
        outcome: ChildOutcome::Completed { variables: Variables::new() },
    };
    assert_eq!(world.command(again).unwrap_err().code, RejectionCode::ChildNotExpected);
}

#[test]
fn a_called_instance_is_only_canceled_by_its_caller() {
    let mut world = World::start(&models(""), "{}");
    let child = *world.instances.keys().last().unwrap();
    let refused = world.command_to(child, Command::Cancel { by: None }).unwrap_err();
    assert_eq!(refused.code, RejectionCode::InstanceCalled);
    assert!(refused.message.contains(&world.key().to_string()));
}

#[test]
fn a_process_that_is_not_there_is_an_incident_until_it_is() {
    let caller = r#"<startEvent id="s"/><callActivity id="call"><extensionElements>
        <zeebe:calledElement processId="later"/></extensionElements></callActivity><endEvent id="e"/>"#;
    let mut world = World::start(&process("p", caller, "s -> call -> e"), "{}");
    assert_eq!(world.incident().kind, IncidentKind::CalledElementError);
    assert!(world.incident().message.contains("later"));
    world.deploy(&process("later", r#"<startEvent id="cs"/><endEvent id="ce"/>"#, "cs -> ce"));
    world.resolve();
    world.assert_completed();
}

#[test]
fn a_process_that_calls_itself_without_end_stops_with_an_incident() {
    let caller = r#"<startEvent id="s"/><callActivity id="call"><extensionElements>
        <zeebe:calledElement processId="p"/></extensionElements></callActivity><endEvent id="e"/>"#;
    let mut world = World::start(&process("p", caller, "s -> call -> e"), "{}");
    assert_eq!(world.instances.len(), limits::CALL_DEPTH as usize + 1);
    let last = world.instances.values().last().unwrap();
    assert_eq!(last.incidents().next().unwrap().kind, IncidentKind::LimitExceeded);
    world.command(Command::Cancel { by: None }).unwrap();
    assert!(world.instances.values().all(InstanceState::is_ended));
}

/// The timer of the boundary event goes off; what it sends is not delivered yet.
fn interrupt(world: &mut World) {
    let timer = world.state().timers().next().unwrap().key;
    world.now = Timestamp(world.now.0 + 60_000);
    world.step(world.key(), &Command::TriggerTimer { timer }).unwrap();
}

#[test]
fn what_comes_after_an_interruption_waits_for_the_child() {
    let mut world = World::start(&models(""), "{}");
    interrupt(&mut world);
    assert_eq!(world.active(), "call", "it is being stopped");
    assert!(!world.instances.values().last().unwrap().is_ended());
    world.drain();
    assert_eq!(world.active(), "hurry");
    assert!(world.instances.values().last().unwrap().is_ended());
    world.complete("hurry", "{}");
    world.assert_completed();
}

#[test]
fn a_child_that_completes_while_it_is_canceled_is_over_as_well() {
    let mut world = World::start(&models(""), "{}");
    interrupt(&mut world);
    let (caller, child) = (world.instance_of("call"), *world.instances.keys().last().unwrap());
    let outcome = ChildOutcome::Completed { variables: variables(r#"{"late": true}"#) };
    world.step(world.key(), &Command::ChildEnded { child, caller, outcome }).unwrap();
    assert_eq!(world.active(), "hurry");
    assert_eq!(world.variable("late"), "none", "what it brought is not taken in");
}

#[test]
fn a_child_that_never_came_to_be_is_not_waited_for() {
    let mut world = World::start(&models(""), "{}");
    let (caller, child) = (world.instance_of("call"), *world.instances.keys().last().unwrap());
    interrupt(&mut world);
    world.instances.insert(child, InstanceState::new());
    let caller = Caller { instance: world.key(), element_instance: caller };
    let refused = world.step(child, &Command::CancelCalled { caller: Some(caller) }).unwrap_err();
    assert_eq!(refused.code, RejectionCode::InstanceNotFound);
    let told = caller.told(child, &refused).expect("it hears that there is nothing to wait for");
    world.step(world.key(), &told).unwrap();
    assert_eq!(world.active(), "hurry");
}

#[test]
fn a_child_that_is_being_canceled_is_waited_for() {
    let deepest = process("deepest", &format!(r#"<startEvent id="is"/>{}"#, service("deep")), "is -> deep");
    let middle = r#"<startEvent id="ms"/><callActivity id="below" calledElement="deepest"/>"#;
    let mut world = World::new(&models(""));
    world.deploy(&deepest);
    world.deploy(&process("child", middle, "ms -> below"));
    world.create(ProcessDefinitionKey(1), "{}").unwrap();
    interrupt(&mut world);
    let (caller, child) = (world.instance_of("call"), world.instances.keys().nth(1).copied().unwrap());
    let caller = Caller { instance: world.key(), element_instance: caller };
    let cancel = Command::CancelCalled { caller: Some(caller) };
    world.step(child, &cancel).unwrap();
    assert!(!world.instances[&child].is_ended(), "it waits for what it called");
    let refused = world.step(child, &cancel).unwrap_err();
    assert!(caller.told(child, &refused).is_none(), "{refused}");
    world.drain();
    assert_eq!(world.active(), "hurry");
}

#[test]
fn canceling_an_instance_ends_it_after_what_it_called() {
    let mut world = World::start(&models(""), "{}");
    world.step(world.key(), &Command::Cancel { by: None }).unwrap();
    assert!(!world.state().is_ended());
    let again = world.step(world.key(), &Command::Cancel { by: None }).unwrap_err();
    assert_eq!(again.code, RejectionCode::InstanceEnded);
    world.drain();
    assert!(world.instances.values().all(InstanceState::is_ended));
}
