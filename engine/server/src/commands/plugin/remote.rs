//! The plugins of a running server.

use std::path::Path;

use anyhow::Context as _;
use hosk_plugins::largest_file;
use hosk_wasm::Limits;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::PluginAction;
use crate::client::Client;
use crate::commands::connection::escaped;
use crate::failure::Failure;
use crate::print;

const ALL: &str = "/hosk/v1/plugins";

pub(super) async fn run(client: &Client, action: &PluginAction, as_json: bool) -> Result<(), Failure> {
    match action {
        PluginAction::Install { file, keep_current } => {
            let path = format!("{ALL}?activate={}", !keep_current);
            check_size(file)?;
            installed(&client.upload(&path, file).await?, as_json);
            Ok(())
        }
        PluginAction::List => list(client, as_json).await,
        PluginAction::Show { id } => show(client, id, as_json).await,
        PluginAction::Activate { id, version } => {
            let path = format!("{}/activation", path(id));
            told(&client.post(&path, &json!({"version": version})).await?, as_json);
            Ok(())
        }
        PluginAction::Rollback { id } => {
            let path = format!("{}/rollback", path(id));
            told(&client.call(Method::POST, &path, None).await?, as_json);
            Ok(())
        }
        PluginAction::Remove { id, version } => {
            let (path, what) = match version {
                Some(version) => {
                    (format!("{}/versions/{version}", path(id)), format!("version {version} of {id}"))
                }
                None => (path(id), format!("plugin {id}")),
            };
            client.call(Method::DELETE, &path, None).await?;
            print::line(format!("{what} is removed"));
            Ok(())
        }
        // These need no server.
        PluginAction::New { .. }
        | PluginAction::Build(_)
        | PluginAction::Check(_)
        | PluginAction::Run(_)
        | PluginAction::Key { .. }
        | PluginAction::Sign(_) => Ok(()),
    }
}

/// A file that no server takes is not sent: the answer might not be heard over what is still on its way.
fn check_size(file: &Path) -> Result<(), Failure> {
    let about = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let (bytes, limit) = (about.len(), largest_file(&Limits::default()));
    if bytes > limit as u64 {
        return Err(Failure::Refused(format!(
            "plugin-too-large: {} has {bytes} bytes, and at most {limit} are taken; build the plugin without debugging \
             information",
            file.display()
        )));
    }
    Ok(())
}

fn path(id: &str) -> String {
    format!("{ALL}/{}", escaped(id))
}

fn installed(answer: &Value, as_json: bool) {
    if as_json {
        print::json(answer);
        return;
    }
    let plugin = &answer["plugin"];
    let id = print::plain(&plugin["pluginId"]);
    let how = if answer["new"] == true { "installed" } else { "there already" };
    let current = if plugin["currentVersion"] == answer["version"] { ", and current" } else { "" };
    print::line(format!("{id}: version {} is {how}{current}", answer["version"]));
    print::line(format!(
        "Grant hosts and secrets to it: hosk connection set {id} --connector {id} --host HOST"
    ));
}

fn told(plugin: &Value, as_json: bool) {
    if as_json {
        print::json(plugin);
    } else {
        print::line(format!(
            "{}: version {} is current",
            print::plain(&plugin["pluginId"]),
            plugin["currentVersion"]
        ));
    }
}

/// The version that is current, if one is.
fn current(plugin: &Value) -> Option<&Value> {
    let versions = plugin["versions"].as_array()?;
    versions.iter().find(|one| one["version"] == plugin["currentVersion"])
}

async fn list(client: &Client, as_json: bool) -> Result<(), Failure> {
    let all = client.get(ALL).await?;
    if as_json {
        print::json(&all["items"]);
        return Ok(());
    }
    let rows = all["items"].as_array().into_iter().flatten().map(|plugin| {
        let nothing = Value::Null;
        let now = current(plugin).unwrap_or(&nothing);
        vec![
            print::plain(&plugin["pluginId"]),
            print::plain(&now["title"]),
            print::plain(&plugin["currentVersion"]),
            print::plain(&now["release"]),
            print::plain(&now["contractVersion"]),
            print::plain(&plugin["updatedAt"]),
            print::plain(&now["trouble"]),
        ]
    });
    let head = ["ID", "TITLE", "CURRENT", "RELEASE", "CONTRACT", "CHANGED", "TROUBLE"];
    print::table(&head, &rows.collect::<Vec<_>>());
    Ok(())
}

async fn show(client: &Client, id: &str, as_json: bool) -> Result<(), Failure> {
    let plugin = client.get(&path(id)).await?;
    let of = plugin["currentVersion"].as_u64();
    let contract = match of {
        Some(number) => client.get(&format!("{}/versions/{number}", path(id))).await?["contract"].clone(),
        None => Value::Null,
    };
    if as_json {
        print::json(&json!({"plugin": plugin, "contract": contract}));
        return Ok(());
    }
    let title = print::plain(&contract["title"]);
    print::line(format!("{id}: {}", if title.is_empty() { "no version is current" } else { &title }));
    let rows = plugin["versions"].as_array().into_iter().flatten().map(|version| {
        let state = match (version["version"] == plugin["currentVersion"], version["active"] == true) {
            (true, _) => "current",
            (false, true) => "active",
            (false, false) => "",
        };
        vec![
            print::plain(&version["version"]),
            state.to_owned(),
            print::plain(&version["contractVersion"]),
            print::plain(&version["release"]),
            print::plain(&version["hash"]).chars().take(12).collect(),
            print::plain(&version["bytes"]),
            print::plain(&version["signer"]),
            print::plain(&version["installedAt"]),
            print::plain(&version["trouble"]),
        ]
    });
    let head = ["VERSION", "STATE", "CONTRACT", "RELEASE", "HASH", "BYTES", "SIGNER", "INSTALLED", "TROUBLE"];
    print::table(&head, &rows.collect::<Vec<_>>());
    super::local::operations(id, &contract);
    Ok(())
}
