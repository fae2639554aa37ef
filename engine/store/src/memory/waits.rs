//! What element instances wait for, in memory.

use hosk_core::{ElementInstanceKey, ProcessInstanceKey};

use super::joined::Listed;
use super::tables::Tables;
use crate::read::{MessageSubscriptionState, WaitState, WaitStateType};
use crate::rows::{Changes, ConditionKey, Migrated};

impl Tables {
    /// Conditions that are waited for, and not any more.
    pub(super) fn write_conditions(&mut self, changes: &Changes) {
        for (key, row) in &changes.conditions {
            self.conditions.remove(key);
            if let Some(row) = row {
                self.condition_number += 1;
                self.conditions.insert(*key, (self.condition_number, row.clone()));
            }
        }
    }

    /// Conditions of an instance that runs another definition.
    pub(super) fn migrate_conditions(&mut self, instance: ProcessInstanceKey, to: &Migrated) {
        for key in &to.closed {
            self.conditions.remove(key);
        }
        let of = |key: &&ConditionKey| self.conditions[*key].1.instance == instance;
        let keys: Vec<ConditionKey> = self.conditions.keys().filter(of).copied().collect();
        let mut moved = Vec::new();
        for key in keys {
            let Some(becomes) = to.conditions.iter().find(|row| row.before == key.1) else { continue };
            if let Some((number, mut row)) = self.conditions.remove(&key) {
                (row.element, row.is) = (becomes.now, becomes.is.clone());
                moved.push(((key.0, row.element), (number, row)));
            }
        }
        self.conditions.extend(moved);
    }

    fn waits(
        &self,
        key: u64,
        r#type: WaitStateType,
        instance: ProcessInstanceKey,
        element_instance: ElementInstanceKey,
    ) -> Option<WaitState> {
        let (row, process) = self.owner(instance.0)?;
        let element = self.element_of(process.key.0, element_instance.0)?;
        Some(WaitState {
            key,
            r#type,
            element_instance_key: element_instance,
            element_id: element.id.clone(),
            element_type: element.r#type,
            process_instance_key: instance,
            root_process_instance_key: row.root,
            process_definition_id: process.process_definition_id.clone(),
            process_definition_key: process.key,
            tenant_id: process.tenant_id.clone(),
            name: None,
            correlation_key: None,
            job_kind: None,
            listener_event_type: None,
            retries: None,
            due_date: None,
            on_create: None,
            on_update: None,
        })
    }
}

impl Listed for WaitState {
    fn rows(tables: &Tables) -> Vec<Self> {
        let mut rows = Vec::new();
        rows.extend(tables.jobs.values().filter(|row| row.ended.is_none()).filter_map(|row| {
            Some(Self {
                name: Some(row.job_type.clone()),
                job_kind: Some(row.kind),
                listener_event_type: Some(row.listener_event),
                retries: Some(row.retries),
                ..tables.waits(row.key.0, WaitStateType::Job, row.instance, row.element_instance)?
            })
        }));
        let open = MessageSubscriptionState::Created;
        let messages = tables.subscriptions.values().filter(|row| row.state == open && row.waiting);
        rows.extend(messages.filter_map(|row| {
            Some(Self {
                name: Some(row.name.clone()),
                correlation_key: Some(row.correlation_key.clone()),
                ..tables.waits(row.key.0, WaitStateType::Message, row.instance, row.element_instance)?
            })
        }));
        rows.extend(tables.user_tasks.values().filter(|row| row.completed.is_none()).filter_map(|row| {
            let waits =
                tables.waits(row.key.0, WaitStateType::UserTask, row.instance, row.element_instance)?;
            Some(Self { due_date: row.due, ..waits })
        }));
        rows.extend(tables.timers.values().filter_map(|row| {
            let waits = tables.waits(row.key.0, WaitStateType::Timer, row.instance, row.waiting?)?;
            Some(Self { due_date: Some(row.due), ..waits })
        }));
        rows.extend(tables.signals.values().filter_map(|row| {
            let waits = tables.waits(row.key.0, WaitStateType::Signal, row.instance, row.waiting?)?;
            Some(Self { name: Some(row.name.clone()), ..waits })
        }));
        rows.extend(tables.conditions.values().filter_map(|(number, row)| {
            let key = number.wrapping_neg();
            Some(Self {
                name: Some(row.is.expression.clone()),
                on_create: Some(row.is.on_create),
                on_update: Some(row.is.on_update),
                ..tables.waits(key, WaitStateType::Condition, row.instance, row.element_instance)?
            })
        }));
        rows
    }
}
