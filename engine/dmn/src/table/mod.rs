//! Decision tables (DMN 1.5, chapter 8): inputs, tests, the hit policy, outputs.

mod hit_policy;
mod index;
mod outputs;
mod test;

use std::sync::Arc;

use hosk_feel::{Call, EvaluationError, Expression, Type, Value};

pub(crate) use hit_policy::HitPolicy;
pub(crate) use index::Index;
pub(crate) use test::Test;

use crate::evaluation::{EvaluatedInput, EvaluatedOutput, MatchedRule};
use crate::limits::MAX_REPORTED_RULES;
use crate::logic::Cell;
use crate::run::Scope;

/// A compiled decision table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) id: Arc<str>,
    pub(crate) hit_policy: HitPolicy,
    pub(crate) inputs: Box<[Input]>,
    pub(crate) outputs: Box<[Output]>,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) index: Index,
}

#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) id: Arc<str>,
    /// Its label, else its text.
    pub(crate) name: Arc<str>,
    pub(crate) expression: Cell,
    pub(crate) of: Type,
    /// What the input may be.
    pub(crate) allowed: Option<Cell>,
}

#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) id: Arc<str>,
    /// The member of the result, if there are several outputs.
    pub(crate) name: Arc<str>,
    pub(crate) of: Type,
    /// Allowed values in order of priority.
    pub(crate) priorities: Option<Vec<Value>>,
    pub(crate) default: Option<Cell>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) tests: Box<[Test]>,
    pub(crate) outputs: Box<[Cell]>,
}

/// How a table came to its output.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) inputs: Vec<EvaluatedInput>,
    pub(crate) matched_rules: Vec<MatchedRule>,
    /// Why the matching rules contradict the hit policy.
    pub(crate) violation: Option<String>,
}

/// A matching rule with its outputs.
pub(super) struct Hit {
    pub(super) rule: usize,
    pub(super) outputs: Vec<Value>,
}

impl Table {
    /// Calls `visit` with every expression.
    pub(crate) fn cells(&self, visit: &mut impl FnMut(&Expression)) {
        for input in &self.inputs {
            visit(&input.expression.expression);
            input.allowed.iter().for_each(|cell| visit(&cell.expression));
        }
        for output in &self.outputs {
            output.default.iter().for_each(|cell| visit(&cell.expression));
        }
        for rule in &self.rules {
            rule.tests.iter().for_each(|test| visit(test.expression()));
            rule.outputs.iter().for_each(|cell| visit(&cell.expression));
        }
    }

    /// The output, and how it came about.
    pub(crate) fn evaluate(
        &self,
        call: &mut Call<'_, '_>,
        scope: &Scope<'_>,
    ) -> Result<(Value, Trace), EvaluationError> {
        let mut trace = Trace { inputs: Vec::with_capacity(self.inputs.len()), ..Trace::default() };
        let mut values = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let value = input.evaluate(call, scope)?;
            trace.inputs.push(EvaluatedInput {
                id: input.id.clone(),
                name: input.name.clone(),
                value: call.to_json(&value)?,
            });
            if !input.allows(call, &value, scope)? {
                return Ok((Value::Null, trace));
            }
            values.push(value);
        }
        let matching = self.matching(call, scope, &values)?;
        let hits = self.hits(call, scope, matching)?;
        let value = self.result(call, scope, hits, &mut trace)?;
        Ok((value, trace))
    }

    /// The rules whose tests all pass, in order; the first alone where it decides.
    fn matching(
        &self,
        call: &mut Call<'_, '_>,
        scope: &Scope<'_>,
        values: &[Value],
    ) -> Result<Vec<usize>, EvaluationError> {
        let mut matching = Vec::new();
        let candidates = self.index.candidates(values);
        call.charge(candidates.work)?;
        let mut check = |rule: usize, matching: &mut Vec<usize>| {
            call.charge(self.inputs.len())?;
            for (test, value) in self.rules[rule].tests.iter().zip(values) {
                if !test.passes(call, value, scope)? {
                    return Ok(false);
                }
            }
            matching.push(rule);
            Ok::<_, EvaluationError>(self.hit_policy == HitPolicy::First)
        };
        if let Some(rules) = candidates.rules {
            for rule in rules {
                if check(rule as usize, &mut matching)? {
                    break;
                }
            }
        } else {
            for rule in 0..self.rules.len() {
                if check(rule, &mut matching)? {
                    break;
                }
            }
        }
        Ok(matching)
    }

    /// The outputs of the matching rules.
    fn hits(
        &self,
        call: &mut Call<'_, '_>,
        scope: &Scope<'_>,
        matching: Vec<usize>,
    ) -> Result<Vec<Hit>, EvaluationError> {
        let mut hits = Vec::with_capacity(matching.len());
        for rule in matching {
            let mut outputs = Vec::with_capacity(self.outputs.len());
            for (cell, output) in self.rules[rule].outputs.iter().zip(&self.outputs) {
                let value = call.evaluate_as(&cell.origin, &cell.expression, scope)?;
                outputs.push(call.conform_as(&cell.origin, value, &output.of, "the output")?);
            }
            hits.push(Hit { rule, outputs });
        }
        Ok(hits)
    }

    pub(super) fn report(
        &self,
        call: &mut Call<'_, '_>,
        hits: &[Hit],
    ) -> Result<Vec<MatchedRule>, EvaluationError> {
        let mut reported = Vec::with_capacity(hits.len().min(MAX_REPORTED_RULES));
        for hit in hits.iter().take(MAX_REPORTED_RULES) {
            let mut outputs = Vec::with_capacity(hit.outputs.len());
            for (output, value) in self.outputs.iter().zip(&hit.outputs) {
                let (id, name, value) = (output.id.clone(), output.name.clone(), call.to_json(value)?);
                outputs.push(EvaluatedOutput { id, name, value });
            }
            let rule_id = self.rules[hit.rule].id.clone();
            reported.push(MatchedRule { rule_id, rule_index: hit.rule + 1, outputs });
        }
        Ok(reported)
    }
}

impl Input {
    fn evaluate(&self, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        let cell = &self.expression;
        let value = call.evaluate_as(&cell.origin, &cell.expression, scope)?;
        let value = crate::run::from_text(value, &self.of);
        call.conform_as(&cell.origin, value, &self.of, "the input")
    }

    /// Whether the value is one of the allowed ones; null always is, as a test may ask for it.
    fn allows(
        &self,
        call: &mut Call<'_, '_>,
        value: &Value,
        scope: &Scope<'_>,
    ) -> Result<bool, EvaluationError> {
        let Some(cell) = &self.allowed else { return Ok(true) };
        if value.is_null() {
            return Ok(true);
        }
        let inside = Scope::testing(value, scope);
        if call.evaluate_as(&cell.origin, &cell.expression, &inside)?.as_bool() == Some(true) {
            return Ok(true);
        }
        let text = cell.expression.text();
        call.warn_as(
            &cell.origin,
            format!("the input is {}, none of the allowed values {text}", value.describe()),
        );
        Ok(false)
    }
}
