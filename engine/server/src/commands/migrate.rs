//! `hosk migrate`.

use std::sync::Arc;

use anyhow::Context as _;
use hosk_store::Postgres;
use serde_json::json;

use crate::cli::{MigrateArgs, ServeArgs};
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::print;

pub(crate) async fn run(args: &MigrateArgs, as_json: bool) -> Result<(), Failure> {
    let (data, database) = (args.data.clone(), args.database.clone());
    let config = Config::load(&ServeArgs { data, database, ..ServeArgs::default() })?;
    if !args.citus {
        let database = Arc::new(Database::open(&config).await?);
        database.close().await;
        if as_json {
            print::json(&json!({"migrated": true}));
        } else {
            print::line("the database is up to date");
        }
        return Ok(());
    }
    let Some(address) = &config.database else {
        return Err(Failure::Refused(
            "--citus is for a PostgreSQL database: name the coordinator of the cluster with --database or \
             HOSK_DATABASE. What is in a file goes there with `hosk move` first"
                .to_owned(),
        ));
    };
    let spread = Postgres::spread(address.secret())
        .await
        .with_context(|| format!("the tables of {address} cannot be spread"))?;
    if as_json {
        let (distributed, copied) = (&spread.distributed, &spread.copied);
        print::json(&json!({"distributed": distributed, "copied": copied, "kept": spread.kept}));
        return Ok(());
    }
    for (tables, what) in
        [(&spread.distributed, "distributed by bucket"), (&spread.copied, "on every machine")]
    {
        if !tables.is_empty() {
            print::line(format!("{} tables are {what} now: {}", tables.len(), tables.join(", ")));
        }
    }
    print::line(format!("{} tables were where they belong already", spread.kept));
    Ok(())
}
