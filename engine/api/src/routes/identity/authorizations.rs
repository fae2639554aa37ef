//! Authorizations: who may do what with which things.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::header;
use hosk_identity::{Authorization, Error, Kind, OwnerType, Permission, ResourceType, Scope};
use hosk_store::read::{AuditEntityType, AuditOperation, Cell};

use super::named::missing;
use super::users::cell;
use super::{entity_type, illegal, proper_group, proper_id};
use crate::answer::{Key, answer, created, no_content, ok};
use crate::call::Call;
use crate::levels;
use crate::operation::{Operation, Outcome, SchemaOf, delete, get, post, put, tagged};
use crate::problem::Problem;
use crate::search::{Column, Columns, Computed, Form, Found, listed, sort_by};
use crate::shape::{Body, Object, entries_of, name, one_of, read_object, texts};
use crate::tenants::TENANT;

/// What tasks may be named by instead of their key.
const TASK_PROPERTIES: [&str; 3] = ["assignee", "candidateUsers", "candidateGroups"];

static REQUEST: Object = Object {
    name: "AuthorizationRequest",
    fields: &[
        name("ownerId", 256, "Who has it.").required(),
        one_of("ownerType", OwnerType::WORDS, "What the owner is.").required(),
        name("resourceId", 256, "The thing it is about, or * for all; not together with a property."),
        name("resourcePropertyName", 256, "The property of a user task that names the owner."),
        one_of("resourceType", ResourceType::WORDS, "What it is about.").required(),
        texts("permissionTypes", "What may be done; at least one.").required(),
    ],
};

/// What searches may ask for as the owner's type: nobody's is the last.
const OWNERS: &[&str] = &["USER", "CLIENT", "ROLE", "GROUP", "MAPPING_RULE", "UNSPECIFIED"];

pub(in crate::routes) static SEARCH: Computed<Arc<Authorization>> = Computed {
    name: "AuthorizationSearch",
    sorts: &[
        sort_by("ownerId", |one| Cell::Text(Arc::clone(&one.owner_id))),
        sort_by("ownerType", |one| Cell::Text(one.owner_type.as_str().into())),
        sort_by("resourceId", |one| cell(one.resource_id.as_ref())),
        sort_by("resourcePropertyName", |one| cell(one.resource_property_name.as_ref())),
        sort_by("resourceType", |one| Cell::Text(one.resource_type.as_str().into())),
    ],
    identity: |one| vec![Cell::Int(one.key as i64)],
};

pub(in crate::routes) static FILTER: Columns<Arc<Authorization>> = Columns {
    name: "AuthorizationSearchFilter",
    properties: &[
        Column { name: "ownerId", form: Form::Plain, of: |one| Some(&one.owner_id) },
        Column { name: "ownerType", form: Form::Word(OWNERS), of: |one| Some(one.owner_type.as_str()) },
        Column { name: "resourceIds", form: Form::OneOf, of: |one| one.resource_id.as_deref() },
        Column {
            name: "resourcePropertyNames",
            form: Form::OneOf,
            of: |one| one.resource_property_name.as_deref(),
        },
        Column {
            name: "resourceType",
            form: Form::Word(ResourceType::WORDS),
            of: |one| Some(one.resource_type.as_str()),
        },
    ],
    alternatives: false,
};

const ONE: &str = "/v2/authorizations/{authorizationKey}";
const EXAMPLE: &str = r#"{
    "ownerId": "sales", "ownerType": "GROUP", "resourceType": "PROCESS_DEFINITION", "resourceId": "order",
    "permissionTypes": ["CREATE_PROCESS_INSTANCE"]
}"#;

pub(super) fn operations() -> Vec<Operation> {
    let search: SchemaOf = SEARCH.schema(Some((FILTER.schema(), false)));
    tagged(
        "Authorization",
        vec![
            post("/v2/authorizations", "createAuthorization", "Create an authorization.", create)
                .takes(&REQUEST)
                .like(EXAMPLE)
                .creates::<AuthorizationCreated>()
                .noted(AuditOperation::Create, AuditEntityType::Authorization)
                .refuses(&[404, 409]),
            post("/v2/authorizations/search", "searchAuthorizations", "Search authorizations.", find)
                .takes_schema(false, search)
                .answers::<Found<AuthorizationAnswer>>(),
            get(ONE, "getAuthorization", "One authorization.", one)
                .answers::<AuthorizationAnswer>()
                .refuses(&[404]),
            put(ONE, "updateAuthorization", "Replace an authorization.", update)
                .takes(&REQUEST)
                .like(EXAMPLE)
                .noted(AuditOperation::Update, AuditEntityType::Authorization)
                .refuses(&[404]),
            delete(ONE, "deleteAuthorization", "Remove an authorization.", remove)
                .noted(AuditOperation::Delete, AuditEntityType::Authorization)
                .refuses(&[404]),
        ],
    )
}

answer! {
    /// A new authorization.
    AuthorizationCreated {
        authorization_key: Key,
    }
}

answer! {
    /// Who may do what with which things.
    AuthorizationAnswer {
        authorization_key: Key,
        owner_id: Arc<str>,
        owner_type: &'static str,
        resource_type: &'static str,
        resource_id: Option<Arc<str>>,
        resource_property_name: Option<Arc<str>>,
        permission_types: Vec<&'static str>,
    }
}

impl From<&Authorization> for AuthorizationAnswer {
    fn from(one: &Authorization) -> Self {
        Self {
            authorization_key: Key(one.key),
            owner_id: Arc::clone(&one.owner_id),
            owner_type: one.owner_type.as_str(),
            resource_type: one.resource_type.as_str(),
            resource_id: one.resource_id.clone(),
            resource_property_name: one.resource_property_name.clone(),
            permission_types: one.permission_types.iter().map(|permission| permission.as_str()).collect(),
        }
    }
}

/// The authorization in a body, for this key.
fn read(body: &mut Body, key: u64) -> Result<Authorization, Problem> {
    // The shape lets no other words through.
    let owner_type = body.word("ownerType").and_then(OwnerType::parse).unwrap_or(OwnerType::User);
    let resource_type =
        body.word("resourceType").and_then(ResourceType::parse).unwrap_or(ResourceType::System);
    let owner_id = body.required_text("ownerId");
    if owner_type == OwnerType::Group {
        proper_group(&owner_id, "ownerId")?;
    } else {
        proper_id(&owner_id, "ownerId")?;
    }
    let (resource_id, property) = (body.text("resourceId"), body.text("resourcePropertyName"));
    match (&resource_id, &property) {
        (Some(id), None) => proper_resource(resource_type, id)?,
        (None, Some(name)) => proper_property(resource_type, name)?,
        (None, None) => return Err(without_subject("")),
        (Some(_), Some(_)) => {
            let detail = "`resourceId` and `resourcePropertyName` exclude one another: give one of them.";
            return Err(Problem::invalid_argument(detail));
        }
    }
    Ok(Authorization {
        key,
        owner_type,
        owner_id: owner_id.into(),
        resource_type,
        resource_id: resource_id.map(Into::into),
        resource_property_name: property.map(Into::into),
        permission_types: permissions(body, resource_type)?,
    })
}

/// The body. Of what is missing, what the authorization is about is said first.
async fn asked(call: &mut Call) -> Result<Body, Problem> {
    if !call.headers().contains_key(header::CONTENT_TYPE) {
        return call.json(&REQUEST).await;
    }
    let bytes = call.optional_bytes().await?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| Problem::malformed(format!("The body is not UTF-8: {error}.")))?;
    read_object(text, &REQUEST, "").map_err(|problem| {
        let entries = entries_of(text, "").unwrap_or_default();
        let is_about = |name: &str| matches!(name, "resourceId" | "resourcePropertyName");
        let about = entries.iter().any(|(name, value)| is_about(name) && value.get() != "null");
        if about || problem.code() != "missing-field" { problem } else { without_subject(problem.detail()) }
    })
}

/// The refusal of an authorization that is about nothing, and of what else is missing.
fn without_subject(more: &str) -> Problem {
    let detail = format!(
        "At least one of [resourceId, resourcePropertyName] is required: what the authorization is about. {more}"
    );
    Problem::malformed(detail.trim_end()).coded("missing-field")
}

/// Refuses what is no id of a thing. Processes, decisions and files may have letters of other alphabets in theirs.
fn proper_resource(resource_type: ResourceType, id: &str) -> Result<(), Problem> {
    let fits = |letter: char| letter.is_alphanumeric() || "_~@.+-".contains(letter);
    match resource_type {
        _ if id == "*" || id.chars().all(fits) => Ok(()),
        ResourceType::Group => proper_group(id, "resourceId"),
        ResourceType::Tenant if id == TENANT => Ok(()),
        _ => {
            let what = illegal("resourceId");
            Err(Problem::invalid_argument(format!("{what} `resourceId` must be * or an id, but is `{id}`.")))
        }
    }
}

fn proper_property(resource_type: ResourceType, name: &str) -> Result<(), Problem> {
    if resource_type == ResourceType::UserTask && TASK_PROPERTIES.contains(&name) {
        return Ok(());
    }
    let known = TASK_PROPERTIES.join(", ");
    Err(Problem::invalid_argument(format!(
        "`resourcePropertyName` is for USER_TASK and one of {known}, but is `{name}` for {resource_type}."
    )))
}

fn permissions(body: &mut Body, resource_type: ResourceType) -> Result<Vec<Permission>, Problem> {
    let mut permissions = Vec::new();
    for (place, word) in body.texts("permissionTypes").unwrap_or_default().into_iter().enumerate() {
        let permission = Permission::parse(&word.to_ascii_uppercase());
        let possible = resource_type.permissions();
        let Some(permission) = permission.filter(|permission| possible.contains(permission)) else {
            let possible: Vec<_> = possible.iter().map(|permission| permission.as_str()).collect();
            return Err(Problem::invalid_argument(format!(
                "`permissionTypes[{place}]` must be one of {} for {resource_type}, but is `{word}`.",
                possible.join(", ")
            )));
        };
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    if permissions.is_empty() {
        return Err(Problem::invalid_argument("`permissionTypes` must not be empty."));
    }
    Ok(permissions)
}

/// What was expected of whom and what an authorization names.
fn refused(error: Error) -> Problem {
    match &error {
        Error::NotFound { kind: Kind::Authorization, id } => missing(Kind::Authorization, id),
        Error::NotFound { kind, id } => {
            let what = kind.as_str().replace('-', " ");
            Problem::not_found(format!(
                "Expected to create or update authorization with ownerId or resourceId '{id}', but a {what} with this ID \
                 does not exist."
            ))
        }
        Error::IsGranted { owner, thing } => Problem::already_exists(format!(
            "Expected to create authorization for owner '{owner}' for resource identifier '{thing}', but an authorization \
             for this resource identifier already exists. Change that one instead."
        )),
        _ => error.into(),
    }
}

async fn create(mut call: Call) -> Outcome {
    let authorization = read(&mut asked(&mut call).await?, 0)?;
    tell(&call, &authorization);
    let added = call.app.identity.add_authorization(authorization.clone()).await;
    let key = added.map_err(refused)?;
    let authorization = Authorization { key, ..authorization };
    call.tells(|told| _ = told.about(&key.to_string()).after(&AuthorizationAnswer::from(&authorization)));
    created(&AuthorizationCreated { authorization_key: Key(key) })
}

async fn one(call: Call) -> Outcome {
    let key = call.key("authorizationKey")?;
    call.within(&key.to_string())?;
    let found = call.app.identity.authorization(key);
    let found = found.ok_or_else(|| missing(Kind::Authorization, &key.to_string()))?;
    ok(&AuthorizationAnswer::from(&*found))
}

async fn update(mut call: Call) -> Outcome {
    let key = call.key("authorizationKey")?;
    call.within(&key.to_string())?;
    let authorization = read(&mut asked(&mut call).await?, key)?;
    tell_before(&call, key);
    tell(&call, &authorization);
    call.tells(|told| _ = told.after(&AuthorizationAnswer::from(&authorization)));
    let replaced = call.app.identity.replace_authorization(&authorization).await;
    replaced.map_err(refused)?;
    no_content()
}

async fn remove(call: Call) -> Outcome {
    let key = call.key("authorizationKey")?;
    call.within(&key.to_string())?;
    tell_before(&call, key);
    call.app.identity.remove(Kind::Authorization, &key.to_string()).await.map_err(refused)?;
    no_content()
}

/// Whose it is.
fn tell(call: &Call, authorization: &Authorization) {
    let kind = entity_type(authorization.owner_type.kind());
    call.tells(|told| _ = told.related(kind, &authorization.owner_id));
}

fn tell_before(call: &Call, key: u64) {
    if let Some(before) = call.app.identity.authorization(key) {
        tell(call, &before);
        call.tells(|told| _ = told.before(&AuthorizationAnswer::from(&*before)));
    }
}

/// Whether searches find it at the server's level.
pub(in crate::routes) fn is_known(call: &Call, one: &Authorization) -> bool {
    call.app.settings.level.knows(levels::RESOURCES, one.resource_type.as_str())
}

async fn find(mut call: Call) -> Outcome {
    let body = call.optional_bytes().await?;
    let scope = call.scope();
    let mut rows = call.app.identity.authorizations();
    if let Scope::Of(ids) = scope {
        let keys: BTreeSet<u64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        rows.retain(|one| keys.contains(&one.key));
    }
    rows.retain(|one| is_known(&call, one));
    let page = listed(&SEARCH, Some(&FILTER), &body, rows)?;
    ok(&Found::of(page, |one| AuthorizationAnswer::from(&*one)))
}
