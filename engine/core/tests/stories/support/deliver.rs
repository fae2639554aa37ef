//! What the runtime would do with an effect.

use super::*;

impl World {
    pub(super) fn deliver(&mut self, effect: Effect) {
        match effect {
            Effect::JobAvailable { .. } | Effect::Timer { .. } => {}
            Effect::PublishMessage(message) => self.correlate(&message),
            Effect::BroadcastSignal(signal) => self.spread(&signal),
            Effect::StartChild {
                child,
                parent,
                root,
                depth,
                definition,
                variables,
                business_id,
                tenant,
                conversation,
            } => {
                let instance = self.owner_of(parent);
                let create = CreateInstance {
                    key: child,
                    definition,
                    variables,
                    start_event: None,
                    start_instructions: Vec::new(),
                    terminate_after: Vec::new(),
                    parent: Some(ParentLink { instance, element_instance: parent, root, depth }),
                    message: None,
                    business_id,
                    tags: Vec::new(),
                    tenant,
                    by: None,
                    conversation,
                };
                self.instances.insert(child, InstanceState::new());
                self.step(child, &Command::Create(Box::new(create))).expect("the child is created");
            }
            Effect::NotifyParent { parent, outcome } => {
                let child = self.child_of(parent.element_instance);
                let ended = Command::ChildEnded { child, caller: parent.element_instance, outcome };
                // The caller may be gone.
                let _ = self.step(parent.instance, &ended);
            }
            Effect::EscalateToParent { parent, origin, code } => {
                let child = self.called_by(parent.element_instance);
                let caller = parent.element_instance;
                // The caller may be gone.
                let _ = self.step(parent.instance, &Command::ChildEscalated { child, caller, origin, code });
            }
            Effect::TellTrouble { parent, incident } => {
                let caller = parent.element_instance;
                let child = self.called_by(caller);
                // The caller may be gone.
                let _ = self.step(parent.instance, &Command::ChildTroubled { child, caller, incident });
            }
            Effect::CancelChild { child, caller } => self.cancel_called(child, caller),
            Effect::SuspendChild { child, suspend } => {
                let _ = self.step(child, &if suspend { Command::Suspend } else { Command::Resume });
            }
            Effect::Continue => {
                let waits = |s: &InstanceState| s.has_paused_work() && !s.is_suspended();
                let paused: Vec<_> =
                    self.instances.iter().filter(|(_, s)| waits(s)).map(|(k, _)| *k).collect();
                for key in paused {
                    self.step(key, &Command::Continue).expect("there is work left");
                }
            }
        }
    }

    fn cancel_called(&mut self, child: ProcessInstanceKey, caller: Option<ElementInstanceKey>) {
        let parent = self.instances[&child].parent().map(|parent| parent.instance);
        let caller =
            parent.zip(caller).map(|(instance, element_instance)| Caller { instance, element_instance });
        if let Err(refused) = self.step(child, &Command::CancelCalled { caller })
            && let Some((caller, told)) = caller.and_then(|c| Some((c, c.told(child, &refused)?)))
        {
            // It may have heard of the end before.
            let _ = self.step(caller.instance, &told);
        }
    }
}
