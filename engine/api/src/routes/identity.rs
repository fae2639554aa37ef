//! Users, groups, roles, tenants, mapping rules, clients and authorizations.

mod authorizations;
mod mapping_rules;
mod members;
mod named;
mod users;

use std::sync::Arc;

use hosk_identity::{Error, Kind, check_id};
use hosk_store::read::AuditEntityType;

use crate::operation::Operation;
use crate::problem::Problem;
use crate::shape::Body;
use crate::tenants::{TENANT_MAX, is_id};

pub(super) use authorizations::{AuthorizationAnswer, FILTER, SEARCH, is_known};
pub(super) use named::tenants::TenantAnswer;
pub(super) use users::{CREATE as USER, UserAnswer, drafted};

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = users::operations();
    operations.extend(named::operations());
    operations.extend(mapping_rules::operations());
    operations.extend(members::operations());
    operations.extend(authorizations::operations());
    operations
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let mut letters = text.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        let detail = format!("{first}{}.", letters.as_str());
        match error {
            Error::NotFound { .. } | Error::NoMember { .. } => Self::not_found(detail),
            Error::AlreadyExists { .. }
            | Error::ClaimTaken { .. }
            | Error::IsGranted { .. }
            | Error::IsMember { .. } => Self::already_exists(detail),
            Error::BuiltIn { .. } | Error::Full { .. } => Self::invalid_state(detail),
            Error::SetUp => Self::forbidden(detail),
            Error::Corrupt { .. } => {
                tracing::error!(error = &error as &dyn std::error::Error, "identities cannot be read");
                Self::internal(detail)
            }
            Error::Store(error) => error.into(),
        }
    }
}

/// What the audit log calls things of a kind. A token is what a program signs in with.
pub(super) fn entity_type(kind: Kind) -> AuditEntityType {
    match kind {
        Kind::User | Kind::EndedSession => AuditEntityType::User,
        Kind::Group => AuditEntityType::Group,
        Kind::Role => AuditEntityType::Role,
        Kind::Tenant => AuditEntityType::Tenant,
        Kind::MappingRule => AuditEntityType::MappingRule,
        Kind::Authorization => AuditEntityType::Authorization,
        Kind::Client | Kind::Token => AuditEntityType::Client,
    }
}

/// What clients look for when an id is none.
fn illegal(field: &str) -> String {
    format!(
        "The provided {field} contains illegal characters. It must match the pattern '^[a-zA-Z0-9_~@.+-]+$'."
    )
}

/// Refuses what is no id of a user, role, client, mapping rule or new group.
fn proper_id(id: &str, field: &str) -> Result<(), Problem> {
    if check_id(id) {
        return Ok(());
    }
    Err(Problem::invalid_argument(format!(
        "{} `{field}` must be 1 to 256 letters, digits or characters of `_~@.+-`, but is `{id}`.",
        illegal(field)
    )))
}

/// Refuses what is no id of a group: groups that models and other systems name may be called anything.
fn proper_group(id: &str, field: &str) -> Result<(), Problem> {
    if !id.is_empty() && id.chars().count() <= hosk_identity::MAX_ID && !id.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Problem::invalid_argument(format!(
        "`{field}` must be 1 to 256 characters without control characters."
    )))
}

/// Refuses what is no id of a tenant.
fn proper_tenant(id: &str, field: &str) -> Result<(), Problem> {
    if is_id(id) {
        return Ok(());
    }
    Err(Problem::invalid_argument(format!(
        "{} `{field}` must be 1 to {TENANT_MAX} letters, digits or characters of `_@.+-`, but is `{id}`.",
        illegal(field)
    )))
}

/// A text that the shape requires, and that is not blank.
fn given(body: &mut Body, field: &'static str) -> Result<Arc<str>, Problem> {
    let text = body.required_text(field);
    if text.trim().is_empty() {
        return Err(Problem::invalid_argument(format!("No {field} provided. It must not be blank.")));
    }
    Ok(text.into())
}
