//! Migrating a running instance to another definition: what is kept, what is closed and opened, what stands in the way.

use std::sync::Arc;

use hosk_core::*;

use crate::support::*;

fn migration(pairs: &[(&str, &str)]) -> Migration {
    let mappings = pairs
        .iter()
        .map(|(source, target)| ElementMapping { source: Arc::from(*source), target: Arc::from(*target) });
    Migration { target: ProcessDefinitionKey(2), mappings: mappings.collect() }
}

fn migrate(world: &mut World, pairs: &[(&str, &str)]) -> Result<(), Rejection> {
    world.command(Command::Migrate(Box::new(migration(pairs))))
}

fn check(world: &World, pairs: &[(&str, &str)]) -> MigrationCheck {
    check_migration(&world.deployed, world.state(), &migration(pairs), world.now).expect("looked at")
}

/// An instance of the first model, beside the others, each in a file of its own.
fn started(models: &[String]) -> World {
    let mut world = World::new(&models[0]);
    models[1..].iter().for_each(|model| world.deploy(model));
    world.create(ProcessDefinitionKey(1), "{}").expect("created");
    world
}

fn messages(check: &MigrationCheck) -> String {
    check.obstacles.iter().map(|obstacle| obstacle.message.as_str()).collect::<Vec<_>>().join("\n")
}

/// `work` with a timer, then `after`.
fn first() -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<boundaryEvent id="late" attachedToRef="work" cancelActivity="false">
             <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>{}{}
           <endEvent id="e"/>"#,
        service("work"),
        service("remind"),
        service("after"),
    );
    process("p", &elements, "s -> work -> after -> e\nlate -> remind")
}

/// The same with other numbers and names, and one timer more.
fn second() -> String {
    let boundary = |id: &str, hours: u32| {
        format!(
            r#"<boundaryEvent id="{id}" attachedToRef="labour" cancelActivity="false"><timerEventDefinition>
                 <timeDuration>PT{hours}H</timeDuration></timerEventDefinition></boundaryEvent>"#
        )
    };
    let elements = format!(
        r#"<documentation>longer</documentation><endEvent id="e"/><task id="new"/>{}{}{}{}{}<startEvent id="s"/>"#,
        service("remind"),
        service("labour"),
        boundary("overdue", 5),
        boundary("urgent", 2),
        service("then"),
    );
    process("q", &elements, "s -> new -> labour -> then -> e\noverdue -> remind\nurgent -> remind")
}

#[test]
fn mapped_elements_keep_their_job_and_timers_and_go_on_by_the_new_definition() {
    let mut world = started(&[first(), second()]);
    let (job, timer) = (world.job("work"), world.state().timers().next().unwrap().clone());
    let pairs = [("work", "labour"), ("late", "overdue")];
    let found = check(&world, &pairs);
    assert_eq!(messages(&found), "");
    assert_eq!((found.closed.len(), found.opened), (0, vec![Arc::from("urgent")]));
    migrate(&mut world, &pairs).unwrap();
    assert_eq!(world.state().definition(), Some(ProcessDefinitionKey(2)));
    assert_eq!(world.active(), "labour");
    assert_eq!(world.job("work"), job, "its job stays, with its type");
    let timers: Vec<_> = world.state().timers().cloned().collect();
    assert_eq!((timers.len(), timers[0].due), (2, timer.due), "the mapped one keeps its time");
    world.advance(3_600_000);
    assert_eq!(world.active(), "labour remind");
    world.complete("work", "{}");
    world.complete("remind", "{}");
    assert_eq!(world.active(), "then");
    world.complete("then", "{}");
    world.assert_completed();
}

#[test]
fn an_unmapped_event_is_closed_and_those_of_the_target_are_opened() {
    let mut world = started(&[first(), second()]);
    let found = check(&world, &[("work", "labour")]);
    assert_eq!(found.closed, vec![Arc::from("late")]);
    assert_eq!(found.opened, vec![Arc::from("overdue"), Arc::from("urgent")]);
    migrate(&mut world, &[("work", "labour")]).unwrap();
    let hours: Vec<_> = world.state().timers().map(|timer| (timer.due.0 - world.now.0) / 3_600_000).collect();
    assert_eq!(hours, [5, 2]);
}

#[test]
fn every_obstacle_is_named_and_nothing_changes() {
    let other = format!(
        r#"<startEvent id="s"/><userTask id="work"><extensionElements><zeebe:userTask/></extensionElements></userTask>
           <subProcess id="sub"><startEvent id="ss"/>{}{}</subProcess><endEvent id="e"/>"#,
        service("inner"),
        flows("ss -> inner"),
    );
    let target = process("q", &other, "s -> work -> sub -> e");
    let mut world = started(&[first(), target]);
    let before = world.state().clone();
    let (cannot, mistaken) = (RejectionCode::MigrationInvalid, RejectionCode::MappingInvalid);
    for (pairs, expected, code) in [
        (&[][..], "'work' is active and is not mapped; map it, perhaps to 'work'", cannot),
        (&[("work", "work")], "'work' is ServiceTask and 'work' is UserTask", cannot),
        (&[("work", "inner")], "does not stand in what that becomes", cannot),
        (&[("work", "nowhere")], "the target has no such element", mistaken),
        (&[("nothing", "work")], "'nothing' is mapped, but 'p' has no such element", mistaken),
        (&[("work", "inner"), ("work", "work")], "mapped twice", mistaken),
        (&[("work", "inner"), ("late", "e")], "do not wait for the same kind of event", cannot),
    ] {
        let found = messages(&check(&world, pairs));
        assert!(found.contains(expected), "{pairs:?}: {found}");
        let refused = migrate(&mut world, pairs).unwrap_err();
        assert_eq!(refused.code, code);
        assert!(refused.message.contains(expected), "{refused}");
    }
    assert_eq!(*world.state(), before);
    let nowhere = Migration { target: ProcessDefinitionKey(1), mappings: Vec::new() };
    let same = world.command(Command::Migrate(Box::new(nowhere))).unwrap_err();
    assert!(same.message.contains("runs this definition already"), "{same}");
}

#[test]
fn a_token_that_waits_at_a_join_goes_along_and_the_join_is_looked_at_again() {
    let fork = |id: &str, tasks: &[&str]| {
        let mut elements =
            r#"<startEvent id="s"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="e"/>"#.to_owned();
        let mut paths = "s -> fork\njoin -> e\n".to_owned();
        for task in tasks {
            elements += &service(task);
            paths += &format!("fork -> {task} -> join\n");
        }
        process(id, &elements, &paths)
    };
    let mut world = started(&[fork("p", &["a", "b", "c"]), fork("q", &["c", "b", "a"])]);
    world.complete("a", "{}");
    let unmapped = messages(&check(&world, &[("b", "b"), ("c", "c")]));
    assert!(unmapped.contains("a token waits at 'join', which is not mapped"), "{unmapped}");
    migrate(&mut world, &[("b", "b"), ("c", "c"), ("join", "join")]).unwrap();
    world.complete("b", "{}");
    world.complete("c", "{}");
    world.assert_completed();

    let mut world = started(&[fork("p", &["a", "b"]), fork("q", &["a"])]);
    world.complete("a", "{}");
    let terminate = vec![Chosen::Id("b".into())];
    world.command(Command::Modify(Box::new(Modification { terminate, ..Modification::default() }))).unwrap();
    assert!(world.state().is_ended(), "a token at a join keeps nothing open");
}

#[test]
fn containers_calls_user_tasks_and_multi_instance_bodies_go_along() {
    let body = |sub: &str, ask: &str, call: &str, sequential: bool| {
        format!(
            r#"<startEvent id="s"/><parallelGateway id="f"/><subProcess id="{sub}">
                 <multiInstanceLoopCharacteristics isSequential="{sequential}"><extensionElements>
                   <zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="n"/></extensionElements>
                 </multiInstanceLoopCharacteristics><startEvent id="ss"/><userTask id="{ask}"><extensionElements>
                   <zeebe:userTask/></extensionElements></userTask>{}</subProcess>
               <callActivity id="{call}"><extensionElements><zeebe:calledElement processId="child"
                 propagateAllChildVariables="true"/></extensionElements></callActivity>"#,
            flows(&format!("ss -> {ask}")),
        )
    };
    let model = |id: &str, sub: &str, ask: &str, call: &str, sequential: bool| {
        process(id, &body(sub, ask, call, sequential), &format!("s -> f\nf -> {sub}\nf -> {call}"))
    };
    let child = process("child", &format!(r#"<startEvent id="cs"/>{}"#, service("inner")), "cs -> inner");
    let both = |sequential| {
        let target = model("q", "part", "prompt", "use", sequential);
        [model("p", "sub", "ask", "call", false), target, child.clone()]
    };
    let pairs = [("sub", "part"), ("ask", "prompt"), ("call", "use")];
    let world = started(&both(true));
    assert!(messages(&check(&world, &pairs)).contains("done in parallel"));
    let mut world = started(&both(false));
    migrate(&mut world, &pairs).unwrap();
    assert_eq!(world.active(), "part part part prompt prompt use");
    for _ in 0..2 {
        let user_task = world.user_task();
        let (variables, action) = (Variables::new(), String::new());
        world.command(Command::CompleteUserTask { user_task, variables, action, by: None }).unwrap();
    }
    assert_eq!(world.active(), "use");
    world.complete("inner", r#"{"result": 1}"#);
    world.assert_completed();
    assert_eq!(world.variable("result"), "1");
}

#[test]
fn an_incident_is_resolved_by_the_new_definition() {
    let with = |id: &str, condition: &str| {
        let elements = r#"<startEvent id="s"/><exclusiveGateway id="x"/><endEvent id="e"/>"#;
        process(id, elements, &format!("s -> x\nx -[{condition}]-> e"))
    };
    let mut world = started(&[with("p", "=missing"), with("q", "=true")]);
    assert_eq!(world.active(), "x");
    migrate(&mut world, &[("x", "x")]).unwrap();
    world.resolve();
    world.assert_completed();
}
