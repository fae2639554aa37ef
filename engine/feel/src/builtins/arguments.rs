//! What a built-in function sees of its call.

use std::sync::Arc;

use crate::EvaluationError;
use crate::eval::{Machine, describe};
use crate::number::Number;
use crate::value::{Context, ContextBuilder, List, Range, Value};

/// Why a function gives no value.
pub(crate) enum Refusal {
    /// It is null, for this reason.
    Null(String),
    /// A limit was reached.
    Limit(Box<EvaluationError>),
}

impl From<Box<EvaluationError>> for Refusal {
    fn from(error: Box<EvaluationError>) -> Self {
        Self::Limit(error)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Refusal>;

/// Null, with the reason.
pub(super) fn null<T>(why: impl Into<String>) -> Result<T> {
    Err(Refusal::Null(why.into()))
}

/// The arguments of a call, and the evaluation it belongs to.
pub(crate) struct Arguments<'c, 'm, 'e> {
    pub(crate) machine: &'m mut Machine<'e>,
    pub(crate) values: &'c [Value],
    pub(crate) at: u32,
}

static NULL: Value = Value::Null;

impl<'c> Arguments<'c, '_, '_> {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The argument as it is; null when it is missing.
    pub(super) fn raw(&self, index: usize) -> &'c Value {
        self.values.get(index).unwrap_or(&NULL)
    }

    pub(super) fn is_missing(&self, index: usize) -> bool {
        self.raw(index).is_null()
    }

    /// The argument, or the item if it is a list of one.
    pub(super) fn single(&self, index: usize) -> &'c Value {
        match self.raw(index) {
            Value::List(list) if list.len() == 1 => &list.items()[0],
            other => other,
        }
    }

    fn wrong<T>(&self, index: usize, wanted: &str) -> Result<T> {
        let given = describe(self.raw(index));
        null(format!("argument {} should be {wanted}, but is {given}", index + 1))
    }

    pub(super) fn number(&self, index: usize) -> Result<Number> {
        self.single(index).as_number().map_or_else(|| self.wrong(index, "a number"), Ok)
    }

    /// A number without fraction.
    pub(super) fn integer(&self, index: usize) -> Result<i64> {
        self.number(index)?
            .to_i64()
            .map_or_else(|| self.wrong(index, "a whole number of at most 18 digits"), Ok)
    }

    /// The whole part of a number.
    pub(super) fn whole_part(&self, index: usize) -> Result<i64> {
        let whole = self.number(index)?.round(0, crate::number::Rounding::Down).and_then(Number::to_i64);
        whole.map_or_else(|| self.wrong(index, "a number of at most 18 digits"), Ok)
    }

    pub(super) fn text(&self, index: usize) -> Result<&'c Arc<str>> {
        match self.single(index) {
            Value::String(text) => Ok(text),
            _ => self.wrong(index, "a string"),
        }
    }

    /// A string that may be left out or null.
    pub(super) fn optional_text(&self, index: usize) -> Result<Option<&'c Arc<str>>> {
        if self.is_missing(index) { Ok(None) } else { self.text(index).map(Some) }
    }

    /// The list, or a list of the one value; null is no list.
    pub(super) fn list(&self, index: usize) -> Result<List> {
        match self.raw(index) {
            Value::List(list) => Ok(list.clone()),
            Value::Null => self.wrong(index, "a list"),
            single => Ok(List::from(vec![single.clone()])),
        }
    }

    /// The items of the only argument, or all arguments: functions such as `min` take both.
    pub(super) fn items(&self) -> Result<List> {
        match self.values {
            [_] => self.list(0),
            values => Ok(List::from(values.to_vec())),
        }
    }

    pub(super) fn context(&self, index: usize) -> Result<&'c Context> {
        match self.single(index) {
            Value::Context(context) => Ok(context),
            _ => self.wrong(index, "a context"),
        }
    }

    pub(super) fn range(&self, index: usize) -> Result<&'c Range> {
        match self.single(index) {
            Value::Range(range) => Ok(range),
            _ => self.wrong(index, "a range"),
        }
    }

    pub(super) fn make_list(&mut self, items: Vec<Value>) -> Result<Value> {
        Ok(self.machine.list(items)?)
    }

    pub(super) fn make_context(&mut self, members: ContextBuilder) -> Result<Value> {
        Ok(self.machine.context(members)?)
    }

    pub(super) fn make_string(&mut self, text: impl Into<Arc<str>>) -> Result<Value> {
        Ok(self.machine.string(text)?)
    }

    pub(super) fn charge(&mut self, count: usize) -> Result<()> {
        Ok(self.machine.charge(count)?)
    }

    pub(super) fn equal(&mut self, a: &Value, b: &Value) -> Result<bool> {
        self.charge(1)?;
        Ok(crate::eval::equal(self.machine, a, b)? == Some(true))
    }

    pub(super) fn call(&mut self, function: &crate::Function, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.machine.call(function, arguments, self.at)?)
    }
}
