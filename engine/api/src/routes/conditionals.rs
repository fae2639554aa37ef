//! Conditional start events of processes, evaluated with given variables.

use std::sync::Arc;

use hosk_core::ProcessDefinitionKey;
use hosk_runtime::ConditionalEvaluation;

use crate::answer::{Key, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::shape::{Object, key, tenant, variables};

static EVALUATE: Object = Object {
    name: "ConditionalEvaluationInstruction",
    fields: &[
        key(
            "processDefinitionKey",
            "Only the start events of this definition; absent: of every newest version.",
        ),
        variables("What the conditions read, and the variables of the instances that begin.").required(),
        tenant(),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    let evaluate = post(
        "/v2/conditionals/evaluation",
        "evaluateConditionals",
        "Evaluate the conditions of conditional start events; an instance begins at each that holds.",
        evaluate,
    )
    .takes(&EVALUATE)
    .answers::<EvaluatedConditionals>()
    .refuses(&[404]);
    tagged("Conditional", vec![evaluate.access(Access::Worker)])
}

answer! {
    /// What began; nothing when no condition holds.
    EvaluatedConditionals {
        conditional_evaluation_key: Key,
        tenant_id: Arc<str>,
        process_instances: Vec<BegunInstance>,
    }
}

answer! {
    /// An instance that began.
    BegunInstance {
        process_definition_key: Key,
        process_instance_key: Key,
    }
}

async fn evaluate(mut call: Call) -> Outcome {
    let mut body = call.json(&EVALUATE).await?;
    let definition = body.key("processDefinitionKey").map(ProcessDefinitionKey);
    let tenant = body.tenant()?;
    let request = ConditionalEvaluation {
        tenant: tenant.id(),
        definition,
        variables: body.variables(),
        by: call.caller.name(),
    };
    let evaluated = call.app.engine.evaluate_conditionals(request).await?;
    let began = |(definition, instance): (ProcessDefinitionKey, hosk_core::ProcessInstanceKey)| {
        BegunInstance { process_definition_key: Key(definition.0), process_instance_key: Key(instance.0) }
    };
    ok(&EvaluatedConditionals {
        conditional_evaluation_key: Key(evaluated.key),
        tenant_id: tenant.id(),
        process_instances: evaluated.instances.into_iter().map(began).collect(),
    })
}
