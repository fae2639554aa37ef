//! What follows once a batch is durable: work is handed out, what was watched is told, callers get their answers.
//!
//! The order matters: activity that begins is counted before activity that ends, and both before anybody is answered.

use std::sync::Arc;

use hosk_core::{Command, JobKey, MessageKey, ProcessInstanceKey, Rejection, RejectionCode, Timestamp};
use hosk_store::{Committed, Published, ReturnedCorrelation};
use rustc_hash::FxHashMap;

use crate::connectors::Run;
use crate::decisions::EvaluationTicket;
use crate::draft::{Changed, Ticket};
use crate::inner::Inner;
use crate::jobs::{LeaseTicket, ReadyJob};
use crate::lane::{Delivery, Origin, Request, RunJob, Work};
use crate::limits::KEYS_PER_MESSAGE;
use crate::messages::PublicationTicket;
use crate::signals::BroadcastTicket;
use crate::{Error, InstanceEnd, Receipt};

/// Something to do once the step it follows from is durable.
pub(crate) enum After {
    /// A job for workers.
    Ready { job: ReadyJob, at: Option<Timestamp> },
    /// A connector job, leased with its creation.
    Run(Box<Run>),
    /// A connector job to lease and run.
    RunLater { job: JobKey, at: Timestamp },
    /// A job's lease is over, the job is not.
    JobReleased(JobKey),
    /// A job is over.
    JobGone(JobKey),
    /// A timer runs.
    TimerAt(Timestamp),
    /// Something cannot go on until a person helps.
    Incident {
        /// Where.
        element: std::sync::Arc<str>,
        /// What kind of trouble.
        kind: hosk_core::IncidentKind,
        /// What happened.
        message: String,
    },
    /// The instance came to its end, and somebody waits for it.
    Ended(InstanceEnd),
    /// The instance came to its end: somebody may wait for it on another node.
    Over,
}

/// A batch that is durable, with what waits for it.
pub(crate) struct Aftermath {
    pub(crate) changed: Vec<Changed>,
    pub(crate) behind: Vec<(ProcessInstanceKey, Ticket)>,
    pub(crate) publications: Vec<PublicationTicket>,
    pub(crate) broadcasts: Vec<BroadcastTicket>,
    pub(crate) leases: Vec<LeaseTicket>,
    pub(crate) evaluations: Vec<EvaluationTicket>,
    /// Entries and messages of correlations that were given back.
    pub(crate) returned: Vec<(u64, MessageKey)>,
    pub(crate) committed: Committed,
}

impl Inner {
    /// Does what follows from a durable batch.
    pub(crate) fn aftermath(self: &Arc<Self>, aftermath: Aftermath) {
        let Aftermath { changed, behind, publications, broadcasts, leases, evaluations, returned, committed } =
            aftermath;
        let Committed { lost_leases, outbox, published, handled_before, .. } = committed;
        for (ticket, published) in publications.into_iter().zip(published) {
            self.published(ticket, &published);
        }
        for ticket in broadcasts {
            ticket.accepted(self);
        }
        for (entry, message) in returned {
            if handled_before.contains(&entry) {
                // It was delivered before, by another node or without an answer, and only looked refused.
                self.correlations.unknown(message);
                continue;
            }
            let carries =
                |entry: &&hosk_store::OutboxEntry| entry.command().and_then(message_of) == Some(message);
            self.correlations.returned(message, outbox.iter().filter(carries).count());
        }
        if !outbox.is_empty() {
            let roots: FxHashMap<_, _> = changed.iter().map(|one| (one.instance, one.root)).collect();
            for entry in outbox {
                let root = entry.source.and_then(|source| roots.get(&source).copied());
                self.deliver(entry, root);
            }
        }
        for one in changed {
            for after in one.after {
                self.follow(one.instance, after);
            }
            if !one.facts.is_empty() {
                self.watches.tell(one.root, &one.facts);
            }
            for ticket in one.tickets {
                self.answer(ticket);
            }
        }
        for (_, ticket) in behind {
            self.answer(ticket);
        }
        for ticket in evaluations {
            ticket.tell(Ok(()));
        }
        for ticket in leases {
            self.leased(ticket, &lost_leases);
        }
    }

    fn follow(self: &Arc<Self>, instance: ProcessInstanceKey, after: After) {
        match after {
            After::Ready { job, at: None } => {
                self.newsroom.jobs(&job.job_type);
                self.jobs.ready(job);
            }
            After::Ready { job, at: Some(at) } => {
                self.jobs.ready_later(job, at);
                self.time.at(at);
            }
            After::Run(run) => self.run_connector(run),
            After::RunLater { job, at } => {
                let run = RunJob { instance, job, place: None };
                if at > self.clock.now() || !self.try_run(run) {
                    self.jobs.run_later(instance, job, at);
                    self.time.at(at);
                }
            }
            After::JobReleased(job) => self.jobs.gone(job),
            After::JobGone(job) => {
                self.jobs.gone(job);
                self.connectors.forget(job);
            }
            After::TimerAt(due) => self.timers.at(due),
            After::Incident { element, kind, message } => {
                tracing::warn!(instance = instance.0, %element, ?kind, reason = message, "an incident was raised");
            }
            After::Ended(end) => self.ends.tell(&end),
            After::Over => self.newsroom.ended(instance),
        }
    }

    fn answer(self: &Arc<Self>, ticket: Ticket) {
        match ticket {
            Ticket::Stepped(request, receipt) => self.settle_request(request, Ok(receipt)),
            Ticket::Refused(request, rejection) => self.refused(request, rejection),
            Ticket::Quarantined(request, error) => self.settle_request(request, Err(error)),
            Ticket::Seen(answer) => answer(),
        }
    }

    /// Tells whoever asked what became of a command that was carried out, or cannot be.
    pub(crate) fn settle_request(self: &Arc<Self>, request: Request, result: Result<Receipt, Error>) {
        match request.origin {
            Origin::Caller(reply) => {
                let _ = reply.send(result);
            }
            Origin::Timer(ticket) => {
                let _ = ticket.done.try_send((ticket.timer, result.is_ok()));
            }
            Origin::Signal(ticket) => {
                let later = matches!(&result, Err(error) if error.is_temporary());
                let _ = ticket.done.try_send(!later);
            }
            Origin::Connector(connector) => match result {
                Err(error) if error.is_temporary() => {
                    let again = Request::new(request.instance, request.command, Origin::Connector(connector));
                    self.again_soon(again);
                }
                _ => {
                    self.connectors.release(connector.job);
                    self.watches.end(connector.root);
                }
            },
            Origin::Delivery(delivery) => match result {
                Ok(receipt) => {
                    if let Some(message) = message_of(&request.command) {
                        self.correlations.delivered(message, receipt.instance);
                    }
                    self.delivery_done(&delivery);
                }
                Err(error) if error.is_temporary() => {
                    self.delivery_done(&delivery);
                    self.outbox.spill();
                }
                Err(_) => {
                    self.drafts.of_key(delivery.entry).handled(delivery.entry);
                    self.delivery_done(&delivery);
                }
            },
        }
    }

    /// Tells whoever asked that a command was refused.
    pub(crate) fn refused(self: &Arc<Self>, request: Request, rejection: Rejection) {
        self.counters.rejected();
        match request.origin {
            Origin::Caller(reply) => {
                let _ = reply.send(Err(Error::Rejected(rejection)));
            }
            Origin::Timer(ticket) => {
                let gone = rejection.code != RejectionCode::TimerNotDue;
                let _ = ticket.done.try_send((ticket.timer, gone));
            }
            // The subscription is closed meanwhile, or it has the signal.
            Origin::Signal(ticket) => {
                let _ = ticket.done.try_send(true);
            }
            Origin::Connector(connector) => {
                // The job was canceled meanwhile: its answer has nowhere to go.
                self.connectors.forget(connector.job);
                self.connectors.release(connector.job);
                self.watches.end(connector.root);
            }
            Origin::Delivery(delivery) => {
                self.refused_delivery(request.instance, request.command, delivery, &rejection);
            }
        }
    }

    fn refused_delivery(
        self: &Arc<Self>,
        target: ProcessInstanceKey,
        command: Command,
        delivery: Delivery,
        rejection: &Rejection,
    ) {
        match command {
            Command::CorrelateMessage { subscription, message, .. }
                if rejection.code != RejectionCode::MessageAlreadyCorrelated =>
            {
                if let Some(process_id) = delivery.correlated_process.clone() {
                    let keys = self.keys.range(KEYS_PER_MESSAGE);
                    let entry = delivery.entry;
                    self.drafts.of_meeting(entry).give_back(ReturnedCorrelation {
                        entry,
                        message,
                        subscription,
                        process_id,
                        keys,
                    });
                } else {
                    self.drafts.of_key(delivery.entry).handled(delivery.entry);
                }
            }
            Command::Create(create)
                if rejection.code != RejectionCode::AlreadyExists && create.parent.is_some() =>
            {
                if let Some(parent) = create.parent {
                    let command = Command::RaiseIncident {
                        element_instance: parent.element_instance,
                        kind: hosk_core::IncidentKind::CalledElementError,
                        message: format!("The called process could not be started: {rejection}"),
                    };
                    let request = Request::new(parent.instance, command, Origin::Delivery(delivery));
                    self.again_soon(request);
                    return;
                }
            }
            Command::CancelCalled { caller: Some(caller) } if caller.told(target, rejection).is_some() => {
                if let Some(told) = caller.told(target, rejection) {
                    // Under the same entry: it is done with once the caller knows.
                    let request = Request::new(caller.instance, told, Origin::Delivery(delivery));
                    self.hand_on(request);
                    return;
                }
            }
            command => {
                // It is where it was sent: it came there before, without an answer from the store.
                if let Some(message) = message_of(&command).filter(|_| has_come(rejection.code)) {
                    self.correlations.delivered(message, target);
                }
                tracing::debug!(target = target.0, entry = delivery.entry, %rejection, "a delivery was not needed");
                self.drafts.of_key(delivery.entry).handled(delivery.entry);
            }
        }
        self.delivery_done(&delivery);
    }

    /// A delivery that had its effect before.
    pub(crate) fn delivered_before(self: &Arc<Self>, ticket: Ticket) {
        if let Ticket::Stepped(request, _) | Ticket::Refused(request, _) | Ticket::Quarantined(request, _) =
            ticket
            && let Origin::Delivery(delivery) = &request.origin
        {
            if let Some(message) = message_of(&request.command) {
                self.correlations.unknown(message);
            }
            self.delivery_done(delivery);
        }
    }

    /// Callers are told that nobody knows; what the engine itself asked is kept, to be stepped again.
    pub(crate) fn fate_unknown(self: &Arc<Self>, tickets: Vec<Ticket>) -> Vec<Ticket> {
        let mut kept = Vec::new();
        for ticket in tickets {
            match ticket {
                Ticket::Stepped(request, _) if matches!(request.origin, Origin::Caller(_)) => {
                    self.settle_request(request, Err(Error::FateUnknown));
                }
                other => kept.push(other),
            }
        }
        kept
    }

    /// Gives a command of the engine itself to its lane: now, or a little later when there is no room.
    fn hand_on(self: &Arc<Self>, request: Request) {
        if let Err(full) = self.lane(request.instance).internal.try_send(Work::Command(request))
            && let Work::Command(request) = full.into_inner()
        {
            self.again_soon(request);
        }
    }

    /// Gives a command of the engine itself to its lane a little later.
    fn again_soon(self: &Arc<Self>, request: Request) {
        self.again_after(request, crate::limits::STORE_FAILURE_PAUSE);
    }

    /// Gives a command to its lane again after a pause.
    pub(crate) fn again_after(self: &Arc<Self>, request: Request, pause: std::time::Duration) {
        let inner = self.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = tokio::time::sleep(pause) => {}
                () = inner.stop.cancelled() => return,
            }
            let _ = inner.lane(request.instance).internal.send(Work::Command(request)).await;
        });
    }

    fn published(self: &Arc<Self>, ticket: PublicationTicket, published: &Published) {
        match published {
            Published::Duplicate => ticket.duplicate(self),
            Published::Accepted { entries } => ticket.accepted(self, entries.len()),
        }
    }
}

/// Whether a delivery is refused because it had its effect before.
fn has_come(code: RejectionCode) -> bool {
    matches!(code, RejectionCode::MessageAlreadyCorrelated | RejectionCode::AlreadyExists)
}

/// The message a delivered command carries.
pub(crate) fn message_of(command: &Command) -> Option<MessageKey> {
    match command {
        Command::CorrelateMessage { message, .. } => Some(*message),
        Command::Create(create) => create.message,
        _ => None,
    }
}
