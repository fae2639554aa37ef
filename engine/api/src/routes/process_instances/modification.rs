//! Modifying an instance, suspending and resuming it.

use std::sync::Arc;

use hosk_core::{Activation, Ancestor, Chosen, ElementInstanceKey, Modification, Move, VariablesAt};

use crate::answer::no_content;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post};
use crate::problem::Problem;
use crate::shape::{Body, Object, key, name, object, objects, one_of, operation_reference, text, variables};
use hosk_store::read::{AuditEntityType, AuditOperation};

/// Longest element id, in characters.
const ID_MAX: usize = 4_096;

static VARIABLES: Object = Object {
    name: "ModifyProcessInstanceVariableInstruction",
    fields: &[
        variables("The variables to set.").required(),
        text(
            "scopeId",
            "The element, or a container around it, to set them at; absent or empty: the instance.",
        ),
    ],
};

static ACTIVATE: Object = Object {
    name: "ProcessInstanceModificationActivateInstruction",
    fields: &[
        name("elementId", ID_MAX, "The element to begin before.").required(),
        objects("variableInstructions", &VARIABLES, "Variables to set before."),
        key(
            "ancestorElementInstanceKey",
            "The element instance to begin in; -1 or absent: the one that is there.",
        ),
    ],
};

static SOURCE: Object = Object {
    name: "SourceElementInstruction",
    fields: &[
        one_of("sourceType", &["byId", "byKey"], "How the source is named.").required(),
        name("sourceElementId", ID_MAX, "For `byId`: every active element instance of this element."),
        key("sourceElementInstanceKey", "For `byKey`: this element instance."),
    ],
};

static ANCESTOR: Object = Object {
    name: "AncestorScopeInstruction",
    fields: &[
        one_of("ancestorScopeType", &["direct", "inferred", "sourceParent"], "How the scope is found.")
            .required(),
        key("ancestorElementInstanceKey", "For `direct`: the element instance to begin in."),
    ],
};

static MOVE: Object = Object {
    name: "ProcessInstanceModificationMoveInstruction",
    fields: &[
        object("sourceElementInstruction", &SOURCE, "What to move.").required(),
        name("targetElementId", ID_MAX, "The element to begin before.").required(),
        object("ancestorScopeInstruction", &ANCESTOR, "Where to begin it; absent: in the one that is there."),
        objects("variableInstructions", &VARIABLES, "Variables to set before."),
    ],
};

static TERMINATE: Object = Object {
    name: "ProcessInstanceModificationTerminateInstruction",
    fields: &[
        name("elementId", ID_MAX, "Every active element instance of this element; either this or the key."),
        key("elementInstanceKey", "The element instance to stop."),
    ],
};

static MODIFY: Object = Object {
    name: "ProcessInstanceModificationInstruction",
    fields: &[
        operation_reference(),
        objects("activateInstructions", &ACTIVATE, "Elements to begin before."),
        objects("moveInstructions", &MOVE, "Tokens to move."),
        objects("terminateInstructions", &TERMINATE, "Element instances to stop."),
    ],
};

static SUSPEND: Object = Object { name: "SuspendProcessInstanceRequest", fields: &[operation_reference()] };
static RESUME: Object = Object { name: "ResumeProcessInstanceRequest", fields: &[operation_reference()] };

pub(super) fn operations() -> Vec<Operation> {
    vec![
        post(
            "/v2/process-instances/{processInstanceKey}/modification",
            "modifyProcessInstance",
            "Begin before elements, stop element instances, move tokens: all of it, or nothing.",
            modify,
        )
        .noted_within(AuditOperation::Modify, AuditEntityType::ProcessInstance)
        .takes(&MODIFY)
        .refuses(&[404, 409]),
        post(
            "/v2/process-instances/{processInstanceKey}/suspension",
            "suspendProcessInstance",
            "Suspend an instance and those it called.",
            suspend,
        )
        .noted_within(AuditOperation::Suspend, AuditEntityType::ProcessInstance)
        .may_take(&SUSPEND)
        .refuses(&[404, 409]),
        post(
            "/v2/process-instances/{processInstanceKey}/resumption",
            "resumeProcessInstance",
            "Resume an instance and those it called.",
            resume,
        )
        .noted_within(AuditOperation::Resume, AuditEntityType::ProcessInstance)
        .may_take(&RESUME)
        .refuses(&[404, 409]),
    ]
}

async fn modify(mut call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    let mut body = call.json(&MODIFY).await?;
    let instance = call.seen_instance(key).await?;
    let each = |bodies: Option<Vec<Body>>| bodies.unwrap_or_default().into_iter();
    let modification = Modification {
        activate: each(body.objects("activateInstructions"))
            .map(|mut one| activation(&mut one))
            .collect::<Result<_, _>>()?,
        moves: each(body.objects("moveInstructions"))
            .map(|mut one| movement(&mut one))
            .collect::<Result<_, _>>()?,
        terminate: each(body.objects("terminateInstructions"))
            .map(|mut one| {
                let found = (one.text("elementId"), one.key("elementInstanceKey"));
                chosen(found, "`terminateInstructions`", "`elementId` and `elementInstanceKey`")
            })
            .collect::<Result<_, _>>()?,
    };
    call.app.engine.modify(instance, modification, call.caller.name()).await?;
    no_content()
}

async fn suspend(mut call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    call.optional_json(&SUSPEND).await?;
    let instance = call.seen_instance(key).await?;
    call.app.engine.suspend(instance, call.caller.name()).await?;
    no_content()
}

async fn resume(mut call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    call.optional_json(&RESUME).await?;
    let instance = call.seen_instance(key).await?;
    call.app.engine.resume(instance, call.caller.name()).await?;
    no_content()
}

fn activation(body: &mut Body) -> Result<Activation, Problem> {
    Ok(Activation {
        element: body.required_text("elementId").into(),
        // -1, which is read as 0, is how some clients say "none".
        ancestor: body.key("ancestorElementInstanceKey").filter(|key| *key > 0).map(ElementInstanceKey),
        variables: variables_of(body)?,
    })
}

fn movement(body: &mut Body) -> Result<Move, Problem> {
    let mut source = body.object("sourceElementInstruction").map_or_else(|| Body::empty(&SOURCE), Ok)?;
    let by_id = source.word("sourceType") == Some("byId");
    let (id, key) = (source.text("sourceElementId"), source.key("sourceElementInstanceKey"));
    if by_id == id.is_none() || by_id == key.is_some() {
        let wanted = if by_id { "`sourceElementId`" } else { "`sourceElementInstanceKey`" };
        let detail = format!("This `sourceType` takes {wanted} and nothing else.");
        return Err(Problem::invalid_argument(detail));
    }
    Ok(Move {
        from: chosen(
            (id, key),
            "`sourceElementInstruction`",
            "`sourceElementId` and `sourceElementInstanceKey`",
        )?,
        to: body.required_text("targetElementId").into(),
        ancestor: match body.object("ancestorScopeInstruction") {
            Some(mut instruction) => ancestor(&mut instruction)?,
            None => Ancestor::Existing,
        },
        variables: variables_of(body)?,
    })
}

fn ancestor(body: &mut Body) -> Result<Ancestor, Problem> {
    match (body.word("ancestorScopeType"), body.key("ancestorElementInstanceKey")) {
        (Some("direct"), Some(key)) => Ok(Ancestor::Key(ElementInstanceKey(key))),
        (Some("inferred"), None) => Ok(Ancestor::Inferred),
        (Some("sourceParent"), None) => Ok(Ancestor::SourceParent),
        _ => Err(Problem::invalid_argument(
            "`ancestorScopeInstruction` takes `ancestorElementInstanceKey` with the type `direct`, and only then.",
        )),
    }
}

fn chosen(found: (Option<String>, Option<u64>), place: &str, names: &str) -> Result<Chosen, Problem> {
    match found {
        (Some(id), None) => Ok(Chosen::Id(id.into())),
        (None, Some(key)) => Ok(Chosen::Key(ElementInstanceKey(key))),
        _ => Err(Problem::invalid_argument(format!("{place} takes exactly one of {names}."))),
    }
}

fn variables_of(body: &mut Body) -> Result<Vec<VariablesAt>, Problem> {
    let instructions = body.objects("variableInstructions").unwrap_or_default().into_iter();
    let each = |mut one: Body| {
        let variables = one.variables();
        if variables.is_empty() {
            return Err(Problem::invalid_argument(
                "No variables provided. An instruction of variables sets at least one.",
            ));
        }
        Ok(VariablesAt { scope: one.text("scopeId").filter(|id| !id.is_empty()).map(Arc::from), variables })
    };
    instructions.map(each).collect()
}
