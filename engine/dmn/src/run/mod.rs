//! Evaluation: the requirements graph in order, then the logic of each decision.

mod boxed;
mod invoke;
mod scope;
mod text;

use std::sync::Arc;

use hosk_feel::{Call, Environment, EvaluationError, Type, Value, Variables};

pub(crate) use scope::{Locals, Scope};
pub(crate) use text::from_text;

use crate::evaluation::{EvaluatedDecision, Evaluation, Failure, FailureReason, Warning};
use crate::graph::{Element, Graph, NodeIndex, NodeKind};
use crate::limits::MAX_WARNINGS;
use crate::logic::Logic;
use crate::table::Trace;
use crate::{DecisionKind, Strictness};

/// The state of one evaluation of the graph.
pub(crate) struct Run<'a> {
    pub(crate) graph: &'a Arc<Graph>,
    pub(crate) variables: &'a dyn Variables,
    /// Values of input data, decisions and parameters known so far, by node.
    pub(crate) values: rustc_hash::FxHashMap<NodeIndex, Value>,
    strictness: Strictness,
    pub(crate) decisions: Vec<EvaluatedDecision>,
    pub(crate) warnings: Vec<Warning>,
    failed: Option<(NodeIndex, FailureReason)>,
    /// How the rules of the failed decision contradict its hit policy.
    violation: Option<String>,
}

/// Why a run ended early; the node stands in [`Run::failed`].
pub(crate) struct Stopped;

/// See [`DecisionModel::evaluate`](crate::DecisionModel::evaluate).
pub(crate) fn evaluate(
    graph: &Arc<Graph>,
    id: &str,
    variables: &dyn Variables,
    environment: &Environment,
    strictness: Strictness,
) -> Result<Evaluation, Box<Failure>> {
    let found = graph.by_id.get(id).copied();
    let Some(index) = found.filter(|index| graph.node(*index).element.invocable_kind().is_some()) else {
        return Err(Box::new(Failure {
            decision_id: id.into(),
            decision_name: Arc::default(),
            message: format!("the model has no decision `{id}`"),
            reason: FailureReason::UnknownDecision,
            warnings: Vec::new(),
            decisions: Vec::new(),
        }));
    };
    let mut run = Run::new(graph, variables, strictness);
    let (result, _) = hosk_feel::session(environment, |call| {
        let value = run.invocable(call, index)?;
        // What was evaluated last is what was asked for.
        let output = match run.decisions.last() {
            Some(last) => last.output.clone(),
            None => call.to_json(&value).map_err(|error| run.stop(index, error))?,
        };
        Ok((output, value))
    });
    match result {
        Ok((output, value)) => {
            Ok(Evaluation { output, value, warnings: run.warnings, decisions: run.decisions })
        }
        Err(Stopped) => Err(Box::new(run.failure(index))),
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(graph: &'a Arc<Graph>, variables: &'a dyn Variables, strictness: Strictness) -> Self {
        Self {
            graph,
            variables,
            values: rustc_hash::FxHashMap::default(),
            strictness,
            decisions: Vec::new(),
            warnings: Vec::new(),
            failed: None,
            violation: None,
        }
    }

    fn failure(self, asked: NodeIndex) -> Failure {
        let (node, reason) = self.failed.unwrap_or((asked, FailureReason::UnknownDecision));
        let element = &self.graph.node(node).element;
        let message = match &reason {
            FailureReason::UnknownDecision => "the model has no such decision".to_owned(),
            FailureReason::Evaluation(error) => error.to_string(),
            FailureReason::HitPolicy => self.violation.unwrap_or_default(),
        };
        Failure {
            decision_id: element.id.clone(),
            decision_name: element.name.clone(),
            message,
            reason,
            warnings: self.warnings,
            decisions: self.decisions,
        }
    }

    /// What the evaluation of `index` gives, whichever kind of element it is.
    fn invocable(&mut self, call: &mut Call<'_, '_>, index: NodeIndex) -> Result<Value, Stopped> {
        let graph = self.graph.clone();
        let element = &graph.node(index).element;
        match &element.kind {
            NodeKind::Input => Ok(Value::Null),
            NodeKind::Decision(_) => {
                self.in_order(call, index)?;
                Ok(self.values.get(&index).cloned().unwrap_or_default())
            }
            NodeKind::Service => {
                self.take_inputs(call, index)?;
                self.in_order(call, index)?;
                let value = self.service_value(index);
                self.wrap_up(call, index, value, DecisionKind::DecisionService, Trace::default())
            }
            NodeKind::Knowledge(knowledge) => {
                let function = invoke::function(&graph, index);
                let arguments = knowledge
                    .parameters
                    .iter()
                    .map(|parameter| {
                        let value = self.variables.value(&parameter.name).unwrap_or_default();
                        from_text(value, &parameter.of)
                    })
                    .collect();
                let value = call.call(&function, arguments).map_err(|error| self.stop(index, error))?;
                self.wrap_up(call, index, value, DecisionKind::BusinessKnowledgeModel, Trace::default())
            }
        }
    }

    /// Input decisions of a service that is asked for by id: variables of their names.
    fn take_inputs(&mut self, call: &mut Call<'_, '_>, service: NodeIndex) -> Result<(), Stopped> {
        let graph = self.graph.clone();
        for input in &graph.node(service).inputs {
            let element = &graph.node(*input).element;
            let value = match &element.kind {
                NodeKind::Input => continue,
                _ => self.variables.value(&element.variable).unwrap_or_default(),
            };
            let value = from_text(value, &element.of);
            let value = call
                .conform_as(&element.id, value, &element.of, "the input decision's value")
                .map_err(|error| self.stop(*input, error))?;
            self.values.insert(*input, value);
        }
        Ok(())
    }

    /// Evaluates what a node needs, required decisions first.
    pub(crate) fn in_order(&mut self, call: &mut Call<'_, '_>, index: NodeIndex) -> Result<(), Stopped> {
        let graph = self.graph.clone();
        for decision in &*graph.order(index) {
            if !self.values.contains_key(decision) {
                let value = self.decision(call, *decision)?;
                self.values.insert(*decision, value);
            }
        }
        Ok(())
    }

    fn decision(&mut self, call: &mut Call<'_, '_>, index: NodeIndex) -> Result<Value, Stopped> {
        let graph = self.graph.clone();
        let element = &graph.node(index).element;
        let NodeKind::Decision(decision) = &element.kind else { return Ok(Value::Null) };
        let locals = self.required(call, index).map_err(|error| self.stop(index, error))?;
        let outside = self.outside(&graph.node(index).path);
        let outer = Scope::outermost(outside.as_ref(), self.variables);
        let scope = Scope::inside(&locals, &outer);
        let mut trace = Trace::default();
        let result = traced(&decision.logic, call, &scope, &mut trace);
        let result = result.and_then(|value| conform(call, element, value));
        let value = result.map_err(|error| self.stop_with_warnings(call, index, error))?;
        self.wrap_up(call, index, value, decision.logic.kind(), trace)
    }

    /// Notes what was evaluated, and takes over the warnings.
    fn wrap_up(
        &mut self,
        call: &mut Call<'_, '_>,
        index: NodeIndex,
        value: Value,
        kind: DecisionKind,
        trace: Trace,
    ) -> Result<Value, Stopped> {
        let element = &self.graph.node(index).element;
        self.take_warnings(call, &element.id);
        if let Some(what) = trace.violation
            && self.strictness == Strictness::Strict
        {
            self.failed = Some((index, FailureReason::HitPolicy));
            self.violation = Some(what);
            return Err(Stopped);
        }
        let output = call.to_json(&value).map_err(|error| self.stop(index, error))?;
        let element = &self.graph.node(index).element;
        self.decisions.push(EvaluatedDecision {
            decision_id: element.id.clone(),
            decision_name: element.name.clone(),
            kind,
            output,
            inputs: trace.inputs,
            matched_rules: trace.matched_rules,
        });
        Ok(value)
    }

    fn take_warnings(&mut self, call: &mut Call<'_, '_>, decision_id: &Arc<str>) {
        for warning in call.take_warnings() {
            if self.warnings.len() < MAX_WARNINGS {
                self.warnings.push(Warning {
                    decision_id: decision_id.clone(),
                    element_id: warning.origin,
                    position: warning.position,
                    what: warning.what,
                });
            }
        }
    }

    fn stop(&mut self, index: NodeIndex, error: EvaluationError) -> Stopped {
        self.failed = Some((index, FailureReason::Evaluation(error)));
        Stopped
    }

    fn stop_with_warnings(
        &mut self,
        call: &mut Call<'_, '_>,
        index: NodeIndex,
        error: EvaluationError,
    ) -> Stopped {
        let id = self.graph.node(index).element.id.clone();
        self.take_warnings(call, &id);
        self.stop(index, error)
    }
}

/// What a decision's logic gives; a table tells how it came to it.
fn traced(
    logic: &Logic,
    call: &mut Call<'_, '_>,
    scope: &Scope<'_>,
    trace: &mut Trace,
) -> Result<Value, EvaluationError> {
    match logic {
        Logic::Table(table) => {
            let (value, how) = table.evaluate(call, scope)?;
            *trace = how;
            Ok(value)
        }
        Logic::Typed(typed) => {
            let value = traced(&typed.logic, call, scope, trace)?;
            typed.conform(call, value)
        }
        logic => logic.evaluate(call, scope),
    }
}

/// The value as the type of the element's variable wants it.
pub(crate) fn conform(
    call: &mut Call<'_, '_>,
    element: &Element,
    value: Value,
) -> Result<Value, EvaluationError> {
    if element.of == Type::Any {
        return Ok(value);
    }
    call.conform_as(&element.id, value, &element.of, "the output")
}
