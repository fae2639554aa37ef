//! Signals: taken when they are durable, then spread to everybody who waited, in slices.
//!
//! The store has every broadcast under way with a cursor. The next slice is read when the instances of the last one
//! have taken the signal and that is committed, and broadcasts take turns, so seventy thousand that wait do not stall
//! anything else. After a crash the last slice comes again; instances refuse a signal that they have.

use std::sync::Arc;

use hosk_core::{Command, ProcessInstanceKey, SignalKey, SignalThrown, SubscriptionKey, Variables};
use hosk_store::{Broadcast, SignalSlice, StartedBySignal};
use tokio::sync::{mpsc, oneshot};

use crate::inner::Inner;
use crate::lane::{Delivery, Origin, Request, SignalTicket, Work};
use crate::limits::{ENTRY_LEASE, SIGNAL_LEASE, SIGNAL_SWEEP, SIGNALS_PER_SLICE, STORE_FAILURE_PAUSE};
use crate::messages::Room;
use crate::{BroadcastSignal, Error, Signal};

/// Who waits for a broadcast to be durable.
pub(crate) struct BroadcastTicket {
    key: SignalKey,
    reply: Reply,
}

enum Reply {
    Caller(oneshot::Sender<Result<BroadcastSignal, Error>>),
    /// Nobody: an instance threw the signal. Its entry needs nothing more.
    Thrown(Delivery),
}

impl BroadcastTicket {
    /// It is durable.
    pub(crate) fn accepted(self, inner: &Inner) {
        inner.broadcasts.notify_one();
        match self.reply {
            Reply::Caller(reply) => {
                let _ = reply.send(Ok(BroadcastSignal { key: self.key }));
            }
            Reply::Thrown(delivery) => inner.delivery_done(&delivery),
        }
    }

    /// It was not stored, or may not have been.
    pub(crate) fn fail(self, inner: &Inner, error: Error) {
        // It may be there after all.
        inner.broadcasts.notify_one();
        match self.reply {
            Reply::Caller(reply) => {
                let _ = reply.send(Err(error));
            }
            Reply::Thrown(delivery) => {
                inner.outbox.spill();
                inner.delivery_done(&delivery);
            }
        }
    }
}

impl Inner {
    /// Broadcasts a signal; durable when it returns.
    pub(crate) async fn broadcast(&self, signal: Signal) -> Result<BroadcastSignal, Error> {
        self.accepting()?;
        self.keys.advance(self.clock.wall());
        let key = SignalKey(self.keys.draw());
        let Signal { tenant, name, variables } = signal;
        let (reply, answer) = oneshot::channel();
        let broadcast = Broadcast { key, tenant, name, variables, entry: None };
        self.drafts.of_signals().broadcast(
            broadcast,
            BroadcastTicket { key, reply: Reply::Caller(reply) },
            Room::Limited,
        )?;
        answer.await.map_err(|_| Error::ShuttingDown)?
    }

    /// Broadcasts what an instance threw, together with the end of the entry that carried it.
    pub(crate) fn broadcast_thrown(
        &self,
        signal: SignalThrown,
        delivery: Delivery,
        room: Room,
    ) -> Result<(), Error> {
        let SignalThrown { key, name, variables, tenant, .. } = signal;
        let broadcast = Broadcast { key, tenant, name, variables, entry: Some(delivery.entry) };
        self.drafts.of_signals().broadcast(
            broadcast,
            BroadcastTicket { key, reply: Reply::Thrown(delivery) },
            room,
        )
    }

    /// Spreads signals until the engine stops.
    pub(crate) async fn spread_signals(self: Arc<Self>) {
        let mut last = SignalKey(0);
        loop {
            tokio::select! {
                biased;
                next = self.spread_slice(last) => if let Some(signal) = next {
                    last = signal;
                    continue;
                },
                () = self.stop.cancelled() => return,
            }
            tokio::select! {
                biased;
                () = self.broadcasts.notified() => {}
                // Broadcasts that nobody announced: of other nodes that are gone.
                () = tokio::time::sleep(SIGNAL_SWEEP) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Delivers the next slice; its signal, or `None` when nothing is under way.
    async fn spread_slice(&self, after: SignalKey) -> Option<SignalKey> {
        let claim = self.claim(SIGNAL_LEASE);
        let slice = match self.store.claim_signal_slice(after, claim, SIGNALS_PER_SLICE).await {
            Ok(slice) => slice?,
            Err(error) => {
                self.signals_later(&error).await;
                return Some(after);
            }
        };
        let SignalSlice { signal, variables, starts, subscriptions, cursor, last } = slice;
        for start in starts {
            self.keys.advance(self.clock.wall());
            let (instance, entry) = (ProcessInstanceKey(self.keys.draw()), self.keys.draw());
            let variables = variables.clone();
            let claim = self.claim(ENTRY_LEASE);
            let started = StartedBySignal { signal, start, variables, instance, entry, claim };
            match self.store.start_by_signal(started).await {
                Ok(Some(entry)) => self.deliver(entry, None),
                Ok(None) => {}
                // It may have been written: the entry is read from the store then.
                Err(error) => {
                    self.outbox.spill();
                    self.signals_later(&error).await;
                    return Some(signal);
                }
            }
        }
        if !self.reach_all(signal, &variables, subscriptions).await {
            // Some could not take it for now: the slice comes again, those that have it refuse it.
            tokio::time::sleep(STORE_FAILURE_PAUSE).await;
            return Some(signal);
        }
        if let Err(error) = self.store.signal_delivered(signal, cursor, last).await {
            self.signals_later(&error).await;
        }
        Some(signal)
    }

    /// Gives a signal to subscriptions and waits until they are settled; whether all of them are.
    async fn reach_all(
        &self,
        signal: SignalKey,
        variables: &Variables,
        subscriptions: Vec<(ProcessInstanceKey, SubscriptionKey)>,
    ) -> bool {
        let (done, mut results) = mpsc::channel(subscriptions.len().max(1));
        for (instance, subscription) in subscriptions {
            let command = Command::ReceiveSignal { subscription, signal, variables: variables.clone() };
            let request =
                Request::new(instance, command, Origin::Signal(SignalTicket { done: done.clone() }));
            let _ = self.lane(instance).internal.send(Work::Command(request)).await;
        }
        drop(done);
        let mut all = true;
        while let Some(settled) = results.recv().await {
            all &= settled;
        }
        all
    }

    async fn signals_later(&self, error: &hosk_store::Error) {
        tracing::warn!(%error, "a signal cannot be spread");
        tokio::time::sleep(STORE_FAILURE_PAUSE).await;
    }
}
