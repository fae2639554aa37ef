//! Stopping: element instances are stopped with everything inside, innermost first, and what interrupted them begins when
//! all of it is gone.
//!
//! Nearly everything stops at once. A call activity does not: the process it called is an instance of its own, which is
//! asked to cancel and may have to wait for others that it called itself. Until its end is reported the call activity
//! stays, being stopped, and so does everything around it that is stopped with it. What comes after the interruption
//! waits in the state meanwhile ([`Event::Postponed`]); other branches go on. A user task waits in the same way for the
//! listeners that hear of it.

use super::Step;
use crate::compensation;
use crate::elements::complex_gateway;
use crate::event::Event;
use crate::keys::ElementInstanceKey;
use crate::multi_instance;
use crate::state::{ElementInstance, ElementState};
use crate::task_listeners;
use crate::work::Work;

impl Step<'_> {
    /// Marks an element instance as being stopped, so that it refuses everything from now on, and queues `then`
    /// right after it is gone.
    pub(crate) fn interrupt(&mut self, key: ElementInstanceKey, then: Work) {
        self.emit(Event::ElementTerminating { key });
        self.push_first([Work::Terminate { key }, Work::Then { key, inside: false, work: Box::new(then) }]);
    }

    /// Stops everything inside a container, which goes on; queues `then` right after all of it is gone.
    pub(crate) fn interrupt_inside(&mut self, scope: ElementInstanceKey, then: Work) {
        let then = Work::Then { key: scope, inside: true, work: Box::new(then) };
        self.push_first([Work::Clear { scope }, then]);
    }

    /// Stops an element instance with everything inside it, innermost first.
    pub(super) fn terminate(&mut self, key: ElementInstanceKey) {
        let Some(instance) = self.instance(key) else { return };
        if instance.state() != ElementState::Terminating {
            self.emit(Event::ElementTerminating { key });
        }
        if self.is_empty(key) {
            self.terminated(key);
        } else {
            self.push_first([stop_all_inside(key), Work::Terminated { key }]);
        }
    }

    /// Stops everything inside a container; the container goes on.
    pub(super) fn clear(&mut self, scope: ElementInstanceKey) {
        if self.is_empty(scope) {
            self.cleared(scope);
        } else {
            self.push_first([stop_all_inside(scope), Work::Cleared { scope }]);
        }
    }

    /// Stops the oldest thing inside a container that was not told yet, then the others.
    pub(super) fn stop_inside(&mut self, scope: ElementInstanceKey, after: ElementInstanceKey) {
        let next = self.state().children_after(scope, after).next();
        if let Some(child) = next {
            self.push_first([Work::Terminate { key: child }, Work::StopInside { scope, after: child }]);
        }
    }

    /// Everything inside an element instance was told to stop. It is gone once all of that is, and what it called.
    pub(super) fn terminated(&mut self, key: ElementInstanceKey) {
        let Some(instance) = self.instance(key) else { return };
        let (scope, undone_for) = (instance.scope(), instance.undone_for());
        let element = self.definition.element(instance.element());
        let role = multi_instance::role(element, instance);
        self.behave(element, role, |behaviour, step| behaviour.terminate(step, key));
        self.close_waits(key);
        if task_listeners::is_waiting_at_cancel(self, key) {
            return;
        }
        self.cancel_work(key);
        let Some(instance) = self.instance(key) else { return };
        if instance.called().is_some() || !self.is_empty(key) {
            return;
        }
        let postponed = instance.postponed().to_vec();
        self.emit(Event::ElementTerminated { key });
        if role.has_boundary_events() && self.stop_after(element.index) {
            return;
        }
        compensation::handler_left(self, undone_for);
        if scope != key {
            self.push(Work::ChildEnded { scope });
            self.token_moved(scope);
            // The last one: what waited for it is gone as well, also while the instance is suspended.
            let waited = |around: &ElementInstance| around.state() == ElementState::Terminating;
            if self.instance(scope).is_some_and(waited) && self.is_empty(scope) {
                self.push(Work::Terminated { key: scope });
            }
        }
        self.go_on_with(postponed);
    }

    /// Everything inside a container was told to stop: its tokens are gone, and nothing new begins in it.
    pub(super) fn cleared(&mut self, scope: ElementInstanceKey) {
        self.discard_tokens(scope);
        complex_gateway::forget(self, scope);
        if !self.is_empty(scope) {
            // It waits for what was called; its event sub-processes do not start meanwhile.
            self.close_starts(scope);
        }
        self.push(Work::ChildEnded { scope });
    }

    /// What comes after an interruption begins, or waits in the state until everything is gone.
    pub(super) fn then(&mut self, key: ElementInstanceKey, inside: bool, work: Work) {
        let is_stopping = |i: &ElementInstance| !inside || !self.is_empty(i.key());
        match self.instance(key).filter(|instance| is_stopping(instance)) {
            None => self.push_first([work]),
            Some(instance) => {
                let mut postponed = instance.postponed().to_vec();
                postponed.push(work);
                self.emit(Event::Postponed { key, work: postponed });
            }
        }
    }

    /// Something in a container is gone that may have been the last one of what was stopped. Whether the container
    /// itself was being stopped, or cleared.
    pub(super) fn stopped_inside(&mut self, scope: ElementInstanceKey) -> bool {
        let Some(instance) = self.instance(scope) else { return true };
        let postponed = instance.postponed().to_vec();
        if instance.state() == ElementState::Terminating {
            if self.is_empty(scope) {
                self.terminated(scope);
            }
            return true;
        }
        if postponed.is_empty() {
            return false;
        }
        if self.is_empty(scope) {
            self.emit(Event::Postponed { key: scope, work: Vec::new() });
            self.push(Work::ChildEnded { scope });
            self.go_on_with(postponed);
        }
        true
    }

    fn go_on_with(&mut self, postponed: Vec<Work>) {
        for work in postponed.into_iter().rev() {
            self.push_first([work]);
        }
    }

    fn is_empty(&self, scope: ElementInstanceKey) -> bool {
        self.state().children(scope).next().is_none()
    }
}

fn stop_all_inside(scope: ElementInstanceKey) -> Work {
    Work::StopInside { scope, after: ElementInstanceKey(0) }
}
