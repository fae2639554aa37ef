//! OAuth 2.0 client credentials (RFC 6749, 4.4): a token is fetched once and used until shortly before its end.

use std::time::{Duration, Instant};

use hosk_connector::{Call, Connection, Failure, FailureKind, Secret};
use parking_lot::Mutex;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Url};
use serde_json::Value;

use crate::auth::{Authentication, ClientCredentials, basic};
use crate::input::{Input, invalid};
use crate::request::Request;
use crate::{address, body, exchange};

/// Most tokens kept; beyond that the oldest goes.
const MAX_TOKENS: usize = 256;
/// A token is not used in its last moments.
const MARGIN: Duration = Duration::from_secs(30);
/// How long a token without an end is used, and any token at most.
const MAX_AGE: Duration = Duration::from_hours(1);
/// Longest wait for the token endpoint.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Tokens in use, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<Vec<Token>>);

#[derive(Debug)]
struct Token {
    connection: String,
    grant: ClientCredentials,
    secret: Secret,
    until: Instant,
}

impl Tokens {
    /// A token for the grant, fetched when there is none that lasts.
    pub(crate) async fn get(
        &self,
        grant: &ClientCredentials,
        client: &Client,
        call: &Call,
    ) -> Result<Secret, Failure> {
        let connection = &call.context.connection;
        if let Some(token) = self.known(grant, connection) {
            return Ok(token);
        }
        let (token, lasts) = fetch(grant, client, call).await?;
        let mut tokens = self.0.lock();
        tokens.retain(|known| known.connection != connection.id || known.grant != *grant);
        if tokens.len() >= MAX_TOKENS {
            tokens.remove(0);
        }
        tokens.push(Token {
            connection: connection.id.clone(),
            grant: grant.clone(),
            secret: token.clone(),
            until: Instant::now() + lasts.min(MAX_AGE).saturating_sub(MARGIN),
        });
        Ok(token)
    }

    fn known(&self, grant: &ClientCredentials, connection: &Connection) -> Option<Secret> {
        let tokens = self.0.lock();
        let known = tokens.iter().find(|known| known.connection == connection.id && known.grant == *grant)?;
        (known.until > Instant::now()).then(|| known.secret.clone())
    }

    /// Forgets the token of a call that was refused. Whether there was one.
    pub(crate) fn forget(&self, input: &Input, connection: &Connection) -> bool {
        let Authentication::ClientCredentials(grant) = &input.authentication else { return false };
        let mut tokens = self.0.lock();
        let before = tokens.len();
        tokens.retain(|known| known.connection != connection.id || known.grant != *grant);
        tokens.len() < before
    }
}

async fn fetch(
    grant: &ClientCredentials,
    client: &Client,
    call: &Call,
) -> Result<(Secret, Duration), Failure> {
    let url = Url::parse(&grant.endpoint).map_err(|error| {
        invalid("authentication.oauthTokenEndpoint", &format!("is not an address: {error}"))
    })?;
    address::check_url(&url, &call.context.connection.grants)?;
    let mut fields = vec![("grant_type", "client_credentials".to_owned())];
    fields.extend(grant.audience.clone().map(|audience| ("audience", audience)));
    fields.extend(grant.scopes.clone().map(|scopes| ("scope", scopes)));
    if grant.in_body {
        fields.push(("client_id", grant.client_id.clone()));
        fields.push(("client_secret", grant.client_secret.expose().to_owned()));
    }
    let form = body::encode_form(fields.into_iter());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert("accept", HeaderValue::from_static("application/json"));
    let mut request = Request::plain(Method::POST, url, headers, form.into(), TIMEOUT);
    request.keep_secret(grant.client_secret.expose());
    if !grant.in_body {
        request.authorization(&basic(&grant.client_id, &grant.client_secret))?;
    }
    let received = exchange::exchange(client, &request, call).await?;
    let answer = body::decode(&received.body, exchange::content_type(&received.headers));
    token(&request, received.status, &answer)
}

/// Reads the token endpoint's answer (RFC 6749, 5).
fn token(request: &Request, status: u16, answer: &Value) -> Result<(Secret, Duration), Failure> {
    if let (200, Some(token)) = (status, answer["access_token"].as_str()) {
        let seconds =
            answer["expires_in"].as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        return Ok((token.into(), seconds.unwrap_or(MAX_AGE)));
    }
    let kind = match status {
        429 => FailureKind::RateLimited,
        500.. => FailureKind::Transient,
        _ => FailureKind::Unauthorized,
    };
    let error = answer["error"].as_str().unwrap_or("no token in the answer");
    let message = format!("{} gave no token: {status}, {error}; check client id and secret", request.named());
    Err(Failure::new(kind, request.redact(&message)))
}
