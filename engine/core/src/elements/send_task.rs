//! Send task (BPMN 2.0, 13.3.3) that publishes its message by itself; one that is done by a job is a service task.

use hosk_model::MessagePublication;

use super::Behaviour;
use crate::incidents::Trouble;
use crate::step::{Activated, Activating, Step};
use crate::triggers::publication;

pub(crate) struct SendTask<'a> {
    pub(crate) publication: &'a MessagePublication,
}

impl Behaviour for SendTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let message = publication::prepare(step, this.key, self.publication)?;
        let activated = this.pass(step);
        publication::throw(step, message);
        Ok(activated)
    }
}
