//! Users.

use std::sync::Arc;

use hosk_identity::{Kind, PasswordError, User, check_email, hash_password_of};
use hosk_store::read::{AuditEntityType, AuditOperation, Cell, PageOf};
use tokio::sync::Semaphore;

use super::members::proper;
use super::named::missing;
use super::proper_id;
use crate::answer::{answer, created, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, SchemaOf, delete, get, post, put, tagged};
use crate::problem::Problem;
use crate::search::{Column, Columns, Computed, Form, Found, listed, sort_by, within};
use crate::shape::{Body, Object, name, text};

/// Passwords hashed at a time: each takes 19 MiB and a core.
static HASHERS: Semaphore = Semaphore::const_new(2);

pub(in crate::routes) static CREATE: Object = Object {
    name: "UserCreationRequest",
    fields: &[
        name("username", 256, "The name to sign in with.").required(),
        name("password", 1024, "The password; at least 8 characters where the server says nothing else.")
            .required(),
        text("name", "The name for people."),
        text("email", "The address."),
    ],
};

static UPDATE: Object = Object {
    name: "UserUpdateRequest",
    fields: &[
        text("password", "The new password; absent or empty, it stays."),
        text("name", "The name for people."),
        text("email", "The address."),
    ],
};

static SEARCH: Computed<Arc<User>> = Computed {
    name: "UserSearch",
    sorts: &[
        sort_by("username", |user| Cell::Text(Arc::clone(&user.username))),
        sort_by("name", |user| cell(user.name.as_ref())),
        sort_by("email", |user| cell(user.email.as_ref())),
    ],
    identity: |user| vec![Cell::Text(Arc::clone(&user.username))],
};

static FILTER: Columns<Arc<User>> = Columns {
    name: "UserSearchFilter",
    properties: &[
        Column { name: "username", form: Form::Text, of: |user| Some(&user.username) },
        Column { name: "name", form: Form::Text, of: |user| user.name.as_deref() },
        Column { name: "email", form: Form::Text, of: |user| user.email.as_deref() },
    ],
    alternatives: true,
};

/// An optional text in an order.
pub(super) fn cell(text: Option<&Arc<str>>) -> Cell {
    text.map_or(Cell::Null, |text| Cell::Text(Arc::clone(text)))
}

pub(super) fn operations() -> Vec<Operation> {
    let search: SchemaOf = SEARCH.schema(Some((FILTER.schema(), false)));
    tagged(
        "User",
        vec![
            post("/v2/users", "createUser", "Create a user.", create)
                .takes(&CREATE)
                .like(r#"{"username": "anna", "password": "eight or more letters"}"#)
                .creates::<UserAnswer>()
                .noted(AuditOperation::Create, AuditEntityType::User)
                .refuses(&[409]),
            post("/v2/users/search", "searchUsers", "Search users.", find)
                .takes_schema(false, search)
                .answers::<Found<UserAnswer>>(),
            get("/v2/users/{username}", "getUser", "One user.", one).answers::<UserAnswer>().refuses(&[404]),
            put("/v2/users/{username}", "updateUser", "Change a user.", update)
                .takes(&UPDATE)
                .answers::<UserAnswer>()
                .noted(AuditOperation::Update, AuditEntityType::User)
                .refuses(&[404]),
            delete(
                "/v2/users/{username}",
                "deleteUser",
                "Remove a user with his memberships and authorizations.",
                remove,
            )
            .noted(AuditOperation::Delete, AuditEntityType::User)
            .refuses(&[404]),
        ],
    )
}

type OptionalText = Option<Arc<str>>;

answer! {
    /// A user.
    UserAnswer {
        username: Arc<str>,
        name: Arc<str>,
        email: Arc<str>,
    }
}

impl From<&User> for UserAnswer {
    fn from(user: &User) -> Self {
        let text = |text: &OptionalText| text.clone().unwrap_or_default();
        Self { username: Arc::clone(&user.username), name: text(&user.name), email: text(&user.email) }
    }
}

/// The hash of a new password, off the threads that serve.
async fn hashed(password: String, least: usize) -> Result<Arc<str>, Problem> {
    let stopped = || Problem::unavailable("The server is going down.");
    let _turn = HASHERS.acquire().await.map_err(|_| stopped())?;
    let hash = tokio::task::spawn_blocking(move || hash_password_of(&password, least)).await;
    hash.map_err(|_| stopped())?.map(Into::into).map_err(|error| match error {
        PasswordError::Hash(_) => Problem::internal(format!("{error}.")),
        PasswordError::Blank => {
            let detail = format!("No password provided. Give one of at least {least} characters.");
            Problem::invalid_argument(detail)
        }
        PasswordError::TooShort(_) | PasswordError::TooLong => {
            Problem::invalid_argument(format!("`password`: {error}."))
        }
    })
}

/// Name and address of a body; what is empty is absent.
fn about(body: &mut Body) -> Result<(OptionalText, OptionalText), Problem> {
    let mut given = |field| body.text(field).filter(|text| !text.is_empty());
    let (name, email) = (given("name"), given("email"));
    if let Some(email) = email.as_ref().filter(|email| !check_email(email)) {
        return Err(Problem::invalid_argument(format!(
            "The provided email '{email}' is not valid. It must be an address, such as anna@example.org."
        )));
    }
    Ok((name.map(Into::into), email.map(Into::into)))
}

/// The user that a creation asks for, not created yet.
pub(in crate::routes) async fn drafted(call: &Call, mut body: Body) -> Result<User, Problem> {
    let username = body.required_text("username");
    proper_id(&username, "username")?;
    let (name, email) = about(&mut body)?;
    let password_hash = hashed(body.required_text("password"), call.app.settings.password).await?;
    Ok(User { username: username.into(), name, email, password_hash })
}

async fn create(mut call: Call) -> Outcome {
    let body = call.json(&CREATE).await?;
    let user = drafted(&call, body).await?;
    call.tells(|told| _ = told.about(&user.username).after(&UserAnswer::from(&user)));
    call.app.identity.add_user(&user).await?;
    created(&UserAnswer::from(&user))
}

fn known(call: &Call) -> Result<Arc<User>, Problem> {
    let name = call.path("username");
    call.within(name)?;
    call.app.identity.user(name).ok_or_else(|| missing(Kind::User, name))
}

async fn one(call: Call) -> Outcome {
    ok(&UserAnswer::from(&*known(&call)?))
}

async fn update(mut call: Call) -> Outcome {
    let mut body = call.json(&UPDATE).await?;
    proper(&call, Kind::User)?;
    let (name, email) = about(&mut body)?;
    let before = known(&call)?;
    let password_hash = match body.text("password").filter(|password| !password.trim().is_empty()) {
        Some(password) => {
            call.tells(|told| _ = told.detail("password changed"));
            hashed(password, call.app.settings.password).await?
        }
        None => Arc::clone(&before.password_hash),
    };
    let user = User { username: Arc::clone(&before.username), name, email, password_hash };
    call.tells(|told| _ = told.before(&UserAnswer::from(&*before)).after(&UserAnswer::from(&user)));
    call.app.identity.replace_user(&user).await?;
    ok(&UserAnswer::from(&user))
}

async fn remove(call: Call) -> Outcome {
    call.within(call.path("username"))?;
    if let Some(user) = call.app.identity.user(call.path("username")) {
        call.tells(|told| _ = told.before(&UserAnswer::from(&*user)));
    }
    call.app.identity.remove(Kind::User, call.path("username")).await?;
    no_content()
}

async fn find(mut call: Call) -> Outcome {
    let body = call.optional_bytes().await?;
    let page: PageOf<Arc<User>> = {
        let scope = call.scope();
        let mut rows = call.app.identity.users();
        within(&mut rows, scope, |user| &user.username);
        listed(&SEARCH, Some(&FILTER), &body, rows)?
    };
    ok(&Found::of(page, |user| UserAnswer::from(&*user)))
}
