//! Data objects, properties, data sets, standard scripts and global tasks.

use hosk_core::*;

use crate::support::*;

/// A sub-process `sub` with the data object `draft`, whose task `work` needs `request` and gives `answer`.
fn with_data(source: &str, target: &str) -> String {
    let work = service_with(
        "work",
        &format!(
            "<ioSpecification><dataInput id='in' name='request'/><dataOutput id='out' name='answer'/>\
             <inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet>\
             </ioSpecification><property id='note' name='note'/>\
             <dataInputAssociation><sourceRef>{source}</sourceRef><targetRef>in</targetRef></dataInputAssociation>\
             <dataOutputAssociation><sourceRef>out</sourceRef><targetRef>{target}</targetRef></dataOutputAssociation>"
        ),
    );
    let inside = format!("<startEvent id='ss'/>{work}<endEvent id='se'/>{}", flows("ss -> work -> se"));
    let elements = format!(
        "<startEvent id='s'/><dataObject id='order' name='order'/>\
         <subProcess id='sub'><dataObject id='draft' name='draft'/>{inside}</subProcess><endEvent id='e'/>"
    );
    process("p", &elements, "s -> sub -> e")
}

fn local(world: &World, element: &str, name: &str) -> String {
    let variables = world.state().local_variables(world.instance_of(element));
    variables.get(name).map_or("none".to_owned(), |v| v.text().to_owned())
}

#[test]
fn data_goes_in_and_out_and_stays_in_its_scope() {
    let mut world = World::start(&with_data("order", "draft"), r#"{"order": {"id": 7}}"#);
    assert_eq!(local(&world, "sub", "draft"), "null");
    assert_eq!(local(&world, "work", "request"), r#"{"id": 7}"#);
    assert_eq!(local(&world, "work", "note"), "null");
    world.complete("work", r#"{"answer": 42, "note": "mine"}"#);
    world.assert_completed();
    assert_eq!(world.variable("draft"), "none", "the data object lived in the sub-process");
    assert_eq!(world.variable("note"), "none");
    assert_eq!(world.variable("answer"), "none");
}

#[test]
fn what_is_written_to_data_of_the_process_is_a_variable_of_it() {
    let mut world = World::start(&with_data("order", "order"), r#"{"order": 1}"#);
    world.complete("work", r#"{"answer": 2}"#);
    world.assert_completed();
    assert_eq!(world.variable("order"), "2");
}

#[test]
fn a_missing_input_is_an_incident_that_names_it() {
    let mut world = World::start(&with_data("order", "draft"), "{}");
    let incident = world.incident();
    assert_eq!(incident.kind, IncidentKind::IoMappingError);
    assert!(incident.message.contains("'request'"), "{}", incident.message);
    world.set(r#"{"order": 1}"#);
    world.resolve();
    world.complete("work", r#"{"answer": 2}"#);
    world.assert_completed();
}

#[test]
fn a_missing_output_is_an_incident_that_names_it() {
    let mut world = World::start(&with_data("order", "order"), r#"{"order": 1}"#);
    world.complete("work", "{}");
    let incident = world.incident();
    assert!(incident.message.contains("'answer'"), "{}", incident.message);
    world.set(r#"{"answer": 3}"#);
    world.resolve();
    world.assert_completed();
    assert_eq!(world.variable("order"), "3");
}

fn script(text: &str) -> World {
    let task = format!("<scriptTask id='t' scriptFormat='feel'><script>{text}</script></scriptTask>");
    let elements = format!("<startEvent id='s'/>{task}<endEvent id='e'/>");
    World::start(&process("p", &elements, "s -> t -> e"), r#"{"a": 2}"#)
}

#[test]
fn a_standard_script_gives_a_context_of_variables() {
    let world = script("{b: a + 1, c: b * 2}");
    world.assert_completed();
    assert_eq!((world.variable("b"), world.variable("c")), ("3".to_owned(), "6".to_owned()));
    script("null").assert_completed();
}

#[test]
fn a_standard_script_that_gives_something_else_is_an_incident() {
    let world = script("a + 1");
    assert_eq!(world.incident().kind, IncidentKind::ExtractValueError);
    assert!(world.incident().message.contains("neither a context nor null"), "{}", world.incident().message);
}
