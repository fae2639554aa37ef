//! What of a process definition stands in rows: its elements, its message and signal start events, whether it has a start form.

use std::sync::Arc;

use hosk_model::{Dynamic, ElementIndex, ElementKind, ProcessDefinition, Start};

use crate::read::ElementType;

/// An element as rows know it.
#[derive(Clone, Debug)]
pub(crate) struct ElementName {
    /// The slot, as [`body`] or [`inner`] write it for what stands around repetitions and for activations.
    pub(crate) number: i64,
    pub(crate) id: Arc<str>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) r#type: ElementType,
}

/// Every element, and a second time those with a multi-instance body or with activations inside.
pub(crate) fn element_names(definition: &ProcessDefinition) -> Vec<ElementName> {
    let mut names = Vec::with_capacity(definition.elements.len());
    for element in &definition.elements {
        let number = i64::from(element.index.0);
        let name = ElementName {
            number,
            id: element.id.clone(),
            name: element.name.clone(),
            r#type: ElementType::from(&definition.element(definition.event_of(element.index)).kind),
        };
        if element.repetition.is_some() && number > 0 {
            names.push(ElementName {
                number: body(number),
                r#type: ElementType::MultiInstanceBody,
                ..name.clone()
            });
        }
        if matches!(element.kind, ElementKind::AdHocSubProcess(_)) {
            names.push(ElementName {
                number: inner(number, element.repetition.is_some()),
                id: format!("{}#innerInstance", element.id).into(),
                r#type: ElementType::AdHocSubProcessInnerInstance,
                ..name.clone()
            });
        }
        names.push(name);
    }
    names
}

/// The number of a multi-instance body.
pub(crate) fn body(slot: i64) -> i64 {
    -slot
}

/// The number of an activation in an ad-hoc sub-process; where that is repeated, its body has the negated one already.
pub(crate) fn inner(slot: i64, is_repeated: bool) -> i64 {
    if is_repeated { -(slot + INSIDE) } else { -slot }
}

/// The slot of a number.
pub(crate) fn slot_of(number: i64) -> i64 {
    number.abs() % INSIDE
}

/// Above every slot: a file of that many elements is too large to deploy.
pub(crate) const INSIDE: i64 = 1 << 24;

/// What messages start the process with, with a name known at deployment, and where.
pub(crate) fn message_starts(definition: &ProcessDefinition) -> Vec<(ElementIndex, Arc<str>)> {
    let starts = definition.starts().into_iter().filter_map(|(slot, start)| match start {
        Start::Message(message) => Some((slot, static_text(&message.name)?)),
        _ => None,
    });
    starts.collect()
}

/// What signals start the process with, and where.
pub(crate) fn signal_starts(definition: &ProcessDefinition) -> Vec<(ElementIndex, Arc<str>)> {
    let starts = definition.starts().into_iter().filter_map(|(slot, start)| match start {
        Start::Signal(signal) => Some((slot, static_text(&signal.name)?)),
        _ => None,
    });
    starts.collect()
}

/// The text of an attribute that does not depend on an instance.
fn static_text(text: &Dynamic) -> Option<Arc<str>> {
    match text {
        Dynamic::Static(text) => Some(text.clone()),
        Dynamic::Expression(_) => None,
    }
}

/// Whether the start event without a trigger has a form.
pub(crate) fn has_start_form(definition: &ProcessDefinition) -> bool {
    let start = definition.elements.first().and_then(|process| process.contents.starts.first().copied());
    let start = start.and_then(|index| definition.elements.get(index.0 as usize));
    start.is_some_and(|start| matches!(start.kind, ElementKind::StartEvent { form: Some(_), .. }))
}
