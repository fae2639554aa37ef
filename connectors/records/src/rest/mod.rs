//! The records over HTTP, under `/hosk/v1/records`.
//!
//! Lists take `from`, `limit` and filters as query parameters and answer `{items, page}`. Changes take the header
//! `Idempotency-Key`. Errors are `application/problem+json` with a `code`.

mod clients;
mod deliveries;
mod extract;
mod problem;
mod stock;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};

use crate::{LedgerReport, Records};
use extract::Body;
use problem::Problem;

/// Longest request body, in bytes: the longest delivery order with room to spare.
const MAX_BODY: usize = 1024 * 1024;

/// All routes, with absolute paths, to be merged into the server's.
pub fn router(records: Records) -> Router {
    let routes = Router::new()
        .route("/clients", get(clients::list).post(clients::create))
        .route("/clients/{code}", get(clients::read).put(clients::update))
        .route("/products", get(stock::products).post(stock::create_product))
        .route("/products/{code}", get(stock::product))
        .route("/warehouses", get(stock::warehouses).post(stock::create_warehouse))
        .route("/stock", get(stock::list))
        .route("/stock/moves", get(stock::moves))
        .route("/stock/receipts", post(stock::receive))
        .route("/deliveries", get(deliveries::list).post(deliveries::create))
        .route("/deliveries/{number}", get(deliveries::read))
        .route("/deliveries/{number}/cancellation", post(deliveries::cancel))
        .route("/deliveries/{number}/payments", post(deliveries::pay))
        .route("/ledger/check", get(ledger_check))
        .route("/outage", get(outage).put(start_outage).delete(end_outage))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(records);
    Router::new().nest("/hosk/v1/records", routes).layer(middleware::from_fn(problem::with_instance))
}

async fn ledger_check(State(records): State<Records>) -> Result<Json<LedgerReport>, Problem> {
    Ok(Json(records.ledger_check().await?))
}

/// The fire drill of the ERP.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OutageState {
    active: bool,
    remaining_seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartOutage {
    seconds: u32,
}

async fn outage(State(records): State<Records>) -> Json<OutageState> {
    let remaining = records.outage().remaining();
    let remaining_seconds = remaining.map_or(0, |left| left.as_secs_f64().ceil() as u64);
    Json(OutageState { active: remaining.is_some(), remaining_seconds })
}

async fn start_outage(State(records): State<Records>, Body(wanted): Body<StartOutage>) -> Json<OutageState> {
    records.outage().set_for(std::time::Duration::from_secs(wanted.seconds.into()));
    outage(State(records)).await
}

async fn end_outage(State(records): State<Records>) -> StatusCode {
    records.outage().set_for(std::time::Duration::ZERO);
    StatusCode::NO_CONTENT
}
