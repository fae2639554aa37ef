//! Files as a whole: copying one while a server works on it, checking a copy.

use std::path::Path;

use hosk_core::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use super::shape::{OF_RECORDS, is_taken};
use super::sqlite::tables;
use crate::Error;

fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> Error + Copy {
    move |source| Error::Database { doing, source: Box::new(source) }
}

async fn connect(path: &Path) -> Result<SqliteConnection, Error> {
    // Tables are copied one after the other, whatever refers to what.
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(false).disable_statement_logging();
    options.connect().await.map_err(failed("opening the file"))
}

/// Copies a file as it is at this moment, whoever works on it, to one that does not exist yet. All tables of the file
/// come along, also those of others. The copy is on disk when this returns.
///
/// # Errors
/// [`Error::Invalid`] when there is something at the target already.
pub async fn back_up_file(from: &Path, to: &Path) -> Result<(), Error> {
    if !from.is_file() {
        return Err(Error::Invalid { what: format!("there is no database {}", from.display()) });
    }
    if to.exists() {
        return Err(Error::Invalid { what: format!("{} exists already: give another name", to.display()) });
    }
    let doing = "copying the file";
    let mut connection = connect(from).await?;
    let target = to.to_string_lossy().into_owned();
    let copied =
        sqlx::query("VACUUM INTO ?").bind(target).execute(&mut connection).await.map_err(failed(doing));
    // Nothing was changed.
    let _ = connection.close().await;
    if copied.is_err() {
        let _ = std::fs::remove_file(to);
    }
    copied?;
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|source| Error::Database { doing, source: Box::new(source) })
}

/// Checks that a file is a back-up that is whole. Its schema may be an older one.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong.
pub async fn check_back_up(path: &Path) -> Result<(), Error> {
    let wrong = |what: String| Error::Invalid { what: format!("{} {what}", path.display()) };
    if !path.is_file() {
        return Err(wrong("does not exist".to_owned()));
    }
    let doing = "checking the file";
    let mut connection = connect(path).await.map_err(|_| wrong("is not an SQLite file".to_owned()))?;
    let found = sqlx::query("PRAGMA quick_check(5)").fetch_all(&mut connection).await;
    let found = found.map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let said: Result<Vec<String>, _> = found.iter().map(|row| row.try_get(0)).collect();
    let said = said.map_err(failed(doing))?;
    if said != ["ok"] {
        return Err(wrong(format!("is damaged: {}", said.join("; "))));
    }
    let known = tables(&mut connection).await?;
    let _ = connection.close().await;
    if !known.iter().any(|table| table.name == "process_instance") {
        return Err(wrong("is an SQLite file, but no back-up of hosk".to_owned()));
    }
    Ok(())
}

/// Whether a server works on a file: whether somebody's node number is leased at this time. A server that ended in good
/// order gave its number back; one that was killed has it for half a minute.
pub async fn is_in_use(path: &Path, now: Timestamp) -> Result<bool, Error> {
    if !path.is_file() {
        return Ok(false);
    }
    let doing = "looking for servers";
    let mut connection = connect(path).await?;
    let known = tables(&mut connection).await?;
    let mut used = false;
    if known.iter().any(|table| table.name == "node") {
        let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM node WHERE until > ?)")
            .bind(now.0)
            .fetch_one(&mut connection)
            .await;
        used = row.and_then(|row| row.try_get(0)).map_err(failed(doing))?;
    }
    // Nothing was changed.
    let _ = connection.close().await;
    Ok(used)
}

/// Whoever worked on the file does not any more.
pub async fn forget_servers(path: &Path) -> Result<(), Error> {
    let doing = "forgetting servers";
    let mut connection = connect(path).await?;
    sqlx::query("DELETE FROM node").execute(&mut connection).await.map_err(failed(doing))?;
    connection.close().await.map_err(failed(doing))
}

/// Adds the tables of a file that are not the engine's to another one, which does not have them.
pub async fn add_records(from: &Path, to: &Path) -> Result<(), Error> {
    let doing = "adding the records";
    let mut connection = connect(to).await?;
    let place = from.to_string_lossy().into_owned();
    sqlx::query("ATTACH ? AS other").bind(place).execute(&mut connection).await.map_err(failed(doing))?;
    sqlx::query("BEGIN").execute(&mut connection).await.map_err(failed(doing))?;
    let query = "SELECT type, name, sql FROM other.sqlite_master WHERE sql IS NOT NULL AND tbl_name LIKE ? || '%' \
                 ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, name";
    let rows = sqlx::query(query).bind(OF_RECORDS).fetch_all(&mut connection).await.map_err(failed(doing))?;
    for row in &rows {
        let text = |index: usize| row.try_get::<String, _>(index).map_err(failed(doing));
        let (kind, name, make) = (text(0)?, text(1)?, text(2)?);
        let mut statements = vec![make];
        if kind == "table" {
            statements.push(format!("INSERT INTO main.\"{name}\" SELECT * FROM other.\"{name}\""));
        }
        for statement in statements {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map_err(failed(doing))?;
        }
    }
    sqlx::query("COMMIT").execute(&mut connection).await.map_err(failed(doing))?;
    connection.close().await.map_err(failed(doing))
}

/// Removes the engine's tables from a file that is for records alone from now on.
pub async fn drop_engine_tables(path: &Path) -> Result<(), Error> {
    let doing = "removing tables";
    let mut connection = connect(path).await?;
    for table in tables(&mut connection).await? {
        if is_taken(&table.name) || ["node", "_sqlx_migrations"].contains(&table.name.as_str()) {
            let drop = format!("DROP TABLE \"{}\"", table.name);
            sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await.map_err(failed(doing))?;
        }
    }
    sqlx::query("VACUUM").execute(&mut connection).await.map_err(failed(doing))?;
    connection.close().await.map_err(failed(doing))
}
