//! Modifying a running instance: begin, stop and move, all together or nothing.

use hosk_core::*;

use crate::support::*;

/// `a`, then a sub-process `sub` with `x` and a nested `deep` with `y`, then `b`.
fn nested() -> String {
    let deep = format!(
        r#"<subProcess id="deep"><startEvent id="ds"/>{}<endEvent id="de"/>{}</subProcess>"#,
        service("y"),
        flows("ds -> y -> de")
    );
    let elements = format!(
        r#"<startEvent id="s"/>{}<subProcess id="sub"><startEvent id="ss"/>{}{deep}<endEvent id="se"/>{}</subProcess>
           {}<endEvent id="e"/>"#,
        service("a"),
        service("x"),
        flows("ss -> x -> deep -> se"),
        service("b"),
    );
    process("p", &elements, "s -> a -> sub -> b -> e")
}

fn activate(element: &str) -> Activation {
    Activation { element: element.into(), ancestor: None, variables: Vec::new() }
}

fn moved(from: &str, to: &str) -> Move {
    Move { from: Chosen::Id(from.into()), to: to.into(), ancestor: Ancestor::Existing, variables: Vec::new() }
}

fn modify(world: &mut World, modification: Modification) -> Result<(), Rejection> {
    world.command(Command::Modify(Box::new(modification)))
}

fn refusal(world: &mut World, modification: Modification) -> String {
    let rejection = modify(world, modification).expect_err("refused");
    assert_eq!(rejection.code, RejectionCode::ModificationInvalid);
    rejection.message
}

#[test]
fn a_move_takes_the_token_from_one_task_and_puts_it_before_another() {
    let mut world = World::start(&nested(), "{}");
    modify(&mut world, Modification { moves: vec![moved("a", "b")], ..Modification::default() }).unwrap();
    assert_eq!(world.active(), "b");
    assert!(!world.has_job("a"));
    world.complete("b", "{}");
    world.assert_completed();
}

#[test]
fn containers_that_are_not_there_are_begun_on_the_way_and_shared() {
    let mut world = World::start(&nested(), "{}");
    let activate = vec![activate("y"), activate("x"), activate("y")];
    modify(
        &mut world,
        Modification { activate, terminate: vec![Chosen::Id("a".into())], ..Modification::default() },
    )
    .unwrap();
    assert_eq!(world.active(), "deep sub x y y");
    assert_eq!(world.times("ss") + world.times("ds"), 0);
    world.complete("y", "{}");
    world.complete("y", "{}");
    assert_eq!(world.active(), "sub x");
    world.complete("x", "{}");
    world.complete("y", "{}");
    assert_eq!(world.active(), "b");
}

#[test]
fn variables_go_to_the_scope_that_is_named() {
    let mut world = World::start(&nested(), "{}");
    let at = |scope: Option<&str>, json: &str| VariablesAt {
        scope: scope.map(Into::into),
        variables: variables(json),
    };
    let mut y = activate("y");
    y.variables = vec![
        at(None, r#"{"everywhere": 1}"#),
        at(Some("sub"), r#"{"in_sub": 2}"#),
        at(Some("y"), r#"{"in_y": 3}"#),
    ];
    modify(&mut world, Modification { activate: vec![y], ..Modification::default() }).unwrap();
    let local = |id: &str| {
        let names = world.state().local_variables(world.instance_of(id));
        names.keys().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(local("sub"), "in_sub");
    assert_eq!(local("y"), "in_y");
    assert_eq!(world.variable("everywhere"), "1");
}

#[test]
fn what_is_left_empty_is_stopped_too_and_the_instance_ends_as_terminated() {
    let mut world = World::start(&nested(), "{}");
    world.complete("a", "{}");
    world.complete("x", "{}");
    assert_eq!(world.active(), "deep sub y");
    modify(&mut world, Modification { terminate: vec![Chosen::Id("y".into())], ..Modification::default() })
        .unwrap();
    assert!(world.state().is_ended());
    let ended = world
        .last
        .iter()
        .any(|e| matches!(e, Event::InstanceEnded(ended) if ended.outcome == ChildOutcome::Terminated));
    assert!(ended);
}

#[test]
fn a_scope_that_keeps_something_stays() {
    let mut world = World::start(&nested(), "{}");
    world.complete("a", "{}");
    let terminate = vec![Chosen::Key(world.instance_of("x"))];
    modify(&mut world, Modification { activate: vec![activate("y")], terminate, ..Modification::default() })
        .unwrap();
    assert_eq!(world.active(), "deep sub y");
    assert_eq!(world.times("sub"), 1);
}

#[test]
fn everything_that_stands_in_the_way_is_named_at_once_and_nothing_changes() {
    let mut world = World::start(&nested(), "{}");
    let wrong = Modification {
        activate: vec![activate("nowhere"), activate("s"), activate("s-a"), activate("p")],
        moves: vec![moved("b", "y")],
        terminate: vec![Chosen::Key(ElementInstanceKey(1)), Chosen::Id("a".into()), Chosen::Id("a".into())],
    };
    let message = refusal(&mut world, wrong);
    for part in [
        "'nowhere'",
        "start event",
        "sequence flow",
        "process itself",
        "'b' is not active",
        "instance 1 does",
        "twice",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(refusal(&mut world, Modification::default()).contains("says nothing"));
    assert_eq!(world.active(), "a");
}

#[test]
fn one_of_several_containers_has_to_be_named() {
    let elements = format!(
        r#"<startEvent id="s"/><subProcess id="sub"><multiInstanceLoopCharacteristics isSequential="false">
             <extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="n"/>
             </extensionElements></multiInstanceLoopCharacteristics>
             <startEvent id="ss"/>{}{}<endEvent id="se"/>{}</subProcess><endEvent id="e"/>"#,
        service("x"),
        service("z"),
        flows("ss -> x -> se\nz -> se"),
    );
    let mut world = World::start(&process("p", &elements, "s -> sub -> e"), "{}");
    let several = Modification { activate: vec![activate("z")], ..Modification::default() };
    assert!(refusal(&mut world, several).contains("active 2 times"));
    let moves = vec![Move { ancestor: Ancestor::Inferred, ..moved("x", "z") }];
    modify(&mut world, Modification { moves, ..Modification::default() }).unwrap();
    assert_eq!(world.active(), "sub sub sub z z");
    let body = world.instance_of("sub");
    let in_body = vec![Activation { ancestor: Some(body), ..activate("x") }];
    let message = refusal(&mut world, Modification { activate: in_body, ..Modification::default() });
    assert!(message.contains("multi-instance body"), "{message}");
    world.complete("z", "{}");
    world.complete("z", "{}");
    world.assert_completed();
}

#[test]
fn an_instance_that_is_called_is_not_emptied() {
    let caller = r#"<startEvent id="s"/><callActivity id="call"><extensionElements>
        <zeebe:calledElement processId="p2"/></extensionElements></callActivity><endEvent id="e"/>"#;
    let child = format!(r#"<startEvent id="cs"/>{}<endEvent id="ce"/>"#, service("inner"));
    let both = process("p", caller, "s -> call -> e") + &process("p2", &child, "cs -> inner -> ce");
    let mut world = World::start(&both, "{}");
    let child = *world.instances.keys().find(|key| **key != world.key()).unwrap();
    let empty = Modification { terminate: vec![Chosen::Id("inner".into())], ..Modification::default() };
    let refused = world.command_to(child, Command::Modify(Box::new(empty))).unwrap_err();
    assert!(refused.message.contains("waits for it"), "{refused}");
}

#[test]
fn an_instance_starts_before_elements_inside_containers_and_stops_after_one() {
    let mut world = World::new(&nested());
    let mut create = world.creation(ProcessDefinitionKey(1), "{}");
    let index = |world: &World, id: &str| {
        world.deployed.process(ProcessDefinitionKey(1)).unwrap().definition.index_of(id).unwrap()
    };
    create.start_instructions = vec![index(&world, "y"), index(&world, "x")];
    create.terminate_after = vec![index(&world, "x")];
    world.create_with(create).unwrap();
    assert_eq!(world.active(), "deep sub x y");
    world.complete("y", "{}");
    assert_eq!(world.active(), "sub x");
    world.complete("x", "{}");
    assert!(world.state().is_ended());
    assert_eq!(world.times("b"), 0);
}
