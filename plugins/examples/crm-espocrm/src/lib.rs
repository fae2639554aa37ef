//! Accounts of EspoCRM as clients (https://docs.espocrm.com/development/api/). The code of a client stands in a field of the
//! account that the setting `codeField` names.

mod account;
mod note;

use hosk_plugin::http::{Request, Response};
use hosk_plugin::{Delivery, Failure, FailureKind, Operation, Plugin, Result};

/// Sends a request with the API key; an error status is a failure that tells EspoCRM's own reason.
fn ask(request: Request) -> Result<Response> {
    let response = request.secret_header("x-api-key", "{{secrets.API_KEY}}").send()?;
    if response.is_ok() {
        return Ok(response);
    }
    let failure = response.failure("EspoCRM");
    Err(match response.header("x-status-reason") {
        Some(reason) => {
            let message = format!("EspoCRM answered {}: {reason}", response.status());
            Failure::new(FailureKind::of_status(response.status()), message)
                .code(response.status().to_string())
                .into()
        }
        None => failure.into(),
    })
}

/// The connector.
pub fn plugin() -> Plugin {
    let find = Operation::new("find-client", "Find client", account::find)
        .description("The card of the account with this code.")
        .error("CLIENT_NOT_FOUND", "EspoCRM has no such account")
        .error("CLIENT_AMBIGUOUS", "Several accounts have this code")
        .secret("API_KEY");
    let get = Operation::new("get-client", "Get client", account::get)
        .description("The card of an account whose id is known.")
        .error("CLIENT_NOT_FOUND", "EspoCRM has no such account")
        .secret("API_KEY");
    let note = Operation::new("add-note", "Add note", note::add)
        .description("Writes a post into the stream of an account, once however often it is tried.")
        .delivery(Delivery::SearchBeforeRetry)
        .secret("API_KEY");
    Plugin::new("crm-espocrm", 1, "EspoCRM").operation(find).operation(get).operation(note)
}

hosk_plugin::export!(plugin);
