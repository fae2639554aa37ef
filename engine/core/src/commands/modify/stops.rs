//! What a modification stops: what it names, and the containers in which nothing is left.

use crate::event::JobKind;

use super::{Arc, BTreeSet, Chosen, ElementInstance, ElementInstanceKey, ElementState, Modification, Step};

/// What is to be stopped: the element instances that are named, per instruction of the modification.
#[derive(Debug, Default)]
pub(super) struct Stops {
    /// For each move, in order, what it takes its tokens from.
    pub(super) moved: Vec<Vec<ElementInstanceKey>>,
    /// All of them.
    pub(super) all: BTreeSet<ElementInstanceKey>,
}

impl Stops {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether an element instance, or one around it, is stopped.
    pub(super) fn reach(&self, step: &Step<'_>, key: ElementInstanceKey) -> bool {
        step.state().scopes(key).any(|around| self.all.contains(&around.key()))
    }
}

/// Finds what the instructions name.
pub(super) fn chosen(step: &Step<'_>, modification: &Modification, obstacles: &mut Vec<String>) -> Stops {
    let mut stops = Stops::default();
    for one in &modification.moves {
        let found = find(step, &one.from, obstacles);
        add(&mut stops, &found, obstacles);
        stops.moved.push(found);
    }
    for one in &modification.terminate {
        let found = find(step, one, obstacles);
        add(&mut stops, &found, obstacles);
    }
    stops
}

fn add(stops: &mut Stops, found: &[ElementInstanceKey], obstacles: &mut Vec<String>) {
    for key in found {
        if !stops.all.insert(*key) {
            obstacles.push(format!("the element instance {key} is named twice"));
        }
    }
}

fn find(step: &Step<'_>, chosen: &Chosen, obstacles: &mut Vec<String>) -> Vec<ElementInstanceKey> {
    match chosen {
        Chosen::Key(key) => match refused(step, *key) {
            None => vec![*key],
            Some(why) => {
                obstacles.push(why);
                Vec::new()
            }
        },
        Chosen::Id(id) => by_id(step, id, obstacles),
    }
}

fn by_id(step: &Step<'_>, id: &Arc<str>, obstacles: &mut Vec<String>) -> Vec<ElementInstanceKey> {
    let Some(index) = step.definition.index_of(id) else {
        obstacles.push(format!("the process '{}' has no element '{id}'", step.definition.id));
        return Vec::new();
    };
    if index == hosk_model::ElementIndex::PROCESS {
        obstacles.push(format!("'{id}' is the process itself; cancel the instance to stop it"));
        return Vec::new();
    }
    let of = |i: &&ElementInstance| i.element() == index && i.loop_counter().is_none();
    let found: Vec<_> = step.state().element_instances().filter(of).map(ElementInstance::key).collect();
    let found: Vec<_> =
        found.into_iter().filter(|key| !step.is_in(*key, ElementState::Terminating)).collect();
    if found.is_empty() {
        obstacles.push(format!("'{id}' is not active"));
    }
    found
}

fn refused(step: &Step<'_>, key: ElementInstanceKey) -> Option<String> {
    let Some(instance) = step.instance(key) else {
        return Some(format!("the element instance {key} does not exist, or is over"));
    };
    if instance.scope() == key {
        return Some(format!(
            "the element instance {key} is the process itself; cancel the instance to stop it"
        ));
    }
    let alive = ElementState::BEFORE_TERMINATING.iter().any(|state| step.is_in(key, *state));
    (!alive).then(|| format!("the element instance {key} is being terminated already"))
}

/// What is stopped in the end: what was named, and every container that has something in it now, all of which is
/// stopped, and in which nothing begins. Such a container could only end as if its work had been done.
pub(super) fn doomed(
    step: &Step<'_>,
    stops: &Stops,
    bases: &BTreeSet<ElementInstanceKey>,
) -> BTreeSet<ElementInstanceKey> {
    let mut doomed = stops.all.clone();
    if doomed.is_empty() {
        return doomed;
    }
    let needed: BTreeSet<_> =
        bases.iter().flat_map(|base| step.state().scopes(*base)).map(ElementInstance::key).collect();
    let all: Vec<&ElementInstance> = step.state().element_instances().collect();
    // A container is older than what is in it: from the youngest outward.
    for instance in all.into_iter().rev() {
        let key = instance.key();
        if doomed.contains(&key) || needed.contains(&key) || has_more_to_come(step, instance) {
            continue;
        }
        let mut inside = step.state().children(key).peekable();
        if inside.peek().is_some() && inside.all(|child| doomed.contains(&child)) {
            doomed.insert(key);
        }
    }
    doomed
}

/// Whether a parallel multi-instance body has children left to create, or a worker is asked what begins.
fn has_more_to_come(step: &Step<'_>, instance: &ElementInstance) -> bool {
    let open = instance.job().and_then(|job| step.state().job(job));
    if open.is_some_and(|job| job.details.kind == JobKind::AdHocSubProcess) {
        return true;
    }
    let parallel = match &step.definition.element(instance.element()).repetition {
        Some(hosk_model::Repetition::MultiInstance(definition)) => !definition.sequential,
        Some(hosk_model::Repetition::StandardLoop(_)) | None => false,
    };
    parallel && instance.body().is_some_and(|body| body.created < body.count)
}
