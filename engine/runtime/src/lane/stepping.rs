//! One command: step, and hand on what came of it.
//!
//! A panic inside a step is caught: the state it may have spoiled is dropped, nothing of it is committed, and the
//! instance gets an incident.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hosk_core::{
    Command, Definitions as _, Event, IncidentKind, ProcessInstanceKey, Rejection, RejectionCode, Timestamp,
    step,
};

use super::digest::Digest;
use super::{Facts, Lane, Live, Origin, Request};
use crate::draft::{NotTaken, Stepped, Ticket};
use crate::inner::Inner;
use crate::limits::{ATTEMPTS, FIRST_SNAPSHOT_BYTES, OVERTAKING_PAUSE, OVERTAKING_WAITS};
use crate::meters::Tally;
use crate::{Error, Receipt, trace};

/// What a step gave.
enum Outcome {
    Events(Vec<Event>),
    Refused(Rejection),
    Panicked(String),
}

impl Lane {
    /// Carries out one command.
    pub(super) async fn command(&mut self, request: Request) {
        let mut request = request;
        loop {
            request = match self.attempt(request).await {
                Some(again) => again,
                None => return,
            };
        }
    }

    /// One attempt; gives the command back when it has to be stepped again.
    async fn attempt(&mut self, mut request: Request) -> Option<Request> {
        if request.attempts >= ATTEMPTS && matches!(request.origin, Origin::Caller(_)) {
            let doing = "committing the command again and again";
            let source = "the store kept refusing it".into();
            self.inner.settle_request(request, Err(hosk_store::Error::Database { doing, source }.into()));
            return None;
        }
        match self.prepare(&request).await {
            Ok(true) => {}
            Ok(false) => {
                let rejection = unknown(&request);
                self.refuse(request, rejection, 0);
                return None;
            }
            Err(error) => {
                self.inner.settle_request(request, Err(error));
                return None;
            }
        }
        let instance = request.instance;
        if self.cache.get(instance)?.sent_elsewhere {
            request = self.wait_for_what_was_sent(request).await?;
        }
        let live = self.cache.get(instance)?;
        let facts = Facts::before(&self.inner, live, instance);
        let span = span_of(&request);
        match span.in_scope(|| try_step(&self.inner, live, &request.command, self.now)) {
            Outcome::Events(events) => {
                follow(&self.inner, live);
                let (inner, now) = (&self.inner, self.now);
                let stepped = span.in_scope(|| stepped(inner, live, request, events, facts, now));
                self.cache.weigh(instance);
                self.push(instance, stepped).await
            }
            Outcome::Refused(rejection) => {
                let (draft, new) = (live.draft, live.state.key().is_none());
                if new {
                    self.cache.remove(instance);
                }
                match self.drop_outdated(instance).await {
                    Ok(false) => self.refuse(request, rejection, draft),
                    // By what another node has made of it the answer may be different.
                    Ok(true) => {
                        request.attempts = request.attempts.saturating_add(1);
                        Some(request)
                    }
                    Err(error) => {
                        self.inner.settle_request(request, Err(error));
                        None
                    }
                }
            }
            Outcome::Panicked(message) => self.quarantine(request, message).await,
        }
    }

    /// Commands that the instance sent are still on their way from another node: what this one would send next must not
    /// overtake them. Gives the command back when it may go on, else it comes again.
    async fn wait_for_what_was_sent(&mut self, mut request: Request) -> Option<Request> {
        let instance = request.instance;
        self.cache.remove(instance);
        match self.ensure(instance).await {
            Ok(true) => {}
            Ok(false) => return Some(request),
            Err(error) => {
                self.inner.settle_request(request, Err(error));
                return None;
            }
        }
        let live = self.cache.get(instance)?;
        if live.sent_elsewhere && request.waits < OVERTAKING_WAITS {
            request.waits += 1;
            self.inner.again_after(request, OVERTAKING_PAUSE);
            return None;
        }
        live.sent_elsewhere = false;
        Some(request)
    }

    /// Hands a step to the draft, waiting while it is closed. Gives the command back when its state is outdated.
    async fn push(&mut self, instance: ProcessInstanceKey, stepped: Box<Stepped>) -> Option<Request> {
        let inner = self.inner.clone();
        let drafts = inner.drafts.share(self.index);
        let mut stepped = stepped;
        let outdated = loop {
            let mut taken = std::pin::pin!(drafts.taken.notified());
            taken.as_mut().enable();
            let live = self.cache.get(instance)?;
            match drafts.push(instance, live, stepped) {
                Ok(()) => return None,
                Err(NotTaken::Outdated(back)) => break back,
                Err(NotTaken::Closed(back)) => stepped = back,
            }
            taken.await;
        };
        match outdated.ticket {
            Ticket::Stepped(request, _) | Ticket::Refused(request, _) | Ticket::Quarantined(request, _) => {
                self.outdated(request).await
            }
            Ticket::Seen(_) => None,
        }
    }

    /// Drops the outdated state, steps again what failed before, then gives the command back.
    async fn outdated(&mut self, request: Request) -> Option<Request> {
        self.cache.remove(request.instance);
        let tickets = self.drafts().take_failed(request.instance).unwrap_or_default();
        Box::pin(self.again(tickets)).await;
        Some(request)
    }

    /// Says no once what the refusal rests on is stored; gives the command back when that never came to be.
    fn refuse(&mut self, request: Request, rejection: Rejection, draft: u64) -> Option<Request> {
        let instance = request.instance;
        match self.drafts().after(instance, draft, Ticket::Refused(request, rejection)) {
            Ok(Some(Ticket::Refused(request, rejection))) => {
                self.inner.refused(request, rejection);
                None
            }
            Err(outdated) => {
                self.cache.remove(instance);
                if let Ticket::Refused(request, _) = *outdated { Some(request) } else { None }
            }
            Ok(_) => None,
        }
    }

    /// Gives the instance an incident in place of what the command would have done.
    async fn quarantine(&mut self, request: Request, message: String) -> Option<Request> {
        let instance = request.instance;
        tracing::error!(instance = instance.0, message, "a step panicked; the instance is quarantined");
        self.inner.counters.quarantined();
        self.settled(instance).await;
        self.cache.remove(instance);
        let error = Error::Quarantined { message: message.clone() };
        if !matches!(self.ensure(instance).await, Ok(true)) {
            self.inner.settle_request(request, Err(error));
            return None;
        }
        let live = self.cache.get(instance)?;
        let command = instead(&request, &message);
        match try_step(&self.inner, live, &command, self.now) {
            Outcome::Events(events) => {
                let mut stepped = stepped(&self.inner, live, request, events, None, self.now);
                if let Ticket::Stepped(request, _) = stepped.ticket {
                    stepped.ticket = Ticket::Quarantined(request, error);
                }
                self.push(instance, stepped).await
            }
            Outcome::Refused(_) | Outcome::Panicked(_) => {
                self.cache.remove(instance);
                self.inner.settle_request(request, Err(error));
                None
            }
        }
    }
}

/// What is done in place of a command that panicked.
fn instead(request: &Request, message: &str) -> Command {
    let message = format!(
        "The engine failed while it carried out a command on this instance: {message}. Report it; resolve the \
         incident to go on, or cancel the instance."
    );
    match request.command {
        // Its job must not be offered again: the next result would fail alike.
        Command::CompleteJob { job, .. } | Command::ThrowJobError { job, .. } => {
            let variables = hosk_core::Variables::new();
            Command::FailJob { job, retries: 0, retry_at: None, message, variables }
        }
        _ => {
            let element_instance = request.instance.root();
            Command::RaiseIncident { element_instance, kind: IncidentKind::Quarantined, message }
        }
    }
}

/// The span of a step, under that of what it was asked by.
fn span_of(request: &Request) -> tracing::Span {
    tracing::trace_span!(
        target: trace::TARGET,
        parent: &request.span,
        "step",
        command = request.command.name(),
        "hosk.process_instance" = request.instance.0,
        attempt = request.attempts,
    )
}

fn try_step(inner: &Inner, live: &mut Live, command: &Command, now: Timestamp) -> Outcome {
    let stepping =
        AssertUnwindSafe(|| step(&inner.definitions, &mut live.state, command, now, &mut &inner.keys));
    match catch_unwind(stepping) {
        Ok(Ok(events)) => Outcome::Events(events),
        Ok(Err(rejection)) => Outcome::Refused(rejection),
        Err(payload) => Outcome::Panicked(said(payload.as_ref())),
    }
}

/// What a panic said.
fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

/// A migrated instance runs another definition from now on.
fn follow(inner: &Inner, live: &mut Live) {
    let now = live.state.definition().filter(|key| *key != live.process.key);
    if let Some(process) = now.and_then(|key| inner.definitions.process(key)) {
        live.process = process;
    }
}

fn stepped(
    inner: &Inner,
    live: &mut Live,
    request: Request,
    events: Vec<Event>,
    facts: Option<Facts>,
    at: Timestamp,
) -> Box<Stepped> {
    let instance = request.instance;
    let listening = events.iter().any(|event| matches!(event, Event::UserTaskTransitioning { .. }));
    let root = live.state.root().unwrap_or(instance);
    let digest = Digest::of(inner, live, instance, &events, facts.as_ref(), at);
    let facts = facts.map(|facts| facts.after(live, &request, &events, at)).unwrap_or_default();
    live.bytes += digest.bytes;
    let handled = match &request.origin {
        Origin::Delivery(delivery) => Some(delivery.entry),
        Origin::Caller(_) | Origin::Connector(_) | Origin::Timer(_) | Origin::Signal(_) => None,
    };
    Box::new(Stepped {
        root,
        ticket: Ticket::Stepped(request, Receipt { instance, at, listening }),
        snapshot: snapshot(live),
        handled,
        born_leased: digest.born_leased,
        outbox_keys: (0..digest.outbox).map(|_| inner.keys.draw()).collect(),
        keys_wanted: digest.keys_wanted,
        after: digest.after,
        facts,
        tally: Tally::of(&events),
        step: hosk_store::Step { at, events },
    })
}

/// A snapshot when the events since the last one outweigh it: the cost stays proportional to what changed.
fn snapshot(live: &mut Live) -> Option<Vec<u8>> {
    if live.bytes < live.snapshot_bytes.max(FIRST_SNAPSHOT_BYTES) || live.state.is_ended() {
        return None;
    }
    match hosk_store::encode_snapshot(&live.state) {
        Ok(snapshot) => {
            live.bytes = 0;
            live.snapshot_bytes = snapshot.len() as u64;
            Some(snapshot)
        }
        Err(error) => {
            tracing::error!(error = %error, "a state cannot be written as a snapshot; its history goes on without");
            None
        }
    }
}

fn unknown(request: &Request) -> Rejection {
    let key = request.instance;
    match &request.command {
        Command::Create(create) => Rejection::new(
            RejectionCode::DefinitionNotFound,
            format!(
                "The process definition {} is not deployed here; deploy it and repeat the command.",
                create.definition
            ),
        ),
        _ => Rejection::new(
            RejectionCode::InstanceNotFound,
            format!("There is no process instance {key}; check the key."),
        ),
    }
}
