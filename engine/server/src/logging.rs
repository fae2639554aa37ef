//! Log lines go to standard error, as text or JSON; standard output is for what a command answers.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::Config;
use crate::failure::Failure;

/// Starts logging as configured. Called once.
pub(crate) fn start(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        Failure::Refused(format!(
            "the setting log = {:?} is wrong: {error}; write for example `info,hosk_api=debug`",
            config.log
        ))
    })?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    if config.log_json {
        builder.json().init();
    } else {
        builder.init();
    }
    Ok(())
}
