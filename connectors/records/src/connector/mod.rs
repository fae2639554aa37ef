//! The records as a connector: the same contract as a foreign system has.

mod contract;
pub(crate) mod schemas;

use hosk_connector::{Call, Connector, Contract, FailureKind, Outcome, async_trait};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::{ClientFilter, Page, StockFilter, StockItem};
use crate::{Error, Records};

/// Most rows that `find-clients` answers when the step does not say.
const DEFAULT_FOUND: u32 = 20;

/// The connector `records`.
#[derive(Debug)]
pub struct RecordsConnector {
    records: Records,
    contract: Contract,
}

impl RecordsConnector {
    /// A connector that works on these records.
    pub fn new(records: Records) -> Self {
        Self { records, contract: contract::contract() }
    }

    async fn run(&self, call: &Call) -> Result<Outcome, Error> {
        let records = &self.records;
        let key = Some(call.context.idempotency_key.as_str());
        if contract::is_erp(&call.operation) {
            records.outage().check(&call.context.connection.settings)?;
        }
        match call.operation.as_str() {
            "get-client" => {
                let wanted: GetClient = input(call)?;
                complete(&records.client(&wanted.code).await?)
            }
            "find-clients" => {
                let wanted: FindClients = input(call)?;
                let page = Page { from: 0, limit: wanted.limit.unwrap_or(DEFAULT_FOUND) };
                let FindClients { query, segment, blocked, .. } = wanted;
                let filter = ClientFilter { query, segment, blocked };
                let found = records.clients(&filter, page).await?;
                complete(&json!({"clients": found.items, "total": found.page.total_items}))
            }
            "create-client" => complete(&records.create_client(input(call)?, key).await?),
            "create-product" => complete(&records.create_product(input(call)?, key).await?),
            "create-delivery" => complete(&records.create_delivery(input(call)?, key).await?),
            "get-delivery" => {
                let wanted: GetDelivery = input(call)?;
                complete(&records.delivery(&wanted.number).await?)
            }
            "cancel-delivery" => complete(&records.cancel_delivery(input(call)?, key).await?),
            "receive-goods" => complete(&records.receive_goods(input(call)?, key).await?),
            "get-stock" => complete(&json!({"items": self.stock(input(call)?).await?})),
            other => {
                let message = format!("the connector `records` has no operation `{other}`");
                Ok(Outcome::failure(FailureKind::Permanent, message))
            }
        }
    }

    async fn stock(&self, wanted: GetStock) -> Result<Vec<StockItem>, Error> {
        let page = Page { from: 0, limit: crate::MAX_PAGE };
        let mut items = Vec::new();
        for product in wanted.products {
            let filter = StockFilter { product: Some(product), warehouse: wanted.warehouse.clone() };
            items.append(&mut self.records.stock(&filter, page).await?.items);
        }
        Ok(items)
    }
}

#[async_trait]
impl Connector for RecordsConnector {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    async fn call(&self, call: &Call) -> Outcome {
        match self.run(call).await {
            Ok(outcome) => outcome,
            Err(error) => {
                if let Error::Busy(_) | Error::Database(_) | Error::Migration(_) | Error::Damaged(_) = &error
                {
                    let source = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(operation = call.operation, %error, source, "records call failed");
                }
                error.into_outcome()
            }
        }
    }
}

fn complete(output: &impl Serialize) -> Result<Outcome, Error> {
    Ok(Outcome::Complete(serde_json::to_value(output)?))
}

/// Input that passed the schema fits; what comes past the schema (from a caller without one) is told what is wrong.
fn input<T: DeserializeOwned>(call: &Call) -> Result<T, Error> {
    T::deserialize(without_nulls(&call.input)).map_err(|error| Error::invalid("input", error.to_string()))
}

/// An input mapping over a missing variable gives `null`; for optional parameters that means absent.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetClient {
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindClients {
    query: Option<String>,
    segment: Option<String>,
    blocked: Option<bool>,
    limit: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetDelivery {
    number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetStock {
    products: Vec<String>,
    warehouse: Option<String>,
}
