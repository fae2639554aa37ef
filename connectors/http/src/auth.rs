//! Credentials: read from the step or the connection, put into the request, kept out of everything else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosk_connector::{Connection, Failure, Secret};
use serde_json::Value;

use crate::input::{fill, invalid};
use crate::pages::with_parameter;
use crate::request::Request;

/// How a request identifies itself.
#[derive(Debug)]
pub(crate) enum Authentication {
    None,
    Basic { username: String, password: Secret },
    Bearer(Secret),
    ApiKey { place: Place, name: String, value: Secret },
    ClientCredentials(ClientCredentials),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Header,
    Query,
}

/// The OAuth 2.0 client credentials grant (RFC 6749, 4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCredentials {
    pub(crate) endpoint: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
    pub(crate) audience: Option<String>,
    pub(crate) scopes: Option<String>,
    /// In the body instead of the Basic header.
    pub(crate) in_body: bool,
}

impl Authentication {
    pub(crate) fn read(value: &Value, connection: &Connection) -> Result<Self, Failure> {
        let optional = |name: &str| match &value[name] {
            Value::Null => Ok(None),
            Value::String(text) => fill(connection, &format!("authentication.{name}"), text).map(Some),
            _ => Err(invalid(&format!("authentication.{name}"), "must be a text")),
        };
        let needed = |name: &str| {
            let text = optional(name)?.filter(|text| !text.is_empty());
            text.ok_or_else(|| invalid(&format!("authentication.{name}"), "must not be empty"))
        };
        if value.is_null() {
            return Ok(Self::None);
        }
        match value["type"].as_str() {
            None | Some("noAuth") => Ok(Self::None),
            Some("basic") => Ok(Self::Basic {
                username: needed("username")?,
                password: optional("password")?.unwrap_or_default().into(),
            }),
            Some("bearer") => Ok(Self::Bearer(needed("token")?.into())),
            Some("apiKey") => {
                let place = match value["apiKeyLocation"].as_str() {
                    None | Some("headers") => Place::Header,
                    Some("query") => Place::Query,
                    Some(_) => {
                        return Err(invalid("authentication.apiKeyLocation", "must be `headers` or `query`"));
                    }
                };
                Ok(Self::ApiKey { place, name: needed("name")?, value: needed("value")?.into() })
            }
            Some("oauth-client-credentials-flow") => Ok(Self::ClientCredentials(ClientCredentials {
                endpoint: needed("oauthTokenEndpoint")?,
                client_id: needed("clientId")?,
                client_secret: needed("clientSecret")?.into(),
                audience: optional("audience")?.filter(|text| !text.is_empty()),
                scopes: optional("scopes")?.filter(|text| !text.is_empty()),
                in_body: value["clientAuthentication"] == "credentialsBody",
            })),
            Some(_) => Err(invalid(
                "authentication.type",
                "must be noAuth, basic, bearer, apiKey or oauth-client-credentials-flow",
            )),
        }
    }

    /// Puts the credentials into the request. Client credentials are exchanged for a token first, see
    /// [`Tokens`](crate::oauth::Tokens).
    pub(crate) fn apply(&self, request: &mut Request) -> Result<(), Failure> {
        match self {
            Self::None | Self::ClientCredentials(_) => Ok(()),
            Self::Basic { username, password } => {
                request.keep_secret(password.expose());
                request.authorization(&basic(username, password))
            }
            Self::Bearer(token) => request.bearer(token),
            Self::ApiKey { place: Place::Header, name, value } => {
                request.keep_secret(value.expose());
                request.secret_header(name, value.expose())
            }
            Self::ApiKey { place: Place::Query, name, value } => {
                request.keep_secret(value.expose());
                request.url = with_parameter(&request.url, name, value.expose());
                Ok(())
            }
        }
    }
}

/// The value of an `Authorization` header with user and password (RFC 7617).
pub(crate) fn basic(username: &str, password: &Secret) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose())))
}
