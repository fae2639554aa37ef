//! From the matching rules to the table's output.

use std::sync::Arc;

use hosk_feel::{Call, ContextBuilder, EvaluationError, Value};

use super::hit_policy::{Aggregation, HitPolicy};
use super::{Hit, Table, Trace};
use crate::run::Scope;

impl Table {
    /// The output of the table, given the matching rules in order.
    pub(super) fn result(
        &self,
        call: &mut Call<'_, '_>,
        scope: &Scope<'_>,
        mut hits: Vec<Hit>,
        trace: &mut Trace,
    ) -> Result<Value, EvaluationError> {
        if hits.is_empty() {
            return self.default(call, scope);
        }
        if matches!(self.hit_policy, HitPolicy::Priority | HitPolicy::OutputOrder) {
            // Stable: what has the same priority stays in the order of the rules.
            let mut placed = Vec::with_capacity(hits.len());
            for hit in hits {
                placed.push((self.priority(call, &hit)?, hit));
            }
            placed.sort_by(|(a, _), (b, _)| a.cmp(b));
            hits = placed.into_iter().map(|(_, hit)| hit).collect();
        }
        let counting = if self.hit_policy == HitPolicy::Priority { 1 } else { hits.len() };
        trace.matched_rules = self.report(call, &hits[..counting])?;
        match self.hit_policy {
            HitPolicy::Unique if hits.len() > 1 => {
                let rules: Vec<String> = hits.iter().take(10).map(|hit| (hit.rule + 1).to_string()).collect();
                let what = format!(
                    "the hit policy UNIQUE allows one rule to match, but the rules {} do",
                    rules.join(", ")
                );
                Ok(violated(&self.id, call, trace, what))
            }
            HitPolicy::Any => match differ(call, &hits)? {
                Some(other) => {
                    let first = hits[0].rule + 1;
                    let what = format!(
                        "the hit policy ANY wants equal outputs, but the rules {first} and {other} differ"
                    );
                    Ok(violated(&self.id, call, trace, what))
                }
                None => self.value_of(call, &hits[0].outputs),
            },
            HitPolicy::Unique | HitPolicy::Priority | HitPolicy::First => {
                self.value_of(call, &hits[0].outputs)
            }
            HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(None) => {
                let values = hits.iter().map(|hit| self.value_of(call, &hit.outputs));
                let values = values.collect::<Result<Vec<_>, _>>()?;
                call.list(values)
            }
            HitPolicy::Collect(Some(aggregation)) => self.aggregate(call, aggregation, &hits),
        }
    }

    /// The places of the outputs among the allowed values, first column first; what is not allowed comes last.
    fn priority(&self, call: &mut Call<'_, '_>, hit: &Hit) -> Result<Vec<usize>, EvaluationError> {
        let mut places = Vec::with_capacity(self.outputs.len());
        for (output, value) in self.outputs.iter().zip(&hit.outputs) {
            let Some(allowed) = &output.priorities else { continue };
            let mut place = 0;
            while place < allowed.len() && !call.equal(&allowed[place], value)? {
                place += 1;
            }
            places.push(place);
        }
        Ok(places)
    }

    /// One output is the value itself, several are a context.
    fn value_of(&self, call: &mut Call<'_, '_>, outputs: &[Value]) -> Result<Value, EvaluationError> {
        if let ([_], [value]) = (&*self.outputs, outputs) {
            return Ok(value.clone());
        }
        let mut context = ContextBuilder::with_capacity(outputs.len());
        for (output, value) in self.outputs.iter().zip(outputs) {
            context.put(output.name.clone(), value.clone());
        }
        call.context(context)
    }

    /// The output when no rule matches: the defaults if there are any; else null, or nothing collected.
    fn default(&self, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        if self.outputs.iter().all(|output| output.default.is_none()) {
            return Ok(match self.hit_policy {
                HitPolicy::Collect(Some(Aggregation::Count)) => Value::from(0),
                policy if policy.is_list() => Value::from(Vec::new()),
                _ => Value::Null,
            });
        }
        let mut values = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            values.push(match &output.default {
                Some(cell) => {
                    let value = call.evaluate_as(&cell.origin, &cell.expression, scope)?;
                    call.conform_as(&cell.origin, value, &output.of, "the default output")?
                }
                None => Value::Null,
            });
        }
        let value = self.value_of(call, &values)?;
        Ok(if self.hit_policy.is_list() && value.as_list().is_none() {
            Value::from(vec![value])
        } else {
            value
        })
    }

    /// Sum, minimum and maximum as FEEL's functions compute them.
    fn aggregate(
        &self,
        call: &mut Call<'_, '_>,
        aggregation: Aggregation,
        hits: &[Hit],
    ) -> Result<Value, EvaluationError> {
        let name = match aggregation {
            Aggregation::Count => return Ok(Value::from(hits.len() as i64)),
            Aggregation::Sum => "sum",
            Aggregation::Min => "min",
            Aggregation::Max => "max",
        };
        let mut aggregated = Vec::with_capacity(self.outputs.len());
        for column in 0..self.outputs.len() {
            let values: Vec<Value> = hits.iter().map(|hit| hit.outputs[column].clone()).collect();
            aggregated.push(call.built_in(name, &[Value::from(values)])?);
        }
        self.value_of(call, &aggregated)
    }
}

/// Null, with the reason noted.
fn violated(table: &Arc<str>, call: &mut Call<'_, '_>, trace: &mut Trace, what: String) -> Value {
    call.warn_as(table, what.clone());
    trace.violation = Some(what);
    Value::Null
}

/// The number of the first rule whose outputs differ from those of the first matching one.
fn differ(call: &mut Call<'_, '_>, hits: &[Hit]) -> Result<Option<usize>, EvaluationError> {
    let Some((first, rest)) = hits.split_first() else { return Ok(None) };
    for hit in rest {
        for (a, b) in first.outputs.iter().zip(&hit.outputs) {
            if !call.equal(a, b)? {
                return Ok(Some(hit.rule + 1));
            }
        }
    }
    Ok(None)
}
