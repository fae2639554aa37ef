//! The state of one evaluation, and the walk over the nodes.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::ZonedDateTime;

use super::budget::Budget;
use crate::builtins::Patterns;
use crate::compile::node::{Node, Scoped, StepNode};
use crate::error::Position;
use crate::limits::{MAX_VALUE_BYTES, MAX_VALUE_DEPTH, MAX_WARNING_BYTES, MAX_WARNINGS};
use crate::value::{ContextBuilder, Extent, Function, List, Value};
use crate::{Environment, EvaluationError, Expression, Variables, Warning};

/// Characters of a value that a sentence shows.
const SHOWN: u64 = 40;

/// A limit that was reached; boxed to keep results small.
pub(crate) type Evaluated<T = Value> = Result<T, Box<EvaluationError>>;

/// The state of one evaluation.
pub(crate) struct Machine<'e> {
    pub(super) variables: &'e dyn Variables,
    pub(crate) environment: &'e Environment,
    names: &'e [Arc<str>],
    /// Variables read so far.
    read: Vec<Option<Value>>,
    pub(super) slots: Vec<Value>,
    /// Where the current function's slots start.
    pub(super) base: usize,
    pub(super) function: Option<Function>,
    pub(super) budget: Budget,
    pub(super) depth: usize,
    /// The text that the running code was compiled from.
    pub(super) text: Arc<str>,
    /// The element of a model that the text stands in, where the host has said so.
    pub(super) origin: Option<Arc<str>>,
    warnings: Vec<Warning>,
    /// The state of the pseudo-random numbers.
    pub(crate) random: u64,
    pub(crate) patterns: Arc<Patterns>,
    /// Patterns and flags this evaluation has paid for.
    pub(crate) patterns_used: BTreeSet<(String, String)>,
}

impl<'e> Machine<'e> {
    pub(crate) fn new(
        variables: &'e dyn Variables,
        environment: &'e Environment,
        names: &'e [Arc<str>],
        text: Arc<str>,
        slots: usize,
        patterns: Arc<Patterns>,
    ) -> Self {
        Self {
            variables,
            environment,
            names,
            read: vec![None; names.len()],
            slots: vec![Value::Null; slots],
            base: 0,
            function: None,
            budget: Budget::new(environment),
            depth: 0,
            text,
            origin: None,
            warnings: Vec::new(),
            random: environment.seed,
            patterns,
            patterns_used: BTreeSet::new(),
        }
    }

    pub(crate) fn has_no_warnings(&self) -> bool {
        self.warnings.is_empty()
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    /// Gives the warnings so far for others.
    pub(super) fn exchange_warnings(&mut self, warnings: Vec<Warning>) -> Vec<Warning> {
        std::mem::replace(&mut self.warnings, warnings)
    }

    /// Takes `count` units of work from the budget.
    #[inline]
    pub(crate) fn charge(&mut self, count: usize) -> Evaluated<()> {
        self.budget.take(count, self.environment)
    }

    /// Whether there is time left; for work that steps do not measure.
    pub(crate) fn look_at_time(&mut self) -> Evaluated<()> {
        self.budget.look(self.environment)
    }

    /// Gives back units that were charged in advance.
    pub(crate) fn refund(&mut self, count: usize) {
        self.budget.give_back(count);
    }

    /// Evaluates `part` one level deeper.
    #[inline]
    pub(super) fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Evaluated<T>) -> Evaluated<T> {
        self.depth += 1;
        if self.depth > self.environment.limits.depth {
            return Err(Box::new(EvaluationError::DepthExceeded { limit: self.environment.limits.depth }));
        }
        let result = part(self);
        self.depth -= 1;
        result
    }

    /// Records why something at byte `at` is null.
    #[cold]
    pub(crate) fn warn(&mut self, at: u32, what: impl FnOnce() -> String) {
        if self.warnings.len() < MAX_WARNINGS {
            let position = Position::of(&self.text, at as usize);
            let warning = Warning { position, what: cut(what()), origin: self.origin.clone() };
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    /// Null, with the reason.
    #[cold]
    #[expect(clippy::unnecessary_wraps, reason = "so that an arm can be `return machine.null(…)`")]
    pub(crate) fn null(&mut self, at: u32, what: impl FnOnce() -> String) -> Evaluated {
        self.warn(at, what);
        Ok(Value::Null)
    }

    /// A list value, checked against the limits.
    pub(crate) fn list(&mut self, items: Vec<Value>) -> Evaluated {
        // Two per item: a budget of 10,000,000 steps also bounds memory, to some 120 MB of items.
        self.charge(items.len() * 2)?;
        self.check_collection(items.len())?;
        let list = List::from(items);
        check_extent(list.extent())?;
        Ok(Value::List(list))
    }

    /// A context value, checked against the limits.
    pub(crate) fn context(&mut self, members: ContextBuilder) -> Evaluated {
        let context = members.build();
        self.charge(context.len() * 4)?;
        self.check_collection(context.len())?;
        check_extent(context.extent())?;
        Ok(Value::Context(context))
    }

    /// A string value, checked against the limits.
    pub(crate) fn string(&mut self, text: impl Into<Arc<str>>) -> Evaluated {
        let text = text.into();
        self.check_string(text.len())?;
        Ok(Value::String(text))
    }

    /// Whether a string of `length` bytes may be built; charges for it.
    pub(crate) fn check_string(&mut self, length: usize) -> Evaluated<()> {
        self.charge(length / 16)?;
        let limit = self.environment.limits.string;
        if length <= limit {
            return Ok(());
        }
        Err(Box::new(EvaluationError::TooLarge { what: "the number of bytes of a string", limit }))
    }

    pub(crate) fn check_collection(&self, length: usize) -> Evaluated<()> {
        let limit = self.environment.limits.collection;
        if length <= limit {
            return Ok(());
        }
        Err(Box::new(EvaluationError::TooLarge { what: "the number of items of a list or context", limit }))
    }

    /// The moment in the environment's zone.
    pub(crate) fn now(&self) -> ZonedDateTime {
        self.environment.now.to_zoned_datetime(self.environment.zone.clone())
    }

    /// Evaluates a node.
    pub(crate) fn run(&mut self, node: &Node) -> Evaluated {
        self.charge(1)?;
        match node {
            Node::Constant(value) => Ok(value.clone()),
            Node::Local(slot) => Ok(self.slots[self.base + *slot as usize].clone()),
            Node::Captured(index) => Ok(self.captured(*index)),
            Node::Variable(index, at) => Ok(self.variable(*index, *at)),
            _ => {
                self.depth += 1;
                if self.depth > self.environment.limits.depth {
                    return Err(Box::new(EvaluationError::DepthExceeded {
                        limit: self.environment.limits.depth,
                    }));
                }
                let result = self.run_inner(node);
                self.depth -= 1;
                result
            }
        }
    }

    fn run_inner(&mut self, node: &Node) -> Evaluated {
        match node {
            Node::Constant(value) => Ok(value.clone()),
            Node::Local(slot) => Ok(self.slots[self.base + *slot as usize].clone()),
            Node::Captured(index) => Ok(self.captured(*index)),
            Node::Variable(index, at) => Ok(self.variable(*index, *at)),
            Node::Itself => Ok(self.function.clone().map_or(Value::Null, Value::Function)),
            Node::Scoped(scoped) => self.scoped(scoped),
            Node::Arithmetic(first, rest) => self.arithmetic(first, rest),
            Node::Negate(operand, at) => self.negate(operand, *at),
            Node::And(operands, at) => self.all_of(operands, *at),
            Node::Or(operands, at) => self.any_of(operands, *at),
            Node::Compare(comparison, operands, at) => self.comparison(*comparison, operands, *at),
            Node::Between(parts, at) => self.between(parts, *at),
            Node::In(value, slot, tests, at) => self.is_in(value, *slot, tests, *at),
            Node::InstanceOf(value, of) => {
                let value = self.run(value)?;
                Ok(Value::Boolean(self.is_instance(&value, of)?))
            }
            Node::If(parts, at) => self.conditional(parts, *at),
            Node::Loop(looped) => self.looped(looped),
            Node::Function { parameters, code, captures } => {
                let captured =
                    captures.iter().map(|node| self.capture(node)).collect::<Evaluated<Vec<_>>>()?;
                let function = Function::closure(parameters.clone(), code.clone(), captured);
                check_extent(function.extent())?;
                Ok(Value::Function(function))
            }
            Node::List(items) => self.list_literal(items),
            Node::Context(members) => self.context_literal(members),
            Node::Range(range, at) => self.range(range, *at),
            Node::Steps(base, steps) => self.steps(base, steps),
            Node::BuiltIn(call) => self.built_in(call),
            Node::Unknown(why, at) => self.null(*at, || why.to_string()),
            Node::Tests { input, negated, tests } => self.unary_tests(input, *negated, tests),
        }
    }

    fn list_literal(&mut self, items: &[Node]) -> Evaluated {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.run(item)?);
        }
        self.list(values)
    }

    fn context_literal(&mut self, members: &[(Arc<str>, u32, Node)]) -> Evaluated {
        let mut builder = ContextBuilder::with_capacity(members.len());
        for (name, slot, node) in members {
            let value = self.run(node)?;
            self.set(*slot, value.clone());
            builder.put(name.clone(), value);
        }
        self.context(builder)
    }

    fn conditional(&mut self, parts: &[Node; 3], at: u32) -> Evaluated {
        let [condition, then, otherwise] = parts;
        match self.run(condition)? {
            Value::Boolean(true) => self.run(then),
            Value::Boolean(false) => self.run(otherwise),
            other => {
                self.warn(at, || {
                    format!("the condition of `if` is {}, not a boolean: `else` is taken", describe(&other))
                });
                self.run(otherwise)
            }
        }
    }

    #[inline]
    pub(super) fn set(&mut self, slot: u32, value: Value) {
        self.slots[self.base + slot as usize] = value;
    }

    fn captured(&self, index: u32) -> Value {
        self.function.as_ref().and_then(|function| function.captured(index)).unwrap_or_default()
    }

    /// Evaluates what a function captures; a missing variable is no matter before it is used.
    fn capture(&mut self, node: &Node) -> Evaluated {
        match node {
            Node::Variable(index, _) => Ok(self.read_variable(*index).unwrap_or_default()),
            other => self.run(other),
        }
    }

    #[inline]
    fn variable(&mut self, index: u32, at: u32) -> Value {
        if let Some(Some(value)) = self.read.get(index as usize) {
            return value.clone();
        }
        self.read_variable(index).unwrap_or_else(|| {
            let name = self.names[index as usize].clone();
            self.warn(at, || format!("there is no variable `{name}`"));
            Value::Null
        })
    }

    fn read_variable(&mut self, index: u32) -> Option<Value> {
        if let Some(Some(value)) = self.read.get(index as usize) {
            return Some(value.clone());
        }
        let name = &self.names[index as usize];
        let built_in = || crate::builtins::find(name).map(|found| Value::Function(Function::built_in(found)));
        let value = self.variables.value(name).or_else(|| self.environment.known(name)).or_else(built_in)?;
        self.read[index as usize] = Some(value.clone());
        Some(value)
    }

    /// Whether what the node names is there, even if it is null; what is no name is there unless it is null.
    pub(crate) fn is_there(&mut self, node: &Node) -> Evaluated<bool> {
        match node {
            Node::Variable(index, _) => Ok(self.read_variable(*index).is_some()),
            Node::Scoped(scoped) if self.item_member(scoped).is_some() => Ok(true),
            Node::Scoped(scoped) => self.deeper(|machine| machine.is_there(&scoped.otherwise)),
            Node::Local(_) | Node::Captured(_) => Ok(true),
            Node::Steps(base, steps) => match steps.split_last() {
                Some((StepNode::Member(name, _), before)) => {
                    let owner = self.quietly(|machine| machine.steps(base, before))?;
                    Ok(match owner {
                        Value::Context(context) => context.get(name).is_some(),
                        other => !self.quietly(|machine| machine.member(&other, name, 0))?.is_null(),
                    })
                }
                _ => Ok(!self.quietly(|machine| machine.run(node))?.is_null()),
            },
            other => Ok(!self.quietly(|machine| machine.run(other))?.is_null()),
        }
    }

    /// Runs `part` without keeping its warnings.
    pub(crate) fn quietly<T>(&mut self, part: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.warnings.len();
        let result = part(self);
        self.warnings.truncate(before);
        result
    }

    /// The next 64 pseudo-random bits (splitmix64).
    pub(crate) fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn scoped(&mut self, scoped: &Scoped) -> Evaluated {
        if let Some(value) = self.item_member(scoped) {
            return Ok(value);
        }
        let in_item =
            scoped.items.iter().any(|slot| self.slots[self.base + *slot as usize].as_context().is_some());
        match &scoped.otherwise {
            // In a filter over contexts an unknown name is most likely a member that this item lacks.
            Node::Variable(index, at) if in_item => match self.read_variable(*index) {
                Some(value) => Ok(value),
                None => {
                    self.null(*at, || format!("neither the item nor the variables have `{}`", scoped.name))
                }
            },
            other => self.run(other),
        }
    }

    fn item_member(&self, scoped: &Scoped) -> Option<Value> {
        scoped
            .items
            .iter()
            .find_map(|slot| self.slots[self.base + *slot as usize].as_context()?.get(&scoped.name).cloned())
    }

    /// Evaluates another expression as a part of this evaluation: same environment, same budget.
    pub(super) fn run_expression(
        &mut self,
        expression: &Expression,
        variables: &dyn Variables,
        origin: Option<&Arc<str>>,
    ) -> Evaluated {
        let program = expression.program();
        if let Some(value) = without_machine(&program.root, &program.variables, variables) {
            self.charge(1)?;
            return Ok(value);
        }
        let mut inner = expression.machine(variables, self.environment);
        (inner.budget, inner.depth, inner.random) = (self.budget, self.depth, self.random);
        inner.origin = origin.cloned();
        let result = inner.run(&program.root);
        (self.budget, self.random) = (inner.budget, inner.random);
        for warning in inner.warnings {
            if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        result
    }
}

/// What needs no state to be evaluated: a constant, or a variable that is there. Most cells of tables are such.
fn without_machine(root: &Node, names: &[Arc<str>], variables: &dyn Variables) -> Option<Value> {
    match root {
        Node::Constant(value) => Some(value.clone()),
        Node::Variable(index, _) => variables.value(&names[*index as usize]),
        _ => None,
    }
}

/// Whether a value of this extent may exist.
#[inline]
pub(crate) fn check_extent(extent: Extent) -> Evaluated<()> {
    if extent.depth <= MAX_VALUE_DEPTH && extent.bytes <= MAX_VALUE_BYTES {
        return Ok(());
    }
    let (what, limit) = if extent.depth > MAX_VALUE_DEPTH {
        ("the nesting of lists and contexts", usize::from(MAX_VALUE_DEPTH))
    } else {
        ("the number of bytes of a value", MAX_VALUE_BYTES as usize)
    };
    Err(Box::new(EvaluationError::TooLarge { what, limit }))
}

/// The type with its article, and the value when that is short.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Boolean(_) | Value::Number(_) | Value::Digits(_) if value.extent().bytes <= SHOWN => {
            format!("the {} {}", value.type_name(), crate::value::feel_text(value))
        }
        Value::String(text) if text.chars().nth(SHOWN as usize).is_none() => format!("the string \"{text}\""),
        other => format!("a {}", other.type_name()),
    }
}

impl Value {
    /// What it is, for a sentence: its type with an article, and the value itself when that is short.
    pub fn describe(&self) -> String {
        describe(self)
    }
}

/// The beginning of a text that is too long for a warning.
pub(crate) fn cut(mut text: String) -> String {
    if text.len() > MAX_WARNING_BYTES {
        let end = (0..=MAX_WARNING_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}
