//! Writing down which triggers have come to events that wait for others as well.

use super::Triggered;
use crate::event::TriggerEvent;
use crate::state::InstanceState;

pub(super) fn triggers(state: &mut InstanceState, event: &TriggerEvent) {
    match event {
        TriggerEvent::Came { owner, by, variables } => {
            let kept = Triggered { by: *by, variables: variables.clone() };
            state.gathered.entry(*owner).or_default().push(kept);
        }
        TriggerEvent::Taken { owner, slots } => {
            let Some(gathered) = state.gathered.get_mut(owner) else { return };
            for slot in slots {
                if let Some(at) = gathered.iter().position(|one| one.by == *slot) {
                    gathered.remove(at);
                }
            }
            if gathered.is_empty() {
                state.gathered.remove(owner);
            }
        }
    }
}
