//! Which element becomes which: as the migration says, and for flows as their ends say.

use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use hosk_model::{ElementIndex, MultipleTrigger, ProcessDefinition, Trigger};

use crate::definitions::DeployedProcess;
use crate::keys::ElementInstanceKey;
use crate::migration::{Migration, Obstacle};
use crate::step::Step;

/// From the elements of one definition to those of another.
pub(super) struct Map<'a> {
    pub(super) source: &'a ProcessDefinition,
    pub(super) target: &'a ProcessDefinition,
    elements: BTreeMap<ElementIndex, ElementIndex>,
}

impl<'a> Map<'a> {
    /// As the instructions say, with what is wrong with them; whether they name what is not there, or something twice.
    pub(super) fn of(
        step: &Step<'a>,
        target: &'a DeployedProcess,
        migration: &Migration,
        obstacles: &mut Vec<Obstacle>,
    ) -> (Self, bool) {
        let mut map = Self {
            source: step.definition,
            target: &target.definition,
            elements: BTreeMap::from([(ElementIndex::PROCESS, ElementIndex::PROCESS)]),
        };
        if target.key == step.process.key {
            obstacles.push(general("the instance runs this definition already; name another one".to_owned()));
        }
        let others = obstacles.len();
        for mapping in &migration.mappings {
            let found = (map.source.index_of(&mapping.source), map.target.index_of(&mapping.target));
            match found {
                (Some(from), Some(to)) => {
                    if map
                        .elements
                        .insert(from, to)
                        .is_some_and(|before| from != ElementIndex::PROCESS || before != to)
                    {
                        let message = format!("'{}' is mapped twice; map it once", mapping.source);
                        obstacles.push(named(&mapping.source, message));
                    }
                }
                (None, _) => {
                    let message = format!(
                        "'{}' is mapped, but '{}' has no such element",
                        mapping.source, map.source.id
                    );
                    obstacles.push(named(&mapping.source, message));
                }
                (_, None) => {
                    let message = format!(
                        "'{}' is mapped to '{}', but the target has no such element",
                        mapping.source, mapping.target
                    );
                    obstacles.push(named(&mapping.source, message));
                }
            }
        }
        let mistaken = obstacles.len() > others;
        map.add_definitions(obstacles);
        (map, mistaken)
    }

    /// The definitions of an event that has several go along with it, one by one: they must be of the same kinds.
    fn add_definitions(&mut self, obstacles: &mut Vec<Obstacle>) {
        for (from, to) in self.elements.clone() {
            let (from, to) = (self.source.element(from), self.target.element(to));
            let (Some(Trigger::Multiple(before)), Some(Trigger::Multiple(after))) =
                (from.trigger(), to.trigger())
            else {
                continue;
            };
            let kinds = |multiple: &MultipleTrigger| -> Vec<Discriminant<Trigger>> {
                multiple.parts.iter().map(|part| discriminant(&part.trigger)).collect()
            };
            if before.parallel != after.parallel || kinds(before) != kinds(after) {
                let message = format!(
                    "'{}' and '{}' do not wait for the same events; map it to one that does",
                    from.id, to.id
                );
                obstacles.push(named(&from.id, message));
                continue;
            }
            let slots = before.parts.iter().zip(&after.parts).map(|(one, other)| (one.slot, other.slot));
            self.elements.extend(slots);
        }
    }

    /// What an element becomes.
    pub(super) fn get(&self, element: ElementIndex) -> Option<ElementIndex> {
        self.elements.get(&element).copied()
    }

    /// What a flow on which a token waits becomes: as it is mapped, else the flow between what its ends become. An end
    /// that is not mapped is taken by its id.
    pub(super) fn flow(&mut self, flow: ElementIndex) -> Result<(), String> {
        if self.elements.contains_key(&flow) {
            return Ok(());
        }
        let Some(ends) = self.source.flow(flow) else { return Ok(()) };
        let id = |element: ElementIndex| &self.source.element(element).id;
        let join = self
            .get(ends.target)
            .ok_or_else(|| format!("a token waits at '{}', which is not mapped; map it", id(ends.target)))?;
        let from = self.get(ends.source).or_else(|| self.target.index_of(id(ends.source)));
        let incoming = self.target.element(join).incoming.iter().copied();
        let between: Vec<_> = incoming
            .clone()
            .filter(|f| self.target.flow(*f).is_some_and(|f| Some(f.source) == from))
            .collect();
        let same: Vec<_> = incoming.filter(|f| self.target.element(*f).id == *id(flow)).collect();
        let found = match (between.as_slice(), same.as_slice()) {
            ([one], _) | (_, [one]) => *one,
            _ => {
                return Err(format!(
                    "a token waits on the flow '{}' at '{}', and it is not clear which flow of the target it goes to; map \
                     the flow",
                    id(flow),
                    id(ends.target)
                ));
            }
        };
        self.elements.insert(flow, found);
        Ok(())
    }

    /// All of it, in the order of the source.
    pub(super) fn pairs(self) -> Vec<(ElementIndex, ElementIndex)> {
        self.elements.into_iter().collect()
    }

    /// What is mapped to an element of the target.
    pub(super) fn sources_of(&self, target: ElementIndex) -> impl Iterator<Item = ElementIndex> + '_ {
        self.elements.iter().filter(move |(_, to)| **to == target).map(|(from, _)| *from)
    }
}

/// An obstacle that is no element's.
pub(super) fn general(message: String) -> Obstacle {
    Obstacle { element: None, element_instance: None, message }
}

/// An obstacle at an element.
pub(super) fn named(element: &Arc<str>, message: String) -> Obstacle {
    Obstacle { element: Some(element.clone()), element_instance: None, message }
}

/// An obstacle at an element instance.
pub(super) fn at(element: &Arc<str>, key: ElementInstanceKey, message: String) -> Obstacle {
    Obstacle { element: Some(element.clone()), element_instance: Some(key), message }
}
