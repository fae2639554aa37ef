//! Containers: where tokens run, when a container is done, and how what belongs to an element instance is closed.

use hosk_model::{Element, ElementIndex, ElementKind};

use super::Step;
use crate::elements::{self, complex_gateway};
use crate::event::{Event, IncidentKind, SignalEvent, TriggerEvent};
use crate::incidents::{self, Trouble};
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::multi_instance;
use crate::state::{ElementInstance, ElementState, JobState};
use crate::work::Work;

/// Whether nothing in a container is active and no token in it can go on. Tokens that wait at a join for others that
/// never come do not keep it open.
pub(crate) fn is_done(step: &Step<'_>, scope: ElementInstanceKey) -> bool {
    let Some(instance) = step.instance(scope) else { return false };
    step.state().children(scope).next().is_none()
        && instance.postponed().is_empty()
        && !instance
            .tokens()
            .any(|(flow, _)| elements::gather(step.definition, step.state(), instance, flow).is_some())
        && !complex_gateway::can_go_on(step, instance)
}

impl Step<'_> {
    /// A token came to the end of a flow: what it leads to begins, or the token waits there for others.
    pub(super) fn arrive(&mut self, flow: ElementIndex, scope: ElementInstanceKey) {
        let Some(target) = self.definition.flow(flow).map(|f| f.target) else { return };
        if self.definition.reachability.contains_key(&target) {
            complex_gateway::arrived(self, self.element(target), scope);
            self.looking.insert(scope);
            self.push(Work::ChildEnded { scope });
        } else {
            self.begin_at(flow, scope);
        }
    }

    /// What a flow with a token leads to begins, or the token waits.
    fn begin_at(&mut self, flow: ElementIndex, scope: ElementInstanceKey) {
        if !self.takes_in(scope) {
            return;
        }
        let Some(container) = self.instance(scope) else { return };
        if container.tokens_on(flow) == 0 {
            return;
        }
        let Some(consumed) = elements::gather(self.definition, self.state(), container, flow) else {
            self.push(Work::ChildEnded { scope });
            return;
        };
        let Some(target) = self.definition.flow(flow).map(|f| f.target) else { return };
        if self.state().len() >= limits::ELEMENT_INSTANCES {
            incidents::raise(self, scope, too_many_alive());
            self.looking.remove(&scope);
            return;
        }
        self.enter(target, scope, consumed, &crate::command::Variables::new());
    }

    /// Sends on every token of a container that can go on.
    pub(crate) fn rearrive(&mut self, scope: ElementInstanceKey) {
        let Some(container) = self.instance(scope) else { return };
        let waiting: Vec<_> = container.tokens().collect();
        for (flow, count) in waiting {
            for _ in 0..count {
                self.push(Work::Arrive { flow, scope });
            }
        }
        self.token_moved(scope);
    }

    /// A token in a container moved or ended: what joins that look upstream waited for may be gone.
    pub(super) fn token_moved(&mut self, scope: ElementInstanceKey) {
        let Some(container) = self.instance(scope) else { return };
        let joins = &self.definition.element(container.element()).contents.upstream_joins;
        if !joins.is_empty() && (container.tokens().next().is_some() || !container.resets().is_empty()) {
            self.looking.insert(scope);
        }
    }

    /// The joins of a container that look upstream are looked at once everything else is at rest.
    pub(crate) fn look_later(&mut self, scope: ElementInstanceKey) {
        self.looking.insert(scope);
    }

    /// Looks at the joins of a container that look upstream. This happens when everything else has gone as far as it
    /// can, so it does not matter in which order tokens moved; the first join that waits for nothing any more goes on.
    pub(super) fn look_upstream(&mut self, scope: ElementInstanceKey) {
        let definition = self.definition;
        let Some(container) = self.instance(scope) else { return };
        for join in &definition.element(container.element()).contents.upstream_joins {
            if self.join_goes_on(definition.element(*join), scope) {
                self.looking.insert(scope);
                return;
            }
        }
    }

    /// Lets a join go on that waits for nothing any more; whether it did.
    fn join_goes_on(&mut self, join: &Element, scope: ElementInstanceKey) -> bool {
        if matches!(join.kind, ElementKind::ComplexGateway { .. }) {
            return complex_gateway::look(self, join, scope);
        }
        let Some(container) = self.instance(scope) else { return false };
        let full = join.incoming.iter().copied().find(|flow| container.tokens_on(*flow) > 0);
        let ready =
            full.filter(|flow| elements::gather(self.definition, self.state(), container, *flow).is_some());
        let Some(flow) = ready else { return false };
        self.begin_at(flow, scope);
        true
    }

    /// Something directly inside a container ended.
    pub(super) fn child_ended(&mut self, scope: ElementInstanceKey) {
        if self.stopped_inside(scope) || !self.is_in(scope, ElementState::Active) {
            return;
        }
        let Some(instance) = self.instance(scope) else { return };
        // While completed activities are undone inside, the end of one handler ends nothing else.
        if instance.undoing().is_some() {
            return;
        }
        let element = self.definition.element(instance.element());
        let role = multi_instance::role(element, instance);
        if let Err(trouble) = self.behave(element, role, |behaviour, step| behaviour.child_ended(step, scope))
        {
            incidents::raise(self, scope, trouble);
        }
    }

    /// Takes away the tokens a container still has.
    pub(super) fn discard_tokens(&mut self, scope: ElementInstanceKey) {
        let Some(container) = self.instance(scope) else { return };
        let flows: Vec<_> =
            container.tokens().flat_map(|(flow, n)| std::iter::repeat_n(flow, n as usize)).collect();
        if !flows.is_empty() {
            self.emit(Event::TokensDiscarded { scope, flows });
        }
    }

    /// Closes the timers, subscriptions and conditions of an element instance, its boundary events' included.
    pub(super) fn close_waits(&mut self, key: ElementInstanceKey) {
        self.close_waits_where(key, |_| true);
    }

    /// Closes those timers, subscriptions and conditions of an element instance whose target is chosen.
    pub(crate) fn close_waits_where(
        &mut self,
        key: ElementInstanceKey,
        chosen: impl Fn(ElementIndex) -> bool,
    ) {
        while let Some(timer) = self.instance(key).and_then(|i| {
            i.timers().iter().copied().find(|t| self.state().timer(*t).is_some_and(|t| chosen(t.target)))
        }) {
            self.emit(Event::TimerCanceled { key: timer });
        }
        while let Some(subscription) = self.instance(key).and_then(|i| {
            let of = |s| self.state().subscription(s).is_some_and(|s| chosen(s.target));
            i.subscriptions().iter().copied().find(|s| of(*s))
        }) {
            self.emit(Event::SubscriptionClosed { key: subscription });
        }
        while let Some(signal) = self.instance(key).and_then(|i| {
            let of = |s| self.state().signal_subscription(s).is_some_and(|s| chosen(s.target));
            i.signals().iter().copied().find(|s| of(*s))
        }) {
            self.emit(Event::Signal(SignalEvent::Closed { key: signal }));
        }
        let conditions: Vec<_> =
            self.state().conditions_of(key).map(|(target, _)| target).filter(|t| chosen(*t)).collect();
        for target in conditions {
            self.emit(Event::ConditionClosed { element_instance: key, target });
        }
        let gathered = self.state().gathered(key).iter().map(|one| one.by);
        let slots: Vec<_> = gathered.filter(|slot| chosen(*slot)).collect();
        if !slots.is_empty() {
            self.let_go(key, slots);
        }
    }

    /// Triggers that an element instance kept for an event are taken, or not needed any more.
    pub(crate) fn let_go(&mut self, owner: ElementInstanceKey, slots: Vec<ElementIndex>) {
        self.emit(Event::Triggers(TriggerEvent::Taken { owner, slots }));
    }

    /// Closes the incident of an element instance that goes on without it.
    pub(crate) fn close_incident(&mut self, key: ElementInstanceKey) {
        if let Some(incident) = self.instance(key).and_then(ElementInstance::incident) {
            self.emit(Event::IncidentResolved { key: incident });
        }
    }

    /// Cancels the job, user task and incident of an element instance that is being stopped.
    pub(super) fn cancel_work(&mut self, key: ElementInstanceKey) {
        let Some(instance) = self.instance(key) else { return };
        let (job, user_task) = (instance.job(), instance.user_task());
        self.close_incident(key);
        if let Some(job) = job
            && self.state().job(job).is_some_and(|j| j.state != JobState::ErrorThrown)
        {
            self.emit(Event::JobCanceled { key: job });
        }
        if let Some(user_task) = user_task {
            self.emit(Event::UserTaskCanceled { key: user_task });
        }
    }
}

/// The instance is as large as it may get.
pub(crate) fn too_many_alive() -> Trouble {
    let message = format!(
        "More than {} element instances are alive in this process instance. A loop that splits without joining makes \
         more and more of them; cancel the instance or let some finish, then resolve this incident.",
        limits::ELEMENT_INSTANCES
    );
    Trouble::new(IncidentKind::LimitExceeded, message)
}
