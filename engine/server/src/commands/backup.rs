//! `hosk backup`, `hosk restore`, `hosk move`.

use std::path::Path;

use anyhow::Context as _;
use hosk_store::{Place, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::cli::{BackUpArgs, MoveArgs, MoveTo, RestoreArgs, ServeArgs};
use crate::client::Client;
use crate::config::Config;
use crate::failure::Failure;
use crate::{backup, print};

pub(crate) async fn make(args: &BackUpArgs, as_json: bool) -> Result<(), Failure> {
    if args.file.exists() {
        return Err(Failure::Refused(format!("{} exists already: give another name", args.file.display())));
    }
    if args.server.server.is_some() {
        download(args).await?;
        hosk_store::check_back_up(&args.file).await?;
    } else {
        let config = config(args.data.as_deref(), args.database.as_deref())?;
        let bar = bar("backing up");
        backup::make(&config, &args.file, &mut |progress| show(&bar, &progress)).await?;
        bar.finish_and_clear();
    }
    let bytes = std::fs::metadata(&args.file)?.len();
    if as_json {
        print::json(&json!({"file": args.file, "bytes": bytes}));
    } else {
        print::line(format!(
            "{} has it all, {bytes} bytes; keep the key for secrets apart",
            args.file.display()
        ));
    }
    Ok(())
}

/// Takes the file from a server; under its name it is whole.
async fn download(args: &BackUpArgs) -> Result<(), Failure> {
    let client = Client::of(&args.server)?;
    let mut answer = client.stream("/hosk/v1/backup").await?;
    let mut part = args.file.as_os_str().to_owned();
    part.push(".part");
    let part = std::path::PathBuf::from(part);
    let mut file = tokio::fs::File::create(&part)
        .await
        .with_context(|| format!("{} cannot be written", part.display()))?;
    let size = answer.content_length();
    let style = ProgressStyle::with_template("{msg} {bytes} of {total_bytes} {wide_bar} {bytes_per_sec}");
    let bar = ProgressBar::new(size.unwrap_or(0)).with_style(style?).with_message("backing up");
    let mut got = 0;
    while let Some(piece) = answer.chunk().await.context("the back-up ended early")? {
        file.write_all(&piece).await?;
        got += piece.len() as u64;
        bar.set_position(got);
    }
    bar.finish_and_clear();
    if size.is_some_and(|size| size != got) {
        return Err(Failure::Refused(format!("the back-up ended early, after {got} bytes")));
    }
    file.sync_all().await?;
    Ok(std::fs::rename(&part, &args.file)?)
}

pub(crate) async fn restore(args: &RestoreArgs, as_json: bool) -> Result<(), Failure> {
    let config = config(args.data.as_deref(), args.database.as_deref())?;
    let bar = bar("restoring");
    backup::restore(&config, &args.file, &mut |progress| show(&bar, &progress)).await?;
    bar.finish_and_clear();
    if as_json {
        print::json(&json!({"restored": args.file, "data": config.data}));
    } else {
        print::line(format!("{} is restored; start the server", args.file.display()));
    }
    Ok(())
}

pub(crate) async fn relocate(args: &MoveArgs, as_json: bool) -> Result<(), Failure> {
    let config = config(args.data.as_deref(), args.database.as_deref())?;
    let Some(address) = &config.database else {
        return Err(Failure::Refused(
            "name the PostgreSQL server with --database or HOSK_DATABASE".to_owned(),
        ));
    };
    let file = config.file();
    let (from, to) = match args.to {
        MoveTo::Postgres => (Place::File(&file), Place::Postgres(address.secret())),
        MoveTo::File => (Place::Postgres(address.secret()), Place::File(&file)),
    };
    let bar = bar("moving");
    let rows = backup::relocate(&config, from, to, &mut |progress| show(&bar, &progress)).await?;
    bar.finish_and_clear();
    if as_json {
        print::json(&json!({"rows": rows}));
        return Ok(());
    }
    print::line(format!("{rows} rows are moved; what they came from is as it was"));
    print::line(match args.to {
        MoveTo::Postgres => format!("start the server with --database {address} from now on"),
        MoveTo::File => "start the server without --database from now on".to_owned(),
    });
    Ok(())
}

fn config(data: Option<&Path>, database: Option<&str>) -> Result<Config, Failure> {
    let (data, database) = (data.map(Path::to_owned), database.map(str::to_owned));
    Config::load(&ServeArgs { data, database, ..ServeArgs::default() })
}

/// A bar on a terminal, nothing elsewhere.
fn bar(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {pos} of {len} rows {wide_bar} {per_sec}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what)
}

fn show(bar: &ProgressBar, progress: &Progress<'_>) {
    bar.set_length(progress.of);
    bar.set_position(progress.rows);
}
