//! A connector with one operation. docs/plugins.md of hosk tells the rest.

use hosk_plugin::{Call, Operation, Plugin, Result, config, http};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the administrator sets.
#[derive(Deserialize)]
struct Settings {
    #[serde(default = "clients")]
    clients: String,
}

fn clients() -> String {
    "/clients".to_owned()
}

/// What the step gives.
#[derive(Deserialize, JsonSchema)]
struct Wanted {
    /// The client's code.
    #[schemars(title = "Code", length(min = 1))]
    code: String,
}

/// What the step gets.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Client {
    name: String,
}

fn find_client(wanted: Wanted, _: &Call) -> Result<Client> {
    let Settings { clients } = config::settings()?;
    http::get(format!("{clients}/{}", http::escape(&wanted.code))).bearer("{{secrets.TOKEN}}").send()?.or_fail()?.json()
}

/// The connector.
pub fn plugin() -> Plugin {
    Plugin::new("my-plugin", 1, "My plugin").operation(
        Operation::new("find-client", "Find client", find_client)
            .error("CLIENT_NOT_FOUND", "Nobody has this code")
            .secret("TOKEN"),
    )
}

hosk_plugin::export!(plugin);
