//! The read side in PostgreSQL.

use std::borrow::Cow;

use futures::TryStreamExt;
use hosk_core::{ElementInstanceKey, ProcessInstanceKey};
use sqlx::postgres::{PgArguments, PgRow};

use super::commit::bucket;
use super::shape::{Values, values};
use super::{Postgres, column, failed, key};
use crate::Error;
use crate::codec::decode_steps;
use crate::read::reads::Lookups;
use crate::read::select::Database;
use crate::read::sql::{Dialect, Query};
use crate::read::test::{Piece, pieces};
use crate::read::{Cell, Content, Kind, Recorded};
use crate::write::Owned;

/// PostgreSQL's SQL.
pub(crate) struct Spelling;

/// Begins a transaction whose queries look rows up one by one, as is best for those that end after a certain number of them.
/// The database expects hardly any row where conditions on several columns go together, and would rather read whole tables.
pub(super) const ONE_BY_ONE: &str = "BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; \
                          SET LOCAL max_parallel_workers_per_gather = 0";

impl Dialect for Spelling {
    const STATISTICS: &'static str = "SELECT e.id, count(*) FILTER (WHERE x.state = 0), count(*) FILTER (WHERE x.state = 2), \
             count(x.incident), count(*) FILTER (WHERE x.state = 1) FROM element_instance x \
             JOIN process_instance y ON y.bucket = x.bucket AND y.key = x.instance \
             JOIN element e ON e.definition = coalesce(x.definition, y.definition) AND e.number = x.element \
             WHERE x.element <> 0 AND x.instance IN (";
    const STANDING: &'static str = "count(*) FILTER (WHERE t.state = 0), count(*) FILTER (WHERE t.state = 2), \
             count(t.incident), count(*) FILTER (WHERE t.state = 1)";
    const ABSENT: [&'static str; 2] = [" NULLS FIRST", " NULLS LAST"];
    const WAITS: u64 = 1;

    fn place(number: usize) -> String {
        format!("${number}")
    }

    /// The same wildcards under other names.
    fn like(column: &str, place: &str, pattern: &str) -> (String, String) {
        let mut like = String::with_capacity(pattern.len());
        for piece in pieces(pattern) {
            match piece {
                Piece::Any => like.push('%'),
                Piece::One => like.push('_'),
                Piece::Char(special @ ('%' | '_' | '\\')) => like.extend(['\\', special]),
                Piece::Char(character) => like.push(character),
            }
        }
        (format!("{column} LIKE {place} ESCAPE '\\'"), like)
    }

    /// The database takes no account of indexes on the rows of a page that are still to be found, but does of numbers.
    fn among(key: &str, found: &str) -> String {
        format!("{key} = ANY (ARRAY({found}))")
    }

    /// One value, so that an index by it is taken, whatever is known of how many rows have it.
    fn is_found(key: &str, found: &str) -> String {
        format!("{key} = (SELECT * FROM ({found}) found LIMIT 1)")
    }

    /// The database thinks that instances and their rows meet by chance, and reads both when it may join them.
    fn through(column: &str) -> String {
        match column {
            "p.definition" | "p.root" => {
                let of = column.replacen("p.", "o.", 1);
                format!(
                    "(SELECT {of} FROM process_instance o WHERE o.bucket = t.bucket AND o.key = t.instance)"
                )
            }
            other => other.to_owned(),
        }
    }

    /// What is put together of several tables is not looked up in them but read as a whole, unless it stands behind an
    /// `OFFSET`, which the database leaves where it is.
    fn from_instances(rows: &str, on: &str) -> String {
        if rows.starts_with("wait_state ") {
            return format!(
                "process_instance p JOIN LATERAL (SELECT * FROM {rows} WHERE {on} OFFSET 0) t ON TRUE"
            );
        }
        format!("process_instance p JOIN {rows} ON {on}")
    }

    /// An absent list is an empty one: of what is unknown, the members would be read.
    fn has(column: &str, place: &str) -> String {
        format!("strpos(coalesce({column}, ''), {place}) > 0")
    }

    fn member(column: &str, condition: &str) -> String {
        format!(
            "EXISTS (SELECT 1 FROM (SELECT value COLLATE \"C\" AS member FROM \
             json_array_elements_text(coalesce({column}, '[]')::json)) members WHERE {condition})"
        )
    }

    fn truth(value: bool) -> &'static str {
        if value { "TRUE" } else { "FALSE" }
    }

    /// Booleans are bound as numbers.
    fn value(kind: Kind, place: String) -> String {
        if kind == Kind::Bool { format!("({place} <> 0)") } else { place }
    }

    /// What is put together from numbers has the database's collation, and text columns have their own.
    fn column(expression: &'static str) -> Cow<'static, str> {
        if expression.contains("||") {
            format!("({expression} COLLATE \"C\")").into()
        } else {
            expression.into()
        }
    }

    /// Rows of one instance have one bucket: with it in the join, tables that are distributed by it are joined where
    /// the rows are.
    fn tables(from: &'static str) -> Cow<'static, str> {
        const JOINS: [[&str; 2]; 3] = [
            ["process_instance p ON ", "process_instance p ON p.bucket = t.bucket AND "],
            ["process_instance y ON ", "process_instance y ON y.bucket = t.bucket AND "],
            ["element_instance i ON ", "element_instance i ON i.bucket = t.bucket AND "],
        ];
        let join = |from: Cow<'static, str>, [plain, within]: [&str; 2]| {
            if from.contains(plain) { from.replace(plain, within).into() } else { from }
        };
        JOINS.into_iter().fold(from.into(), join)
    }
}

pub(super) fn arguments(cells: &[Cell]) -> PgArguments {
    let mut values = Values::default();
    for cell in cells {
        match cell {
            Cell::Int(number) => values.add(*number),
            Cell::Text(text) => values.text(text),
            Cell::Null | Cell::List(_) => values.add(None::<i64>),
        };
    }
    values.into_arguments()
}

impl Postgres {
    /// The rows of a query written out in the code.
    pub(super) async fn read(
        &self,
        text: &'static str,
        values: Values,
        doing: &'static str,
    ) -> Result<Vec<PgRow>, Error> {
        let query = sqlx::query_with(text, values.into_arguments());
        query.fetch_all(&self.sessions.pool).await.map_err(failed(doing))
    }
}

impl Database for Postgres {
    type Dialect = Spelling;
    type Row = PgRow;

    async fn each(
        &self,
        query: Query,
        mut look: impl FnMut(&PgRow) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let failed = failed("searching");
        let found = sqlx::query_with(sqlx::AssertSqlSafe(query.text), arguments(&query.cells));
        if !query.bounded {
            let mut rows = found.fetch(&self.sessions.pool);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                look(&row)?;
            }
            return Ok(());
        }
        let mut transaction = self.sessions.pool.begin_with(ONE_BY_ONE).await.map_err(failed)?;
        for row in found.fetch_all(&mut *transaction).await.map_err(failed)? {
            look(&row)?;
        }
        transaction.commit().await.map_err(failed)
    }
}

impl Lookups for Postgres {
    async fn file_of(&self, key: u64) -> Result<Option<Content>, Error> {
        self.content_of(key).await
    }

    async fn scopes_of(
        &self,
        element_instance: ElementInstanceKey,
    ) -> Result<Vec<ElementInstanceKey>, Error> {
        let Some(instance) = self.find_owner(Owned::ElementInstance(element_instance)).await? else {
            return Ok(Vec::new());
        };
        let text = "WITH RECURSIVE up (key, scope, depth) AS (SELECT key, scope, 0 FROM element_instance \
                    WHERE bucket = $1 AND key = $2 UNION ALL SELECT o.key, o.scope, up.depth + 1 FROM up \
                    JOIN element_instance o ON o.bucket = $1 AND o.key = up.scope \
                    WHERE up.scope <> up.key AND up.depth < 1000) SELECT key FROM up ORDER BY depth";
        let values = values![i16::from(bucket(instance).0), element_instance.0 as i64];
        let rows = self.read(text, values, "reading scopes").await?;
        rows.iter().map(|row| key(row, 0).map(ElementInstanceKey)).collect()
    }

    async fn recorded(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error> {
        let text = "SELECT version, body FROM history WHERE bucket = $1 AND instance = $2 AND version > $3 \
                    ORDER BY version LIMIT $4";
        let number = |number: u64| number.min(i64::MAX as u64) as i64;
        let mut values = values![i16::from(bucket(instance).0), instance.0 as i64];
        values.add(number(after)).add(number(limit as u64));
        let rows = self.read(text, values, "reading history").await?;
        let commits = rows.iter().map(|row| {
            Ok(Recorded { version: key(row, 0)?, steps: decode_steps(column::<&[u8]>(row, 1)?)? })
        });
        commits.collect()
    }
}
