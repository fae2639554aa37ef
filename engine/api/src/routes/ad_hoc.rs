//! Ad-hoc sub-processes: activating what stands in them.

use std::sync::Arc;

use crate::answer::no_content;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::shape::{Object, boolean, name, objects, variables};

/// Longest element id, in characters.
const ID_MAX: usize = 4_096;

static ELEMENT: Object = Object {
    name: "AdHocSubProcessActivateActivityReference",
    fields: &[
        name("elementId", ID_MAX, "An element without incoming flow.").required(),
        variables("Variables that this activation has."),
    ],
};

static ACTIVATE: Object = Object {
    name: "AdHocSubProcessActivateActivitiesInstruction",
    fields: &[
        objects("elements", &ELEMENT, "What to activate, each as often as it is named.").required(),
        boolean("cancelRemainingInstances", "Stop what runs in it before; false by default."),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Ad-hoc sub-process",
        vec![
            post(
                "/v2/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation",
                "activateAdHocSubProcessActivities",
                "Activate elements of an ad-hoc sub-process: all that are named, or none.",
                activate,
            )
            .takes(&ACTIVATE)
            .refuses(&[404, 409]),
        ],
    )
}

async fn activate(mut call: Call) -> Outcome {
    let mut body = call.json(&ACTIVATE).await?;
    let key = call.key("adHocSubProcessInstanceKey")?;
    let named = body.objects("elements").unwrap_or_default();
    let elements = named
        .into_iter()
        .map(|mut one| (Arc::from(one.required_text("elementId")), one.variables()))
        .collect();
    let cancel_remaining = body.boolean("cancelRemainingInstances").unwrap_or_default();
    let ad_hoc = call.seen_as("ad-hoc sub-process", key).await?;
    call.app.engine.activate_ad_hoc(ad_hoc, elements, cancel_remaining, call.caller.name()).await?;
    no_content()
}
