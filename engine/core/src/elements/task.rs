//! None (abstract) task and manual task (BPMN 2.0, 13.3.3): the engine has nothing to do, they pass.

use super::Behaviour;
use crate::incidents::Trouble;
use crate::step::{Activated, Activating, Step};

pub(crate) struct Task;

impl Behaviour for Task {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }
}
