//! The engine's clock, where the server was started to allow it.

use hosk_core::Timestamp;
use hosk_store::read::{AuditEntityType, AuditOperation};

use crate::answer::{Time, no_content};
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, put, tagged};
use crate::shape::{Object, integer};

/// What the clock is in the audit log.
const CLOCK: &str = "clock";

static PIN: Object = Object {
    name: "ClockPinRequest",
    fields: &[integer("timestamp", 0, i64::MAX, "Milliseconds since 1970-01-01T00:00:00Z.").required()],
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Clock",
        vec![
            put("/v2/clock", "pinClock", "Stand the clock still at a moment.", pin)
                .noted(AuditOperation::Update, AuditEntityType::Resource)
                .takes(&PIN),
            post("/v2/clock/reset", "resetClock", "Let the clock run again.", reset)
                .noted(AuditOperation::Update, AuditEntityType::Resource),
        ],
    )
}

async fn pin(mut call: Call) -> Outcome {
    let at = Timestamp(call.json(&PIN).await?.required_integer("timestamp"));
    call.tells(|told| _ = told.about(CLOCK).detail(&format!("clock: stands at {}", Time(at))));
    call.app.engine.pin_clock(at)?;
    no_content()
}

async fn reset(call: Call) -> Outcome {
    call.tells(|told| _ = told.about(CLOCK).detail("clock: runs"));
    call.app.engine.reset_clock()?;
    no_content()
}
