//! Where an expression's free names come from.

use std::collections::BTreeMap;

use crate::{Json, Value};

/// The variables an expression may read. Each is asked for at most once per evaluation.
pub trait Variables {
    /// The variable as JSON; `None` when there is none.
    fn get(&self, name: &str) -> Option<&Json>;

    /// The variable as a FEEL value: override it to pass dates, ranges or functions. By default [`Self::get`].
    fn value(&self, name: &str) -> Option<Value> {
        self.get(name).map(Value::from_json)
    }
}

impl Variables for () {
    fn get(&self, _: &str) -> Option<&Json> {
        None
    }
}

impl<V: Variables + ?Sized> Variables for &V {
    fn get(&self, name: &str) -> Option<&Json> {
        (**self).get(name)
    }

    fn value(&self, name: &str) -> Option<Value> {
        (**self).value(name)
    }
}

impl Variables for BTreeMap<String, Json> {
    fn get(&self, name: &str) -> Option<&Json> {
        Self::get(self, name)
    }
}

impl Variables for BTreeMap<String, Value> {
    fn get(&self, _: &str) -> Option<&Json> {
        None
    }

    fn value(&self, name: &str) -> Option<Value> {
        Self::get(self, name).cloned()
    }
}

/// Two sources, the first hides the second.
#[derive(Clone, Copy, Debug)]
pub struct Overlay<First, Rest> {
    /// Asked first.
    pub first: First,
    /// Asked for what `first` does not have.
    pub rest: Rest,
}

impl<First: Variables, Rest: Variables> Variables for Overlay<First, Rest> {
    fn get(&self, name: &str) -> Option<&Json> {
        self.first.get(name).or_else(|| self.rest.get(name))
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.first.value(name).or_else(|| self.rest.value(name))
    }
}
