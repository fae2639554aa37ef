//! Multi-row statements of prepared shapes: rows are written in chunks of powers of two, so that each kind of
//! statement is prepared a handful of times and then only bound.

use std::sync::{Arc, OnceLock};

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Sqlite, Type};

/// Largest chunk: 2^8 rows; 18 columns of it stay far below SQLite's 32,766 parameters.
const LARGEST: u32 = 8;

/// One kind of statement over many rows: `head (?,…),(?,…) tail`.
pub(super) struct Shape {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    texts: [OnceLock<Arc<str>>; LARGEST as usize + 1],
}

impl Shape {
    /// A statement with so many columns a row.
    pub(super) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self { head, columns, tail, texts: [const { OnceLock::new() }; LARGEST as usize + 1] }
    }

    fn text(&self, power: u32) -> Arc<str> {
        let text = || {
            let row = format!("({})", vec!["?"; self.columns].join(","));
            let rows = vec![row; 1 << power].join(",");
            format!("{}{rows}{}", self.head, self.tail).into()
        };
        self.texts[power as usize].get_or_init(text).clone()
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
            let power = left.ilog2().min(LARGEST);
            let chunk = 1 << power;
            let mut values = Values::default();
            values.0.reserve(chunk * shape.columns, 0);
            for row in rows.by_ref().take(chunk) {
                bind(row, &mut values);
            }
            self.0.push(Statement {
                text: shape.text(power),
                arguments: values.into_arguments(),
                must_affect: guarded.then_some(chunk as u64),
            });
            left -= chunk;
        }
    }
}
