//! Service task (BPMN 2.0, 13.3.3), and every task that is done by a job: send, business rule, script and older user
//! tasks.
//!
//! Its type, retries and priority are evaluated first; then it creates the job and waits for its completion.

use hosk_model::{Element, JobDefinition};

use super::Behaviour;
use crate::incidents::Trouble;
use crate::jobs;
use crate::step::{Activated, Activating, Step};

pub(crate) struct ServiceTask<'a> {
    pub(crate) element: &'a Element,
    pub(crate) job: &'a JobDefinition,
}

impl Behaviour for ServiceTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let job = jobs::prepare(step, this.key, self.element, self.job)?;
        let activated = this.activated(step);
        jobs::create(step, job);
        Ok(activated)
    }
}
