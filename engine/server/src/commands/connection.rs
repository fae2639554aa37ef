//! `hosk connection`: the connections of a running server.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::cli::{ConnectionAction, ConnectionArgs, ConnectionSet};
use crate::client::Client;
use crate::failure::Failure;
use crate::{files, password, print};

const ALL: &str = "/hosk/v1/connections";

pub(crate) async fn run(args: &ConnectionArgs, as_json: bool) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    match &args.action {
        ConnectionAction::List => list(&client, as_json).await,
        ConnectionAction::Show { id } => {
            let shown = client.get(&path(id)).await?;
            if as_json {
                print::json(&shown);
            } else {
                show(&shown);
            }
            Ok(())
        }
        ConnectionAction::Set(set) => put(&client, set, as_json).await,
        ConnectionAction::Secret { id, name, remove } => secret(&client, id, name, *remove).await,
        ConnectionAction::Test { id, operation, input } => {
            test(&client, id, operation.as_deref(), input.as_deref(), as_json).await
        }
        ConnectionAction::Remove { id } => {
            client.call(Method::DELETE, &path(id), None).await?;
            print::line(format!("connection {id} is removed"));
            Ok(())
        }
    }
}

fn path(id: &str) -> String {
    format!("{ALL}/{}", escaped(id))
}

/// A part of a path: whatever is not plain is percent-encoded.
pub(crate) fn escaped(part: &str) -> String {
    let mut escaped = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

async fn list(client: &Client, as_json: bool) -> Result<(), Failure> {
    let all = client.get(ALL).await?;
    if as_json {
        print::json(&all["items"]);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = all["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            let names =
                one["secrets"].as_array().into_iter().flatten().map(|secret| print::plain(&secret["name"]));
            vec![
                print::plain(&one["connectionId"]),
                print::plain(&one["connectorId"]),
                print::plain(&one["settings"]["baseUrl"]),
                names.collect::<Vec<_>>().join(", "),
                if one["builtIn"] == true { "built in".to_owned() } else { print::plain(&one["updatedAt"]) },
            ]
        })
        .collect();
    print::table(&["ID", "CONNECTOR", "ADDRESS", "SECRETS", "CHANGED"], &rows);
    Ok(())
}

fn show(connection: &Value) {
    let text = |value: &Value| {
        let text = print::plain(value);
        if text.is_empty() { "none".to_owned() } else { text }
    };
    print::line(format!(
        "{}: connector {}{}",
        print::plain(&connection["connectionId"]),
        print::plain(&connection["connectorId"]),
        if connection["builtIn"] == true { ", comes with the server" } else { "" }
    ));
    print::line(format!("settings  {}", connection["settings"]));
    print::line(format!("hosts     {}", text(&connection["grants"]["hosts"])));
    print::line(format!("networks  {}", text(&connection["grants"]["networks"])));
    let limits = &connection["limits"];
    print::line(format!(
        "limits    {} calls at once, {} ms each, {} bytes an answer; {} failures in a row keep calls away for {} ms",
        limits["concurrency"],
        limits["timeout"],
        limits["responseBytes"],
        limits["breakerFailures"],
        limits["breakerPause"]
    ));
    for secret in connection["secrets"].as_array().into_iter().flatten() {
        let unreadable = if secret["readable"] == true {
            ""
        } else {
            ", cannot be decrypted by this server: set it again"
        };
        print::line(format!(
            "secret    {}, set {}{unreadable}",
            print::plain(&secret["name"]),
            print::plain(&secret["updatedAt"])
        ));
    }
}

async fn put(client: &Client, set: &ConnectionSet, as_json: bool) -> Result<(), Failure> {
    let mut limits = Map::new();
    limits.extend(set.concurrency.map(|calls| ("concurrency".to_owned(), json!(calls))));
    limits.extend(set.timeout.map(|wait| ("timeout".to_owned(), json!(wait))));
    let mut body = json!({
        "connectorId": set.connector,
        "settings": files::object_called("the settings", set.settings.as_deref())?,
        "grants": {"hosts": set.hosts, "networks": set.networks},
        "limits": limits,
    });
    let exists = client.get(ALL).await?["items"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|one| one["connectionId"] == set.id.as_str() && one["builtIn"] == false);
    let answer = if exists {
        client.call(Method::PUT, &path(&set.id), Some(&body)).await?
    } else {
        body["connectionId"] = json!(set.id);
        client.post(ALL, &body).await?
    };
    if as_json {
        print::json(&answer);
    } else {
        print::line(format!("connection {} is {}", set.id, if exists { "changed" } else { "created" }));
    }
    Ok(())
}

async fn secret(client: &Client, id: &str, name: &str, remove: bool) -> Result<(), Failure> {
    let path = format!("{}/secrets/{}", path(id), escaped(name));
    if remove {
        client.call(Method::DELETE, &path, None).await?;
        print::line(format!("secret {name} of {id} is removed"));
        return Ok(());
    }
    let value = password::read(&format!("Secret {name} of {id}: "))?;
    client.call(Method::PUT, &path, Some(&json!({"value": value}))).await?;
    print::line(format!("secret {name} of {id} is set"));
    Ok(())
}

async fn test(
    client: &Client,
    id: &str,
    operation: Option<&str>,
    input: Option<&str>,
    as_json: bool,
) -> Result<(), Failure> {
    let mut body = json!({"input": files::object_called("the parameters", input)?});
    if let Some(operation) = operation {
        body["operation"] = json!(operation);
    }
    let answer = client.post(&format!("{}/test", path(id)), &body).await?;
    let worked = answer["outcome"] == "COMPLETED";
    if as_json {
        print::json(&answer);
    } else {
        let (operation, took) = (print::plain(&answer["operation"]), &answer["milliseconds"]);
        if worked {
            print::line(format!("{id}: {operation} worked, in {took} ms"));
            print::json(&answer["output"]);
        }
    }
    if worked {
        return Ok(());
    }
    if as_json {
        return Err(Failure::Found);
    }
    let (code, message) = (print::plain(&answer["code"]), print::plain(&answer["message"]));
    Err(Failure::Refused(format!("{id}: {code}: {message}")))
}
