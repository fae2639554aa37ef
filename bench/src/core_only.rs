//! The pure core: `step` with its `apply`, no input or output, one thread.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, anyhow};
use hosk_core::{
    Command, CreateInstance, Definitions, DeployedDecision, DeployedProcess, DeploymentKey, Event, FormKey,
    InstanceState, Keys, ProcessDefinitionKey, ProcessInstanceKey, Timestamp, Variables, step,
};
use hosk_model::Binding;

use crate::Load;
use crate::machine::Usage;
use crate::process;
use crate::report::{Measured, Round};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const KEY: ProcessDefinitionKey = ProcessDefinitionKey(1);

struct Counter(u64);

impl Keys for Counter {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

struct One(Arc<DeployedProcess>);

impl Definitions for One {
    fn process(&self, _: ProcessDefinitionKey) -> Option<Arc<DeployedProcess>> {
        Some(self.0.clone())
    }

    fn bound_process(&self, _: &str, _: &str, _: &Binding, _: DeploymentKey) -> Option<Arc<DeployedProcess>> {
        None
    }

    fn bound_form(&self, _: &str, _: &str, _: &Binding, _: DeploymentKey) -> Option<FormKey> {
        None
    }

    fn bound_decision(
        &self,
        _: &str,
        _: &str,
        _: &Binding,
        _: DeploymentKey,
    ) -> Option<Arc<DeployedDecision>> {
        None
    }
}

/// Measures element transitions per second.
pub(crate) fn measure(load: Load) -> anyhow::Result<Measured> {
    let compiled = hosk_model::compile(process::one_task(process::BY_WORKER).as_bytes(), "one-task.bpmn");
    let definition = compiled.processes.first().context("the workload does not compile")?.clone();
    let deployed = DeployedProcess {
        key: KEY,
        version: 1,
        deployment: DeploymentKey(1),
        tenant: hosk_runtime::DEFAULT_TENANT.into(),
        resource_name: "one-task.bpmn".into(),
        definition,
    };
    let definitions = One(Arc::new(deployed));
    let (variables, mut keys) = (process::variables(), Counter(1_000));
    let mut rounds = Vec::new();
    for _ in 0..load.rounds {
        let (before, began, mut transitions) = (Usage::now(), Instant::now(), 0);
        while began.elapsed() < load.round {
            for _ in 0..1_000 {
                transitions += run(&definitions, &variables, &mut keys)?;
            }
        }
        rounds.push(Round::new(transitions, began.elapsed(), before.elapsed()));
    }
    Ok(Measured::new("pure core, one core", "element transitions/s", 1_000_000.0, rounds))
}

/// One instance from its creation to its end; how many transitions that were.
fn run(definitions: &One, variables: &Variables, keys: &mut Counter) -> anyhow::Result<u64> {
    let mut state = InstanceState::new();
    let create = Command::Create(Box::new(CreateInstance {
        key: ProcessInstanceKey(keys.next()),
        definition: KEY,
        variables: variables.clone(),
        start_event: None,
        start_instructions: Vec::new(),
        terminate_after: Vec::new(),
        parent: None,
        message: None,
        business_id: None,
        tags: Vec::new(),
        tenant: definitions.0.tenant.clone(),
        by: None,
        conversation: None,
    }));
    let mut transitions = count(&step(definitions, &mut state, &create, NOW, keys)?);
    let job = state.jobs().next().ok_or_else(|| anyhow!("no job"))?.key();
    let complete = Command::complete_job(job, Variables::new());
    transitions += count(&step(definitions, &mut state, &complete, NOW, keys)?);
    anyhow::ensure!(state.is_ended(), "the instance did not end");
    Ok(transitions)
}

fn count(events: &[Event]) -> u64 {
    let is_transition = |event: &&Event| {
        matches!(
            event,
            Event::ElementActivating { .. }
                | Event::ElementActivated { .. }
                | Event::ElementCompleting { .. }
                | Event::ElementCompleted { .. }
        )
    };
    events.iter().filter(is_transition).count() as u64
}
