//! Writing down that an instance runs another definition: every number of an element becomes another one. What is not
//! in the map keeps its number; the event says all that are in use.

use std::collections::BTreeMap;

use hosk_model::ElementIndex;

use crate::keys::ProcessDefinitionKey;
use crate::state::InstanceState;

pub(super) fn migrated(
    state: &mut InstanceState,
    definition: ProcessDefinitionKey,
    elements: &[(ElementIndex, ElementIndex)],
) {
    let map: BTreeMap<_, _> = elements.iter().copied().collect();
    let becomes = |element: &mut ElementIndex| {
        if let Some(to) = map.get(element) {
            *element = *to;
        }
    };
    if let Some(created) = &mut state.created {
        created.definition = definition;
        created.terminate_after.retain(|element| map.contains_key(element));
        created.terminate_after.iter_mut().for_each(becomes);
    }
    for instance in state.element_instances.values_mut() {
        becomes(&mut instance.element);
        let tokens = std::mem::take(&mut instance.tokens);
        for (mut flow, count) in tokens {
            becomes(&mut flow);
            *instance.tokens.entry(flow).or_insert(0) += count;
        }
        let resets = std::mem::take(&mut instance.resets);
        instance.resets.extend(resets.into_iter().map(|(mut gateway, mut taken)| {
            becomes(&mut gateway);
            // A flow that is not there any more brings no token, either.
            taken.retain(|flow| map.contains_key(flow));
            taken.iter_mut().for_each(becomes);
            (gateway, taken)
        }));
        instance.postponed.iter_mut().for_each(|work| work.renumber(&becomes));
        instance.inside.iter_mut().for_each(|entry| entry.renumber(&becomes));
        instance.undo.iter_mut().for_each(|undo| undo.renumber(&becomes));
        instance.triggered.iter_mut().for_each(|triggered| becomes(&mut triggered.by));
    }
    state.jobs.values_mut().for_each(|job| becomes(&mut job.details.element));
    state.user_tasks.values_mut().for_each(|task| becomes(&mut task.details.element));
    state.timers.values_mut().for_each(|timer| becomes(&mut timer.target));
    state.subscriptions.values_mut().for_each(|subscription| becomes(&mut subscription.target));
    state.signals.values_mut().for_each(|subscription| becomes(&mut subscription.target));
    state.gathered.values_mut().flatten().for_each(|gathered| becomes(&mut gathered.by));
    state.conditions.renumber(&becomes);
    state.paused.iter_mut().for_each(|work| work.renumber(&becomes));
}
