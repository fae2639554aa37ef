//! Syntax tree to compiled form: names become slots, constants are folded, built-ins are looked up.

mod fold;
pub(crate) mod node;
mod scope;

use std::sync::Arc;

use crate::builtins;
use crate::syntax::ast::{Expr, Iteration, Kind, RangeExpr, Step, StepKind, Test, Tests};
use node::{
    BuiltInCall, Filter, FunctionCode, Invocation, Iterator, Loop, LoopKind, Node, RangeNode, Selector,
    StepNode, TestNode,
};
use scope::Scopes;

/// A compiled text.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) root: Node,
    /// Slots the root needs.
    pub(crate) slots: usize,
    /// Names of the variables by index.
    pub(crate) variables: Vec<Arc<str>>,
}

/// Compiles a tree. There are no errors left that a tree could have: names are looked up when evaluating.
pub(crate) fn compile(expr: &Expr, text: &Arc<str>) -> Program {
    let mut compiler = Compiler { scopes: Scopes::new(), text: text.clone() };
    let root = compiler.node(expr);
    let (slots, variables) = compiler.scopes.finish();
    Program { root, slots, variables }
}

struct Compiler {
    scopes: Scopes,
    text: Arc<str>,
}

impl Compiler {
    fn node(&mut self, expr: &Expr) -> Node {
        let node = self.unfolded(expr);
        fold::fold(node, &self.text)
    }

    fn boxed(&mut self, expr: &Expr) -> Box<Node> {
        Box::new(self.node(expr))
    }

    fn nodes<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Box<[Node]> {
        exprs.into_iter().map(|expr| self.node(expr)).collect()
    }

    fn unfolded(&mut self, expr: &Expr) -> Node {
        let at = expr.span.start;
        match &expr.kind {
            Kind::Literal(value) => Node::Constant(value.clone()),
            Kind::Name(name) => self.scopes.resolve(name, at),
            Kind::Arithmetic(first, rest) => {
                let first = self.boxed(first);
                let rest = rest.iter().map(|(operator, e)| (*operator, e.span.start, self.node(e))).collect();
                Node::Arithmetic(first, rest)
            }
            Kind::Negate(operand) => Node::Negate(self.boxed(operand), at),
            Kind::And(operands) => Node::And(self.nodes(operands), at),
            Kind::Or(operands) => Node::Or(self.nodes(operands), at),
            Kind::Compare(comparison, left, right) => {
                Node::Compare(*comparison, Box::new([self.node(left), self.node(right)]), at)
            }
            Kind::Between(parts) => Node::Between(Box::new(parts.each_ref().map(|part| self.node(part))), at),
            Kind::In(value, tests) => {
                let value = self.boxed(value);
                // `?` inside the tests of `in` is the value on the left, as in a table's cell.
                let slot = self.scopes.push_local("?");
                let tests = tests.iter().map(|test| self.test(test)).collect();
                self.scopes.pop();
                Node::In(value, slot, tests, at)
            }
            Kind::InstanceOf(value, of) => Node::InstanceOf(self.boxed(value), of.clone()),
            Kind::If(parts) => Node::If(Box::new(parts.each_ref().map(|part| self.node(part))), at),
            Kind::For(iterations, body) => self.looped(LoopKind::For, iterations, body, at),
            Kind::Some(iterations, body) => self.looped(LoopKind::Some, iterations, body, at),
            Kind::Every(iterations, body) => self.looped(LoopKind::Every, iterations, body, at),
            Kind::Function(parameters, body) => self.function(parameters, body, None),
            Kind::List(items) => Node::List(self.nodes(items)),
            Kind::Context(members) => self.context(members),
            Kind::Range(range) => self.range(range, at),
            Kind::Postfix(base, steps) => self.postfix(base, steps),
            Kind::Tests(tests) => self.tests(tests),
        }
    }

    fn context(&mut self, members: &[(Arc<str>, Expr)]) -> Node {
        let mut nodes = Vec::with_capacity(members.len());
        for (name, expr) in members {
            let node = match &expr.kind {
                // A function may call itself by the name it gets.
                Kind::Function(parameters, body) => self.function(parameters, body, Some(name)),
                _ => self.node(expr),
            };
            nodes.push((name.clone(), self.scopes.push_local(name), node));
        }
        for _ in members {
            self.scopes.pop();
        }
        Node::Context(nodes.into())
    }

    fn function(&mut self, parameters: &[crate::Parameter], body: &Expr, name: Option<&Arc<str>>) -> Node {
        self.scopes.enter_function(name);
        for parameter in parameters {
            self.scopes.push_local(&parameter.name);
        }
        let body = self.node(body);
        let (slots, captures) = self.scopes.leave_function();
        let code = FunctionCode { slots, body, text: self.text.clone() };
        Node::Function { parameters: parameters.into(), code: Arc::new(code), captures: captures.into() }
    }

    fn looped(&mut self, kind: LoopKind, iterations: &[Iteration], body: &Expr, at: u32) -> Node {
        // The results so far are visible to inner parts as `partial`.
        let partial = (kind == LoopKind::For).then(|| self.scopes.push_local("partial"));
        let mut iterators = Vec::with_capacity(iterations.len());
        for iteration in iterations {
            let domain = self.node(&iteration.domain);
            let to = iteration.to.as_ref().map(|to| self.node(to));
            let slot = self.scopes.push_local(&iteration.name);
            iterators.push(Iterator { slot, domain, to, at: iteration.domain.span.start });
        }
        let body = self.node(body);
        for _ in iterations {
            self.scopes.pop();
        }
        let partial = partial.filter(|_| self.scopes.pop());
        Node::Loop(Box::new(Loop { kind, iterators: iterators.into(), body, partial, at }))
    }

    fn range(&mut self, range: &RangeExpr, at: u32) -> Node {
        let node = match range {
            RangeExpr::Between { low, low_included, high, high_included } => RangeNode::Between {
                low: self.node(low),
                low_included: *low_included,
                high: self.node(high),
                high_included: *high_included,
            },
            RangeExpr::Compared(comparison, operand) => RangeNode::Compared(*comparison, self.node(operand)),
        };
        Node::Range(Box::new(node), at)
    }

    fn postfix(&mut self, base: &Expr, steps: &[Step]) -> Node {
        let (mut node, mut rest) = (None, steps);
        if let (Kind::Name(name), Some((Step { kind, .. }, after))) = (&base.kind, steps.split_first())
            && let Some(call) = self.built_in_call(name, kind, base.span.start)
        {
            (node, rest) = (Some(fold::fold(call, &self.text)), after);
        }
        let node = node.unwrap_or_else(|| self.node(base));
        if rest.is_empty() {
            return node;
        }
        let steps = rest.iter().map(|step| self.step(step)).collect();
        Node::Steps(Box::new(node), steps)
    }

    /// The call of a built-in function, if `name` is one and nothing in the text has taken the name.
    fn built_in_call(&mut self, name: &str, step: &StepKind, at: u32) -> Option<Node> {
        let function = builtins::find(name).filter(|_| !self.scopes.is_declared(name))?;
        let call = match step {
            StepKind::Call(arguments) => {
                let arguments = self.nodes(arguments);
                Ok(BuiltInCall { function, arguments, at })
            }
            StepKind::CallNamed(arguments) => {
                let names: Vec<&str> = arguments.iter().map(|(name, _)| &**name).collect();
                function.order(&names).map(|order| {
                    let arguments = order.iter().map(|position| match position {
                        Some(position) => self.node(&arguments[*position].1),
                        None => Node::Constant(crate::Value::Null),
                    });
                    BuiltInCall { function, arguments: arguments.collect(), at }
                })
            }
            _ => return None,
        };
        Some(match call {
            Ok(call) => Node::BuiltIn(Box::new(call)),
            Err(why) => Node::Unknown(why.into(), at),
        })
    }

    fn step(&mut self, step: &Step) -> StepNode {
        let at = step.span.start;
        match &step.kind {
            StepKind::Member(name) => StepNode::Member(name.clone(), at),
            StepKind::Filter(condition) => {
                let item = self.scopes.push_item();
                let selector = match self.node(condition) {
                    Node::Constant(value) => Selector::Constant(value),
                    node => Selector::Condition(node),
                };
                let item_used = self.scopes.pop();
                StepNode::Filter(Box::new(Filter { item, item_used, selector, at }))
            }
            StepKind::Call(arguments) => {
                StepNode::Call(Box::new(Invocation { names: None, arguments: self.nodes(arguments), at }))
            }
            StepKind::CallNamed(arguments) => StepNode::Call(Box::new(Invocation {
                names: Some(arguments.iter().map(|(name, _)| name.clone()).collect()),
                arguments: self.nodes(arguments.iter().map(|(_, e)| e)),
                at,
            })),
        }
    }

    fn test(&mut self, test: &Test) -> TestNode {
        match test {
            Test::Compared(comparison, operand) => {
                TestNode::Compared(*comparison, self.node(operand), operand.span.start)
            }
            Test::Value(expr) => {
                let before = self.scopes.uses_of_input();
                let node = self.node(expr);
                let is_condition = self.scopes.uses_of_input() != before;
                TestNode::Value { node, is_condition, at: expr.span.start }
            }
        }
    }

    fn tests(&mut self, tests: &Tests) -> Node {
        let (negated, tests) = match tests {
            Tests::All => return Node::Constant(crate::Value::Boolean(true)),
            Tests::AnyOf(tests) => (false, tests),
            Tests::NoneOf(tests) => (true, tests),
        };
        let input = Box::new(self.scopes.resolve("?", 0));
        let tests = tests.iter().map(|test| self.test(test)).collect();
        Node::Tests { input, negated, tests }
    }
}
