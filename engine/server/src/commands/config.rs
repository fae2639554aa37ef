//! `hosk config`: the effective configuration and where each value comes from.

use crate::cli::ServeArgs;
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::print;

pub(crate) fn run(args: &ServeArgs, as_json: bool) -> Result<(), Failure> {
    let config = serde_json::to_value(Config::load(args)?)?;
    if as_json {
        print::json(&config);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = config::sources(args)?
        .into_iter()
        .map(|(name, source)| {
            let value = print::plain(&config[&name]);
            vec![name, value, source]
        })
        .collect();
    print::table(&["NAME", "VALUE", "FROM"], &rows);
    Ok(())
}
