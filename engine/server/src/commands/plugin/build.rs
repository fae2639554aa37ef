//! `hosk plugin build`: a component from the folder of an author.

use std::path::Path;

use serde_json::json;

use super::local::{Loaded, operations};
use crate::cli::PluginBuild;
use crate::failure::Failure;
use crate::print;

/// Name of the component in its folder, as the templates call it.
const COMPONENT: &str = "plugin.wasm";

pub(super) async fn run(args: &PluginBuild, as_json: bool) -> Result<(), Failure> {
    let folder: &Path = &args.folder;
    let output = args.output.clone().unwrap_or_else(|| folder.join(COMPONENT));
    let language = hosk_plugins::build(folder, &output).map_err(|error| {
        let code = error.code();
        Failure::Refused(format!("{code}: {:#}", anyhow::Error::from(error)))
    })?;
    // What could not be installed is told now.
    let loaded = Loaded::open(&output).await?;
    let contract = loaded.contract();
    if as_json {
        print::json(&json!({
            "file": output,
            "language": language.name(),
            "bytes": loaded.size(),
            "pluginId": contract.id,
            "contract": contract,
        }));
        return Ok(());
    }
    print::line(format!("{}: {}, {} bytes", output.display(), language.name(), loaded.size()));
    print::line(format!("{}: {}, version {} of its contract", contract.id, contract.title, contract.version));
    operations(&contract.id, &serde_json::to_value(contract).unwrap_or_default());
    Ok(())
}
