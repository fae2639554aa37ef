//! Lists that come in pages: all pages are read, and the output's body is one list.
//!
//! A list is never cut off silently: more pages or bytes than allowed is a failure that says so.

use hosk_connector::{Call, Failure, FailureKind, Outcome};
use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};
use serde_json::{Value, json};

use crate::answer::{self, plain};
use crate::exchange::{Received, content_type};
use crate::input::invalid;
use crate::request::Request;
use crate::{HttpConnector, body};

/// Pages read when the step does not say.
const DEFAULT_PAGES: u64 = 20;
/// Most pages that a step may ask for.
const MAX_PAGES: u64 = 1_000;

/// How the next page is found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pagination {
    way: Way,
    /// JSON pointer to the list inside the body; empty: the body is the list.
    items: String,
    max_pages: u64,
}

#[derive(Debug, Clone, PartialEq)]
enum Way {
    /// The header `Link` with `rel="next"` (RFC 8288).
    Link,
    /// A parameter that counts pages (or rows, by `step`), until a page is empty or short.
    Number { parameter: String, at: u64, step: u64, page_size: Option<u64> },
    /// A value in the body that is sent back as a parameter, until there is none.
    Cursor { parameter: String, pointer: String },
}

impl Pagination {
    pub(crate) fn read(value: &Value) -> Result<Option<Self>, Failure> {
        let text = |name: &str, otherwise: &str| match &value[name] {
            Value::Null => Ok(otherwise.to_owned()),
            Value::String(text) => Ok(text.clone()),
            _ => Err(invalid(&format!("pagination.{name}"), "must be a text")),
        };
        let number = |name: &str| match &value[name] {
            Value::Null => Ok(None),
            Value::Number(number) => Ok(number.as_u64()),
            Value::String(text) if text.trim().is_empty() => Ok(None),
            Value::String(text) => Ok(text.trim().parse().ok()),
            _ => Err(invalid(&format!("pagination.{name}"), "must be a whole number")),
        };
        let way = match value["type"].as_str() {
            None | Some("none") => return Ok(None),
            Some("link") => Way::Link,
            Some("number") => Way::Number {
                parameter: text("parameter", "page")?,
                at: number("start")?.unwrap_or(1),
                step: number("step")?.unwrap_or(1),
                page_size: number("pageSize")?,
            },
            Some("cursor") => Way::Cursor {
                parameter: text("parameter", "cursor")?,
                pointer: pointer(&text("cursor", "next")?),
            },
            Some(_) => return Err(invalid("pagination.type", "must be none, link, number or cursor")),
        };
        let max_pages = number("maxPages")?.unwrap_or(DEFAULT_PAGES).clamp(1, MAX_PAGES);
        Ok(Some(Self { way, items: pointer(&text("items", "")?), max_pages }))
    }

    /// The address of the page after this one.
    fn next(
        &mut self,
        url: &Url,
        headers: &HeaderMap,
        body: &Value,
        found: usize,
    ) -> Result<Option<Url>, Failure> {
        match &mut self.way {
            Way::Link => {
                let Some(target) =
                    headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok()).find_map(next_link)
                else {
                    return Ok(None);
                };
                let next = url.join(target).ok().filter(|next| next.origin() == url.origin());
                let elsewhere = || {
                    Failure::new(
                        FailureKind::Permanent,
                        "the next page is on another host, which is not followed",
                    )
                };
                next.ok_or_else(elsewhere).map(Some)
            }
            Way::Number { parameter, at, step, page_size } => {
                if found == 0 || page_size.is_some_and(|size| (found as u64) < size) {
                    return Ok(None);
                }
                *at = at.saturating_add(*step);
                Ok(Some(with_parameter(url, parameter, &at.to_string())))
            }
            Way::Cursor { parameter, pointer } => {
                let cursor = match body.pointer(pointer) {
                    None | Some(Value::Null | Value::Bool(false)) => return Ok(None),
                    Some(Value::String(text)) if text.is_empty() => return Ok(None),
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                };
                let next = with_parameter(url, parameter, &cursor);
                if next == *url {
                    let message = "the page names itself as the next one";
                    return Err(Failure::new(FailureKind::Permanent, message));
                }
                Ok(Some(next))
            }
        }
    }
}

/// Reads all pages.
pub(crate) async fn collect(
    connector: &HttpConnector,
    mut request: Request,
    input: &crate::input::Input,
    client: &reqwest::Client,
    call: &Call,
    mut pagination: Pagination,
) -> Result<Outcome, Failure> {
    if !request.method.is_safe() {
        return Err(invalid(
            "pagination",
            "only requests that change nothing can be repeated page by page; use GET",
        ));
    }
    let (mut items, mut size) = (Vec::new(), 0_u64);
    let limit = call.context.connection.limits.response_bytes;
    for _ in 0..pagination.max_pages {
        let received: Received = connector.attempt(&mut request, input, client, call).await?;
        if !(200..300).contains(&received.status) {
            return Ok(answer::outcome(&request, received));
        }
        size += received.body.len() as u64;
        if size > limit {
            let message =
                format!("the pages of {} have more than {limit} bytes: ask for less", request.named());
            return Err(Failure::new(FailureKind::Permanent, message));
        }
        let mut body = body::decode(&received.body, content_type(&received.headers));
        let Some(Value::Array(found)) = body.pointer_mut(&pagination.items).map(Value::take) else {
            let place = &pagination.items;
            let message = format!("{} has no list at `{place}`: see `pagination.items`", request.named());
            return Err(Failure::new(FailureKind::Permanent, message));
        };
        let next = pagination.next(&request.url, &received.headers, &body, found.len())?;
        items.extend(found);
        let Some(url) = next else {
            let headers = plain(&received.headers);
            return Ok(Outcome::Complete(
                json!({"status": received.status, "headers": headers, "body": items}),
            ));
        };
        request.url = url;
    }
    let message = format!(
        "{} has more than {} pages: ask for less, or raise `pagination.maxPages`",
        request.named(),
        pagination.max_pages
    );
    Err(Failure::new(FailureKind::Permanent, message))
}

/// `data.items` or `/data/items` as a JSON pointer.
fn pointer(path: &str) -> String {
    match path.trim() {
        "" => String::new(),
        pointer if pointer.starts_with('/') => pointer.to_owned(),
        dotted => format!("/{}", dotted.replace('.', "/")),
    }
}

/// The address with one parameter replaced or added.
pub(crate) fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(known, _)| known != name)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut next = url.clone();
    next.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, value);
    next
}

/// The target of `rel="next"` in a `Link` header.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, parameters) = after.split_once('>')?;
        // The parameters reach to the next link, whose target may hold commas and semicolons of its own.
        let own = parameters.split_once('<').map_or(parameters, |(own, _)| own);
        let is_next =
            own.split([';', ',']).filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
                let relations = value.trim().trim_matches('"');
                name.trim().eq_ignore_ascii_case("rel")
                    && relations.split(' ').any(|one| one.eq_ignore_ascii_case("next"))
            });
        if is_next {
            return Some(target);
        }
        rest = parameters;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let header =
            r#"<https://a.test/?p=1,2;3>; rel="prev", </?p=5>; title="x"; rel="last next", <z>; rel=first"#;
        assert_eq!(next_link(header), Some("/?p=5"));
        assert_eq!(next_link("<a>; rel=next"), Some("a"));
        assert_eq!(next_link("<a>; rel=prev"), None);
        assert_eq!(next_link("nonsense < without end"), None);
    }

    #[test]
    fn a_parameter_is_replaced_not_repeated() {
        let url = Url::parse("http://a.test/x?page=1&q=a%20b").unwrap();
        assert_eq!(with_parameter(&url, "page", "2").as_str(), "http://a.test/x?q=a+b&page=2");
    }

    #[test]
    fn paths_may_be_dotted_or_pointers() {
        assert_eq!(
            (pointer("data.items"), pointer("/a/b"), pointer(" ")),
            ("/data/items".into(), "/a/b".into(), String::new())
        );
    }
}
