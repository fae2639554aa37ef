//! What a modification begins, and where.

use super::stops::Stops;
use super::{
    Ancestor, Arc, BTreeSet, ElementIndex, ElementInstance, ElementInstanceKey, ElementState, Entry,
    Modification, Step, Variables, VariablesAt, entry,
};
use crate::multi_instance::{self, Role};

/// An element somebody wants to begin before.
#[derive(Debug)]
pub(super) struct Wish<'m> {
    element: &'m Arc<str>,
    ancestor: Ancestor,
    /// For a move: where the token is taken from.
    source: Option<ElementInstanceKey>,
    variables: &'m [VariablesAt],
}

/// Every element to begin before, a move's target once for each token.
pub(super) fn wishes<'m>(modification: &'m Modification, stops: &Stops) -> Vec<Wish<'m>> {
    let activated = modification.activate.iter().map(|one| Wish {
        element: &one.element,
        ancestor: one.ancestor.map_or(Ancestor::Existing, Ancestor::Key),
        source: None,
        variables: &one.variables,
    });
    let moved = modification.moves.iter().zip(&stops.moved).flat_map(|(one, sources)| {
        sources.iter().map(move |source| Wish {
            element: &one.to,
            ancestor: one.ancestor,
            source: Some(*source),
            variables: &one.variables,
        })
    });
    activated.chain(moved).collect()
}

/// What will begin.
#[derive(Debug, Default)]
pub(super) struct Planned {
    /// What begins, and in which container.
    pub(super) entries: Vec<(ElementInstanceKey, Entry)>,
    /// Variables for containers that are there.
    pub(super) variables: Vec<(ElementInstanceKey, Variables)>,
    /// Containers in which something begins.
    pub(super) bases: BTreeSet<ElementInstanceKey>,
}

impl Planned {
    pub(super) fn count(&self) -> usize {
        self.entries.iter().map(|(_, entry)| entry.count()).sum()
    }

    /// What begins, and in which container.
    pub(super) fn begun(&self) -> Vec<(ElementIndex, ElementInstanceKey)> {
        self.entries.iter().map(|(scope, entry)| (entry.element, *scope)).collect()
    }

    /// All variables at once, to check their sizes.
    pub(super) fn all_variables(&self) -> Variables {
        fn within(entry: &Entry, all: &mut Variables) {
            all.extend(entry.variables.clone());
            entry.inside.iter().for_each(|inner| within(inner, all));
        }
        let mut all = Variables::new();
        self.variables.iter().for_each(|(_, variables)| all.extend(variables.clone()));
        self.entries.iter().for_each(|(_, entry)| within(entry, &mut all));
        all
    }
}

/// Finds out where each element begins.
pub(super) fn plan(
    step: &Step<'_>,
    wishes: &[Wish<'_>],
    stops: &Stops,
    obstacles: &mut Vec<String>,
) -> Planned {
    let mut planned = Planned::default();
    for wish in wishes {
        if let Err(why) = place(step, wish, stops, &mut planned) {
            obstacles.push(format!("'{}' cannot begin: {why}", wish.element));
        }
    }
    planned
}

fn place(step: &Step<'_>, wish: &Wish<'_>, stops: &Stops, planned: &mut Planned) -> Result<(), String> {
    let definition = step.definition;
    let index = definition
        .index_of(wish.element)
        .ok_or_else(|| format!("the process '{}' has no such element", definition.id))?;
    let why = entry::obstacle(definition, index);
    if let Some(why) = why.or_else(|| is_start(step, index).then_some("it is a start event")) {
        return Err(why.to_owned());
    }
    let path = entry::path(definition, index);
    let (base, from) = base(step, wish, &path, stops)?;
    if !step.is_in(base, ElementState::Active) {
        return Err(format!(
            "the element instance {base} it would begin in is not active; resolve its incident"
        ));
    }
    if !step.takes_in(base) {
        return Err(format!(
            "what was interrupted in the element instance {base} is still being terminated; try again in a moment"
        ));
    }
    let new = &path[from..];
    let around = new.split_last().map_or(&[][..], |(_, around)| around);
    if let Some(container) = around.iter().find(|c| definition.element(**c).repetition.is_some()) {
        return Err(format!(
            "it stands in the multi-instance activity '{}'; name the element instance to begin in",
            definition.element(*container).id
        ));
    }
    let mut given = variables(step, wish, &path, base, new, planned)?;
    let entry = Entry::along(new, &mut |element| {
        given.iter_mut().find(|(at, _)| *at == element).map(|(_, v)| std::mem::take(v)).unwrap_or_default()
    });
    planned.bases.insert(base);
    let Some(entry) = entry else { return Ok(()) };
    let shared = if wish.ancestor == Ancestor::Existing { Some(()) } else { None };
    let mut here: Vec<Entry> = Vec::new();
    if shared.is_some() {
        let mut others = Vec::new();
        for (scope, other) in std::mem::take(&mut planned.entries) {
            if scope == base { here.push(other) } else { others.push((scope, other)) }
        }
        planned.entries = others;
    }
    entry::join(&mut here, entry);
    planned.entries.extend(here.into_iter().map(|entry| (base, entry)));
    Ok(())
}

fn is_start(step: &Step<'_>, index: ElementIndex) -> bool {
    matches!(step.element(index).kind, hosk_model::ElementKind::StartEvent { .. })
}

/// The element instance it begins in, and from where on its path is begun anew.
fn base(
    step: &Step<'_>,
    wish: &Wish<'_>,
    path: &[ElementIndex],
    stops: &Stops,
) -> Result<(ElementInstanceKey, usize), String> {
    match (wish.ancestor, wish.source) {
        (Ancestor::Existing, _) | (Ancestor::Inferred | Ancestor::SourceParent, None) => {
            existing(step, path, stops)
        }
        (Ancestor::Key(key), _) => named(step, key, path, stops),
        (Ancestor::SourceParent, Some(source)) => {
            let scope = step.instance(source).map_or(source, ElementInstance::scope);
            named(step, scope, path, stops)
        }
        (Ancestor::Inferred, Some(source)) => {
            let around = step.state().scopes(source).skip(1);
            let mut fitting = around.filter_map(|i| depth(step, i, path).map(|from| (i.key(), from)));
            fitting
                .find(|(key, _)| !stops.reach(step, *key))
                .ok_or_else(|| "nothing around the source is left to begin it in".to_owned())
        }
    }
}

/// Goes inward as far as there is exactly one of each container.
fn existing(
    step: &Step<'_>,
    path: &[ElementIndex],
    stops: &Stops,
) -> Result<(ElementInstanceKey, usize), String> {
    let Some(root) = step.state().key().map(crate::keys::ProcessInstanceKey::root) else {
        return Err("the instance does not exist".to_owned());
    };
    let mut base = root;
    for (from, container) in path.iter().enumerate().take(path.len() - 1) {
        let within = |i: &ElementInstance| step.state().scopes(i.key()).skip(1).any(|s| s.key() == base);
        let fits = |i: &&ElementInstance| {
            let element = step.element(*container);
            i.element() == *container && multi_instance::role(element, i) != Role::Body && within(i)
        };
        let found = step.state().element_instances().filter(fits).map(ElementInstance::key);
        let found: Vec<_> = found.filter(|key| !stops.reach(step, *key)).collect();
        match found.as_slice() {
            [] => return Ok((base, from)),
            [one] => base = *one,
            several => {
                return Err(format!(
                    "'{}' around it is active {} times; name the element instance to begin in",
                    step.element(*container).id,
                    several.len()
                ));
            }
        }
    }
    Ok((base, path.len() - 1))
}

fn named(
    step: &Step<'_>,
    key: ElementInstanceKey,
    path: &[ElementIndex],
    stops: &Stops,
) -> Result<(ElementInstanceKey, usize), String> {
    let instance =
        step.instance(key).ok_or_else(|| format!("the element instance {key} does not exist, or is over"))?;
    let from = depth(step, instance, path).ok_or_else(|| {
        let element = step.element(instance.element());
        match multi_instance::role(element, instance) {
            Role::Body => {
                format!("{key} is the multi-instance body of '{}'; name one of its children", element.id)
            }
            Role::Single | Role::Child | Role::Inner => {
                format!("'{}' ({key}) is not a container around it", element.id)
            }
        }
    })?;
    if stops.reach(step, key) {
        return Err(format!("the element instance {key} it would begin in is terminated"));
    }
    Ok((key, from))
}

/// How much of a path lies around or at an element instance; `None` when it is not on the path.
fn depth(step: &Step<'_>, instance: &ElementInstance, path: &[ElementIndex]) -> Option<usize> {
    if instance.element() == ElementIndex::PROCESS {
        return Some(0);
    }
    let element = step.element(instance.element());
    let (_, around) = path.split_last()?;
    let place = around.iter().position(|container| *container == instance.element())?;
    (multi_instance::role(element, instance) != Role::Body).then_some(place + 1)
}

/// Variables per element that begins; those for containers that are there go into the plan.
fn variables(
    step: &Step<'_>,
    wish: &Wish<'_>,
    path: &[ElementIndex],
    base: ElementInstanceKey,
    new: &[ElementIndex],
    planned: &mut Planned,
) -> Result<Vec<(ElementIndex, Variables)>, String> {
    let mut given = Vec::new();
    for VariablesAt { scope, variables } in wish.variables {
        let at = match scope {
            None => ElementIndex::PROCESS,
            Some(id) if **id == *step.definition.id => ElementIndex::PROCESS,
            Some(id) => step
                .definition
                .index_of(id)
                .filter(|at| path.contains(at))
                .ok_or_else(|| format!("the scope '{id}' of its variables is not around it"))?,
        };
        if new.contains(&at) {
            given.push((at, variables.clone()));
            continue;
        }
        let there = step
            .state()
            .scopes(base)
            .find(|i| i.element() == at && multi_instance::role(step.element(at), i) != Role::Body);
        if let Some(there) = there {
            planned.variables.push((there.key(), variables.clone()));
        }
    }
    Ok(given)
}
