//! Conditional start events of the newest versions, evaluated with given variables.

use hosk_core::{Command, Definitions as _, ProcessInstanceKey, Variables, start_condition};
use hosk_model::Start;

use crate::world::{Refusal, World, creation};

impl World {
    /// Begins an instance at every conditional start event whose condition holds; whether any began. What cannot be
    /// evaluated is told in a line, and nothing begins then.
    pub(crate) fn evaluate(
        &mut self,
        variables: &Variables,
        lines: &mut Vec<String>,
    ) -> Result<bool, Refusal> {
        let mut starts = Vec::new();
        for process in self.library.processes() {
            if self.library.newest(&process.definition.id).is_none_or(|newest| newest.key != process.key) {
                continue;
            }
            let environment = self.library.environment(&process.tenant, self.now);
            for (slot, start) in process.definition.starts() {
                let Start::Conditional(conditional) = start else { continue };
                match start_condition(conditional, variables, &environment) {
                    Ok(true) => starts.push((process.key, slot)),
                    Ok(false) => {}
                    Err(why) => {
                        let id = &process.definition.element(slot).id;
                        lines.push(format!("! {id} cannot be decided: {why}"));
                        return Ok(true);
                    }
                }
            }
        }
        let began = !starts.is_empty();
        for (definition, start) in starts {
            let instance = ProcessInstanceKey(self.next_key());
            let mut create = creation(instance, definition, variables.clone());
            create.start_event = Some(start);
            self.send(instance, &Command::Create(Box::new(create)))?;
        }
        Ok(began)
    }
}
