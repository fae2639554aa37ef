//! `/clients`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::extract::{Body, Key, Wanted};
use super::problem::Problem;
use crate::{Client, ClientFilter, Listed, NewClient, Records};

pub(super) async fn list(
    State(records): State<Records>,
    wanted: Wanted<ClientFilter>,
) -> Result<Json<Listed<Client>>, Problem> {
    Ok(Json(records.clients(&wanted.filter, wanted.page).await?))
}

pub(super) async fn read(
    State(records): State<Records>,
    Path(code): Path<String>,
) -> Result<Json<Client>, Problem> {
    Ok(Json(records.client(&code).await?))
}

pub(super) async fn create(
    State(records): State<Records>,
    key: Key,
    Body(request): Body<NewClient>,
) -> Result<(StatusCode, Json<Client>), Problem> {
    Ok((StatusCode::CREATED, Json(records.create_client(request, key.get()).await?)))
}

/// The version that the change is based on, and the whole new content.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateClient {
    version: i64,
    client: NewClient,
}

pub(super) async fn update(
    State(records): State<Records>,
    Path(code): Path<String>,
    Body(request): Body<UpdateClient>,
) -> Result<Json<Client>, Problem> {
    if request.client.code.as_ref().is_some_and(|given| *given != code) {
        return Err(Problem::bad_request("`client.code`: a client's code cannot be changed"));
    }
    Ok(Json(records.update_client(&code, request.version, request.client).await?))
}
