//! The read side in SQLite.

use futures::TryStreamExt;
use hosk_core::{ElementInstanceKey, ProcessInstanceKey};
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::shape::Values;
use super::{Sqlite, column, failed, key};
use crate::Error;
use crate::codec::decode_steps;
use crate::read::reads::Lookups;
use crate::read::select::Database;
use crate::read::sql::{Dialect, Query};
use crate::read::test::{Piece, pieces};
use crate::read::{Cell, Content, Recorded};

/// SQLite's SQL.
pub(crate) struct Spelling;

impl Dialect for Spelling {
    const STATISTICS: &'static str = "SELECT e.id, sum(x.state = 0), sum(x.state = 2), sum(x.incident IS NOT NULL), sum(x.state = 1) \
             FROM element_instance x JOIN process_instance y ON y.key = x.instance \
             JOIN element e ON e.definition = coalesce(x.definition, y.definition) AND e.number = x.element \
             WHERE x.element <> 0 AND x.instance IN (";
    const STANDING: &'static str =
        "sum(t.state = 0), sum(t.state = 2), sum(t.incident IS NOT NULL), sum(t.state = 1)";

    fn place(number: usize) -> String {
        format!("?{number}")
    }

    /// `GLOB` has the same wildcards and respects case, but takes brackets as sets: special characters stand in one.
    fn like(column: &str, place: &str, pattern: &str) -> (String, String) {
        let mut glob = String::with_capacity(pattern.len());
        for piece in pieces(pattern) {
            match piece {
                Piece::Any => glob.push('*'),
                Piece::One => glob.push('?'),
                Piece::Char(special @ ('*' | '?' | '[')) => glob.extend(['[', special, ']']),
                Piece::Char(character) => glob.push(character),
            }
        }
        (format!("{column} GLOB {place}"), glob)
    }

    fn through(column: &str) -> String {
        format!("+{column}")
    }

    fn from_instances(rows: &str, on: &str) -> String {
        format!("process_instance p CROSS JOIN {rows} ON {on}")
    }

    fn has(column: &str, place: &str) -> String {
        format!("instr({column}, {place}) > 0")
    }

    fn member(column: &str, condition: &str) -> String {
        format!(
            "EXISTS (SELECT 1 FROM (SELECT value AS member FROM json_each(coalesce({column}, '[]'))) WHERE {condition})"
        )
    }
}

fn arguments(cells: Vec<Cell>) -> SqliteArguments {
    let mut values = Values::default();
    for cell in cells {
        match cell {
            Cell::Int(number) => values.add(number),
            Cell::Text(text) => values.add(text),
            Cell::Null | Cell::List(_) => values.add(None::<i64>),
        };
    }
    values.into_arguments()
}

impl Database for Sqlite {
    type Dialect = Spelling;
    type Row = SqliteRow;

    async fn each(
        &self,
        query: Query,
        mut look: impl FnMut(&SqliteRow) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let found = sqlx::query_with(sqlx::AssertSqlSafe(query.text), arguments(query.cells));
        let mut rows = found.fetch(&self.readers);
        while let Some(row) = rows.try_next().await.map_err(failed("searching"))? {
            look(&row)?;
        }
        Ok(())
    }
}

impl Lookups for Sqlite {
    async fn file_of(&self, key: u64) -> Result<Option<Content>, Error> {
        self.content_of(key).await
    }

    async fn scopes_of(
        &self,
        element_instance: ElementInstanceKey,
    ) -> Result<Vec<ElementInstanceKey>, Error> {
        let text = "WITH RECURSIVE up (key, scope, depth) AS (SELECT key, scope, 0 FROM element_instance WHERE key = ?1 \
                    UNION ALL SELECT o.key, o.scope, up.depth + 1 FROM up JOIN element_instance o ON o.key = up.scope \
                    WHERE up.scope <> up.key AND up.depth < 1000) SELECT key FROM up ORDER BY depth";
        let query = Query::new(text.into(), vec![Cell::Int(element_instance.0 as i64)]);
        let mut scopes = Vec::new();
        self.each(query, |row| key(row, 0).map(|key| scopes.push(ElementInstanceKey(key)))).await?;
        Ok(scopes)
    }

    async fn recorded(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error> {
        let text = "SELECT version, body FROM history WHERE instance = ?1 AND version > ?2 ORDER BY version LIMIT ?3";
        let cells =
            [instance.0, after, limit as u64].map(|number| Cell::Int(number.min(i64::MAX as u64) as i64));
        let mut commits = Vec::new();
        let query = Query::new(text.into(), cells.into());
        self.each(query, |row| {
            commits.push(Recorded { version: key(row, 0)?, steps: decode_steps(column::<&[u8]>(row, 1)?)? });
            Ok(())
        })
        .await?;
        Ok(commits)
    }
}
