//! One request on its way to a handler: path, query and body, read with their bounds.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Query, Request};
use axum::http::{HeaderMap, Uri, header, request::Parts};
use hosk_core::Timestamp;
use hosk_identity::{Permission, ResourceType, Scope};
use hosk_store::read::{Filter, Search};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use parking_lot::Mutex;

use crate::App;
use crate::audited::Told;
use crate::auth::Caller;
use crate::problem::{Opening, Problem};
use crate::shape::{self, Object, parse_key, parse_time, read_object, unknown_parameter};
use crate::tenants::Tenant;
use crate::view::{SEVERAL, View};
use crate::wording;

/// The media type of forms with files.
pub(crate) const FORM: &str = "multipart/form-data";

/// A request, after the caller is known and allowed.
pub(crate) struct Call {
    /// The application.
    pub(crate) app: Arc<App>,
    /// Who asks.
    pub(crate) caller: Caller,
    /// What is stored, as the caller sees it.
    pub(crate) seen: View,
    parameters: Vec<(String, String)>,
    parts: Parts,
    // A body is not `Sync`, and futures that hold a reference to the call must be `Send`.
    body: Mutex<HttpBody>,
    marks: Arc<Marks>,
}

/// What is seen of a request while it is worked on.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Whether it was asked with which things the caller may do this.
    pub(crate) narrowed: AtomicBool,
    /// The tenant whose things it is about.
    pub(crate) tenant: OnceLock<Arc<str>>,
    /// For the audit log.
    pub(crate) told: Mutex<Told>,
}

impl Call {
    pub(crate) fn new(
        app: Arc<App>,
        caller: Caller,
        parameters: Vec<(String, String)>,
        parts: Parts,
        body: HttpBody,
    ) -> Self {
        let seen = app.stored.seen_by(app.auth.tenants_of(&caller));
        Self { app, caller, seen, parameters, parts, body: Mutex::new(body), marks: Arc::default() }
    }

    /// The headers of the request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The address that the caller used for this server.
    pub(crate) fn base(&self) -> String {
        let host = self.parts.uri.authority().map(axum::http::uri::Authority::as_str);
        let named = self.parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let scheme = if crate::auth::is_secure(&self.parts.headers) { "https" } else { "http" };
        match host.or(named) {
            Some(host) => format!("{scheme}://{host}"),
            None => format!("{scheme}://{}", self.app.settings.listen),
        }
    }

    /// The caller's address.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        crate::router::peer(&self.parts.extensions)
    }

    /// What is seen of it while it is worked on.
    pub(crate) fn marks(&self) -> Arc<Marks> {
        Arc::clone(&self.marks)
    }

    /// With which things the caller may do this.
    pub(crate) fn scope(&self) -> &Scope {
        self.marks.narrowed.store(true, Ordering::Relaxed);
        self.caller.scope()
    }

    /// The search, narrowed to what the caller may see; `field` is what authorizations name.
    pub(crate) fn narrow<F>(&self, search: Search<F>, field: F) -> Search<F> {
        match self.scope() {
            Scope::All => search,
            Scope::Of(ids) => {
                let filter = Filter::All(vec![search.filter, Filter::one_of(field, ids.iter().cloned())]);
                Search { filter, ..search }
            }
        }
    }

    /// The search where authorizations name no single thing: all of it, or nothing.
    pub(crate) fn narrow_whole<F>(&self, search: Search<F>) -> Search<F> {
        match self.scope() {
            Scope::All => search,
            Scope::Of(_) => Search { filter: Filter::Any(Vec::new()), ..search },
        }
    }

    /// Refuses unless the caller may do this with the thing of that id.
    pub(crate) fn within(&self, id: &str) -> Result<(), Problem> {
        if self.scope().holds(id) { Ok(()) } else { Err(self.may_not(id)) }
    }

    /// That the caller may not do this with the thing of that id.
    pub(crate) fn may_not(&self, id: &str) -> Problem {
        let name = self.caller.name().unwrap_or_default();
        Problem::forbidden(format!("`{name}` may not do this with `{id}`; ask an administrator."))
            .opens(Opening::Lacks { right: None, id: Some(id.to_owned()) })
    }

    /// With which things the caller may do something else than this operation.
    pub(crate) fn scope_of(&self, resource: ResourceType, permission: Permission) -> Scope {
        self.caller.scope_of(&self.app.auth, resource, permission)
    }

    /// A path parameter that is text.
    pub(crate) fn path(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(parameter, _)| parameter == name);
        debug_assert!(found.is_some(), "no path parameter {name}");
        found.map_or("", |(_, value)| value)
    }

    /// A path parameter that is text, where the path has it.
    pub(crate) fn optional_path(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    /// A path parameter that is a key.
    pub(crate) fn key(&self, name: &str) -> Result<u64, Problem> {
        let given = self.path(name);
        let refused = |_| {
            let rule = "must be a key: the digits of a number of 64 bits";
            Problem::not_a_path_key(wording::not_converted(name, given, rule))
        };
        parse_key(given, name).map_err(refused)
    }

    /// A query parameter that is `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.query(name)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => {
                Err(Problem::unreadable(wording::not_converted(name, other, "must be true or false")))
            }
        }
    }

    /// A query parameter that is text, decoded; the last one when it comes several times.
    pub(crate) fn query(&self, name: &str) -> Result<Option<String>, Problem> {
        let pairs = query_pairs(&self.parts.uri)?;
        Ok(pairs.into_iter().rfind(|(key, _)| key == name).map(|(_, value)| value))
    }

    /// A query parameter that is a date and time and must be there.
    pub(crate) fn required_time(&self, name: &str) -> Result<Timestamp, Problem> {
        let given = self.required_query(name)?;
        parse_time(&given, name).map_err(|_| {
            let rule = "must be a date and time such as 2026-01-31T08:00:00Z";
            Problem::unreadable(wording::not_converted(name, &given, rule))
        })
    }

    /// A query parameter that must be there.
    pub(crate) fn required_query(&self, name: &str) -> Result<String, Problem> {
        self.query(name)?.ok_or_else(|| missing_parameter(name))
    }

    /// The body, by its shape.
    pub(crate) async fn json(&mut self, shape: &'static Object) -> Result<shape::Body, Problem> {
        let bytes = self.needed_bytes().await?;
        if bytes.is_empty() {
            return Err(no_body());
        }
        self.settled(read_body(&bytes, shape)?)
    }

    /// The body, by its shape; no body at all is an empty one.
    pub(crate) async fn optional_json(&mut self, shape: &'static Object) -> Result<shape::Body, Problem> {
        let bytes = self.optional_bytes().await?;
        let body = if bytes.is_empty() { shape::Body::empty(shape) } else { read_body(&bytes, shape) };
        self.settled(body?)
    }

    /// The body, with the tenants that it is for.
    fn settled(&self, body: shape::Body) -> Result<shape::Body, Problem> {
        let body = body.settle(self.seen.tenants())?;
        if let Some(tenant) = body.settled() {
            self.concerns(&tenant.id());
        }
        Ok(body)
    }

    /// The tenant that a part of the request names.
    pub(crate) fn tenant(&self, given: Option<&str>, path: &str) -> Result<Tenant, Problem> {
        let tenant = self.seen.tenants().settle(given, path)?;
        self.concerns(&tenant.id());
        Ok(tenant)
    }

    /// Remembers whose things the request is about.
    pub(crate) fn concerns(&self, tenant: &Arc<str>) {
        if **tenant != *SEVERAL {
            let _ = self.marks.tenant.set(Arc::clone(tenant));
        }
    }

    /// The body as bytes, after its media type was checked; empty when there is none or it is `null`.
    pub(crate) async fn optional_bytes(&mut self) -> Result<Vec<u8>, Problem> {
        let media_type = self.parts.headers.contains_key(header::CONTENT_TYPE);
        let bytes = if media_type { self.json_bytes().await? } else { self.raw_bytes().await? };
        Ok(if is_nothing(&bytes) { Vec::new() } else { bytes })
    }

    /// The body as bytes, where there must be one: what is sent must be JSON by its type. Empty when there is none or it is
    /// `null`, which the caller refuses.
    pub(crate) async fn needed_bytes(&mut self) -> Result<Vec<u8>, Problem> {
        let bytes = self.json_bytes().await?;
        Ok(if is_nothing(&bytes) { Vec::new() } else { bytes })
    }

    async fn json_bytes(&mut self) -> Result<Vec<u8>, Problem> {
        let refused = require_media_type(&self.parts.headers, "application/json");
        let named = self.parts.headers.contains_key(header::CONTENT_TYPE);
        match refused {
            Err(problem) if named => Err(problem),
            // Who sends nothing need not name its type.
            Err(problem) => match self.raw_bytes().await? {
                bytes if bytes.is_empty() => Ok(bytes),
                _ => Err(problem),
            },
            Ok(()) => self.raw_bytes().await,
        }
    }

    async fn raw_bytes(&mut self) -> Result<Vec<u8>, Problem> {
        let settings = &self.app.settings;
        let (limit, time) = (settings.body_bytes, settings.body_time);
        self.bytes(limit, time).await
    }

    /// The body as it is, of one of these media types and with at most `limit` bytes.
    pub(crate) async fn binary(&mut self, media_types: &[&str], limit: usize) -> Result<Vec<u8>, Problem> {
        require_one_of(&self.parts.headers, media_types)?;
        self.bytes(limit, self.file_time()).await
    }

    /// How long a file may take to arrive: it is larger than other bodies, and lines may be slow.
    pub(crate) fn file_time(&self) -> Duration {
        self.app.settings.body_time.saturating_mul(10)
    }

    /// Whether the body is a form of parts.
    pub(crate) fn has_form(&self) -> bool {
        require_media_type(&self.parts.headers, FORM).is_ok()
    }

    /// Refuses a request without a JSON body.
    pub(crate) fn has_body(&self) -> Result<(), Problem> {
        let some = self.announced().is_some_and(|length| length > 0)
            || self.parts.headers.contains_key(header::TRANSFER_ENCODING);
        if some { require_media_type(&self.parts.headers, "application/json") } else { Err(no_body()) }
    }

    /// The bytes of the body, where the caller says beforehand how many there are.
    pub(crate) fn announced(&self) -> Option<u64> {
        let length = self.parts.headers.get(header::CONTENT_LENGTH)?;
        length.to_str().ok()?.parse().ok()
    }

    async fn bytes(&mut self, limit: usize, time: Duration) -> Result<Vec<u8>, Problem> {
        let body = std::mem::take(self.body.get_mut());
        let collected = Limited::new(body, limit).collect();
        match tokio::time::timeout(time, collected).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes().into()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
            Ok(Err(error)) => Err(Problem::malformed(format!("The body ended early: {error}."))),
            Err(_) => Err(Problem::malformed("The body did not arrive in time.")),
        }
    }

    /// The body as a multipart form.
    pub(crate) async fn multipart(&mut self) -> Result<Multipart, Problem> {
        require_media_type(&self.parts.headers, FORM)?;
        let mut request = Request::from_parts(self.parts.clone(), std::mem::take(self.body.get_mut()));
        // Those who read the form have bounds of their own.
        DefaultBodyLimit::disable().apply(&mut request);
        Multipart::from_request(request, &())
            .await
            .map_err(|error| Problem::malformed(format!("The form cannot be read: {error}.")))
    }
}

/// Refuses a query with a parameter that the operation does not know: a misspelt one would do nothing, unnoticed.
pub(crate) fn check_query(uri: &Uri, known: &[&str]) -> Result<(), Problem> {
    if uri.query().is_none_or(str::is_empty) {
        return Ok(());
    }
    match query_pairs(uri)?.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, _)) => Err(unknown_parameter(name, known)),
        None => Ok(()),
    }
}

fn query_pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Query(pairs) = pairs
        .map_err(|error| Problem::malformed(format!("The query cannot be read: {}.", error.body_text())))?;
    Ok(pairs)
}

/// The refusal of a query without a parameter that it must have.
pub(crate) fn missing_parameter(name: &str) -> Problem {
    let help = format!("The query parameter `{name}` is required.");
    Problem::incomplete(wording::not_present(name, &help))
}

/// The refusal of a form that ends early or is none.
pub(crate) fn broken_form(error: &MultipartError) -> Problem {
    Problem::malformed(format!("The form cannot be read: {}.", error.body_text()))
}

/// The refusal of a body over `limit` bytes.
pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::too_large(format!("The body may have {limit} bytes; send less, or ask for a higher limit."))
}

/// Whether a body says nothing: JSON's `null` is as good as none.
fn is_nothing(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii(), b"" | b"null")
}

/// The refusal of a request without the body that it must have.
fn no_body() -> Problem {
    Problem::malformed("Required request body is missing. Send a JSON object as `application/json`.")
}

fn read_body(bytes: &[u8], shape: &'static Object) -> Result<shape::Body, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Problem::malformed(format!("The body is not UTF-8: {error}.")))?;
    read_object(text, shape, "")
}

fn require_media_type(headers: &HeaderMap, expected: &str) -> Result<(), Problem> {
    require_one_of(headers, &[expected])
}

fn require_one_of(headers: &HeaderMap, expected: &[&str]) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim();
    if expected.iter().any(|one| essence.eq_ignore_ascii_case(one)) {
        return Ok(());
    }
    let given = if given.is_empty() { "nothing" } else { given };
    let expected = expected.join(" or ");
    Err(Problem::unsupported_media_type(format!("The content type must be {expected}, but is {given}.")))
}
