//! Types of expressions without evaluating them, given the types of variables: for editors and for checking mappings.
//!
//! What is not known is [`Type::Any`], and nothing is said about it; a finding is only made where the value would be
//! null or an operand ignored whatever the data. Types of context members are taken as complete: another member is a
//! finding, unless the context type names no members at all.

mod functions;
mod operators;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::syntax::ast::{Expr, Iteration, Kind, RangeExpr, Span, Step, StepKind, Test, Tests};
use crate::{Position, Type};

/// What is known about variables.
#[derive(Clone, Debug, Default)]
pub struct Types {
    /// Types by variable name; for unary tests `?` is the input.
    pub variables: BTreeMap<String, Type>,
    /// Whether there are no other variables, so that another name is a finding.
    pub complete: bool,
}

/// Something that cannot be right, whatever the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeFinding {
    /// Where in the text.
    pub position: Position,
    /// What, as a sentence without full stop.
    pub what: String,
}

/// The type of an expression, and what was found on the way.
pub(crate) fn infer(tree: &Expr, text: &str, types: &Types) -> (Type, Vec<TypeFinding>) {
    let mut inference = Inference { text, types, scopes: Vec::new(), findings: Vec::new() };
    let of = inference.of(tree);
    (of, inference.findings)
}

enum Scope {
    Local(Arc<str>, Type),
    /// The item of a filter, whose members are visible.
    Item(Type),
}

struct Inference<'t> {
    text: &'t str,
    types: &'t Types,
    scopes: Vec<Scope>,
    findings: Vec<TypeFinding>,
}

/// Whether nothing can be said about values of the type.
fn is_unknown(of: &Type) -> bool {
    matches!(of, Type::Any | Type::Null)
}

/// The type without restrictions.
fn plain(of: &Type) -> &Type {
    if let Type::Restricted(restriction) = of { plain(&restriction.of) } else { of }
}

/// The type with its article.
fn article(of: &Type) -> String {
    let name = match of {
        Type::Context(_) => "context".into(),
        Type::List(_) => "list".into(),
        Type::Range(_) => "range".into(),
        Type::Function(..) | Type::AnyFunction => "function".into(),
        other => other.to_string(),
    };
    format!("a {name}")
}

impl Inference<'_> {
    fn find(&mut self, span: Span, what: String) {
        if self.findings.len() < crate::MAX_WARNINGS {
            let position = Position::of(self.text, span.start as usize);
            self.findings.push(TypeFinding { position, what });
        }
    }

    /// The expression as it is written, shortened.
    fn quoted(&self, expr: &Expr) -> String {
        let text = self.text.get(expr.span.start as usize..expr.span.end as usize).unwrap_or_default();
        let short: String = text.chars().take(40).collect();
        if short.len() < text.len() { format!("`{short}…`") } else { format!("`{short}`") }
    }

    fn of(&mut self, expr: &Expr) -> Type {
        let of = self.unrestricted(expr);
        plain(&of).clone()
    }

    fn unrestricted(&mut self, expr: &Expr) -> Type {
        match &expr.kind {
            Kind::Literal(value) => Type::of(value),
            Kind::Name(name) => self.name(name, expr.span),
            Kind::Arithmetic(first, rest) => self.arithmetic(first, rest),
            Kind::Negate(operand) => self.negated(operand),
            Kind::And(operands) | Kind::Or(operands) => {
                for operand in operands {
                    self.condition(operand, "an operand of `and` or `or`");
                }
                Type::Boolean
            }
            Kind::Compare(comparison, left, right) => self.compared(*comparison, left, right),
            Kind::Between(parts) => self.between(parts),
            Kind::In(value, tests) => {
                let of = self.of(value);
                self.tests(tests, &of);
                Type::Boolean
            }
            Kind::InstanceOf(value, _) => {
                self.of(value);
                Type::Boolean
            }
            Kind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.condition(condition, "the condition of `if`");
                self.of(then).or(self.of(otherwise))
            }
            Kind::For(iterations, body) => {
                self.scopes.push(Scope::Local("partial".into(), Type::List(Arc::new(Type::Any))));
                let result = self.iterated(iterations, |inference| inference.of(body));
                self.scopes.pop();
                Type::List(Arc::new(result))
            }
            Kind::Some(iterations, body) | Kind::Every(iterations, body) => {
                self.iterated(iterations, |inference| {
                    inference.condition(body, "the condition of `satisfies`");
                });
                Type::Boolean
            }
            Kind::Function(parameters, body) => {
                let before = self.scopes.len();
                let local =
                    |parameter: &crate::Parameter| Scope::Local(parameter.name.clone(), parameter.of.clone());
                self.scopes.extend(parameters.iter().map(local));
                let result = self.of(body);
                self.scopes.truncate(before);
                Type::Function(
                    parameters.iter().map(|parameter| parameter.of.clone()).collect(),
                    Arc::new(result),
                )
            }
            Kind::List(items) => {
                let types: Vec<Type> = items.iter().map(|item| self.of(item)).collect();
                Type::List(Arc::new(types.into_iter().reduce(Type::or).unwrap_or(Type::Null)))
            }
            Kind::Context(members) => self.context(members),
            Kind::Range(range) => self.range(range),
            Kind::Postfix(base, steps) => self.postfix(base, steps),
            Kind::Tests(tests) => {
                let input = self.types.variables.get("?").map_or(Type::Any, |of| plain(of).clone());
                if let Tests::AnyOf(tests) | Tests::NoneOf(tests) = tests {
                    self.tests(tests, &input);
                }
                Type::Boolean
            }
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Type {
        for scope in self.scopes.iter().rev() {
            match scope {
                Scope::Local(local, of) if **local == *name => return of.clone(),
                Scope::Local(..) => {}
                Scope::Item(of) => match plain(of) {
                    Type::Context(members) => {
                        if let Some((_, of)) = members.iter().find(|(member, _)| **member == *name) {
                            return of.clone();
                        }
                        if name == "item" {
                            return of.clone();
                        }
                        if members.is_empty() {
                            return Type::Any;
                        }
                    }
                    of if name == "item" => return of.clone(),
                    of if is_unknown(of) => return Type::Any,
                    _ => {}
                },
            }
        }
        if let Some(of) = self.types.variables.get(name) {
            return of.clone();
        }
        if crate::builtins::find(name).is_some() {
            return Type::AnyFunction;
        }
        if self.types.complete {
            self.find(span, format!("there is no variable `{name}`"));
        }
        Type::Any
    }

    /// Whether the text declares the name.
    fn is_declared(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| matches!(scope, Scope::Local(local, _) if **local == *name))
    }

    fn iterated<T>(&mut self, iterations: &[Iteration], body: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.scopes.len();
        for Iteration { name, domain, to } in iterations {
            let of = self.of(domain);
            if let Some(to) = to {
                self.of(to);
            }
            let item = match of {
                Type::List(item) | Type::Range(item) => Type::clone(&item),
                other => other,
            };
            self.scopes.push(Scope::Local(name.clone(), item));
        }
        let result = body(self);
        self.scopes.truncate(before);
        result
    }

    fn context(&mut self, members: &[(Arc<str>, Expr)]) -> Type {
        let before = self.scopes.len();
        let mut types = Vec::with_capacity(members.len());
        for (name, expr) in members {
            // A function may call itself.
            self.scopes.push(Scope::Local(name.clone(), Type::Any));
            let of = self.of(expr);
            self.scopes.pop();
            self.scopes.push(Scope::Local(name.clone(), of.clone()));
            types.push((name.clone(), of));
        }
        self.scopes.truncate(before);
        Type::Context(types.into())
    }

    fn range(&mut self, range: &RangeExpr) -> Type {
        let end = match range {
            RangeExpr::Between { low, high, .. } => {
                let (a, b) = (self.of(low), self.of(high));
                self.incompatible(&a, &b, low, high, "as the ends of a range");
                a.or(b)
            }
            RangeExpr::Compared(_, operand) => self.of(operand),
        };
        Type::Range(Arc::new(end))
    }

    fn tests(&mut self, tests: &[Test], input: &Type) {
        for test in tests {
            match test {
                Test::Compared(_, operand) => {
                    let of = self.of(operand);
                    self.unlike_input(input, &of, operand);
                }
                Test::Value(expr) => {
                    self.scopes.push(Scope::Local("?".into(), input.clone()));
                    let of = self.of(expr);
                    self.scopes.pop();
                    match &of {
                        Type::Range(end) => self.unlike_input(input, end, expr),
                        Type::List(_) | Type::Boolean => {}
                        of => self.unlike_input(input, of, expr),
                    }
                }
            }
        }
    }

    fn unlike_input(&mut self, input: &Type, of: &Type, test: &Expr) {
        if !operators::comparable(input, of) && !matches!(input, Type::List(_)) {
            let quoted = self.quoted(test);
            self.find(
                test.span,
                format!("{quoted} tests for {}, but the input is {}", article(of), article(input)),
            );
        }
    }

    fn postfix(&mut self, base: &Expr, steps: &[Step]) -> Type {
        let (mut of, mut rest) = (None, steps);
        if let (Kind::Name(name), Some((first, after))) = (&base.kind, steps.split_first())
            && !self.is_declared(name)
            && crate::builtins::find(name).is_some()
        {
            of = match &first.kind {
                StepKind::Call(arguments) => Some(self.built_in(name, arguments, base.span)),
                StepKind::CallNamed(arguments) => {
                    for (_, argument) in arguments {
                        self.of(argument);
                    }
                    Some(functions::result(name))
                }
                _ => None,
            };
            if of.is_some() {
                rest = after;
            }
        }
        let mut of = of.unwrap_or_else(|| self.of(base));
        for step in rest {
            of = self.step(&of, step);
        }
        of
    }

    fn step(&mut self, base: &Type, step: &Step) -> Type {
        match &step.kind {
            StepKind::Member(name) => self.member(base, name, step.span),
            StepKind::Filter(condition) => {
                let item = if let Type::List(item) = plain(base) { Type::clone(item) } else { base.clone() };
                self.scopes.push(Scope::Item(item.clone()));
                let selector = self.of(condition);
                self.scopes.pop();
                match selector {
                    Type::Number => item,
                    Type::Boolean => Type::List(Arc::new(item)),
                    of if is_unknown(&of) => Type::Any,
                    of => {
                        self.find(
                            condition.span,
                            format!("a filter is a position or a condition, not {}", article(&of)),
                        );
                        Type::Any
                    }
                }
            }
            StepKind::Call(arguments) => {
                let given: Vec<Type> = arguments.iter().map(|argument| self.of(argument)).collect();
                self.called(base, given.len(), step.span)
            }
            StepKind::CallNamed(arguments) => {
                for (_, argument) in arguments {
                    self.of(argument);
                }
                self.called(base, arguments.len(), step.span)
            }
        }
    }

    fn called(&mut self, callee: &Type, count: usize, span: Span) -> Type {
        match plain(callee) {
            Type::Function(parameters, result) => {
                if parameters.len() != count {
                    self.find(
                        span,
                        format!("the function takes {} arguments, but gets {count}", parameters.len()),
                    );
                }
                Type::clone(result)
            }
            Type::AnyFunction => Type::Any,
            of if is_unknown(of) => Type::Any,
            of => {
                self.find(span, format!("{} is called as a function", article(of)));
                Type::Any
            }
        }
    }

    fn member(&mut self, base: &Type, name: &str, span: Span) -> Type {
        match plain(base) {
            Type::Context(members) if members.is_empty() => Type::Any,
            Type::Context(members) => {
                if let Some((_, of)) = members.iter().find(|(member, _)| **member == *name) {
                    return of.clone();
                }
                let known: Vec<&str> = members.iter().take(8).map(|(member, _)| &**member).collect();
                self.find(span, format!("the context has no member `{name}`, but {}", known.join(", ")));
                Type::Any
            }
            Type::List(item) => {
                let item = Type::clone(item);
                Type::List(Arc::new(self.member(&item, name, span)))
            }
            of if is_unknown(of) => Type::Any,
            of => functions::property(of, name).unwrap_or_else(|| {
                self.find(span, format!("{} has no member `{name}`", article(of)));
                Type::Any
            }),
        }
    }
}
