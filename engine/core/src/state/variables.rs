//! Variables at scopes, and how an expression sees them.

use serde::{Deserialize, Serialize};

use hosk_feel::Json;

use super::InstanceState;
use crate::keys::{ElementInstanceKey, VariableKey};

/// A variable at a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// Its key, the same for its whole life.
    pub key: VariableKey,
    /// Its value.
    pub value: Json,
}

/// The variables an element instance sees: its own first, then those of what it stands in, outward.
#[derive(Clone, Copy)]
pub(crate) struct Visible<'a> {
    state: &'a InstanceState,
    key: ElementInstanceKey,
}

impl<'a> Visible<'a> {
    pub(super) fn new(state: &'a InstanceState, key: ElementInstanceKey) -> Self {
        Self { state, key }
    }

    /// The nearest variable of that name.
    pub(crate) fn find(self, name: &str) -> Option<&'a Json> {
        self.state.scopes(self.key).find_map(|scope| scope.variables().get(name)).map(|v| &v.value)
    }
}

impl hosk_feel::Variables for Visible<'_> {
    fn get(&self, name: &str) -> Option<&Json> {
        self.find(name)
    }
}
