//! Conditional start events of processes: evaluated when somebody asks, with the variables that are given.
//!
//! Everything is evaluated first; a condition that cannot be refuses the whole request. Then an instance begins at each
//! start event whose condition holds, with these variables. Each instance is a command of its own: when one cannot be
//! accepted the caller is told so, and those before it have begun.

use std::sync::Arc;

use hosk_core::{
    Command, CreateInstance, Definitions as _, DeployedProcess, ProcessInstanceKey, start_condition,
};
use hosk_model::{ElementIndex, Start};
use tokio::sync::oneshot;

use crate::inner::Inner;
use crate::lane::{Origin, Request, Work};
use crate::{ConditionalEvaluation, Error, EvaluatedConditionals, ProcessReference};

impl Inner {
    /// Evaluates start conditions and begins an instance at each that holds; durable when it returns.
    pub(crate) async fn evaluate_conditionals(
        &self,
        request: ConditionalEvaluation,
    ) -> Result<EvaluatedConditionals, Error> {
        self.accepting()?;
        self.keys.advance(self.clock.wall());
        let key = self.keys.draw();
        let mut instances = Vec::new();
        for (process, start) in self.starts_that_hold(&request)? {
            let instance = ProcessInstanceKey(self.keys.draw());
            let definition = process.key;
            let command = Command::Create(Box::new(CreateInstance {
                key: instance,
                definition,
                variables: request.variables.clone(),
                start_event: Some(start),
                start_instructions: Vec::new(),
                terminate_after: Vec::new(),
                parent: None,
                message: None,
                business_id: None,
                tags: Vec::new(),
                tenant: request.tenant.clone(),
                by: request.by.clone(),
                conversation: None,
            }));
            let (reply, answer) = oneshot::channel();
            let create = Request::new(instance, command, Origin::Caller(reply));
            let sent = self.lane(instance).internal.send(Work::Command(create)).await;
            sent.map_err(|_| Error::ShuttingDown)?;
            answer.await.map_err(|_| Error::ShuttingDown)??;
            instances.push((definition, instance));
        }
        Ok(EvaluatedConditionals { key, instances })
    }

    /// The start events whose condition holds, of the newest versions or of one definition.
    fn starts_that_hold(
        &self,
        request: &ConditionalEvaluation,
    ) -> Result<Vec<(Arc<DeployedProcess>, ElementIndex)>, Error> {
        let newest = self.definitions.newest(&request.tenant);
        let processes = match request.definition {
            None => newest,
            Some(key) => {
                let found = self.definitions.find(&request.tenant, &ProcessReference::Key(key));
                let found = found.ok_or_else(|| Error::DefinitionNotFound {
                    process: format!("key '{key}'"),
                    tenant: request.tenant.clone(),
                })?;
                // Start events of older versions are closed.
                newest.into_iter().filter(|process| process.key == found.key).collect()
            }
        };
        let environment = self.definitions.environment(&request.tenant, self.clock.now());
        let mut starts = Vec::new();
        for process in processes {
            for (slot, start) in process.definition.starts() {
                let Start::Conditional(conditional) = start else { continue };
                let element = process.definition.element(slot);
                let holds = start_condition(conditional, &request.variables, &environment);
                let holds = holds.map_err(|message| Error::ConditionFailed {
                    process: process.definition.id.clone(),
                    element: element.id.clone(),
                    message,
                })?;
                if holds {
                    starts.push((process.clone(), slot));
                }
            }
        }
        Ok(starts)
    }
}
