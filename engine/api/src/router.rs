//! From the list of operations to a service: routing, admission, panics.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use futures::FutureExt;
use hosk_runtime::Asker;

use crate::App;
use crate::audited::{Asking, Audited, note, note_wrong_password};
use crate::auth::{Access, Caller, Need, OPERATOR, TurnedAway, name_in, need};
use crate::call::{Call, Marks, check_query};
use crate::levels::{self, Cut};
use crate::middleware;
use crate::openapi::document;
use crate::operation::{Handler, Operation, Outcome};
use crate::origin;
use crate::problem::Problem;
use crate::resources::Resources;
use crate::routes::{api_page, operations};
use crate::wording::Refusing;

/// Sent by scripts, which show a sign-in of their own.
const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// The service of an application, and beside it resources that others bring along. Serve it with connection info, so that
/// log-in throttling knows addresses.
pub fn router(app: App, resources: Resources) -> Router {
    let level = app.settings.level;
    let openapi = level.document(resources.openapi());
    let api_page = api_page(&openapi).into();
    let app = Arc::new(App { openapi: openapi.into(), api_page, ..app });
    let resources = resources.router.layer(from_fn_with_state(Arc::clone(&app), guard));
    let mut router = Router::new();
    let marked = levels::marked(level);
    for operation in operations() {
        let cut = marked.as_ref().and_then(|marked| Cut::of(marked, &operation.method, operation.path));
        router = router.route(operation.path, method_router(operation, cut));
    }
    let router = router
        .fallback(|uri: Uri| async move {
            let path = uri.path();
            Problem::unknown_route(format!("Nothing is at `{path}`; see /openapi.json for all there is."))
                .answer(path)
        })
        .method_not_allowed_fallback(|request: Request| async move {
            let (path, method) = (request.uri().path(), request.method());
            Problem::method_not_allowed(format!("`{path}` does not know the method {method}.")).answer(path)
        })
        .with_state(Arc::clone(&app))
        .merge(resources);
    middleware::around(router, &app)
}

/// Lets signed-in users read and operators change; where tenants are told apart only operators.
async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    // They are the installation's, not any tenant's.
    let of_all = request.method().is_safe() && !app.auth.has_tenants();
    let need = if of_all { Need::SignedIn } else { OPERATOR };
    let path = request.uri().path().to_owned();
    let protected = app.auth.is_protected();
    if let Err(problem) = origin::check(request.method(), request.uri(), request.headers(), protected) {
        return problem.answer(&path);
    }
    let peer = peer(request.extensions());
    match let_in(&app, need, false, (request.method(), request.headers()), peer).await {
        Ok(_) => next.run(request).await,
        Err(TurnedAway { problem, .. }) => problem.answer(&path),
    }
}

/// The caller of a request, if he may; wrong passwords are noted.
async fn let_in(
    app: &App,
    need: Need,
    is_search: bool,
    (method, headers): (&Method, &HeaderMap),
    peer: Option<IpAddr>,
) -> Result<Caller, TurnedAway> {
    let admitted = app.auth.admit(need, is_search, (method, headers), peer).await;
    if let Err(TurnedAway { problem, .. }) = &admitted
        && problem.status() == StatusCode::UNAUTHORIZED
        && let Some(name) = headers.get(header::AUTHORIZATION).and_then(name_in)
    {
        let from = peer.map(|peer| peer.to_string().into());
        note_wrong_password(app, &name, from, problem.code()).await;
    }
    admitted
}

/// The caller's address.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical())
}

/// The OpenAPI document as JSON text, with marks at what is newer than the oldest level.
pub fn openapi_json() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut whole = serde_json::to_value(document(&operations())).unwrap_or_default();
        levels::mark(&mut whole);
        serde_json::to_string_pretty(&whole).unwrap_or_default()
    })
}

/// What answers one operation.
struct Served {
    id: &'static str,
    need: Need,
    /// Whether it finds some of many, and nothing where nothing may be seen.
    is_search: bool,
    parameters: Vec<&'static str>,
    audited: Option<Audited>,
    /// What is cut out of its answers, at levels that do not have it.
    cut: Option<Cut>,
    handler: Handler,
}

impl Served {
    /// A refusal as this operation says it.
    fn refuses(&self, problem: Problem, key: Option<&str>) -> Problem {
        Refusing { operation: self.id, need: self.need, key }.says(problem)
    }
}

/// Searches and figures, unless they are about one thing that the path names.
fn is_search(path: &str) -> bool {
    (path.ends_with("/search") || path.contains("/statistics/")) && !path.contains('{')
}

fn method_router(operation: Operation, cut: Option<Cut>) -> MethodRouter<Arc<App>> {
    let need = needed(&operation);
    let is_search = is_search(operation.path);
    let Operation { id, method, handler, flags, queries, audited, .. } = operation;
    let filter = MethodFilter::try_from(method).unwrap_or(MethodFilter::GET);
    let flags = flags.into_iter().map(|(name, _)| name);
    let parameters = flags.chain(queries.into_iter().map(|parameter| parameter.name)).collect();
    let served = Arc::new(Served { id, need, is_search, parameters, audited, cut, handler });
    on(filter, move |State(app): State<Arc<App>>, request: Request| {
        let served = Arc::clone(&served);
        async move { serve(app, &served, request).await }
    })
}

/// What an operation needs of its caller.
pub(crate) fn needed(operation: &Operation) -> Need {
    need(operation.id).unwrap_or(match operation.access {
        Access::Open => Need::Nothing,
        Access::Employee => Need::SignedIn,
        Access::Worker | Access::Operator => OPERATOR,
    })
}

async fn serve(app: Arc<App>, served: &Served, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let by_script = request.headers().contains_key(REQUESTED_WITH);
    let outcome = AssertUnwindSafe(of_level(app, served, request)).catch_unwind().await;
    match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => {
            let mut response = problem.answer(&path);
            if by_script {
                // Our own page asks for the password itself, rather than the browser's window.
                response.headers_mut().remove(header::WWW_AUTHENTICATE);
            }
            response
        }
        Err(panic) => {
            let message = panic.downcast_ref::<&str>().copied().map(str::to_owned);
            let message = message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            tracing::error!(path, message, "a handler panicked");
            Problem::internal("The server made a mistake; it is logged under this request's id.")
                .answer(&path)
        }
    }
}

/// The answer of the server's level.
async fn of_level(app: Arc<App>, served: &Served, request: Request) -> Outcome {
    let response = admit(app, served, request).await?;
    match &served.cut {
        Some(cut) => cut.out_of(response).await,
        None => Ok(response),
    }
}

async fn admit(app: Arc<App>, served: &Served, request: Request) -> Outcome {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    origin::check(&parts.method, &parts.uri, &parts.headers, app.auth.is_protected())?;
    let asked = (&parts.method, &parts.headers);
    let caller = match let_in(&app, served.need, served.is_search, asked, peer(&parts.extensions)).await {
        Ok(caller) => caller,
        Err(TurnedAway { problem, caller }) => {
            if let (Some(what), Some(caller)) = (served.audited, caller) {
                note_refusal(&app, what, &mut parts, &caller, &problem).await;
            }
            return Err(served.refuses(problem, None));
        }
    };
    check_query(&parts.uri, &served.parameters)?;
    let parameters = path_parameters(&mut parts).await?;
    let asker =
        Asker { by: caller.name(), from: peer(&parts.extensions).map(|peer| peer.to_string().into()) };
    let asking = served.audited.map(|what| Asking::of(what, &parameters, &asker));
    let narrows = matches!(served.need, Need::Within(..)) && caller.restricted_to().is_some();
    let key = parameters.last().map(|(_, value)| value.clone());
    let call = Call::new(Arc::clone(&app), caller, parameters, parts, body);
    let (marks, tenants) = (call.marks(), call.seen.tenants().clone());
    let outcome = hosk_runtime::asking(asker, (served.handler)(call)).await;
    if let Some(audit) = asking.and_then(|asking| asking.told(&app, &outcome, (&marks, &tenants))) {
        note(&app, audit).await;
    }
    let response = outcome.map_err(|problem| served.refuses(problem, key.as_deref()))?;
    if narrows && !marks.narrowed.load(Ordering::Relaxed) {
        // Better no answer than one that tells too much.
        tracing::error!(path, "an operation forgot to narrow itself to what its caller may");
        return Err(Problem::internal("The server made a mistake; it is logged under this request's id."));
    }
    Ok(response)
}

async fn path_parameters(parts: &mut Parts) -> Result<Vec<(String, String)>, Problem> {
    let parameters = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|error| Problem::malformed(format!("The path cannot be read: {error}.")))?;
    Ok(parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Notes that somebody who is known asked for what he may not do. Nothing of the request was read but its path.
async fn note_refusal(app: &App, what: Audited, parts: &mut Parts, caller: &Caller, problem: &Problem) {
    let parameters = path_parameters(parts).await.unwrap_or_default();
    let asker =
        Asker { by: caller.name(), from: peer(&parts.extensions).map(|peer| peer.to_string().into()) };
    let tenants = app.auth.tenants_of(caller);
    let asking = Asking::of(what, &parameters, &asker);
    if let Some(audit) = asking.told(app, &Err(problem.clone()), (&Marks::default(), &tenants)) {
        note(app, audit).await;
    }
}
