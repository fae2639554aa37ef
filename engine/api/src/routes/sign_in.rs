//! Signing in: the first user, sessions of hosk's own pages, tokens for programs.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use hosk_core::Timestamp;
use hosk_identity::Token;
use hosk_store::read::{AuditEntityType, AuditOperation, AuditResult};
use hosk_store::{AuditMore, NewAudit};

use super::identity::{USER, UserAnswer, drafted};
use crate::answer::{Time, answer, created, no_content, ok};
use crate::audited::note;
use crate::auth::{Access, Caller, User};
use crate::call::Call;
use crate::operation::{Operation, Outcome, delete, get, post, tagged};
use crate::problem::Problem;
use crate::shape::{Object, name, parse_time};

/// Carries the token that the server's console shows.
const SETUP_TOKEN: HeaderName = HeaderName::from_static("x-setup-token");

static SIGN_IN: Object = Object {
    name: "SessionRequest",
    fields: &[
        name("username", 256, "The name to sign in with.").required(),
        name("password", 1024, "The password.").required(),
    ],
};

static TOKEN: Object = Object {
    name: "TokenCreationRequest",
    fields: &[
        name("name", 256, "What it is for.").required(),
        name("expiresAt", 64, "When it ends, as a date and time; never when absent."),
    ],
};

const SESSION: &str = "/hosk/v1/session";
const TOKENS: &str = "/hosk/v1/tokens";

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = tagged(
        "Setup",
        vec![
            post(
                "/v2/setup/user",
                "createAdminUser",
                "Make the first user, who may do everything: with the token of the console in X-Setup-Token.",
                set_up,
            )
            .access(Access::Open)
            .takes(&USER)
            .like(r#"{"username": "anna", "password": "eight or more letters"}"#)
            .creates::<UserAnswer>()
            .noted(AuditOperation::Create, AuditEntityType::User)
            .refuses(&[403]),
        ],
    );
    operations.extend(tagged(
        "Authentication",
        vec![
            post(SESSION, "createSession", "Sign in with a cookie, for hosk's own pages.", sign_in)
                .access(Access::Open)
                .takes(&SIGN_IN)
                .answers::<SessionAnswer>()
                .noted(AuditOperation::Unknown, AuditEntityType::User)
                .refuses(&[401, 409, 429]),
            delete(
                SESSION,
                "deleteSession",
                "Sign out: the session is over, and the browser forgets the cookie.",
                sign_out,
            )
            .access(Access::Open)
            // Only whoever was signed in signs out.
            .noted_within(AuditOperation::Unknown, AuditEntityType::User),
            get("/hosk/v1/csrf-token", "getCsrfToken", "What a page must show to change something.", csrf)
                .access(Access::Employee)
                .answers::<CsrfToken>()
                .refuses(&[404]),
            get(TOKENS, "getTokens", "The caller's tokens, without their secrets.", tokens)
                .access(Access::Employee)
                .answers::<TokensAnswer>(),
            post(TOKENS, "createToken", "Make a token for programs; it is shown once.", create_token)
                .access(Access::Employee)
                .takes(&TOKEN)
                .creates::<TokenCreated>()
                .noted(AuditOperation::Create, AuditEntityType::Client)
                .refuses(&[404, 409]),
            delete("/hosk/v1/tokens/{tokenId}", "deleteToken", "End a token of the caller.", remove_token)
                .access(Access::Employee)
                .noted(AuditOperation::Delete, AuditEntityType::Client)
                .refuses(&[404]),
        ],
    ));
    operations
}

answer! {
    /// A new session.
    SessionAnswer {
        username: String,
        /// What requests that change something must show in `X-CSRF-Token`.
        csrf_token: String,
        expires_at: Time,
    }
}

answer! {
    /// What requests of a session that change something must show in `X-CSRF-Token`.
    CsrfToken {
        csrf_token: Arc<str>,
    }
}

answer! {
    /// The caller's tokens.
    TokensAnswer {
        items: Vec<TokenAnswer>,
    }
}

answer! {
    /// A token, without its secret.
    TokenAnswer {
        token_id: Arc<str>,
        name: Arc<str>,
        created_at: Time,
        expires_at: Option<Time>,
    }
}

answer! {
    /// A new token. `token` is shown this once.
    TokenCreated {
        token_id: Arc<str>,
        name: Arc<str>,
        token: String,
        created_at: Time,
        expires_at: Option<Time>,
    }
}

impl From<&Token> for TokenAnswer {
    fn from(token: &Token) -> Self {
        Self {
            token_id: Arc::clone(&token.id),
            name: Arc::clone(&token.name),
            created_at: Time(Timestamp(token.created)),
            expires_at: token.expires.map(|expires| Time(Timestamp(expires))),
        }
    }
}

async fn set_up(mut call: Call) -> Outcome {
    let draft = call.json(&USER).await?;
    if !call.app.identity.users().is_empty() {
        return Err(Problem::forbidden("This installation is set up already: it has users."));
    }
    if call.app.auth.is_protected() {
        let shown = call.headers().get(SETUP_TOKEN).map(HeaderValue::as_bytes).unwrap_or_default();
        if !call.app.setup.as_ref().is_some_and(|token| token.fits(shown)) {
            return Err(Problem::forbidden(
                "The header `X-Setup-Token` must be the token that the server showed on its console when it started.",
            ));
        }
    }
    let user = drafted(&call, draft).await?;
    call.tells(|told| _ = told.about(&user.username).after(&UserAnswer::from(&user)));
    call.app.identity.first_user(&user).await?;
    tracing::info!(user = &*user.username, "the first user is there");
    created(&UserAnswer::from(&user))
}

async fn sign_in(mut call: Call) -> Outcome {
    let mut body = call.json(&SIGN_IN).await?;
    let (name, password) = (body.required_text("username"), body.required_text("password"));
    call.tells(|told| _ = told.about(&name).detail("signed in"));
    let session = call.app.auth.sign_in(name.clone(), password, call.headers(), call.peer()).await?;
    let Some(session) = session else {
        return Err(Problem::invalid_state("This server has no sign-in: everybody may do everything."));
    };
    call.tells(|told| _ = told.by(&name));
    let answer = SessionAnswer {
        username: name,
        csrf_token: session.csrf,
        expires_at: Time(Timestamp(session.expires)),
    };
    with_cookie(ok(&answer)?, &session.cookie)
}

async fn sign_out(call: Call) -> Outcome {
    let (cookie, ended) = call.app.auth.sign_out(call.headers()).await?;
    if let Some(name) = ended {
        note_sign_out(&call, name).await;
    }
    with_cookie(no_content()?, &cookie)
}

async fn note_sign_out(call: &Call, name: Arc<str>) {
    let audit = NewAudit {
        at: call.app.engine.now(),
        operation: AuditOperation::Unknown,
        entity_type: AuditEntityType::User,
        entity_key: Arc::clone(&name),
        result: AuditResult::Success,
        actor: Some(name),
        origin: call.peer().map(|peer| peer.to_string().into()),
        tenant: None,
        detail: Some("signed out".into()),
        more: AuditMore::default(),
    };
    note(&call.app, audit).await;
}

fn with_cookie(mut response: Response, cookie: &str) -> Outcome {
    let cookie = HeaderValue::from_str(cookie);
    let cookie = cookie.map_err(|_| Problem::internal("The cookie cannot be written."))?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response.into_response())
}

async fn csrf(call: Call) -> Outcome {
    let csrf = match &call.caller {
        Caller::User(user) => user.csrf.clone(),
        Caller::Anybody => None,
    };
    let csrf_token = csrf.ok_or_else(|| Problem::not_found("The caller did not come by a session."))?;
    ok(&CsrfToken { csrf_token })
}

/// The user who asks for his tokens.
fn owner(call: &Call) -> Result<&Arc<User>, Problem> {
    match &call.caller {
        Caller::User(user) => Ok(user),
        Caller::Anybody => Err(Problem::not_found("This server has no sign-in, hence no tokens.")),
    }
}

async fn tokens(call: Call) -> Outcome {
    let tokens = match &call.caller {
        Caller::User(user) => call.app.identity.tokens_of(&user.name),
        Caller::Anybody => Vec::new(),
    };
    ok(&TokensAnswer { items: tokens.iter().map(|token| TokenAnswer::from(&**token)).collect() })
}

async fn create_token(mut call: Call) -> Outcome {
    let mut body = call.json(&TOKEN).await?;
    let name = body.required_text("name");
    let expires = body.text("expiresAt").map(|text| parse_time(&text, "expiresAt")).transpose()?;
    let expires = expires.map(|time| time.0);
    let owner = Arc::clone(&owner(&call)?.name);
    let (token, text) = call.app.identity.add_token(&owner, &name, expires).await?;
    let about = TokenAnswer::from(&*token);
    call.tells(|told| _ = told.about(&token.id).related(AuditEntityType::User, &owner).after(&about));
    let TokenAnswer { token_id, name, created_at, expires_at } = about;
    created(&TokenCreated { token_id, name, token: text, created_at, expires_at })
}

async fn remove_token(call: Call) -> Outcome {
    let owner = Arc::clone(&owner(&call)?.name);
    let token = call.app.identity.tokens_of(&owner).into_iter().find(|one| *one.id == *call.path("tokenId"));
    call.tells(|told| {
        told.related(AuditEntityType::User, &owner);
        if let Some(token) = token {
            told.before(&TokenAnswer::from(&*token));
        }
    });
    call.app.identity.remove_token(&owner, call.path("tokenId")).await?;
    no_content()
}
