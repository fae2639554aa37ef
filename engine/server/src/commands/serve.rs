//! `hosk serve`: runs until it is told to stop, then drains.

use std::time::Instant;

use crate::cli::{AuthMode, ServeArgs};
use crate::config::Config;
use crate::failure::Failure;
use crate::server::Server;
use crate::{logging, print};

pub(crate) async fn run(args: &ServeArgs) -> Result<(), Failure> {
    let began = Instant::now();
    let config = Config::load(args)?;
    let traces = logging::start(&config)?;
    let server = Server::start(&config).await?;
    print::line(format!(
        "hosk {} is ready in {} ms: {}",
        env!("CARGO_PKG_VERSION"),
        began.elapsed().as_millis(),
        server.link()
    ));
    if let Some(admin) = server.admin {
        print::line(format!("for operators: http://{admin}/metrics"));
    }
    if config.auth == AuthMode::Basic && server.identity.users().is_empty() {
        // An address may have a password, so the one given is not repeated.
        let place = match args.database {
            Some(_) => "--database URL".to_owned(),
            None => format!("--data {}", config.data.display()),
        };
        print::note(format!(
            "There are no users yet, so nobody can sign in. Add the first one, who may do everything:\n  \
             hosk user set NAME --group operators {place}\n\
             or over HTTP, with this token, which is good until there is a user:\n  \
             curl -H 'X-Setup-Token: {token}' -H 'content-type: application/json' \\\n    \
             -d '{{\"username\": \"NAME\", \"password\": \"PASSWORD\"}}' {link}/v2/setup/user",
            token = server.setup.expose(),
            link = server.link(),
        ));
    }
    until_told_to_stop().await?;
    print::note("hosk: finishing what runs …");
    tokio::select! {
        () = server.stop() => {}
        again = until_told_to_stop() => {
            again?;
            print::note("hosk: told twice, so what runs is left; it goes on at the next start");
        }
    }
    if let Some(traces) = traces {
        traces.stop().await;
    }
    Ok(())
}

/// Ctrl+C, or the signal that service managers send.
pub(crate) async fn until_told_to_stop() -> Result<(), Failure> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
