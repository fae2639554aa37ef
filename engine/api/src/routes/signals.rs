//! Signals from outside.

use std::sync::Arc;

use hosk_runtime::Signal;

use crate::answer::{Key, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::problem::Problem;
use crate::shape::{Object, name, tenant, variables};

/// Longest signal name, in characters.
const NAME_MAX: usize = 4_096;

static BROADCAST: Object = Object {
    name: "SignalBroadcastRequest",
    fields: &[
        name("signalName", NAME_MAX, "The signal's name.").required(),
        variables("Variables for the instances it reaches."),
        tenant(),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    let broadcast = post(
        "/v2/signals/broadcast",
        "broadcastSignal",
        "Give a signal to everybody who waits for it.",
        broadcast,
    )
    .takes(&BROADCAST)
    .answers::<BroadcastSignal>();
    tagged("Signal", vec![broadcast.access(Access::Worker)])
}

answer! {
    /// A signal was taken.
    BroadcastSignal {
        tenant_id: Arc<str>,
        signal_key: Key,
    }
}

/// Clients know a signal without a name by the title of a bad request.
fn without_name(problem: Problem) -> Problem {
    if problem.code() != "missing-field" {
        return problem;
    }
    Problem::malformed(problem.detail()).coded("missing-field")
}

async fn broadcast(mut call: Call) -> Outcome {
    let mut body = call.json(&BROADCAST).await.map_err(without_name)?;
    let tenant = body.tenant()?;
    let signal = Signal {
        tenant: tenant.id(),
        name: body.required_text("signalName").into(),
        variables: body.variables(),
    };
    let broadcast = call.app.engine.broadcast(signal).await?;
    ok(&BroadcastSignal { tenant_id: tenant.id(), signal_key: Key(broadcast.key.0) })
}
