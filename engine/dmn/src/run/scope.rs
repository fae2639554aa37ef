//! The names that an expression of the model sees: its own surroundings first, the variables of the caller last.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_feel::{Context, Json, Value, Variables};

/// Up to this many names are searched one by one.
const FEW: usize = 12;

/// Names of one level with their values; a later one hides an earlier one of the same name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locals {
    entries: Vec<(Arc<str>, Value)>,
    index: BTreeMap<Arc<str>, usize>,
}

impl Locals {
    /// One name.
    pub(crate) fn of(name: impl Into<Arc<str>>, value: Value) -> Self {
        Self { entries: vec![(name.into(), value)], index: BTreeMap::new() }
    }

    pub(crate) fn with_capacity(count: usize) -> Self {
        Self { entries: Vec::with_capacity(count), index: BTreeMap::new() }
    }

    pub(crate) fn put(&mut self, name: Arc<str>, value: Value) {
        if self.entries.len() == FEW {
            self.index = self.entries.iter().enumerate().map(|(i, (name, _))| (name.clone(), i)).collect();
        }
        if self.entries.len() >= FEW {
            self.index.insert(name.clone(), self.entries.len());
        }
        self.entries.push((name, value));
    }

    /// Replaces the value of the first name.
    pub(crate) fn set_first(&mut self, value: Value) {
        if let Some(first) = self.entries.first_mut() {
            first.1 = value;
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        if self.entries.len() > FEW {
            return self.index.get(name).map(|place| &self.entries[*place].1);
        }
        self.entries.iter().rev().find(|(own, _)| &**own == name).map(|(_, value)| value)
    }
}

/// A level of names inside another.
pub(crate) struct Scope<'a> {
    names: Level<'a>,
    outer: Outer<'a>,
}

enum Level<'a> {
    Locals(&'a Locals),
    /// The members of a context.
    Members(&'a Context),
    /// The value that unary tests call `?`.
    Tested(&'a Value),
    None,
}

enum Outer<'a> {
    Scope(&'a Scope<'a>),
    Variables(&'a dyn Variables),
    Nothing,
}

impl<'a> Scope<'a> {
    pub(crate) fn inside(locals: &'a Locals, outer: &'a Scope<'a>) -> Self {
        Self { names: Level::Locals(locals), outer: Outer::Scope(outer) }
    }

    pub(crate) fn with_members(members: &'a Context, outer: &'a Scope<'a>) -> Self {
        Self { names: Level::Members(members), outer: Outer::Scope(outer) }
    }

    /// What the tests of a value see.
    pub(crate) fn testing(value: &'a Value, outer: &'a Scope<'a>) -> Self {
        Self { names: Level::Tested(value), outer: Outer::Scope(outer) }
    }

    /// Only the given names.
    pub(crate) fn closed(locals: &'a Locals) -> Self {
        Self { names: Level::Locals(locals), outer: Outer::Nothing }
    }

    /// The caller's variables; for an imported model those under the import's name hide the others.
    pub(crate) fn outermost(imported: Option<&'a Context>, variables: &'a dyn Variables) -> Self {
        let names = imported.map_or(Level::None, Level::Members);
        Self { names, outer: Outer::Variables(variables) }
    }
}

impl Variables for Scope<'_> {
    fn get(&self, _: &str) -> Option<&Json> {
        None
    }

    fn value(&self, name: &str) -> Option<Value> {
        let mut scope = self;
        loop {
            let own = match scope.names {
                Level::Locals(locals) => locals.get(name).cloned(),
                Level::Members(context) => context.get(name).cloned(),
                Level::Tested(value) => (name == "?").then(|| value.clone()),
                Level::None => None,
            };
            if own.is_some() {
                return own;
            }
            match scope.outer {
                Outer::Scope(outer) => scope = outer,
                Outer::Variables(variables) => return variables.value(name),
                Outer::Nothing => return None,
            }
        }
    }
}
