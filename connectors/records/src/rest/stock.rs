//! `/products`, `/warehouses`, `/stock`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::extract::{Body, Key, Wanted};
use super::problem::Problem;
use crate::{
    Listed, Move, MoveFilter, NewProduct, Product, ProductFilter, Receipt, ReceiveGoods, Records,
    StockFilter, StockItem, Warehouse,
};

pub(super) async fn products(
    State(records): State<Records>,
    wanted: Wanted<ProductFilter>,
) -> Result<Json<Listed<Product>>, Problem> {
    Ok(Json(records.products(&wanted.filter, wanted.page).await?))
}

pub(super) async fn product(
    State(records): State<Records>,
    Path(code): Path<String>,
) -> Result<Json<Product>, Problem> {
    Ok(Json(records.product(&code).await?))
}

pub(super) async fn create_product(
    State(records): State<Records>,
    key: Key,
    Body(request): Body<NewProduct>,
) -> Result<(StatusCode, Json<Product>), Problem> {
    Ok((StatusCode::CREATED, Json(records.create_product(request, key.get()).await?)))
}

pub(super) async fn warehouses(State(records): State<Records>) -> Result<Json<Vec<Warehouse>>, Problem> {
    Ok(Json(records.warehouses().await?))
}

pub(super) async fn create_warehouse(
    State(records): State<Records>,
    Body(request): Body<Warehouse>,
) -> Result<(StatusCode, Json<Warehouse>), Problem> {
    Ok((StatusCode::CREATED, Json(records.create_warehouse(request).await?)))
}

pub(super) async fn list(
    State(records): State<Records>,
    wanted: Wanted<StockFilter>,
) -> Result<Json<Listed<StockItem>>, Problem> {
    Ok(Json(records.stock(&wanted.filter, wanted.page).await?))
}

pub(super) async fn moves(
    State(records): State<Records>,
    wanted: Wanted<MoveFilter>,
) -> Result<Json<Listed<Move>>, Problem> {
    Ok(Json(records.moves(&wanted.filter, wanted.page).await?))
}

pub(super) async fn receive(
    State(records): State<Records>,
    key: Key,
    Body(request): Body<ReceiveGoods>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    Ok((StatusCode::CREATED, Json(records.receive_goods(request, key.get()).await?)))
}
