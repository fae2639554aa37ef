//! The compiled form that is evaluated. `at` is a byte offset in the text, for warnings.

use std::sync::Arc;

use crate::Type;
use crate::builtins::BuiltIn;
use crate::syntax::ast::{Arithmetic, Comparison};
use crate::value::{Parameter, Value};

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Constant(Value),
    /// A slot of the current function.
    Local(u32),
    /// A value the current function captured.
    Captured(u32),
    /// The current function.
    Itself,
    Variable(u32, u32),
    Scoped(Box<Scoped>),
    Arithmetic(Box<Node>, Box<[(Arithmetic, u32, Node)]>),
    Negate(Box<Node>, u32),
    And(Box<[Node]>, u32),
    Or(Box<[Node]>, u32),
    Compare(Comparison, Box<[Node; 2]>, u32),
    Between(Box<[Node; 3]>, u32),
    /// Value, the slot of `?`, tests.
    In(Box<Node>, u32, Box<[TestNode]>, u32),
    InstanceOf(Box<Node>, Type),
    If(Box<[Node; 3]>, u32),
    Loop(Box<Loop>),
    Function {
        parameters: Arc<[Parameter]>,
        code: Arc<FunctionCode>,
        captures: Box<[Node]>,
    },
    List(Box<[Node]>),
    /// Members with the slot that inner and later members see them in.
    Context(Box<[(Arc<str>, u32, Node)]>),
    Range(Box<RangeNode>, u32),
    Steps(Box<Node>, Box<[StepNode]>),
    BuiltIn(Box<BuiltInCall>),
    /// Null, for the given reason.
    Unknown(Box<str>, u32),
    Tests {
        input: Box<Node>,
        negated: bool,
        tests: Box<[TestNode]>,
    },
}

/// A name inside a filter: a member of one of the items (slots, innermost first), or what it means outside.
#[derive(Clone, Debug)]
pub(crate) struct Scoped {
    pub(crate) name: Arc<str>,
    pub(crate) items: Vec<u32>,
    pub(crate) otherwise: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    For,
    Some,
    Every,
}

#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) kind: LoopKind,
    pub(crate) iterators: Box<[Iterator]>,
    pub(crate) body: Node,
    /// The slot of `partial`, if the loop reads it.
    pub(crate) partial: Option<u32>,
    pub(crate) at: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Iterator {
    pub(crate) slot: u32,
    pub(crate) domain: Node,
    pub(crate) to: Option<Node>,
    pub(crate) at: u32,
}

/// A function literal's body. Everything outside is captured when the function is made.
#[derive(Debug)]
pub(crate) struct FunctionCode {
    pub(crate) slots: usize,
    pub(crate) body: Node,
    pub(crate) text: Arc<str>,
}

#[derive(Clone, Debug)]
pub(crate) enum RangeNode {
    Between { low: Node, low_included: bool, high: Node, high_included: bool },
    Compared(Comparison, Node),
}

#[derive(Clone, Debug)]
pub(crate) enum StepNode {
    Member(Arc<str>, u32),
    Filter(Box<Filter>),
    Call(Box<Invocation>),
}

#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// The slot of `item`.
    pub(crate) item: u32,
    pub(crate) item_used: bool,
    pub(crate) selector: Selector,
    pub(crate) at: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Selector {
    Constant(Value),
    Condition(Node),
}

#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) names: Option<Box<[Arc<str>]>>,
    pub(crate) arguments: Box<[Node]>,
    pub(crate) at: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct BuiltInCall {
    pub(crate) function: &'static BuiltIn,
    pub(crate) arguments: Box<[Node]>,
    pub(crate) at: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum TestNode {
    Compared(Comparison, Node, u32),
    /// A condition reads `?` itself and passes when true; other values are compared with the input.
    Value {
        node: Node,
        is_condition: bool,
        at: u32,
    },
}
