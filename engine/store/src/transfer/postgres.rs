//! A PostgreSQL server as the source or the target.

use std::fmt::Write as _;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row as _};

use super::shape::{Bucket, Kind, Row, Shape, Table, Value};
use super::{SLICE_BYTES, SLICE_ROWS, Writer as AnyWriter};
use crate::Error;
use crate::postgres::{Options, Postgres, connect_to};

fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> Error + Copy {
    move |source| Error::Database { doing, source: Box::new(source) }
}

/// A connection to a database whose schema is up to date.
async fn connect(url: &str) -> Result<PgConnection, Error> {
    Postgres::open(url, Options::default()).await?.close().await;
    connect_to(url).await
}

async fn run(connection: &mut PgConnection, text: String, doing: &'static str) -> Result<(), Error> {
    sqlx::query(AssertSqlSafe(text)).execute(connection).await.map(|_| ()).map_err(failed(doing))
}

/// The tables of the schema and their columns.
pub(super) async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, Error> {
    let doing = "looking at the tables";
    let query = "SELECT c.relname::text, a.attname::text, t.typname::text FROM pg_class c \
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 JOIN pg_type t ON t.oid = a.atttypid \
                 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') \
                 ORDER BY c.relname, a.attnum";
    let rows = sqlx::query(query).fetch_all(connection).await.map_err(failed(doing))?;
    let mut tables: Vec<Table> = Vec::new();
    for row in &rows {
        let text = |index: usize| row.try_get::<String, _>(index).map_err(failed(doing));
        let (table, column, kind) = (text(0)?, text(1)?, text(2)?);
        let kind = match kind.as_str() {
            "bytea" => Kind::Bytes,
            "bool" => Kind::Bool,
            "int2" | "int4" | "int8" => Kind::Int,
            _ => Kind::Text,
        };
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push((column, kind)),
            None => tables.push(Table { name: table, columns: vec![(column, kind)] }),
        }
    }
    Ok(tables)
}

/// Rows of a table.
pub(super) async fn count(connection: &mut PgConnection, table: &str) -> Result<u64, Error> {
    let query = format!("SELECT count(*) FROM \"{table}\"");
    let row = sqlx::query(AssertSqlSafe(query)).fetch_one(connection).await;
    let count = row.and_then(|row| row.try_get::<i64, _>(0)).map_err(failed("counting rows"))?;
    Ok(count as u64)
}

/// The source.
pub(super) struct Reader(PgConnection);

impl Reader {
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        let mut connection = connect(url).await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned();
        run(&mut connection, begin, "beginning to read").await?;
        Ok(Self(connection))
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    pub(super) async fn read(
        &mut self,
        shape: &Shape,
        writer: &mut AnyWriter,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Error> {
        let column = |(name, kind): &(String, Kind)| match kind {
            Kind::Int => format!("\"{name}\"::int8"),
            Kind::Bool => format!("\"{name}\"::int4::int8"),
            Kind::Text => format!("\"{name}\"::text"),
            Kind::Bytes => format!("\"{name}\""),
        };
        let columns = shape.columns.iter().map(column).collect::<Vec<_>>().join(", ");
        let declare = format!("DECLARE moving NO SCROLL CURSOR FOR SELECT {columns} FROM \"{}\"", shape.from);
        run(&mut self.0, declare, "beginning to read a table").await?;
        let (mut limit, mut done) = (SLICE_ROWS, 0);
        loop {
            let fetch = format!("FETCH {limit} FROM moving");
            let rows = sqlx::query(AssertSqlSafe(fetch))
                .persistent(false)
                .fetch_all(&mut self.0)
                .await
                .map_err(failed("reading rows"))?;
            if rows.is_empty() {
                break;
            }
            let rows = rows.iter().map(|row| values(row, shape)).collect::<Result<Vec<_>, _>>()?;
            writer.write(shape, &rows).await?;
            done += rows.len() as u64;
            told(done);
            // Large rows come in smaller slices.
            let bytes: usize = rows.iter().flatten().map(Value::bytes).sum();
            limit = (SLICE_BYTES / (bytes / rows.len()).max(1)).clamp(1, SLICE_ROWS);
        }
        run(&mut self.0, "CLOSE moving".to_owned(), "ending to read a table").await
    }

    pub(super) async fn finish(self) {
        // Nothing was changed.
        let _ = self.0.close().await;
    }
}

fn values(row: &PgRow, shape: &Shape) -> Result<Row, Error> {
    let wrong = failed("reading a row");
    let mut values = Vec::with_capacity(shape.columns.len());
    for (index, (_, kind)) in shape.columns.iter().enumerate() {
        values.push(match kind {
            Kind::Int | Kind::Bool => {
                row.try_get::<Option<i64>, _>(index).map_err(wrong)?.map_or(Value::Null, Value::Int)
            }
            Kind::Text => {
                row.try_get::<Option<String>, _>(index).map_err(wrong)?.map_or(Value::Null, Value::Text)
            }
            Kind::Bytes => {
                row.try_get::<Option<Vec<u8>>, _>(index).map_err(wrong)?.map_or(Value::Null, Value::Bytes)
            }
        });
    }
    Ok(values)
}

/// The target.
pub(super) struct Writer(PgConnection);

impl Writer {
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        let mut connection = connect(url).await?;
        run(&mut connection, "BEGIN".to_owned(), "beginning a transaction").await?;
        Ok(Self(connection))
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    pub(super) async fn clear(&mut self, shape: &Shape) -> Result<(), Error> {
        run(&mut self.0, format!("DELETE FROM \"{}\"", shape.to), "clearing a table").await
    }

    pub(super) async fn write(&mut self, shape: &Shape, rows: &[Row]) -> Result<(), Error> {
        let doing = "writing rows";
        let mut columns: Vec<String> = shape.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        if shape.bucket.is_some() {
            columns.push("bucket".to_owned());
        }
        let statement = format!("COPY \"{}\" ({}) FROM STDIN", shape.to, columns.join(", "));
        let mut copy = self.0.copy_in_raw(&statement).await.map_err(failed(doing))?;
        copy.send(lines(rows, shape.bucket).into_bytes()).await.map_err(failed(doing))?;
        copy.finish().await.map(|_| ()).map_err(failed(doing))
    }

    /// Numbers go on after those that are there; the planner knows how much there is.
    pub(super) async fn finish(mut self) -> Result<(), Error> {
        let doing = "committing";
        let query = "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
                     WHERE c.relnamespace = current_schema()::regnamespace AND a.attidentity <> ''";
        let numbered = sqlx::query(query).fetch_all(&mut self.0).await.map_err(failed(doing))?;
        for row in &numbered {
            let text = |index: usize| row.try_get::<String, _>(index).map_err(failed(doing));
            let (table, column) = (text(0)?, text(1)?);
            let set = format!(
                "SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), coalesce(max(\"{column}\"), 1), \
                 max(\"{column}\") IS NOT NULL) FROM \"{table}\""
            );
            run(&mut self.0, set, doing).await?;
        }
        run(&mut self.0, "COMMIT".to_owned(), doing).await?;
        // Others may have tables in the same database.
        let own = tables(&mut self.0).await?;
        let names: Vec<_> = own.iter().map(|table| format!("\"{}\"", table.name)).collect();
        run(&mut self.0, format!("ANALYZE {}", names.join(", ")), "counting what there is").await?;
        // It has nothing to lose.
        let _ = self.0.close().await;
        Ok(())
    }
}

/// Rows in the text format of COPY.
fn lines(rows: &[Row], bucket: Option<Bucket>) -> String {
    let mut text = String::with_capacity(rows.iter().flatten().map(Value::bytes).sum::<usize>() * 2);
    for row in rows {
        for (index, value) in row.iter().enumerate() {
            if index > 0 {
                text.push('\t');
            }
            field(&mut text, value);
        }
        if let Some(bucket) = bucket {
            // Writing to a string cannot fail.
            let _ = write!(text, "\t{}", bucket.of(row));
        }
        text.push('\n');
    }
    text
}

fn field(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("\\N"),
        Value::Int(number) => {
            let _ = write!(text, "{number}");
        }
        Value::Text(value) => {
            for letter in value.chars() {
                match letter {
                    '\\' => text.push_str("\\\\"),
                    '\t' => text.push_str("\\t"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    // As everywhere: see the decision on NUL.
                    '\0' => text.push('\u{2400}'),
                    other => text.push(other),
                }
            }
        }
        Value::Bytes(bytes) => {
            text.push_str("\\\\x");
            for byte in bytes {
                let _ = write!(text, "{byte:02x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_what_copy_reads() {
        let row = vec![
            Value::Int(-7),
            Value::Null,
            Value::Text("a\tb\\c\nd\0".to_owned()),
            Value::Bytes(vec![0, 255]),
        ];
        assert_eq!(lines(&[row], None), "-7\t\\N\ta\\tb\\\\c\\nd\u{2400}\t\\\\x00ff\n");
    }
}
