//! `hosk demo --once`: one order through, as the employee would do it, over REST; then the ledger is asked whether
//! it agrees.

use reqwest::Method;
use serde_json::{Value, json};

use super::shop::{caller, order, start};
use crate::client::Client;
use crate::failure::Failure;
use crate::print;
use crate::server::Server;

const NUMBER: &str = "O-ONCE";
const CLIENT: &str = "C-1001";
const PRODUCT: &str = "P-100";
const QUANTITY: u32 = 2;
const PRICE: u32 = 3600;

pub(crate) async fn run(server: &Server, as_json: bool) -> Result<(), Failure> {
    let (admin, anna) = (caller(server, "admin")?, caller(server, "anna")?);
    let before = stock(&admin).await?;
    let started =
        admin.post("/v2/process-instances", &start(&order(NUMBER, CLIENT, PRODUCT, QUANTITY, PRICE))).await?;
    let instance = print::plain(&started["processInstanceKey"]);
    let task = the_task(&anna, &instance).await?;
    anna.call(Method::POST, &format!("/v2/user-tasks/{task}/assignment"), Some(&json!({"assignee": "anna"})))
        .await?;
    let shipped = json!({"variables": {"carrier": "dhl", "packages": 1, "note": null}});
    let result = anna.post(&format!("/hosk/v1/user-tasks/{task}/completion"), &shipped).await?;
    if result["state"] != "COMPLETED" {
        return Err(Failure::Refused(format!(
            "the order did not go through: {}",
            print::plain(&result["summary"])
        )));
    }
    let client = variable(&admin, &instance, "client").await?;
    let delivery = variable(&admin, &instance, "delivery").await?;
    let after = stock(&admin).await?;
    let ledger = admin.get("/hosk/v1/records/ledger/check").await?;
    let agrees = ledger["ok"] == true && (before - after - f64::from(QUANTITY)).abs() < f64::EPSILON;
    let report = json!({
        "client": client,
        "delivery": delivery,
        "remainingStock": {"product": PRODUCT, "before": before, "after": after},
        "ledger": ledger,
        "agrees": agrees,
        "summary": result["summary"],
    });
    show(&report, as_json);
    if agrees {
        Ok(())
    } else {
        Err(Failure::Refused("the ledger does not agree with the delivery".to_owned()))
    }
}

fn show(report: &Value, as_json: bool) {
    if as_json {
        print::json(report);
        return;
    }
    let (client, delivery) = (&report["client"], &report["delivery"]);
    let cell = |value: &Value| print::plain(value);
    print::line(cell(&report["summary"]));
    print::line(format!("client    {} {}", cell(&client["code"]), cell(&client["name"])));
    print::line(format!("delivery  {} from {}", cell(&delivery["number"]), cell(&delivery["warehouse"])));
    for line in delivery["lines"].as_array().into_iter().flatten() {
        print::line(format!(
            "          {} × {} {}",
            cell(&line["quantity"]),
            cell(&line["product"]),
            cell(&line["name"])
        ));
    }
    let stock = &report["remainingStock"];
    print::line(format!(
        "stock     {} {} → {}",
        cell(&stock["product"]),
        cell(&stock["before"]),
        cell(&stock["after"])
    ));
    print::line(format!("ledger    {}", if report["ledger"]["ok"] == true { "agrees" } else { "DISAGREES" }));
}

async fn the_task(anna: &Client, instance: &str) -> Result<String, Failure> {
    let search = json!({"filter": {"processInstanceKey": instance, "state": "CREATED"}});
    let found = anna.post("/v2/user-tasks/search", &search).await?;
    match found["items"][0]["userTaskKey"].as_str() {
        Some(key) => Ok(key.to_owned()),
        None => Err(Failure::Refused("anna has no task to ship the goods".to_owned())),
    }
}

async fn variable(admin: &Client, instance: &str, name: &str) -> Result<Value, Failure> {
    let search = json!({"filter": {"processInstanceKey": instance, "name": name}});
    let found = admin.post("/v2/variables/search?truncateValues=false", &search).await?;
    let text = found["items"][0]["value"].as_str().unwrap_or("null");
    Ok(serde_json::from_str(text)?)
}

async fn stock(admin: &Client) -> Result<f64, Failure> {
    let found = admin.get(&format!("/hosk/v1/records/stock?product={PRODUCT}")).await?;
    let items = found["items"].as_array().cloned().unwrap_or_default();
    Ok(items.iter().filter_map(|item| item["available"].as_f64()).sum())
}
