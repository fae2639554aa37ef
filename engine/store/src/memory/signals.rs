//! Broadcasts of signals, in memory: written with a mark, spread by a cursor.

use std::sync::Arc;

use hosk_core::{ProcessDefinitionKey, SignalKey, Variables};
use hosk_model::ElementIndex;

use super::tables::Tables;
use crate::Error;
use crate::rendezvous::Mailbox;
use crate::rows::{Change, Changes, SignalRow};
use crate::write::{Broadcast, Claim, OutboxEntry, SignalSlice, SignalStart, StartedBySignal};

/// A signal start event.
#[derive(Clone, Debug)]
pub(super) struct SignalStartRow {
    pub(super) process_id: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) active: bool,
    pub(super) start: SignalStart,
}

/// A broadcast under way.
#[derive(Clone, Debug)]
pub(super) struct BroadcastRow {
    tenant: Arc<str>,
    name: Arc<str>,
    variables: Variables,
    reached: u64,
    last: u64,
    starts: Vec<SignalStart>,
    /// Who spreads it, and until when.
    claim: Claim,
}

impl Tables {
    /// Subscriptions that opened and closed.
    pub(super) fn write_signals(&mut self, changes: &Changes) {
        for change in changes.signals.iter() {
            match change {
                Change::Insert(_, row) => {
                    self.signal_number += 1;
                    self.signals.insert(self.signal_number, row.clone());
                }
                Change::Delete(key) => self.signals.retain(|_, row| row.key.0 != *key),
                Change::Update(..) | Change::Nothing => {}
            }
        }
    }

    /// Takes in the signal start events of a new version; `refresh_starts` makes them the active ones.
    pub(super) fn add_signal_starts(
        &mut self,
        definition: ProcessDefinitionKey,
        compiled: &hosk_model::ProcessDefinition,
        tenant: &Arc<str>,
    ) {
        for (element, name) in crate::definitions::signal_starts(compiled) {
            let start = SignalStart { definition, element, tenant: tenant.clone() };
            let row = SignalStartRow { process_id: compiled.id.clone(), name, active: false, start };
            self.signal_starts.insert((definition.0, element.0), row);
        }
    }

    /// Writes a broadcast, unless nothing waits for it or it was written before.
    pub(super) async fn broadcast(&mut self, signal: &Broadcast) -> Result<(), Error> {
        if let Some(entry) = signal.entry
            && self.withdraw(entry).await?.is_none()
        {
            return Ok(());
        }
        let waits = |name: &Arc<str>, tenant: &Arc<str>| *name == signal.name && *tenant == signal.tenant;
        let starts: Vec<_> = self
            .signal_starts
            .values()
            .filter(|row| row.active && waits(&row.name, &row.start.tenant))
            .map(|row| row.start.clone())
            .collect();
        let waiting = |(_, row): &(&u64, &SignalRow)| waits(&row.name, &row.tenant);
        let last = self.signals.iter().rev().find(waiting).map_or(0, |(number, _)| *number);
        if last > 0 || !starts.is_empty() {
            let (tenant, name) = (signal.tenant.clone(), signal.name.clone());
            let variables = signal.variables.clone();
            let claim = Claim::default();
            let row = BroadcastRow { tenant, name, variables, reached: 0, last, starts, claim };
            self.broadcasts.insert(signal.key.0, row);
        }
        Ok(())
    }

    pub(super) fn slice_of_signal(&self, after: SignalKey, limit: usize) -> Option<SignalSlice> {
        let mut later = self.broadcasts.range(after.0.saturating_add(1)..);
        let (key, row) = later.next().or_else(|| self.broadcasts.iter().next())?;
        Some(self.slice(*key, row, limit))
    }

    pub(super) fn claimed_slice(
        &mut self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Option<SignalSlice> {
        let free = |row: &BroadcastRow| row.claim.owner == claim.owner || row.claim.until <= claim.now;
        let keys = self.broadcasts.iter().filter(|(_, row)| free(row)).map(|(key, _)| *key);
        let key = keys.min_by_key(|key| (*key <= after.0, *key))?;
        self.broadcasts.get_mut(&key)?.claim = claim;
        let row = self.broadcasts.get(&key)?;
        Some(self.slice(key, row, limit))
    }

    fn slice(&self, key: u64, row: &BroadcastRow, limit: usize) -> SignalSlice {
        let waiting: Vec<_> = self
            .signals
            .range(row.reached + 1..=row.last.max(row.reached + 1))
            .filter(|(number, waits)| {
                **number <= row.last && waits.name == row.name && waits.tenant == row.tenant
            })
            .take(limit)
            .collect();
        SignalSlice {
            signal: SignalKey(key),
            variables: row.variables.clone(),
            starts: row.starts.iter().take(limit).cloned().collect(),
            subscriptions: waiting.iter().map(|(_, row)| (row.instance, row.key)).collect(),
            cursor: waiting.last().map_or(row.reached, |(number, _)| **number),
            last: waiting.len() < limit && row.starts.len() < limit,
        }
    }

    pub(super) async fn started_by_signal(
        &mut self,
        started: StartedBySignal,
    ) -> Result<Option<OutboxEntry>, Error> {
        let Some(row) = self.broadcasts.get_mut(&started.signal.0) else { return Ok(None) };
        let before = row.starts.len();
        let at = |start: &SignalStart| -> (ProcessDefinitionKey, ElementIndex) {
            (start.definition, start.element)
        };
        row.starts.retain(|start| at(start) != at(&started.start));
        if row.starts.len() == before {
            return Ok(None);
        }
        self.carrier = started.claim;
        let (entry, sent) = started.outbox_entry();
        self.send(&entry, &sent).await?;
        Ok(Some(entry))
    }

    pub(super) fn signal_reached(&mut self, signal: SignalKey, cursor: u64, last: bool) {
        if last {
            self.broadcasts.remove(&signal.0);
        } else if let Some(row) = self.broadcasts.get_mut(&signal.0) {
            row.reached = row.reached.max(cursor);
        }
    }
}
