//! The syntax tree. Operator chains of one precedence and postfix steps are lists, not towers, so that a long chain is
//! not a deep tree.

use std::sync::Arc;

use crate::Type;
use crate::value::{Parameter, Value};

/// A stretch of the text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

/// `+ - * / **`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Arithmetic {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "**",
        }
    }
}

/// `= != < <= > >=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Literal(Value),
    Name(Arc<str>),
    /// At least one operator, all of one precedence, from the left.
    Arithmetic(Box<Expr>, Vec<(Arithmetic, Expr)>),
    Negate(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    Between(Box<[Expr; 3]>),
    /// Whether the first passes one of the tests.
    In(Box<Expr>, Vec<Test>),
    InstanceOf(Box<Expr>, Type),
    If(Box<[Expr; 3]>),
    For(Vec<Iteration>, Box<Expr>),
    Some(Vec<Iteration>, Box<Expr>),
    Every(Vec<Iteration>, Box<Expr>),
    Function(Vec<Parameter>, Box<Expr>),
    List(Vec<Expr>),
    Context(Vec<(Arc<str>, Expr)>),
    Range(Box<RangeExpr>),
    Postfix(Box<Expr>, Vec<Step>),
    /// Unary tests of the variable `?`.
    Tests(Tests),
}

/// `name in domain` or `name in from..to`.
#[derive(Clone, Debug)]
pub(crate) struct Iteration {
    pub(crate) name: Arc<str>,
    pub(crate) domain: Expr,
    pub(crate) to: Option<Expr>,
}

/// A range as it is written.
#[derive(Clone, Debug)]
pub(crate) enum RangeExpr {
    Between {
        low: Expr,
        low_included: bool,
        high: Expr,
        high_included: bool,
    },
    /// `<= 5` stands for everything up to 5.
    Compared(Comparison, Expr),
}

/// What follows an operand.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) span: Span,
    pub(crate) kind: StepKind,
}

#[derive(Clone, Debug)]
pub(crate) enum StepKind {
    Member(Arc<str>),
    Filter(Expr),
    Call(Vec<Expr>),
    CallNamed(Vec<(Arc<str>, Expr)>),
}

/// One unary test.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    Compared(Comparison, Expr),
    /// Equal to, in the list, in the range, or a condition that holds.
    Value(Expr),
}

#[derive(Clone, Debug)]
pub(crate) enum Tests {
    /// `-`
    All,
    AnyOf(Vec<Test>),
    NoneOf(Vec<Test>),
}
