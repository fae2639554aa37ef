//! Multi-instance: parallel and sequential, results in order, completion condition, slices.

use hosk_core::*;

use crate::support::*;

fn repeated(sequential: bool, more: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>"#,
        service_with(
            "work",
            &format!(
                r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><extensionElements>
                   <zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=result"/>
                   </extensionElements>{more}</multiInstanceLoopCharacteristics>"#
            )
        )
    );
    process("p", &elements, "s -> work -> e")
}

fn complete_by_item(world: &mut World, item: &str, json: &str) {
    let (job, _) = world
        .state()
        .jobs()
        .map(|j| (j.key(), world.state().visible_variables(j.details.element_instance)))
        .find(|(_, v)| v["item"].text() == item)
        .expect("a job of this item");
    world.command(Command::complete_job(job, variables(json))).unwrap();
}

#[test]
fn parallel_results_come_in_item_order() {
    let mut world = World::start(&repeated(false, ""), r#"{"items": ["a", "b", "c"]}"#);
    assert_eq!(world.state().jobs().count(), 3);
    complete_by_item(&mut world, r#""c""#, r#"{"result": 3}"#);
    complete_by_item(&mut world, r#""a""#, r#"{"result": 1}"#);
    complete_by_item(&mut world, r#""b""#, r#"{"result": 2}"#);
    world.assert_completed();
    assert_eq!(world.variable("results"), "[1,2,3]");
    assert_eq!(world.variable("result"), "none", "each child has its own");
}

#[test]
fn sequential_children_come_one_after_another() {
    let mut world = World::start(&repeated(true, ""), r#"{"items": [10, 20]}"#);
    assert_eq!(world.state().jobs().count(), 1);
    complete_by_item(&mut world, "10", r#"{"result": "x"}"#);
    assert_eq!(world.state().jobs().count(), 1);
    complete_by_item(&mut world, "20", r#"{"result": "y"}"#);
    world.assert_completed();
    assert_eq!(world.variable("results"), r#"["x","y"]"#);
}

#[test]
fn an_empty_collection_passes() {
    let world = World::start(&repeated(false, ""), r#"{"items": []}"#);
    world.assert_completed();
    assert_eq!(world.variable("results"), "[]");
}

#[test]
fn what_is_no_list_is_an_incident() {
    let mut world = World::start(&repeated(false, ""), r#"{"items": 5}"#);
    assert_eq!(world.incident().kind, IncidentKind::ExtractValueError);
    assert!(world.incident().message.contains("items = 5"));
    world.set(r#"{"items": [1]}"#);
    world.resolve();
    assert_eq!(world.state().jobs().count(), 1);
}

#[test]
fn the_completion_condition_stops_the_rest() {
    let condition = "<completionCondition>=numberOfCompletedInstances >= 2</completionCondition>";
    let mut world = World::start(&repeated(false, condition), r#"{"items": [1, 2, 3, 4]}"#);
    complete_by_item(&mut world, "3", r#"{"result": 33}"#);
    assert!(!world.state().is_ended());
    complete_by_item(&mut world, "1", r#"{"result": 11}"#);
    world.assert_completed();
    assert_eq!(world.variable("results"), "[11,null,33,null]");
}

#[test]
fn many_children_come_in_slices() {
    let items: Vec<_> = (0..450).collect();
    let mut world = World::new(&repeated(false, ""));
    let create = world.creation(ProcessDefinitionKey(1), &format!(r#"{{"items": {items:?}}}"#));
    let key = create.key;
    world.instances.insert(key, InstanceState::new());
    world.step(key, &Command::Create(Box::new(create))).unwrap();
    for slice in 1..=4 {
        assert_eq!(world.instances[&key].jobs().count(), slice * limits::LOOP_CHILDREN_PER_STEP as usize);
        world.step(key, &Command::Continue).unwrap();
    }
    assert_eq!(world.instances[&key].jobs().count(), 450);
    assert!(!world.instances[&key].has_paused_work());
    world.step(key, &Command::Cancel { by: None }).unwrap();
    while world.instances[&key].has_paused_work() {
        world.step(key, &Command::Continue).unwrap();
    }
    assert!(world.instances[&key].is_ended());
    assert_eq!(world.instances[&key].jobs().count(), 0);
}

#[test]
fn commands_between_slices_are_taken() {
    let items: Vec<_> = (0..250).collect();
    let mut world = World::new(&repeated(false, ""));
    let create = world.creation(ProcessDefinitionKey(1), &format!(r#"{{"items": {items:?}}}"#));
    let key = create.key;
    world.instances.insert(key, InstanceState::new());
    world.step(key, &Command::Create(Box::new(create))).unwrap();
    loop {
        let job = world.instances[&key].jobs().next().map(Job::key);
        let Some(job) = job else { break };
        let complete = Command::complete_job(job, Variables::new());
        world.step(key, &complete).unwrap();
    }
    assert!(world.instances[&key].is_ended());
}

#[test]
fn a_sub_process_may_be_repeated() {
    let elements = format!(
        r#"<startEvent id="s"/><subProcess id="sub"><multiInstanceLoopCharacteristics><extensionElements>
             <zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="n" outputCollection="all" outputElement="=n * loopCounter"/>
             </extensionElements></multiInstanceLoopCharacteristics>
             <startEvent id="is"/>{}{}</subProcess><endEvent id="e"/>"#,
        service("inner"),
        flows("is -> inner")
    );
    let mut world = World::start(&process("p", &elements, "s -> sub -> e"), "{}");
    assert_eq!(world.active(), "inner inner sub sub sub");
    world.complete("inner", "{}");
    world.complete("inner", "{}");
    world.assert_completed();
    assert_eq!(world.variable("all"), "[1,4]");
}

#[test]
fn an_output_element_may_be_the_item_itself() {
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>"#,
        service_with(
            "work",
            r#"<multiInstanceLoopCharacteristics isSequential="true"><extensionElements>
               <zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="n" outputCollection="all" outputElement="=n"/>
               </extensionElements></multiInstanceLoopCharacteristics>"#
        )
    );
    let mut world = World::start(&process("p", &elements, "s -> work -> e"), "{}");
    world.complete("work", r#"{"n": 10}"#);
    world.complete("work", "{}");
    world.assert_completed();
    assert_eq!(world.variable("all"), "[10,2]");
}
