//! The employee's page, the OpenAPI document, and pages that explain the API and its problems. All from the binary.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::Value;

use crate::answer::content;
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, tagged};
use crate::problem::{PAGES, Problem};

/// Everything comes from here, nothing runs that does not.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

pub(super) fn operations() -> Vec<Operation> {
    let open = |path, id, summary, page: fn() -> Response| {
        get(path, id, summary, move |_| async move { Ok(page()) }).access(Access::Open)
    };
    tagged(
        "Pages",
        vec![
            open("/", "getPage", "The employee's page.", || html(include_str!("../page/index.html")))
                .answers_media("text/html"),
            open("/page/app.js", "getPageScript", "Its script.", || {
                content("text/javascript; charset=utf-8", include_str!("../page/app.js"))
            })
            .answers_media("text/javascript"),
            open("/page/form.js", "getPageFormScript", "Its forms.", || {
                content("text/javascript; charset=utf-8", include_str!("../page/form.js"))
            })
            .answers_media("text/javascript"),
            open("/page/style.css", "getPageStyle", "Its looks.", || {
                content("text/css; charset=utf-8", include_str!("../page/style.css"))
            })
            .answers_media("text/css"),
            get("/openapi.json", "getOpenApi", "The OpenAPI document.", |call| async move {
                Ok(content("application/json", call.app.openapi.clone()))
            })
            .access(Access::Open)
            .answers_media("application/json"),
            get("/api", "getApiPage", "The operations, to read.", |call| async move {
                Ok(html(call.app.api_page.clone()))
            })
            .access(Access::Open)
            .answers_media("text/html"),
            get("/problems/{code}", "getProblemPage", "What a problem means and what to do.", problem)
                .access(Access::Open)
                .answers_media("text/plain")
                .refuses(&[404]),
        ],
    )
}

fn html(text: impl Into<axum::body::Body>) -> Response {
    let mut response = content("text/html; charset=utf-8", text);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn problem(call: Call) -> Outcome {
    let code = call.path("code");
    let found = PAGES.iter().find(|(known, _)| *known == code);
    let (_, text) = found.ok_or_else(|| Problem::not_found(format!("No page explains `{code}`.")))?;
    Ok(content("text/plain; charset=utf-8", *text))
}

/// A plain list of all operations of a document, by heading.
pub(crate) fn api_page(openapi: &str) -> String {
    use std::fmt::Write as _;
    let document: Value = serde_json::from_str(openapi).unwrap_or_default();
    let mut by_tag: BTreeMap<&str, Vec<(&str, &str, &str)>> = BTreeMap::new();
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            let summary = operation["summary"].as_str().unwrap_or_default();
            by_tag.entry(tag).or_default().push((method, path, summary));
        }
    }
    let mut rows = String::new();
    for (tag, operations) in by_tag {
        let _ = write!(rows, "<tr><th colspan=\"3\">{tag}</th></tr>");
        for (method, path, summary) in operations {
            let method = method.to_uppercase();
            let _ = write!(rows, "<tr><td>{method}</td><td><code>{path}</code></td><td>{summary}</td></tr>");
        }
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>hosk: REST API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/page/style.css\"><body class=\"api\"><h1>REST API</h1>\
         <p>The machine-readable document is <a href=\"/openapi.json\">openapi.json</a>.</p>\
         <table>{rows}</table></body></html>"
    )
}
