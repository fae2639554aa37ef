//! Setting variables from outside.

use super::{check_state, check_variables};
use crate::command::Variables;
use crate::keys::ElementInstanceKey;
use crate::mappings;
use crate::rejection::Rejection;
use crate::state::ElementState;
use crate::step::Step;

/// Sets variables right at a scope, or each at the nearest scope that has it, else at the process.
pub(super) fn set(
    step: &mut Step<'_>,
    scope: ElementInstanceKey,
    variables: &Variables,
    local: bool,
) -> Result<(), Rejection> {
    check_state(step, scope, &ElementState::BEFORE_TERMINATING)?;
    check_variables(step, variables)?;
    for (name, value) in variables {
        if local {
            mappings::set(step, scope, name, value);
        } else {
            mappings::merge(step, scope, name, value);
        }
    }
    Ok(())
}
