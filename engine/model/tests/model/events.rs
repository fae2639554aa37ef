//! Signals, and events with several definitions.

use hosk_model::{ElementKind, Trigger};

use crate::common::{clean, element, row};
use crate::elements::text;

#[test]
fn signals_by_text_and_by_expression() {
    let event = |id: &str| {
        format!(
            "<bpmn:intermediateCatchEvent id='t'><bpmn:signalEventDefinition signalRef='{id}'/></bpmn:intermediateCatchEvent>"
        )
    };
    let roots =
        "<bpmn:signal id='S' name='halt'/><bpmn:signal id='F' name='=\"halt-\" + area'/><bpmn:process ";
    for (id, expected) in [("S", "halt"), ("F", "=\"halt-\" + area")] {
        let process = clean(&row(&["t"], &event(id)).replacen("<bpmn:process ", roots, 1));
        let ElementKind::IntermediateCatchEvent { trigger: Trigger::Signal(signal) } =
            &element(&process, "t").kind
        else {
            panic!("{:?}", element(&process, "t").kind)
        };
        assert_eq!(text(&signal.name), expected);
    }
}

/// The history refers to slots: those of elements are the same with one definition and with several.
#[test]
fn the_definitions_of_an_event_that_has_several_come_after_all_elements() {
    let event = "<bpmn:intermediateCatchEvent id='t' parallelMultiple='true'>\
                 <bpmn:signalEventDefinition id='a' signalRef='S'/><bpmn:eventDefinitionRef>later</bpmn:eventDefinitionRef>\
                 <bpmn:conditionalEventDefinition><bpmn:condition>=stock &lt; 10</bpmn:condition></bpmn:conditionalEventDefinition>\
                 </bpmn:intermediateCatchEvent>";
    let roots = "<bpmn:signal id='S' name='halt'/><bpmn:timerEventDefinition id='later'>\
                 <bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition><bpmn:process ";
    let process = clean(&row(&["t"], event).replacen("<bpmn:process ", roots, 1));
    let ElementKind::IntermediateCatchEvent { trigger: Trigger::Multiple(multiple) } =
        &element(&process, "t").kind
    else {
        panic!("{:?}", element(&process, "t").kind)
    };
    assert!(multiple.parallel);
    let with_ids = process.elements.iter().filter(|e| process.by_id.get(&e.id) == Some(&e.index)).count();
    assert_eq!(process.elements.len(), with_ids + 3);
    for (place, part) in multiple.parts.iter().enumerate() {
        assert_eq!(part.slot.0 as usize, with_ids + place);
        assert_eq!(process.event_of(part.slot), element(&process, "t").index);
        assert_eq!(process.element(part.slot).id, element(&process, "t").id);
    }
    let kinds: Vec<_> = multiple.parts.iter().map(|part| process.trigger(part.slot)).collect();
    assert!(
        matches!(
            &kinds[..],
            [Some(Trigger::Signal(_)), Some(Trigger::Conditional(_)), Some(Trigger::Timer(_))]
        ),
        "{kinds:?}"
    );
    assert_eq!(process.conditions_on("stock"), [multiple.parts[1].slot]);
    // What is in the event keeps the slot that its id always had.
    assert!(matches!(element(&process, "a").kind, ElementKind::NotExecuted { .. }));
}
