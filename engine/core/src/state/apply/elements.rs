//! Writing down the life of element instances, tokens, variables and loops.

use std::collections::BTreeMap;

use hosk_feel::Json;
use hosk_model::ElementIndex;

use super::on;
use crate::event::Event;
use crate::keys::ElementInstanceKey;
use crate::limits::ESCALATIONS_REMEMBERED;
use crate::state::element_instance::{ElementInstance, ElementState, LoopState};
use crate::state::{InstanceState, Variable};

pub(super) fn activating(state: &mut InstanceState, event: &Event) {
    let Event::ElementActivating { key, element, scope, consumed, loop_counter, inner } = event else {
        return;
    };
    consume(state, *scope, consumed);
    if let Some(counter) = loop_counter {
        on_body(state, *scope, |body| body.created = *counter);
    }
    if scope != key {
        state.children.insert((*scope, *key));
    }
    let mut instance = ElementInstance::new(*key, *element, *scope, *loop_counter);
    instance.inner = *inner;
    state.element_instances.insert(*key, Box::new(instance));
}

pub(super) fn enter(state: &mut InstanceState, key: ElementInstanceKey, to: ElementState) {
    on(state, key, |instance| {
        instance.state = to;
        instance.listeners_done = 0;
    });
}

pub(super) fn leave(state: &mut InstanceState, key: ElementInstanceKey, count: impl FnOnce(&mut LoopState)) {
    let Some(gone) = state.element_instances.remove(&key) else { return };
    for (name, variable) in &gone.variables {
        state.variable_bytes -= name.len() + variable.value.text().len();
    }
    if let Some(job) = gone.job {
        state.jobs.remove(&job);
    }
    state.children.remove(&(gone.scope, key));
    if gone.loop_counter.is_some() {
        on_body(state, gone.scope, count);
    }
}

pub(super) fn flow_taken(state: &mut InstanceState, flow: ElementIndex, scope: ElementInstanceKey) {
    on(state, scope, |container| *container.tokens.entry(flow).or_insert(0) += 1);
}

/// Takes one token from each of these flows.
pub(super) fn consume(state: &mut InstanceState, scope: ElementInstanceKey, flows: &[ElementIndex]) {
    if flows.is_empty() {
        return;
    }
    on(state, scope, |container| {
        for flow in flows {
            if let Some(count) = container.tokens.get_mut(flow) {
                *count -= 1;
                if *count == 0 {
                    container.tokens.remove(flow);
                }
            }
        }
    });
}

pub(super) fn gateway_switched(
    state: &mut InstanceState,
    scope: ElementInstanceKey,
    gateway: ElementIndex,
    taken: Option<&Vec<ElementIndex>>,
) {
    on(state, scope, |container| match taken {
        Some(taken) => {
            container.resets.insert(gateway, taken.clone());
        }
        None => {
            container.resets.remove(&gateway);
        }
    });
}

pub(super) fn variable_set(state: &mut InstanceState, event: &Event) {
    let Event::VariableSet { key, scope, name, value, .. } = event else { return };
    let Some(instance) = state.element_instances.get_mut(scope) else { return };
    let before = instance.variables.insert(name.clone(), Variable { key: *key, value: value.clone() });
    let freed = before.map_or(0, |old| name.len() + old.value.text().len());
    state.variable_bytes = state.variable_bytes + name.len() + value.text().len() - freed;
}

pub(super) fn loop_started(state: &mut InstanceState, body: ElementInstanceKey, items: &Json, count: u32) {
    on(state, body, |i| {
        i.body = Some(Box::new(LoopState {
            items: items.clone(),
            count,
            created: 0,
            completed: 0,
            terminated: 0,
            results: BTreeMap::new(),
        }));
    });
}

pub(super) fn loop_result(state: &mut InstanceState, body: ElementInstanceKey, index: u32, value: &Json) {
    on_body(state, body, |body| {
        body.results.insert(index, value.clone());
    });
}

/// Remembers an escalation of a called process, the latest few: a repeat comes soon or not at all.
pub(super) fn escalated(state: &mut InstanceState, caller: ElementInstanceKey, origin: ElementInstanceKey) {
    on(state, caller, |instance| {
        instance.escalations.push(origin);
        if instance.escalations.len() > ESCALATIONS_REMEMBERED {
            instance.escalations.remove(0);
        }
    });
}

fn on_body(state: &mut InstanceState, key: ElementInstanceKey, write: impl FnOnce(&mut LoopState)) {
    on(state, key, |instance| {
        if let Some(body) = &mut instance.body {
            write(body);
        }
    });
}
