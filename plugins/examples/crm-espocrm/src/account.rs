//! Accounts as client cards.

use hosk_plugin::{BpmnError, Call, Error, Failure, FailureKind, Result, Value, config, http, json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ask;

/// The fields that an installation made for itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    code_field: String,
    blocked_field: String,
    credit_field: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            code_field: "code".into(),
            blocked_field: "blocked".into(),
            credit_field: "availableCredit".into(),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Code {
    /// As in the field of the setting `codeField`.
    #[schemars(title = "Code", length(min = 1))]
    code: String,
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Id {
    /// Of the account, in EspoCRM.
    #[schemars(title = "Account", length(min = 1))]
    id: String,
}

/// A client.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Card {
    id: String,
    code: Option<String>,
    name: String,
    blocked: bool,
    /// null: without a limit.
    available_credit: Option<f64>,
    email: Option<String>,
    phone: Option<String>,
    address: Option<String>,
}

/// What a search answers.
#[derive(Deserialize)]
struct Found {
    list: Vec<Value>,
}

pub(crate) fn find(wanted: Code, _: &Call) -> Result<Card> {
    let settings: Settings = config::settings()?;
    let request = http::get("/api/v1/Account")
        .query("where[0][type]", "equals")
        .query("where[0][attribute]", &settings.code_field)
        .query("where[0][value]", &wanted.code)
        .query("maxSize", 2);
    let found: Found = ask(request)?.json()?;
    match found.list.as_slice() {
        [] => {
            let message = format!("EspoCRM has no account with the code {}", wanted.code);
            Err(BpmnError::new("CLIENT_NOT_FOUND", message).variables(json!({"code": wanted.code})).into())
        }
        [account] => card(account, &settings),
        _ => {
            let message = format!("several accounts of EspoCRM have the code {}", wanted.code);
            Err(BpmnError::new("CLIENT_AMBIGUOUS", message).variables(json!({"code": wanted.code})).into())
        }
    }
}

pub(crate) fn get(wanted: Id, _: &Call) -> Result<Card> {
    let settings: Settings = config::settings()?;
    match ask(http::get(format!("/api/v1/Account/{}", http::escape(&wanted.id)))) {
        Ok(response) => card(&response.json()?, &settings),
        Err(Error::Failure(failure)) if failure.kind() == FailureKind::NotFound => {
            let message = format!("EspoCRM has no account {}", wanted.id);
            Err(BpmnError::new("CLIENT_NOT_FOUND", message).variables(json!({"id": wanted.id})).into())
        }
        Err(error) => Err(error),
    }
}

fn card(account: &Value, settings: &Settings) -> Result<Card> {
    let text = |field: &str| account[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let missing =
        |field| Failure::new(FailureKind::Permanent, format!("the account has no `{field}`: {account}"));
    let lines: Vec<_> =
        ["billingAddressStreet", "billingAddressPostalCode", "billingAddressCity", "billingAddressCountry"]
            .into_iter()
            .filter_map(text)
            .collect();
    Ok(Card {
        id: text("id").ok_or_else(|| missing("id"))?,
        code: text(&settings.code_field),
        name: text("name").ok_or_else(|| missing("name"))?,
        blocked: account[&settings.blocked_field] == true,
        available_credit: account[&settings.credit_field].as_f64(),
        email: text("emailAddress"),
        phone: text("phoneNumber"),
        address: (!lines.is_empty()).then(|| lines.join(", ")),
    })
}
