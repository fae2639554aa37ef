//! What does not depend on variables is computed once, at compile time.

use std::sync::Arc;

use super::node::{Node, RangeNode};
use crate::eval::{Machine, check_extent};
use crate::value::{Context, ContextBuilder, Value};
use crate::{Environment, Limits};

/// Work that folding one node may take.
const STEPS: u64 = 10_000;
/// Items and bytes a folded value may have.
const SIZE: usize = 10_000;

/// The constant that `node` always gives, or `node` itself. What warns or fails stays as it is, to do so at run time.
pub(super) fn fold(node: Node, text: &Arc<str>) -> Node {
    if let Node::Context(members) = &node
        && members.len() <= SIZE
        && let Some(context) = constant_context(members)
    {
        return Node::Constant(Value::Context(context));
    }
    if !is_foldable(&node) {
        return node;
    }
    let mut environment = Environment::at(0);
    environment.limits =
        Limits { steps: STEPS, depth: 10, collection: SIZE, string: SIZE, ..Limits::default() };
    let mut machine = Machine::new(&(), &environment, &[], text.clone(), 0, Arc::default());
    match machine.run(&node) {
        Ok(value) if machine.has_no_warnings() => Node::Constant(value),
        _ => node,
    }
}

fn constant_context(members: &[(Arc<str>, u32, Node)]) -> Option<Context> {
    let mut builder = ContextBuilder::with_capacity(members.len());
    for (name, _, node) in members {
        let Node::Constant(value) = node else { return None };
        builder.put(name.clone(), value.clone());
    }
    let context = builder.build();
    check_extent(context.extent()).is_ok().then_some(context)
}

fn constant(node: &Node) -> bool {
    matches!(node, Node::Constant(value) if !matches!(value, Value::Function(_)))
}

fn is_foldable(node: &Node) -> bool {
    match node {
        Node::Arithmetic(first, rest) => constant(first) && rest.iter().all(|(_, _, node)| constant(node)),
        Node::Negate(operand, _) => constant(operand),
        Node::Compare(_, operands, _) => operands.iter().all(constant),
        Node::List(items) => items.len() <= SIZE && items.iter().all(constant),
        Node::Range(range, _) => match &**range {
            RangeNode::Between { low, high, .. } => constant(low) && constant(high),
            RangeNode::Compared(_, operand) => constant(operand),
        },
        Node::BuiltIn(call) => call.function.pure && call.arguments.iter().all(constant),
        _ => false,
    }
}
