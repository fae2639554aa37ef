//! A file as the source or the target.

use std::path::Path;

use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _, TypeInfo, ValueRef};

use super::shape::{Kind, Row, Shape, Table, Value};
use super::{SLICE_BYTES, SLICE_ROWS, Writer as AnyWriter};
use crate::Error;
use crate::sqlite::{Options, Sqlite};

/// Values in one statement, at most.
const VALUES: usize = 30_000;

fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> Error + Copy {
    move |source| Error::Database { doing, source: Box::new(source) }
}

/// A connection to a file whose schema is up to date.
async fn connect(path: &Path, create: bool) -> Result<SqliteConnection, Error> {
    if !create && !path.is_file() {
        return Err(Error::Invalid { what: format!("there is no database {}", path.display()) });
    }
    Sqlite::open(path, Options::default()).await?.close().await?;
    let options = SqliteConnectOptions::new().filename(path).disable_statement_logging();
    options.connect().await.map_err(failed("opening the file"))
}

/// The tables of a file and their columns.
pub(super) async fn tables(connection: &mut SqliteConnection) -> Result<Vec<Table>, Error> {
    let doing = "looking at the tables";
    let query = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type = 'table' ORDER BY m.name, c.cid";
    let rows = sqlx::query(query).fetch_all(connection).await.map_err(failed(doing))?;
    let mut tables: Vec<Table> = Vec::new();
    for row in &rows {
        let text = |index: usize| row.try_get::<String, _>(index).map_err(failed(doing));
        let (table, column, kind) = (text(0)?, text(1)?, text(2)?);
        let kind = match kind.as_str() {
            "BLOB" => Kind::Bytes,
            "TEXT" => Kind::Text,
            _ => Kind::Int,
        };
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push((column, kind)),
            None => tables.push(Table { name: table, columns: vec![(column, kind)] }),
        }
    }
    Ok(tables)
}

/// Rows of a table.
pub(super) async fn count(connection: &mut SqliteConnection, table: &str) -> Result<u64, Error> {
    let query = format!("SELECT count(*) FROM \"{table}\"");
    let row = sqlx::query(AssertSqlSafe(query)).fetch_one(connection).await;
    let count = row.and_then(|row| row.try_get::<i64, _>(0)).map_err(failed("counting rows"))?;
    Ok(count as u64)
}

fn names(shape: &Shape) -> String {
    shape.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// The source.
pub(super) struct Reader(SqliteConnection);

impl Reader {
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        let mut connection = connect(path, false).await?;
        // What is seen from the first look on is one snapshot.
        sqlx::query("BEGIN").execute(&mut connection).await.map_err(failed("beginning to read"))?;
        Ok(Self(connection))
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }

    pub(super) async fn read(
        &mut self,
        shape: &Shape,
        writer: &mut AnyWriter,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Error> {
        let query = format!("SELECT {} FROM \"{}\"", names(shape), shape.from);
        let mut rows = sqlx::query(AssertSqlSafe(query)).fetch(&mut self.0);
        let (mut slice, mut bytes, mut done) = (Vec::new(), 0, 0);
        while let Some(row) = rows.try_next().await.map_err(failed("reading rows"))? {
            let row = values(&row)?;
            bytes += row.iter().map(Value::bytes).sum::<usize>();
            slice.push(row);
            if slice.len() >= SLICE_ROWS || bytes >= SLICE_BYTES {
                writer.write(shape, &slice).await?;
                done += slice.len() as u64;
                told(done);
                slice.clear();
                bytes = 0;
            }
        }
        if !slice.is_empty() {
            writer.write(shape, &slice).await?;
        }
        Ok(())
    }

    pub(super) async fn finish(self) {
        // Nothing was changed.
        let _ = self.0.close().await;
    }
}

fn values(row: &SqliteRow) -> Result<Row, Error> {
    let wrong = failed("reading a row");
    let mut values = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let raw = row.try_get_raw(index).map_err(wrong)?;
        let kind = raw.type_info().name().to_owned();
        values.push(if raw.is_null() {
            Value::Null
        } else {
            match kind.as_str() {
                "TEXT" => Value::Text(row.try_get(index).map_err(wrong)?),
                "BLOB" => Value::Bytes(row.try_get(index).map_err(wrong)?),
                _ => Value::Int(row.try_get(index).map_err(wrong)?),
            }
        });
    }
    Ok(values)
}

/// The target.
pub(super) struct Writer(SqliteConnection);

impl Writer {
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        let mut connection = connect(path, true).await?;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut connection)
            .await
            .map_err(failed("beginning a transaction"))?;
        Ok(Self(connection))
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }

    pub(super) async fn clear(&mut self, shape: &Shape) -> Result<(), Error> {
        let query = format!("DELETE FROM \"{}\"", shape.to);
        sqlx::query(AssertSqlSafe(query))
            .execute(&mut self.0)
            .await
            .map(|_| ())
            .map_err(failed("clearing a table"))
    }

    pub(super) async fn write(&mut self, shape: &Shape, rows: &[Row]) -> Result<(), Error> {
        let width = shape.columns.len();
        let places = format!("({})", vec!["?"; width].join(", "));
        for chunk in rows.chunks((VALUES / width).max(1)) {
            let query = format!(
                "INSERT INTO \"{}\" ({}) VALUES {}",
                shape.to,
                names(shape),
                vec![places.as_str(); chunk.len()].join(", ")
            );
            let mut query = sqlx::query(AssertSqlSafe(query));
            for value in chunk.iter().flatten() {
                query = match value {
                    Value::Null => query.bind(None::<i64>),
                    Value::Int(number) => query.bind(*number),
                    Value::Text(text) => query.bind(text.clone()),
                    Value::Bytes(bytes) => query.bind(bytes.clone()),
                };
            }
            query.execute(&mut self.0).await.map_err(failed("writing rows"))?;
        }
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<(), Error> {
        sqlx::query("COMMIT").execute(&mut self.0).await.map_err(failed("committing"))?;
        self.0.close().await.map_err(failed("closing the file"))
    }
}
