//! Knowledge models and decision services as functions, and what a decision finds in its scope.

use std::sync::Arc;

use hosk_feel::{Call, Context, ContextBuilder, EvaluationError, Function, Parameter, Value};

use super::{Locals, Run, Scope, Stopped, from_text};
use crate::Strictness;
use crate::evaluation::FailureReason;
use crate::graph::{Graph, NodeIndex, NodeKind};

impl Run<'_> {
    /// The names that the requirements of a node bring.
    pub(super) fn required(
        &mut self,
        call: &mut Call<'_, '_>,
        index: NodeIndex,
    ) -> Result<Locals, EvaluationError> {
        let graph = self.graph.clone();
        let requires = &graph.node(index).requires;
        let mut locals = Locals::with_capacity(requires.len());
        // Ids come first, so that names hide them.
        for requirement in requires.iter().filter(|requirement| requirement.import.is_none()) {
            let element = &graph.node(requirement.node).element;
            if matches!(element.kind, NodeKind::Decision(_)) && element.id != element.variable {
                let value = self.values.get(&requirement.node).cloned().unwrap_or_default();
                locals.put(element.id.clone(), value.clone());
                if element.name != element.variable {
                    locals.put(element.name.clone(), value);
                }
            }
        }
        let mut imported: Vec<(Arc<str>, ContextBuilder)> = Vec::new();
        for requirement in requires {
            let Some(value) = self.value_of(call, requirement.node)? else { continue };
            let name = graph.node(requirement.node).element.variable.clone();
            match &requirement.import {
                None => locals.put(name, value),
                Some(import) => {
                    let known = imported.iter().position(|(own, _)| own == import);
                    let place = known.unwrap_or_else(|| {
                        imported.push((import.clone(), ContextBuilder::default()));
                        imported.len() - 1
                    });
                    imported[place].1.put(name, value);
                }
            }
        }
        for (import, members) in imported {
            locals.put(import, Value::Context(members.build()));
        }
        Ok(locals)
    }

    /// The value a required node has; `None` for input data that was not given.
    fn value_of(
        &mut self,
        call: &mut Call<'_, '_>,
        index: NodeIndex,
    ) -> Result<Option<Value>, EvaluationError> {
        if let Some(value) = self.values.get(&index) {
            return Ok(Some(value.clone()));
        }
        let graph = self.graph.clone();
        let element = &graph.node(index).element;
        Ok(match &element.kind {
            NodeKind::Decision(_) => None,
            NodeKind::Knowledge(_) | NodeKind::Service => Some(Value::Function(function(&graph, index))),
            NodeKind::Input => {
                let outside = self.outside(&graph.node(index).path);
                let given = outside.as_ref().and_then(|context| context.get(&element.variable).cloned());
                let Some(given) = given.or_else(|| self.variables.value(&element.variable)) else {
                    return Ok(None);
                };
                let given = from_text(given, &element.of);
                let value = call.conform_as(&element.id, given, &element.of, "the input data")?;
                self.values.insert(index, value.clone());
                Some(value)
            }
        })
    }

    /// The variables under the names of the imports that lead to an imported model.
    pub(super) fn outside(&self, path: &[Arc<str>]) -> Option<Context> {
        let (first, rest) = path.split_first()?;
        let mut found = self.variables.value(first)?;
        for name in rest {
            let inner = found.as_context()?.get(name)?.clone();
            found = inner;
        }
        found.as_context().cloned()
    }

    /// The output of a service whose decisions have been evaluated: the value of the one output decision, or a context
    /// of several.
    pub(super) fn service_value(&self, index: NodeIndex) -> Value {
        let node = self.graph.node(index);
        let value = |output: &NodeIndex| self.values.get(output).cloned().unwrap_or_default();
        if let [output] = &*node.outputs {
            return value(output);
        }
        let members = node.outputs.iter();
        Value::Context(members.map(|o| (self.graph.node(*o).element.variable.clone(), value(o))).collect())
    }
}

/// A knowledge model or service as a function.
pub(super) fn function(graph: &Arc<Graph>, index: NodeIndex) -> Function {
    let (node, shared) = (graph.node(index), graph.clone());
    let of = node.element.of.clone();
    if let NodeKind::Knowledge(knowledge) = &node.element.kind {
        return Function::forgiving_host(knowledge.parameters.clone(), of, move |call, arguments| {
            call_knowledge(&shared, index, call, arguments)
        });
    }
    let parameters = node.inputs.iter().map(|input| {
        let element = &graph.node(*input).element;
        Parameter { name: element.variable.clone(), of: element.of.clone() }
    });
    Function::host(parameters.collect(), of, move |call, arguments| {
        call_service(&shared, index, call, arguments)
    })
}

fn call_knowledge(
    graph: &Arc<Graph>,
    index: NodeIndex,
    call: &mut Call<'_, '_>,
    arguments: &[Value],
) -> Result<Value, EvaluationError> {
    let node = graph.node(index);
    let NodeKind::Knowledge(knowledge) = &node.element.kind else { return Ok(Value::Null) };
    let mut run = Run::new(graph, &(), Strictness::Standard);
    let mut locals = run.required(call, index)?;
    // A function may call itself by its name.
    locals.put(node.element.variable.clone(), Value::Function(function(graph, index)));
    for (parameter, argument) in knowledge.parameters.iter().zip(arguments) {
        locals.put(parameter.name.clone(), argument.clone());
    }
    knowledge.body.evaluate(call, &Scope::closed(&locals))
}

fn call_service(
    graph: &Arc<Graph>,
    index: NodeIndex,
    call: &mut Call<'_, '_>,
    arguments: &[Value],
) -> Result<Value, EvaluationError> {
    let mut run = Run::new(graph, &(), Strictness::Standard);
    run.values.extend(graph.node(index).inputs.iter().copied().zip(arguments.iter().cloned()));
    let mut kept = call.take_warnings();
    let result = run.in_order(call, index);
    // The warnings belong to the caller's evaluation again, with the element they are about.
    for warning in run.warnings.drain(..) {
        kept.push(hosk_feel::Warning {
            position: warning.position,
            what: warning.what,
            origin: warning.element_id.or(Some(warning.decision_id)),
        });
    }
    call.put_warnings(kept);
    match (result, run.failed.take()) {
        (Err(Stopped), Some((_, FailureReason::Evaluation(error)))) => Err(error),
        _ => Ok(run.service_value(index)),
    }
}
