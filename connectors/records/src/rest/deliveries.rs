//! `/deliveries`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::extract::{Body, Key, Wanted};
use super::problem::Problem;
use crate::{CancelDelivery, Delivery, DeliveryFilter, Listed, NewDelivery, Payment, Records};

pub(super) async fn list(
    State(records): State<Records>,
    wanted: Wanted<DeliveryFilter>,
) -> Result<Json<Listed<Delivery>>, Problem> {
    Ok(Json(records.deliveries(&wanted.filter, wanted.page).await?))
}

pub(super) async fn read(
    State(records): State<Records>,
    Path(number): Path<String>,
) -> Result<Json<Delivery>, Problem> {
    Ok(Json(records.delivery(&number).await?))
}

pub(super) async fn create(
    State(records): State<Records>,
    key: Key,
    Body(request): Body<NewDelivery>,
) -> Result<(StatusCode, Json<Delivery>), Problem> {
    Ok((StatusCode::CREATED, Json(records.create_delivery(request, key.get()).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancellation {
    #[serde(default)]
    reason: Option<String>,
}

pub(super) async fn cancel(
    State(records): State<Records>,
    Path(number): Path<String>,
    key: Key,
    Body(request): Body<Cancellation>,
) -> Result<Json<Delivery>, Problem> {
    let request = CancelDelivery { number, reason: request.reason };
    Ok(Json(records.cancel_delivery(request, key.get()).await?))
}

pub(super) async fn pay(
    State(records): State<Records>,
    Path(number): Path<String>,
    key: Key,
    Body(payment): Body<Payment>,
) -> Result<Json<Delivery>, Problem> {
    Ok(Json(records.pay_delivery(&number, payment, key.get()).await?))
}
