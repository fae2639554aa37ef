//! The records over HTTP, under `/hosk/v1/records`.
//!
//! Lists take `from`, `limit` and filters as query parameters and answer `{items, page}`. Changes take the header
//! `Idempotency-Key`. Errors are `application/problem+json` with a `code`.

mod clients;
mod deliveries;
mod extract;
mod problem;
mod route;
mod shapes;
mod stock;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{LedgerReport, Records};
use extract::Body;
use problem::Problem;
use route::{BASE, Route};

/// Longest request body, in bytes: the longest delivery order with room to spare.
const MAX_BODY: usize = 1024 * 1024;

/// All routes, with absolute paths, to be merged into the server's.
pub fn router(records: Records) -> Router {
    let mut routes = Router::new();
    for route in all() {
        routes = routes.route(route.path, route.handler);
    }
    let routes = routes
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(records);
    Router::new().nest(BASE, routes).layer(middleware::from_fn(problem::with_instance))
}

/// The same for an OpenAPI document: its `paths` and `components`. The host has the schema `Refusal` of refusals
/// (RFC 9457), and says who may do what.
pub fn openapi() -> Value {
    route::document(&all())
}

fn all() -> Vec<Route> {
    let mut all = of_crm();
    all.extend(of_erp());
    all
}

fn of_crm() -> Vec<Route> {
    vec![
        Route::new(("get", "/clients"), "getRecordsClients", "Client cards.", get(clients::list))
            .lists(shapes::CLIENT, shapes::CLIENT_FILTERS),
        Route::new(("post", "/clients"), "createRecordsClient", "A new client card.", post(clients::create))
            .takes(shapes::NEW_CLIENT)
            .keyed()
            .creates(shapes::CLIENT)
            .refuses(&[409]),
        Route::new(("get", "/clients/{code}"), "getRecordsClient", "One client card.", get(clients::read))
            .answers(shapes::CLIENT)
            .refuses(&[404]),
        Route::new(
            ("put", "/clients/{code}"),
            "updateRecordsClient",
            "Change a card, by the version that was read.",
            put(clients::update),
        )
        .takes(shapes::CLIENT_UPDATE)
        .answers(shapes::CLIENT)
        .refuses(&[404, 409]),
    ]
}

fn of_erp() -> Vec<Route> {
    let mut all = of_stock();
    all.extend(vec![
        Route::new(("get", "/deliveries"), "getRecordsDeliveries", "Delivery orders.", get(deliveries::list))
            .lists(shapes::DELIVERY, shapes::DELIVERY_FILTERS),
        Route::new(
            ("post", "/deliveries"),
            "createRecordsDelivery",
            "Deliver goods.",
            post(deliveries::create),
        )
        .takes(shapes::NEW_DELIVERY)
        .keyed()
        .creates(shapes::DELIVERY)
        .refuses(&[404, 409]),
        Route::new(
            ("get", "/deliveries/{number}"),
            "getRecordsDelivery",
            "One delivery.",
            get(deliveries::read),
        )
        .answers(shapes::DELIVERY)
        .refuses(&[404]),
        Route::new(
            ("post", "/deliveries/{number}/cancellation"),
            "cancelRecordsDelivery",
            "Take an unpaid delivery back.",
            post(deliveries::cancel),
        )
        .takes(shapes::CANCELLATION)
        .keyed()
        .answers(shapes::DELIVERY)
        .refuses(&[404, 409]),
        Route::new(
            ("post", "/deliveries/{number}/payments"),
            "payRecordsDelivery",
            "Book money received for a delivery.",
            post(deliveries::pay),
        )
        .takes(shapes::PAYMENT)
        .keyed()
        .answers(shapes::DELIVERY)
        .refuses(&[404, 409]),
        Route::new(("get", "/ledger/check"), "checkRecordsLedger", "Verify the books.", get(ledger_check))
            .answers(shapes::LEDGER),
        Route::new(("get", "/outage"), "getRecordsOutage", "Whether the fire drill is on.", get(outage))
            .answers(shapes::OUTAGE),
        Route::new(("put", "/outage"), "startRecordsOutage", "Start the fire drill.", put(start_outage))
            .takes(shapes::NEW_OUTAGE)
            .answers(shapes::OUTAGE),
        Route::new(("delete", "/outage"), "endRecordsOutage", "End the fire drill.", delete(end_outage)),
    ]);
    all
}

fn of_stock() -> Vec<Route> {
    vec![
        Route::new(("get", "/products"), "getRecordsProducts", "Products.", get(stock::products))
            .lists(shapes::PRODUCT, shapes::PRODUCT_FILTERS),
        Route::new(
            ("post", "/products"),
            "createRecordsProduct",
            "A new product.",
            post(stock::create_product),
        )
        .takes(shapes::NEW_PRODUCT)
        .keyed()
        .creates(shapes::PRODUCT)
        .refuses(&[409]),
        Route::new(("get", "/products/{code}"), "getRecordsProduct", "One product.", get(stock::product))
            .answers(shapes::PRODUCT)
            .refuses(&[404]),
        Route::new(("get", "/warehouses"), "getRecordsWarehouses", "All warehouses.", get(stock::warehouses))
            .answers_all(shapes::WAREHOUSE),
        Route::new(
            ("post", "/warehouses"),
            "createRecordsWarehouse",
            "A new warehouse.",
            post(stock::create_warehouse),
        )
        .takes(shapes::NEW_WAREHOUSE)
        .creates(shapes::WAREHOUSE)
        .refuses(&[409]),
        Route::new(("get", "/stock"), "getRecordsStock", "What lies where.", get(stock::list))
            .lists(shapes::STOCK_ITEM, shapes::STOCK_FILTERS)
            .refuses(&[404]),
        Route::new(("get", "/stock/moves"), "getRecordsMoves", "Moves of the ledger.", get(stock::moves))
            .lists(shapes::MOVE, shapes::MOVE_FILTERS),
        Route::new(
            ("post", "/stock/receipts"),
            "createRecordsReceipt",
            "Receive goods.",
            post(stock::receive),
        )
        .takes(shapes::NEW_RECEIPT)
        .keyed()
        .creates(shapes::RECEIPT)
        .refuses(&[404, 409]),
    ]
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
