//! Boxed expressions (DMN 1.5, chapter 7 and 10.2), as compiled.

use std::sync::Arc;

use hosk_feel::{Expression, Parameter, Type};

use crate::DecisionKind;
use crate::table::Table;

/// A FEEL text of the model.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) expression: Expression,
    /// The id of the element it stands in, for warnings.
    pub(crate) origin: Arc<str>,
}

/// The logic of a decision, of a knowledge model, or of a part of them.
#[derive(Debug)]
pub(crate) enum Logic {
    Literal(Cell),
    Table(Box<Table>),
    Context(Box<[Entry]>),
    Invocation(Box<Invocation>),
    List(Box<[Logic]>),
    Relation(Box<Relation>),
    Function(Arc<FunctionLogic>),
    /// `if`, `then`, `else`.
    Conditional(Box<[Logic; 3]>),
    /// The list and the condition.
    Filter(Box<[Logic; 2]>),
    Iterator(Box<IteratorLogic>),
    /// An expression with a type of its own.
    Typed(Box<Typed>),
    /// A decision that has no logic.
    Undefined(Arc<str>),
    /// What could not be compiled leniently: the element and why.
    Broken(Arc<str>, Box<str>),
}

/// An expression whose value conforms to a type (DMN 1.5, 7.3.1: `typeRef`).
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) logic: Logic,
    pub(crate) of: Type,
    pub(crate) origin: Arc<str>,
}

/// An entry of a boxed context; one without name is the result.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) of: Type,
    pub(crate) origin: Arc<str>,
    pub(crate) value: Logic,
}

#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) callee: Logic,
    pub(crate) bindings: Box<[Entry]>,
    pub(crate) origin: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct Relation {
    pub(crate) columns: Box<[(Arc<str>, Type)]>,
    pub(crate) rows: Box<[Box<[Logic]>]>,
    pub(crate) origin: Arc<str>,
}

/// A boxed function definition.
#[derive(Debug)]
pub(crate) struct FunctionLogic {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: Type,
    pub(crate) body: Logic,
    /// The names it may read from around it.
    pub(crate) captures: Vec<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IteratorKind {
    For,
    Some,
    Every,
}

#[derive(Debug)]
pub(crate) struct IteratorLogic {
    pub(crate) kind: IteratorKind,
    pub(crate) variable: Arc<str>,
    pub(crate) of: Type,
    pub(crate) domain: Logic,
    /// `return` or `satisfies`.
    pub(crate) body: Logic,
    /// Whether the body reads `partial`, the results so far.
    pub(crate) reads_partial: bool,
    pub(crate) origin: Arc<str>,
}

impl Logic {
    pub(crate) fn kind(&self) -> DecisionKind {
        match self {
            Self::Literal(_) => DecisionKind::LiteralExpression,
            Self::Table(_) => DecisionKind::DecisionTable,
            Self::Context(_) => DecisionKind::Context,
            Self::Invocation(_) => DecisionKind::Invocation,
            Self::List(_) => DecisionKind::List,
            Self::Relation(_) => DecisionKind::Relation,
            Self::Function(_) => DecisionKind::FunctionDefinition,
            Self::Conditional(_) => DecisionKind::Conditional,
            Self::Filter(_) => DecisionKind::Filter,
            Self::Iterator(_) => DecisionKind::Iterator,
            Self::Typed(typed) => typed.logic.kind(),
            Self::Undefined(_) | Self::Broken(..) => DecisionKind::Undefined,
        }
    }

    /// Adds the names its expressions may read, whether declared inside or not.
    pub(crate) fn names_read(&self, names: &mut Vec<Arc<str>>) {
        let mut waiting = vec![self];
        while let Some(logic) = waiting.pop() {
            match logic {
                Self::Literal(cell) => cell.names_read(names),
                Self::Table(table) => table.cells(&mut |expression| read_by(expression, names)),
                Self::Context(entries) => waiting.extend(entries.iter().map(|entry| &entry.value)),
                Self::Invocation(invocation) => {
                    waiting.push(&invocation.callee);
                    waiting.extend(invocation.bindings.iter().map(|entry| &entry.value));
                }
                Self::List(items) => waiting.extend(items.iter()),
                Self::Relation(relation) => waiting.extend(relation.rows.iter().flatten()),
                Self::Function(function) => names.extend(function.captures.iter().cloned()),
                Self::Conditional(parts) => waiting.extend(parts.iter()),
                Self::Filter(parts) => waiting.extend(parts.iter()),
                Self::Iterator(iterator) => waiting.extend([&iterator.domain, &iterator.body]),
                Self::Typed(typed) => waiting.push(&typed.logic),
                Self::Undefined(_) | Self::Broken(..) => {}
            }
        }
    }
}

impl Cell {
    fn names_read(&self, names: &mut Vec<Arc<str>>) {
        read_by(&self.expression, names);
    }
}

fn read_by(expression: &Expression, names: &mut Vec<Arc<str>>) {
    names.extend(expression.variables().iter().map(|name| Arc::from(name.as_str())));
}
