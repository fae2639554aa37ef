//! The engine's clock, where the server was started to allow it.

use hosk_core::Timestamp;

use crate::answer::no_content;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, put, tagged};
use crate::shape::{Object, integer};

static PIN: Object = Object {
    name: "ClockPinRequest",
    fields: &[integer("timestamp", 0, i64::MAX, "Milliseconds since 1970-01-01T00:00:00Z.").required()],
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Clock",
        vec![
            put("/v2/clock", "pinClock", "Stand the clock still at a moment.", pin).takes(&PIN),
            post("/v2/clock/reset", "resetClock", "Let the clock run again.", reset),
        ],
    )
}

async fn pin(mut call: Call) -> Outcome {
    let mut body = call.json(&PIN).await?;
    call.app.engine.pin_clock(Timestamp(body.required_integer("timestamp")))?;
    no_content()
}

async fn reset(call: Call) -> Outcome {
    call.app.engine.reset_clock()?;
    no_content()
}
