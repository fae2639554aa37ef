//! Multi-row statements of prepared shapes: few rows go into one statement of just that length, many into chunks of powers
//! of two, so that each kind of statement is prepared a few times and then only bound.
//!
//! Every statement is a way to the thread that has the connection and back, and while a server has little to do that is
//! most of what a commit takes.

use std::sync::{Arc, OnceLock};

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Sqlite, Type};

/// So many rows have a statement of their own length.
const EXACT: usize = 16;
/// Largest chunk: 2^8 rows; 20 columns of it stay far below SQLite's 32,766 parameters.
const LARGEST: u32 = 8;
/// Chunk lengths that there are: 1 to 16, 32, 64, 128, 256.
const LENGTHS: usize = EXACT + (LARGEST - EXACT.ilog2()) as usize;

/// How many of the rows that are left go into the next statement.
fn chunk(left: usize) -> usize {
    if left <= EXACT { left } else { 1 << left.ilog2().min(LARGEST) }
}

/// The place of a chunk length among those that there are.
fn place(chunk: usize) -> usize {
    if chunk <= EXACT { chunk - 1 } else { EXACT - 1 + (chunk.ilog2() - EXACT.ilog2()) as usize }
}

/// One kind of statement over many rows: `head (?,…),(?,…) tail`.
pub(super) struct Shape {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    texts: [OnceLock<Arc<str>>; LENGTHS],
}

impl Shape {
    /// A statement with so many columns a row.
    pub(super) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self { head, columns, tail, texts: [const { OnceLock::new() }; LENGTHS] }
    }

    fn text(&self, chunk: usize) -> Arc<str> {
        let text = || {
            let row = format!("({})", vec!["?"; self.columns].join(","));
            let rows = vec![row; chunk].join(",");
            format!("{}{rows}{}", self.head, self.tail).into()
        };
        self.texts[place(chunk)].get_or_init(text).clone()
    }
}

/// A statement ready to run.
pub(super) struct Statement {
    pub(super) text: Arc<str>,
    pub(super) arguments: SqliteArguments,
    /// Rows it must affect; another number means that something changed meanwhile.
    pub(super) must_affect: Option<u64>,
}

/// The values of one statement.
#[derive(Default)]
pub(super) struct Values(SqliteArguments);

impl Values {
    /// One more value. Encoding numbers, texts and bytes for SQLite cannot fail; were it to, the statement would
    /// lack a parameter and be refused by the column's NOT NULL.
    pub(super) fn add<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = Arguments::add(&mut self.0, value) {
            tracing::error!(%error, "a value cannot be bound");
        }
        self
    }

    /// As the arguments of one statement.
    pub(super) fn into_arguments(self) -> SqliteArguments {
        self.0
    }
}

/// Statements in the order they run.
#[derive(Default)]
pub(super) struct Statements(pub(super) Vec<Statement>);

impl Statements {
    /// Writes rows in chunks; `bind` adds the values of one row.
    pub(super) fn rows<R>(
        &mut self,
        shape: &Shape,
        guarded: bool,
        rows: impl Iterator<Item = R>,
        bind: impl Fn(R, &mut Values),
    ) {
        let rows: Vec<R> = rows.collect();
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        while left > 0 {
            let chunk = chunk(left);
            let mut values = Values::default();
            values.0.reserve(chunk * shape.columns, 0);
            for row in rows.by_ref().take(chunk) {
                bind(row, &mut values);
            }
            self.0.push(Statement {
                text: shape.text(chunk),
                arguments: values.into_arguments(),
                must_affect: guarded.then_some(chunk as u64),
            });
            left -= chunk;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_are_one_statement_and_many_are_some() {
        let chunks = |rows: usize| {
            let mut statements = Statements::default();
            let shape = Shape::new("INSERT INTO t VALUES ", 1, "");
            statements.rows(&shape, true, 0..rows as i64, |row, v| {
                v.add(row);
            });
            let of = |one: &Statement| (one.text.matches('?').count() as u64, one.must_affect);
            let lengths: Vec<_> = statements.0.iter().map(of).collect();
            assert!(lengths.iter().all(|(length, affected)| Some(*length) == *affected));
            lengths.into_iter().map(|(length, _)| length).collect::<Vec<_>>()
        };
        assert_eq!(chunks(0), Vec::<u64>::new());
        for rows in 1..=16 {
            assert_eq!(chunks(rows), [rows as u64]);
        }
        assert_eq!(chunks(45), [32, 13]);
        assert_eq!(chunks(1_000), [256, 256, 256, 128, 64, 32, 8]);
    }

    #[test]
    fn each_length_has_a_place_of_its_own() {
        let lengths = (1..=EXACT).chain((EXACT.ilog2() + 1..=LARGEST).map(|power| 1 << power));
        assert_eq!(lengths.map(place).collect::<Vec<_>>(), (0..LENGTHS).collect::<Vec<_>>());
    }
}
