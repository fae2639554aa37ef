//! Deployed forms by their key.

use hosk_core::FormKey;

use super::user_tasks::{FormAnswer, answer_form};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, tagged};

pub(super) fn operations() -> Vec<Operation> {
    let form = get("/v2/forms/{formKey}", "getFormByKey", "A deployed form with its schema.", form)
        .answers::<FormAnswer>()
        .refuses(&[404])
        .access(Access::Worker);
    tagged("Form", vec![form])
}

async fn form(call: Call) -> Outcome {
    let key = FormKey(call.key("formKey")?);
    answer_form(&call, key).await
}
