//! What the host sees of a plugin: its contract, outcomes, panics.

use std::panic;

use hosk_plugin::testing::with_settings;
use hosk_plugin::{
    BpmnError, Call, Delivery, Error, Failure, FailureKind, Operation, Plugin, Result, config, http, json,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// Its number in the shop.
    order_number: String,
    #[serde(default)]
    quantity: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
struct Made {
    id: u64,
}

#[derive(Deserialize)]
struct Settings {
    limit: u32,
}

#[expect(clippy::needless_pass_by_value, reason = "operations own what they are given")]
fn make(wanted: Wanted, call: &Call) -> Result<Made> {
    let Settings { limit } = config::settings()?;
    match wanted.order_number.as_str() {
        "panic" => panic!("on purpose"),
        "exists" => {
            Err(BpmnError::new("EXISTS", "it is there").variables(json!({"attempt": call.attempt})).into())
        }
        "other" => Err(BpmnError::new("OTHER", "it is there").into()),
        "busy" => Err(Failure::new(FailureKind::Transient, "busy").code("503").into()),
        "number" => Ok(Made { id: "x".parse()? }),
        "secret" => Ok(Made { id: http::get("/").bearer("{{secrets.NONE}}").send()?.json()? }),
        _ => Ok(Made { id: wanted.quantity.unwrap_or(0).min(limit).into() }),
    }
}

fn plugin() -> Plugin {
    let make = Operation::new("make", "Make", make)
        .description("Makes one.")
        .delivery(Delivery::Keyed)
        .error("EXISTS", "It is there")
        .secret("TOKEN")
        .defaults(4, (500, 8_000), 20_000);
    Plugin::new("shop", 2, "Shop").operation(make)
}

hosk_plugin::export!(plugin);

fn outcome(input: &str) -> Result<String> {
    let call = Call { attempt: 3, ..Call::default() };
    with_settings(json!({"limit": 5}), &["TOKEN"], || plugin().invoke("make", input, &call))
}

fn failure(input: &str) -> (FailureKind, String) {
    let Err(Error::Failure(failure)) = outcome(input) else { panic!("no failure") };
    (failure.kind(), format!("{failure:?}"))
}

#[test]
fn the_contract_has_the_schemas_of_the_types() {
    let contract = plugin().contract();
    assert_eq!((&contract["id"], &contract["version"]), (&json!("shop"), &json!(2)));
    let operation = &contract["operations"][0];
    assert_eq!(operation["delivery"], "keyed");
    assert_eq!(operation["errors"], json!([{"code": "EXISTS", "meaning": "It is there"}]));
    assert_eq!(operation["capabilities"], json!({"network": true, "secrets": ["TOKEN"]}));
    assert_eq!(operation["defaults"]["backoff"], json!({"initialMs": 500, "maximumMs": 8_000}));
    let input = &operation["inputSchema"];
    assert_eq!(input["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(input["required"], json!(["orderNumber"]));
    assert_eq!(input["properties"]["orderNumber"]["description"], "Its number in the shop.");
    assert_eq!(operation["outputSchema"]["properties"]["id"]["type"], "integer");
}

#[test]
fn outcomes_are_told_as_they_are() {
    assert_eq!(outcome(r#"{"orderNumber": "1", "quantity": 9}"#), Ok(r#"{"id":5}"#.to_owned()));
    let exists = BpmnError::new("EXISTS", "it is there").variables(json!({"attempt": 3}));
    assert_eq!(outcome(r#"{"orderNumber": "exists"}"#), Err(Error::Bpmn(exists)));
    let busy = Failure::new(FailureKind::Transient, "busy").code("503");
    assert_eq!(outcome(r#"{"orderNumber": "busy"}"#), Err(Error::Failure(busy)));
}

#[test]
fn mistakes_are_failures_that_say_what_they_are() {
    let (kind, told) = failure(r#"{"quantity": 1}"#);
    assert!(kind == FailureKind::InvalidInput && told.contains("missing field `orderNumber`"), "{told}");
    let (kind, told) = failure(r#"{"orderNumber": "number"}"#);
    assert!(kind == FailureKind::Permanent && told.contains("invalid digit"), "{told}");
    let (kind, told) = failure(r#"{"orderNumber": "other"}"#);
    assert!(kind == FailureKind::Permanent && told.contains("`OTHER`, which it does not declare"), "{told}");
    let (kind, told) = failure(r#"{"orderNumber": "secret"}"#);
    assert!(kind == FailureKind::InvalidInput && told.contains("no secret"), "{told}");
    let call = Call::default();
    assert!(matches!(plugin().invoke("dance", "{}", &call), Err(Error::Failure(_))));
    let settings = with_settings(json!({"limit": "much"}), &[], || {
        plugin().invoke("make", r#"{"orderNumber": "1"}"#, &call)
    });
    assert!(format!("{settings:?}").contains("settings do not fit"), "{settings:?}");
}

#[test]
fn a_panic_is_a_failure_that_tells_its_message() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let (kind, told) = failure(r#"{"orderNumber": "panic"}"#);
    panic::set_hook(hook);
    assert!(
        kind == FailureKind::Permanent && told.contains("the plugin made a mistake: on purpose"),
        "{told}"
    );
}
