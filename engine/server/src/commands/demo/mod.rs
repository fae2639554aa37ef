//! `hosk demo`: a server with the ship-goods process, sample records, users and waiting orders.

mod order;
mod shop;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Instant;

use crate::cli::{AuthMode, DemoArgs};
use crate::commands::serve::until_told_to_stop;
use crate::config::Config;
use crate::database::Address;
use crate::failure::Failure;
use crate::server::Server;
use crate::{logging, print};

/// Port of a demonstration that is not told another.
const PORT: u16 = 8080;

pub(crate) async fn run(args: &DemoArgs, as_json: bool) -> Result<(), Failure> {
    let began = Instant::now();
    let temporary = if args.data.is_none() { Some(tempfile::tempdir()?) } else { None };
    let data = args.data.clone().or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()));
    let config = configuration(args, data.unwrap_or_default())?;
    let traces = logging::start(&config)?;
    let server = Server::start(&config).await?;
    let ready = began.elapsed().as_millis();
    let result = if args.once {
        shop::open(&server).await?;
        order::run(&server, as_json).await
    } else {
        shop::open(&server).await?;
        shop::place_orders(&server).await?;
        welcome(&server, ready);
        until_told_to_stop().await
    };
    server.stop().await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    result
}

fn configuration(args: &DemoArgs, data: PathBuf) -> Result<Config, Failure> {
    let port = if args.once { 0 } else { PORT };
    let listen = args.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    if !listen.ip().is_loopback() {
        return Err(Failure::Refused(format!(
            "the passwords of the demonstration are public, so it listens on this machine only, not on {listen}; \
             use --listen 127.0.0.1:{}, or `hosk serve` for a real server",
            listen.port()
        )));
    }
    let database = args.database.clone().map(Address::from);
    if let Some(database) = &database {
        database.check()?;
    }
    Ok(Config { data, database, listen, auth: AuthMode::Basic, log: "warn".to_owned(), ..Config::default() })
}

fn welcome(server: &Server, ready: u128) {
    let link = server.link();
    let password = shop::PASSWORD;
    print::line(format!(
        "\
hosk {version} is ready in {ready} ms: {link}

Three orders wait in the warehouse. Everybody's password is `{password}`:
  anna    ships goods (group warehouse)
  karen   decides about blocked clients and credit (group managers)
  admin   may do everything

As an employee:  open {link} and sign in as anna: take a task, ship the goods, see the result.
On the command line:
  export HOSK_SERVER={link} HOSK_PASSWORD={password}
  hosk tasks --user anna
  hosk tasks --user anna claim KEY
  hosk tasks --user anna complete KEY '{{\"carrier\": \"dhl\", \"packages\": 1}}'
Over REST:
  curl -u anna:{password} -H 'content-type: application/json' -d '{{}}' {link}/v2/user-tasks/search
  the description of all operations: {link}/openapi.json
A fire drill: let the ERP be down for 20 seconds, complete a task, and watch the retries:
  curl -u admin:{password} -X PUT -H 'content-type: application/json' -d '{{\"seconds\": 20}}' {link}/hosk/v1/records/outage

Ctrl+C stops it; what is not in --data or --database is thrown away.",
        version = env!("CARGO_PKG_VERSION"),
    ));
}
