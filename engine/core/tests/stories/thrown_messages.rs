//! Message throw events, message end events and send tasks that publish by themselves.

use hosk_core::*;

use crate::support::*;

const MESSAGE: &str = r#"<message id="m" name="=&quot;paid-&quot; + kind"/>"#;

fn throwing(kind: &str, attributes: &str, definition: &str, publish: &str) -> String {
    let element = format!(
        r#"<{kind} id="x"{attributes}><extensionElements><zeebe:publishMessage {publish}/><zeebe:ioMapping><zeebe:input source="=amount" target="sum"/></zeebe:ioMapping></extensionElements>{definition}</{kind}>"#
    );
    let (rest, path) =
        if kind == "endEvent" { ("", "s -> x") } else { (r#"<endEvent id="e"/>"#, "s -> x -> e") };
    format!("{MESSAGE}{}", process("p", &format!(r#"<startEvent id="s"/>{element}{rest}"#), path))
}

fn thrown(world: &World) -> Vec<MessageThrown> {
    let of = |event: &Event| match event {
        Event::MessageThrown(message) => Some((**message).clone()),
        _ => None,
    };
    world.events[&world.key()].iter().filter_map(of).collect()
}

const PUBLISH: &str = r#"correlationKey="=order" messageId="=&quot;m&quot; + string(order)" timeToLive="=duration(&quot;PT1M&quot;)""#;
const VARIABLES: &str = r#"{"kind": "now", "order": 7, "amount": 5, "secret": true}"#;

#[test]
fn each_kind_publishes_what_the_model_says() {
    let event = r#"<messageEventDefinition id="d" messageRef="m"/>"#;
    for (kind, attributes, definition) in [
        ("intermediateThrowEvent", "", event),
        ("endEvent", "", event),
        ("sendTask", r#" messageRef="m""#, ""),
    ] {
        let world = World::start(&throwing(kind, attributes, definition, PUBLISH), VARIABLES);
        world.assert_completed();
        let [message] = &thrown(&world)[..] else { panic!("{kind} publishes once") };
        assert_eq!((&*message.name, &*message.correlation_key), ("paid-now", "7"), "{kind}");
        assert_eq!(message.message_id.as_deref(), Some("m7"), "{kind}");
        assert_eq!(message.expires_at.0, 1_800_000_060_000, "{kind}");
        // Only what its input mappings made: the rest is nobody's business.
        assert_eq!(message.variables, variables(r#"{"sum": 5}"#), "{kind}");
        let effect = Effect::PublishMessage(Box::new(message.clone()));
        assert_eq!(effects_of(&Event::MessageThrown(Box::new(message.clone()))), Some(effect));
    }
}

#[test]
fn without_time_to_live_it_is_now_or_never() {
    let world = World::start(&throwing("sendTask", r#" messageRef="m""#, "", ""), VARIABLES);
    let [message] = &thrown(&world)[..] else { panic!("once") };
    assert_eq!((message.expires_at, &*message.correlation_key), (world.now, ""));
    assert_eq!(message.message_id, None);
}

#[test]
fn nothing_is_published_before_everything_is_evaluated() {
    let publish = r#"correlationKey="=order" timeToLive="=lives""#;
    let mut world = World::start(&throwing("sendTask", r#" messageRef="m""#, "", publish), VARIABLES);
    // A time to live that is null stands for none.
    world.assert_completed();
    let wrong = r#"{"kind": "now", "order": 7, "amount": 5, "lives": "soon"}"#;
    world.create(ProcessDefinitionKey(1), wrong).expect("created");
    assert_eq!(world.incident().kind, IncidentKind::ExtractValueError);
    assert!(thrown(&world).is_empty());
    world.set(r#"{"lives": "PT1H"}"#);
    world.resolve();
    world.assert_completed();
    assert_eq!(thrown(&world).len(), 1);
}
