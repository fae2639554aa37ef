//! The settings of a connection, checked before it is kept.

use std::time::Duration;

use hosk_connector::{Connection, Failure};
use reqwest::Url;
use serde_json::Value;

use crate::address;
use crate::auth::Authentication;
use crate::clients;
use crate::input::invalid;

/// The settings there are.
const KNOWN: [&str; 3] = ["baseUrl", "authentication", "caCertificates"];
/// Parts of `authentication` that only a secret may give.
const CREDENTIALS: [&str; 4] = ["password", "token", "value", "clientSecret"];

/// Refuses settings that no call could use, and credentials that stand in the open.
pub(crate) fn check(connection: &Connection) -> Result<(), Failure> {
    let settings = connection.settings.as_object().into_iter().flatten();
    for (name, value) in settings {
        if !KNOWN.contains(&name.as_str()) {
            return Err(invalid(name, &format!("is not known; known here: {}", KNOWN.join(", "))));
        }
        if matches!(name.as_str(), "baseUrl" | "caCertificates") && !value.is_string() {
            return Err(invalid(name, "must be a text"));
        }
    }
    if let Some(base) = connection.settings["baseUrl"].as_str() {
        check_base(base, connection)?;
    }
    check_authentication(&connection.settings["authentication"], connection)?;
    clients::build(connection, Duration::from_secs(1)).map(drop)
}

fn check_base(base: &str, connection: &Connection) -> Result<(), Failure> {
    let url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url.filter(Url::has_host) else {
        return Err(invalid("baseUrl", "must be an address such as https://erp.example.com/api"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("baseUrl", "must not hold user or password: set `authentication`"));
    }
    address::check_url(&url, &connection.grants)
}

fn check_authentication(authentication: &Value, connection: &Connection) -> Result<(), Failure> {
    if !matches!(authentication, Value::Null | Value::Object(_)) {
        return Err(invalid("authentication", "must be an object with `type`"));
    }
    for name in CREDENTIALS {
        let open = authentication[name]
            .as_str()
            .is_some_and(|text| !text.is_empty() && !text.contains("{{secrets."));
        if open {
            let remedy =
                "must not stand in the settings: set it as a secret, and write {{secrets.NAME}} here";
            return Err(invalid(&format!("authentication.{name}"), remedy));
        }
    }
    Authentication::read(authentication, connection).map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem(settings: Value) -> String {
        let mut connection = Connection::new("erp", "http");
        connection.settings = settings;
        connection.grants.hosts = vec!["erp.example".into()];
        connection.secrets.insert("TOKEN".into(), "sesame".into());
        check(&connection).map_or_else(|failure| failure.message, |()| "good".to_owned())
    }

    #[test]
    fn usable_settings_are_taken() {
        for settings in [
            json!({}),
            json!({"baseUrl": "https://erp.example/api"}),
            json!({"authentication": {"type": "bearer", "token": "{{secrets.TOKEN}}"}}),
            json!({"authentication": {"type": "basic", "username": "eva", "password": ""}}),
        ] {
            assert_eq!(problem(settings.clone()), "good", "{settings}");
        }
    }

    #[test]
    fn what_no_call_could_use_is_named_with_the_remedy() {
        for (settings, words) in [
            (json!({"baseURL": "https://erp.example"}), "known here: baseUrl"),
            (json!({"baseUrl": 7}), "must be a text"),
            (json!({"baseUrl": "erp.example"}), "must be an address"),
            (json!({"baseUrl": "ftp://erp.example"}), "must be an address"),
            (json!({"baseUrl": "https://eva:sesame@erp.example"}), "must not hold"),
            (json!({"baseUrl": "https://other.example"}), "other.example"),
            (json!({"authentication": "bearer"}), "must be an object"),
            (json!({"authentication": {"type": "magic"}}), "authentication.type"),
            (json!({"authentication": {"type": "bearer", "token": "open"}}), "{{secrets.NAME}}"),
            (json!({"authentication": {"type": "bearer", "token": "{{secrets.NONE}}"}}), "no secret `NONE`"),
            (json!({"authentication": {"type": "bearer"}}), "authentication.token"),
            (json!({"caCertificates": "not PEM"}), "caCertificates"),
        ] {
            let found = problem(settings.clone());
            assert!(found.contains(words), "{settings}: {found}");
            assert!(!found.contains("sesame"), "{found}");
        }
    }
}
