//! The request as it will be sent, with all that is secret in it marked.

use bytes::Bytes;
use hosk_connector::{Call, Connection, Failure, FailureKind, Secret};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::input::{Input, fill, invalid};
use crate::{address, body};

/// Headers that belong to the transport; a step that sets them would break or smuggle requests.
const TRANSPORT_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "proxy-connection",
];
/// Most headers of a step.
const MAX_HEADERS: usize = 100;
/// Shortest text that is blotted out in messages; blotting out single letters would only make them unreadable.
const MIN_SECRET: usize = 3;

/// A request, ready to be sent.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Headers that any host may see.
    pub(crate) headers: HeaderMap,
    /// Headers for the addressed origin only.
    pub(crate) private_headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) read_timeout: std::time::Duration,
    secrets: Vec<String>,
}

impl Request {
    pub(crate) fn build(input: &Input, call: &Call, connection: &Connection) -> Result<Self, Failure> {
        let mut url = target(&input.url, connection)?;
        address::check_url(&url, &connection.grants)?;
        if input.own_authentication && !matches!(input.authentication, crate::auth::Authentication::None) {
            check_own_credentials(&url, connection)?;
        }
        for (name, value) in &input.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let mut request = Self {
            method: input.method.clone(),
            url,
            headers: HeaderMap::new(),
            private_headers: HeaderMap::new(),
            body: None,
            read_timeout: input.read_timeout,
            secrets: connection.secrets.values().map(|secret| secret.expose().to_owned()).collect(),
        };
        request.add_headers(&input.headers)?;
        request.add_context_headers(call)?;
        request.add_body(input)?;
        Ok(request)
    }

    /// A request that another connector composed, without its body and credentials. Nothing in it is filled with
    /// secrets.
    pub(crate) fn of(
        method: Method,
        url: &str,
        headers: &[(String, String)],
        read_timeout: std::time::Duration,
        call: &Call,
    ) -> Result<Self, Failure> {
        let connection = &call.context.connection;
        if url.starts_with("{{") {
            return Err(invalid("url", "is not an absolute address"));
        }
        let url = target(url, connection)?;
        address::check_url(&url, &connection.grants)?;
        let mut request = Self {
            method,
            url,
            headers: HeaderMap::new(),
            private_headers: HeaderMap::new(),
            body: None,
            read_timeout,
            secrets: connection.secrets.values().map(|secret| secret.expose().to_owned()).collect(),
        };
        request.add_headers(headers)?;
        request.add_context_headers(call)?;
        Ok(request)
    }

    /// A request of ours, e.g. for a token.
    pub(crate) fn plain(
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
        read_timeout: std::time::Duration,
    ) -> Self {
        let (private_headers, secrets) = (HeaderMap::new(), Vec::new());
        Self { method, url, headers, private_headers, body: Some(body), read_timeout, secrets }
    }

    fn add_headers(&mut self, headers: &[(String, String)]) -> Result<(), Failure> {
        if headers.len() > MAX_HEADERS {
            return Err(invalid("headers", &format!("at most {MAX_HEADERS} headers can be sent")));
        }
        for (name, value) in headers {
            let (header, value) = header(name, value)?;
            if TRANSPORT_HEADERS.contains(&header.as_str()) {
                return Err(invalid(&format!("headers.{name}"), "is set by the transport; leave it out"));
            }
            let public = header == CONTENT_TYPE || header == "accept" || header == "accept-language";
            let headers = if public { &mut self.headers } else { &mut self.private_headers };
            headers.append(header, value);
        }
        Ok(())
    }

    /// The idempotency key goes with every request that may change something, the trace with all.
    fn add_context_headers(&mut self, call: &Call) -> Result<(), Failure> {
        let context = &call.context;
        if !self.method.is_safe() && !self.private_headers.contains_key("idempotency-key") {
            let (name, value) = header("idempotency-key", &context.idempotency_key)?;
            self.private_headers.insert(name, value);
        }
        if let Some(trace) = &context.trace_parent
            && !self.private_headers.contains_key("traceparent")
        {
            let (name, value) = header("traceparent", trace)?;
            self.private_headers.insert(name, value);
        }
        Ok(())
    }

    fn add_body(&mut self, input: &Input) -> Result<(), Failure> {
        let Some(content) = &input.body else { return Ok(()) };
        if matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let content_type =
            self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (bytes, default_type) = body::encode(content, content_type.as_deref())?;
        if let Some(default_type) = default_type {
            self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(default_type));
        }
        self.body = Some(bytes);
        Ok(())
    }

    /// Sets the `Authorization` header.
    pub(crate) fn authorization(&mut self, value: &str) -> Result<(), Failure> {
        self.keep_secret(value.split_once(' ').map_or(value, |(_, credentials)| credentials));
        self.secret_header(AUTHORIZATION.as_str(), value)
    }

    /// Sets a bearer token.
    pub(crate) fn bearer(&mut self, token: &Secret) -> Result<(), Failure> {
        self.authorization(&format!("Bearer {}", token.expose()))
    }

    /// Sets a header whose value must not be seen, also not by other hosts.
    pub(crate) fn secret_header(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let (name, mut value) = header(name, value)?;
        value.set_sensitive(true);
        self.private_headers.insert(name, value);
        Ok(())
    }

    /// Remembers a text that must not appear in messages.
    pub(crate) fn keep_secret(&mut self, text: &str) {
        self.secrets.push(text.to_owned());
    }

    /// The text without secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut secrets: Vec<&String> =
            self.secrets.iter().filter(|secret| secret.len() >= MIN_SECRET).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }

    /// Method and address for messages; the query is left out, keys stand there.
    pub(crate) fn named(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        format!("{} {}", self.method, self.redact(url.as_str()))
    }
}

/// The absolute address: a path is appended to the connection's base. Only a base address at the very beginning may
/// be a secret; further on a URL holds data of the case, where naming a secret must not reveal it.
fn target(url: &str, connection: &Connection) -> Result<Url, Failure> {
    let base = connection.settings["baseUrl"].as_str();
    let text = match (url.strip_prefix('/'), base) {
        (Some(path), Some(base)) => format!("{}/{path}", base.trim_end_matches('/')),
        (Some(_), None) => {
            let problem =
                format!("begins with `/`, but the connection `{}` has no setting `baseUrl`", connection.id);
            return Err(invalid("url", &problem));
        }
        (None, _) => match url.starts_with("{{").then(|| url.split_once("}}")).flatten() {
            Some((name, rest)) => format!("{}{rest}", fill(connection, "url", &format!("{name}}}}}"))?),
            None => url.to_owned(),
        },
    };
    let url =
        Url::parse(&text).map_err(|error| invalid("url", &format!("is not an absolute address: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("url", "must not hold credentials: use the authentication parameters"));
    }
    Ok(url)
}

/// The connection's own credentials are for its base address, whatever a step may ask for.
fn check_own_credentials(url: &Url, connection: &Connection) -> Result<(), Failure> {
    let base = connection.settings["baseUrl"].as_str().and_then(|base| Url::parse(base).ok());
    if base.is_some_and(|base| base.origin() == url.origin()) {
        return Ok(());
    }
    let message = format!(
        "the credentials of the connection `{}` are for its `baseUrl` only: address that, or give the step its own authentication",
        connection.id
    );
    Err(Failure::new(FailureKind::InvalidInput, message))
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let field = format!("headers.{name}");
    let header = HeaderName::try_from(name).map_err(|_| invalid(&field, "is not a header name"))?;
    let value = HeaderValue::try_from(value)
        .map_err(|_| invalid(&field, "holds characters that a header cannot carry"))?;
    Ok((header, value))
}
