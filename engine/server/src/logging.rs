//! Log lines go to standard error, as text or JSON; standard output is for what a command answers. Spans for traces go
//! another way, see [`crate::traces`].

use std::io::IsTerminal as _;

use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::Config;
use crate::failure::Failure;
use crate::traces::Traces;

/// What hears of spans and events.
pub(crate) type Ear = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging as configured, and traces if they are wanted. Called once.
pub(crate) fn start(config: &Config) -> Result<Option<Traces>, Failure> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        Failure::Refused(format!(
            "the setting log = {:?} is wrong: {error}; write for example `info,hosk_api=debug`",
            config.log
        ))
    })?;
    // Colours are for people: a file or the journal gets text.
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    let colours = std::io::stderr().is_terminal() && !unwanted;
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(true).with_ansi(colours);
    let lines: Ear = if config.log_json {
        // What a line is about stands beside what it says, not inside of it.
        lines.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed()
    } else {
        lines.with_filter(filter).boxed()
    };
    let mut ears = vec![lines];
    let traces = match &config.traces {
        Some(collector) => {
            let (traces, ear) = Traces::start(collector, config.trace_ratio)?;
            ears.push(ear);
            Some(traces)
        }
        None => None,
    };
    tracing_subscriber::registry().with(ears).init();
    Ok(traces)
}
