//! The life of an element instance: `Activating → Active → Completing → Completed`, or `Terminating → Terminated`.
//!
//! Here the wrappers meet the behaviour: input mappings, start listeners and the preparation of boundary events come
//! before an element's own `activate`; output mappings and end listeners before its own `complete`. A wrapper or verb
//! that fails leaves the instance in its -ing state with an incident; resolving it comes back here.

use smallvec::SmallVec;

use hosk_model::{Element, ElementIndex, ElementKind};

use super::Step;
use crate::command::{ChildOutcome, Variables};
use crate::elements::{self, Behaviour, Cause, ad_hoc_sub_process};
use crate::event::{Event, InstanceEnded};
use crate::incidents::{self, Trouble};
use crate::keys::ElementInstanceKey;
use crate::state::{ElementInstance, ElementState};
use crate::triggers::{self, Wait, throwing};
use crate::work::Work;
use crate::{ad_hoc_job, boundary, compensation, listeners, mappings, multi_instance};

/// Flows a completed element instance leaves by.
pub(crate) type Outgoing = SmallVec<[ElementIndex; 2]>;

/// An element instance about to become active. A behaviour evaluates what it needs, then turns it into [`Activated`].
pub(crate) struct Activating {
    /// Which.
    pub(crate) key: ElementInstanceKey,
    waits: SmallVec<[Wait; 1]>,
}

/// Proof that an element instance became active.
pub(crate) struct Activated(());

impl Activating {
    /// A sub-process that is entered again to be compensated: nothing waits with it.
    pub(crate) fn again(key: ElementInstanceKey) -> Self {
        Self { key, waits: SmallVec::new() }
    }

    /// It is active; the boundary events and event sub-processes that wait with it are open.
    pub(crate) fn activated(self, step: &mut Step<'_>) -> Activated {
        step.emit(Event::ElementActivated { key: self.key });
        for wait in self.waits {
            triggers::open(step, self.key, wait);
        }
        Activated(())
    }

    /// It is active, and has nothing to wait for.
    pub(crate) fn pass(self, step: &mut Step<'_>) -> Activated {
        let key = self.key;
        let activated = self.activated(step);
        step.push(Work::Complete { key });
        activated
    }
}

impl<'a> Step<'a> {
    /// An element instance comes into being, with the tokens of these flows; nothing happens in it yet.
    pub(crate) fn create(
        &mut self,
        element: ElementIndex,
        scope: ElementInstanceKey,
        consumed: Vec<ElementIndex>,
    ) -> ElementInstanceKey {
        let key = ElementInstanceKey(self.next_key());
        self.emit(Event::ElementActivating {
            key,
            element,
            scope,
            consumed,
            loop_counter: None,
            inner: false,
        });
        key
    }

    /// An element instance comes into being, and goes on at once.
    pub(crate) fn enter(
        &mut self,
        element: ElementIndex,
        scope: ElementInstanceKey,
        consumed: Vec<ElementIndex>,
        received: &Variables,
    ) {
        let key = self.create(element, scope, consumed);
        if !received.is_empty() {
            mappings::receive(
                self,
                key,
                elements::receiver(self.definition, self.element(element)),
                received,
            );
        }
        self.activate(key);
    }

    /// Begins an element without a token, unless its container was stopped meanwhile.
    pub(super) fn begin(&mut self, element: ElementIndex, scope: ElementInstanceKey, received: &Variables) {
        if self.takes_in(scope) {
            self.enter(element, scope, Vec::new(), received);
        }
    }

    /// Begins an element whose trigger is there, with the token that the gateway in front of it gives.
    pub(super) fn begin_triggered(
        &mut self,
        element: ElementIndex,
        by: ElementIndex,
        flow: Option<ElementIndex>,
        scope: ElementInstanceKey,
        received: Variables,
    ) {
        if !self.takes_in(scope) {
            return;
        }
        if let Some(flow) = flow {
            self.emit(Event::FlowTaken { flow, scope });
        }
        let key = self.create(element, scope, flow.into_iter().collect());
        let waits_behind = by != element;
        let (received, kept) =
            if waits_behind { (Variables::new(), received) } else { (received, Variables::new()) };
        self.emit(Event::ElementTriggered { key, by, variables: kept });
        mappings::receive(self, key, self.element(element), &received);
        self.activate(key);
    }

    /// Goes on with an activation.
    pub(crate) fn activate(&mut self, key: ElementInstanceKey) {
        if !self.is_in(key, ElementState::Activating) {
            return;
        }
        if let Err(trouble) = self.try_activate(key) {
            incidents::raise(self, key, trouble);
        }
    }

    fn try_activate(&mut self, key: ElementInstanceKey) -> Result<(), Trouble> {
        let Some(instance) = self.instance(key) else { return Ok(()) };
        let element = self.definition.element(instance.element());
        let role = multi_instance::role(element, instance);
        if role.does_the_work() {
            if instance.listeners_done() == 0 {
                ad_hoc_job::introduce(self, key, element)?;
                mappings::inputs(self, key, element)?;
            }
            if listeners::is_waiting_at_start(self, key, element)? {
                return Ok(());
            }
        }
        let mut waits = SmallVec::new();
        if role.has_boundary_events() {
            boundary::prepare(self, key, element, &mut waits)?;
        }
        if role.does_the_work() {
            elements::event_sub_process::prepare(self, key, element, &mut waits)?;
        }
        let this = Activating { key, waits };
        if role != multi_instance::Role::Body && self.push_chosen(key) {
            this.activated(self);
            return Ok(());
        }
        self.behave(element, role, |behaviour, step| behaviour.activate(step, this))?;
        Ok(())
    }

    /// Lets an element instance go on that waited for something; what goes wrong is an incident there.
    pub(crate) fn resume(&mut self, key: ElementInstanceKey, cause: &Cause<'_>) {
        let Some(instance) = self.instance(key) else { return };
        let element = self.definition.element(instance.element());
        let role = multi_instance::role(element, instance);
        if let Err(trouble) = self.behave(element, role, |behaviour, step| behaviour.resume(step, key, cause))
        {
            incidents::raise(self, key, trouble);
        }
    }

    /// Goes on with a completion.
    pub(crate) fn complete(&mut self, key: ElementInstanceKey) {
        if self.is_in(key, ElementState::Active) {
            self.emit(Event::ElementCompleting { key });
            self.close_waits(key);
            self.close_incident(key);
        } else if !self.is_in(key, ElementState::Completing) {
            return;
        }
        if let Err(trouble) = self.try_complete(key) {
            incidents::raise(self, key, trouble);
        }
    }

    fn try_complete(&mut self, key: ElementInstanceKey) -> Result<(), Trouble> {
        let Some(instance) = self.instance(key) else { return Ok(()) };
        let element = self.definition.element(instance.element());
        let scope = instance.scope();
        let role = multi_instance::role(element, instance);
        if instance.is_entered_again() {
            self.leave(key, element.index, scope, Outgoing::new());
            return Ok(());
        }
        compensation::check(self, key, element)?;
        if role == multi_instance::Role::Inner {
            let satisfied = ad_hoc_sub_process::collect(self, key, element)?;
            let next = ad_hoc_job::next(self, key)?;
            self.discard_tokens(key);
            compensation::note(self, key, element);
            self.emit(Event::ElementCompleted { key });
            ad_hoc_job::go_on(self, scope, next);
            ad_hoc_sub_process::inner_left(self, scope, element, satisfied);
            return Ok(());
        }
        if role.does_the_work() {
            if instance.listeners_done() == 0 {
                ad_hoc_sub_process::gather_results(self, key, element)?;
                mappings::outputs(self, key, element)?;
            }
            if listeners::is_waiting_at_end(self, key, element)? {
                return Ok(());
            }
        }
        if role == multi_instance::Role::Child {
            let thrown = multi_instance::throws(self, key, element)?;
            let satisfied = multi_instance::collect(self, key, element)?;
            ad_hoc_sub_process::hand_out_results(self, key, element);
            compensation::note(self, key, element);
            self.emit(Event::ElementCompleted { key });
            multi_instance::child_left(self, scope, satisfied);
            if let Some(thrown) = thrown {
                throwing::deliver(self, thrown);
            }
            return Ok(());
        }
        let outgoing = self.behave(element, role, |behaviour, step| behaviour.complete(step, key))?;
        let next = match element.kind {
            ElementKind::EventSubProcess => ad_hoc_job::next(self, key)?,
            _ => None,
        };
        self.leave(key, element.index, scope, outgoing);
        ad_hoc_job::go_on(self, scope, next);
        Ok(())
    }

    fn leave(
        &mut self,
        key: ElementInstanceKey,
        element: ElementIndex,
        scope: ElementInstanceKey,
        outgoing: Outgoing,
    ) {
        self.discard_tokens(key);
        compensation::note(self, key, self.definition.element(element));
        let undone_for = self.instance(key).and_then(ElementInstance::undone_for);
        let tokens = self.element_of(key).map_or(1, |element| element.quantities.completion);
        if scope == key {
            let outcome = self.outcome_for_caller(key);
            self.emit(Event::ElementCompleted { key });
            self.end(outcome);
            return;
        }
        self.emit(Event::ElementCompleted { key });
        if self.stop_after(element) {
            return;
        }
        compensation::handler_left(self, undone_for);
        if outgoing.is_empty() {
            self.push(Work::ChildEnded { scope });
        }
        for flow in outgoing {
            for _ in 0..tokens {
                self.emit(Event::FlowTaken { flow, scope });
                self.push(Work::Arrive { flow, scope });
            }
        }
        self.token_moved(scope);
    }

    fn outcome_for_caller(&self, root: ElementInstanceKey) -> ChildOutcome {
        let variables = if self.state().parent().is_some() {
            self.state().local_variables(root)
        } else {
            Variables::new()
        };
        ChildOutcome::Completed { variables }
    }

    /// The instance is over.
    pub(super) fn end(&mut self, outcome: ChildOutcome) {
        let parent = self.state().parent();
        self.emit(Event::InstanceEnded(Box::new(InstanceEnded { outcome, parent })));
    }

    /// Stops the instance when it was created to be stopped after this element.
    pub(super) fn stop_after(&mut self, element: ElementIndex) -> bool {
        let wanted = self.state().created().is_some_and(|created| created.terminate_after.contains(&element));
        let root = self.state().key().map(crate::keys::ProcessInstanceKey::root).filter(|_| wanted);
        let Some(root) = root.filter(|root| !self.is_in(*root, ElementState::Terminating)) else {
            return false;
        };
        self.interrupt(root, Work::End { outcome: Box::new(ChildOutcome::Terminated) });
        true
    }

    /// Runs a verb of the element's behaviour; a multi-instance body's comes in between.
    pub(crate) fn behave<R>(
        &mut self,
        element: &'a Element,
        role: multi_instance::Role,
        run: impl FnOnce(&dyn Behaviour, &mut Self) -> R,
    ) -> R {
        elements::with(element, role, |behaviour| run(behaviour, self))
    }
}
