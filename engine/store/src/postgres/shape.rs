//! Statements over many rows: the rows come as one array a column and are put together by `unnest`, so that a kind of
//! statement has one text whatever the number of rows, is prepared once and then only bound.
//!
//! Where tables are distributed by bucket a statement is about the rows of one bucket and says so with a value: only that
//! tells the database which machine to ask. In a text `@t` stands where it is said of the table `t`, after its bucket was
//! compared with that of the row.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, Encode, Postgres, Type};

use super::array::{Array, Bucket, Value};

/// One kind of statement over many rows.
pub(super) struct Shape {
    kind: Kind,
    /// Names of the columns, with commas.
    columns: &'static str,
    tail: &'static str,
    text: OnceLock<Arc<str>>,
    /// About one bucket, the last parameter.
    pinned: OnceLock<Arc<str>>,
}

enum Kind {
    /// Into this table.
    Insert(&'static str),
    /// `head FROM unnest(…) AS u (columns) tail`
    Each(&'static str),
}

impl Shape {
    /// New rows of a table.
    pub(super) const fn insert(table: &'static str, columns: &'static str, tail: &'static str) -> Self {
        Self { kind: Kind::Insert(table), columns, tail, text: OnceLock::new(), pinned: OnceLock::new() }
    }

    /// Something done with each row, which is called `u`.
    pub(super) const fn each(head: &'static str, columns: &'static str, tail: &'static str) -> Self {
        Self { kind: Kind::Each(head), columns, tail, text: OnceLock::new(), pinned: OnceLock::new() }
    }

    /// Whether a bucket can be named: rows that are inserted have theirs in them.
    fn can_be_pinned(&self) -> bool {
        self.tail.contains('@')
    }

    fn text(&self, pinned: bool) -> Arc<str> {
        let text = if pinned { &self.pinned } else { &self.text };
        text.get_or_init(|| self.written(pinned)).clone()
    }

    fn written(&self, pinned: bool) -> Arc<str> {
        let Self { columns, .. } = self;
        let tail = pin(self.tail, pinned.then(|| columns.split(',').count() + 1));
        let mut places = String::new();
        for number in 1..=columns.split(',').count() {
            let between = if number > 1 { ", " } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(places, "{between}${number}");
        }
        match self.kind {
            Kind::Insert(table) => {
                format!("INSERT INTO {table} ({columns}) SELECT * FROM unnest({places}){tail}").into()
            }
            Kind::Each(head) => format!("{head} FROM unnest({places}) AS u ({columns}){tail}").into(),
        }
    }
}

/// Says of each table named after an `@` that it has the bucket of a parameter, or nothing.
fn pin(tail: &str, parameter: Option<usize>) -> String {
    let mut parts = tail.split('@');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (table, rest) = part.split_at(1);
        if let Some(parameter) = parameter {
            // Writing to a string cannot fail.
            let _ = write!(text, " AND {table}.bucket = ${parameter}");
        }
        text.push_str(rest);
    }
    text
}

/// The values of many rows, column by column.
#[derive(Debug, Default)]
pub(super) struct Rows {
    columns: Vec<Array>,
    /// The column that comes next.
    at: usize,
    count: u64,
}

impl Rows {
    /// The next value of the row.
    pub(super) fn add<V: Value>(&mut self, value: V) -> &mut Self {
        if self.at == self.columns.len() {
            self.columns.push(Array::of(V::MEMBER));
        }
        self.columns[self.at].push(value);
        self.at += 1;
        self
    }

    /// The row is complete.
    fn end(&mut self) {
        debug_assert_eq!(self.at, self.columns.len(), "rows have the same columns");
        self.at = 0;
        self.count += 1;
    }
}

/// A statement ready to run.
pub(super) struct Statement {
    pub(super) text: Arc<str>,
    pub(super) values: Values,
    /// Rows it must affect; another number means that something changed meanwhile.
    pub(super) must_affect: Option<u64>,
}

/// Statements in the order they run.
#[derive(Default)]
pub(super) struct Statements {
    pub(super) all: Vec<Statement>,
    /// The bucket that all rows have, where the database must be told.
    pin: Option<Bucket>,
}

impl Statements {
    /// Statements about rows of one bucket, or of any.
    pub(super) fn of(pin: Option<Bucket>) -> Self {
        Self { all: Vec::new(), pin }
    }

    /// Others come after these.
    pub(super) fn append(&mut self, others: Self) {
        self.all.extend(others.all);
    }

    /// Writes rows, if there are any; `bind` adds the values of one row. A guarded statement affects every row or is
    /// undone.
    pub(super) fn rows<R>(
        &mut self,
        shape: &Shape,
        guarded: bool,
        rows: impl Iterator<Item = R>,
        bind: impl Fn(R, &mut Rows),
    ) {
        let mut all = Rows::default();
        for row in rows {
            bind(row, &mut all);
            all.end();
        }
        if all.count > 0 {
            let must_affect = guarded.then_some(all.count);
            let mut values = Values::default();
            for column in all.columns {
                values.add(column);
            }
            let pin = self.pin.filter(|_| shape.can_be_pinned());
            if let Some(bucket) = pin {
                values.add(i16::from(bucket.0));
            }
            self.all.push(Statement { text: shape.text(pin.is_some()), values, must_affect });
        }
    }
}

/// The values of one statement.
#[derive(Default)]
pub(super) struct Values(PgArguments);

impl Values {
    /// One more value. Encoding numbers, texts and bytes cannot fail; were it to, the statement would lack a parameter
    /// and be refused.
    pub(super) fn add<'t, T: Encode<'t, Postgres> + Type<Postgres>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = Arguments::add(&mut self.0, value) {
            tracing::error!(%error, "a value cannot be bound");
        }
        self
    }

    /// One more text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.add(&*super::array::storable(text))
    }

    /// One more text, or none.
    pub(super) fn optional(&mut self, text: Option<&str>) -> &mut Self {
        self.add(text.map(super::array::storable))
    }

    /// As the arguments of one statement.
    pub(super) fn into_arguments(self) -> PgArguments {
        self.0
    }
}

/// The values of a statement, texts first made storable.
macro_rules! values {
    () => {
        crate::postgres::shape::Values::default()
    };
    ($($value:expr),+ $(,)?) => {{
        let mut values = crate::postgres::shape::Values::default();
        $(values.add($value);)+
        values
    }};
}
pub(super) use values;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_shapes() {
        let insert = Shape::insert("timer", "bucket, key, due", " ON CONFLICT (key, bucket) DO NOTHING");
        let expected = "INSERT INTO timer (bucket, key, due) SELECT * FROM unnest($1, $2, $3) \
                        ON CONFLICT (key, bucket) DO NOTHING";
        assert_eq!(&*insert.text(false), expected);
        assert!(!insert.can_be_pinned());
        let each = Shape::each("DELETE", "key", " WHERE t.key = u.key");
        assert_eq!(&*each.text(false), "DELETE FROM unnest($1) AS u (key) WHERE t.key = u.key");
        let pinned =
            Shape::each("UPDATE x t", "bucket, key", " WHERE t.bucket = u.bucket@t AND t.key = u.key");
        let mixed =
            "UPDATE x t FROM unnest($1, $2) AS u (bucket, key) WHERE t.bucket = u.bucket AND t.key = u.key";
        assert_eq!(&*pinned.text(false), mixed);
        let one = "UPDATE x t FROM unnest($1, $2) AS u (bucket, key) WHERE t.bucket = u.bucket AND t.bucket = $3 \
                   AND t.key = u.key";
        assert_eq!(&*pinned.text(true), one);
    }
}
