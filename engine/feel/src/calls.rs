//! Where an expression calls a function, and with what: for what reads expressions without evaluating them.

use std::sync::Arc;

use crate::Expression;
use crate::syntax::ast::{Expr, Kind, RangeExpr, StepKind, Test, Tests};

/// An argument as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name, where the call names its arguments.
    pub name: Option<Arc<str>>,
    /// Its text.
    pub text: String,
    /// The path, when it is nothing but a variable or a member of one: `order.total`.
    pub path: Option<String>,
}

impl Expression {
    /// The arguments of every call of this function by its name, in the order of the text.
    pub fn calls(&self, function: &str) -> Vec<Vec<Argument>> {
        let mut found = Vec::new();
        // A stack instead of recursion; what comes first in the text lies on top.
        let mut left = vec![self.tree()];
        while let Some(expression) = left.pop() {
            if let Kind::Postfix(called, steps) = &expression.kind
                && matches!(&called.kind, Kind::Name(name) if **name == *function)
            {
                match steps.first().map(|step| &step.kind) {
                    Some(StepKind::Call(arguments)) => {
                        found.push(arguments.iter().map(|one| self.argument(None, one)).collect());
                    }
                    Some(StepKind::CallNamed(arguments)) => {
                        let named = |(name, one): &(Arc<str>, Expr)| self.argument(Some(name.clone()), one);
                        found.push(arguments.iter().map(named).collect());
                    }
                    Some(StepKind::Member(_) | StepKind::Filter(_)) | None => {}
                }
            }
            left.extend(parts(expression).into_iter().rev());
        }
        found
    }

    fn argument(&self, name: Option<Arc<str>>, written: &Expr) -> Argument {
        let stretch = written.span.start as usize..written.span.end as usize;
        let text = self.text().get(stretch).unwrap_or_default().trim().to_owned();
        Argument { name, text, path: path(written) }
    }
}

/// `a` or `a.b.c`.
fn path(expression: &Expr) -> Option<String> {
    match &expression.kind {
        Kind::Name(name) => Some(name.to_string()),
        Kind::Postfix(base, steps) => {
            let mut path = path(base)?;
            for step in steps {
                let StepKind::Member(name) = &step.kind else { return None };
                path.push('.');
                path.push_str(name);
            }
            Some(path)
        }
        _ => None,
    }
}

/// What an expression directly consists of, in the order of the text.
fn parts(expression: &Expr) -> Vec<&Expr> {
    match &expression.kind {
        Kind::Literal(_) | Kind::Name(_) | Kind::Tests(Tests::All) => Vec::new(),
        Kind::Arithmetic(first, more) => {
            std::iter::once(&**first).chain(more.iter().map(|(_, one)| one)).collect()
        }
        Kind::Negate(one) | Kind::InstanceOf(one, _) | Kind::Function(_, one) => vec![one],
        Kind::And(all) | Kind::Or(all) | Kind::List(all) => all.iter().collect(),
        Kind::Compare(_, one, other) => vec![one, other],
        Kind::Between(three) | Kind::If(three) => three.iter().collect(),
        Kind::In(one, tests) => std::iter::once(&**one).chain(tests.iter().flat_map(of_test)).collect(),
        Kind::For(iterations, one) | Kind::Some(iterations, one) | Kind::Every(iterations, one) => {
            let domains = iterations.iter().flat_map(|i| std::iter::once(&i.domain).chain(&i.to));
            domains.chain(std::iter::once(&**one)).collect()
        }
        Kind::Context(entries) => entries.iter().map(|(_, one)| one).collect(),
        Kind::Range(range) => match &**range {
            RangeExpr::Between { low, high, .. } => vec![low, high],
            RangeExpr::Compared(_, one) => vec![one],
        },
        Kind::Postfix(base, steps) => {
            let of_step = |kind| match kind {
                &StepKind::Member(_) => Vec::new(),
                StepKind::Filter(one) => vec![one],
                StepKind::Call(arguments) => arguments.iter().collect(),
                StepKind::CallNamed(arguments) => arguments.iter().map(|(_, one)| one).collect(),
            };
            std::iter::once(&**base).chain(steps.iter().flat_map(|step| of_step(&step.kind))).collect()
        }
        Kind::Tests(Tests::AnyOf(tests) | Tests::NoneOf(tests)) => tests.iter().flat_map(of_test).collect(),
    }
}

fn of_test(test: &Test) -> Vec<&Expr> {
    match test {
        Test::Compared(_, one) | Test::Value(one) => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Names;

    fn calls(text: &str) -> Vec<Vec<Argument>> {
        Expression::compile(text, &Names::default()).unwrap().calls("fromAi")
    }

    #[test]
    fn calls_are_found_wherever_they_stand() {
        let found = calls(
            r#"{a: [fromAi(tool.first, "One"), "x" + string(fromAi(second))], b: if fromAi(value: a.b.c, type: "t")
                then 1 else f(fromAi)}"#,
        );
        let paths: Vec<_> = found.iter().map(|call| call[0].path.as_deref()).collect();
        assert_eq!(paths, [Some("tool.first"), Some("second"), Some("a.b.c")]);
        assert_eq!((found[0][1].text.as_str(), found[0][1].path.as_deref()), (r#""One""#, None));
        assert_eq!(found[2][1].name.as_deref(), Some("type"));
    }

    #[test]
    fn what_is_no_path_is_given_as_text() {
        let found = calls(r#"fromAi(a[1].b, {enum: ["A", "B"]}).c"#);
        assert_eq!(found[0][0].path, None);
        assert_eq!(found[0][1].text, r#"{enum: ["A", "B"]}"#);
        assert_eq!(calls("other(1)"), Vec::<Vec<Argument>>::new());
    }
}
