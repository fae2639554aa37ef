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
    /// May be one statement with others that may.
    joins: bool,
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
        Self::new(Kind::Insert(table), columns, tail)
    }

    /// Something done with each row, which is called `u`.
    pub(super) const fn each(head: &'static str, columns: &'static str, tail: &'static str) -> Self {
        Self::new(Kind::Each(head), columns, tail)
    }

    const fn new(kind: Kind, columns: &'static str, tail: &'static str) -> Self {
        Self { kind, columns, tail, text: OnceLock::new(), pinned: OnceLock::new(), joins: false }
    }

    /// May be run as one statement with others of which this is said: none sees what another does, and no two of them
    /// change the same row.
    pub(super) const fn joins(mut self) -> Self {
        self.joins = true;
        self
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
    columns: Vec<Array>,
    /// A parameter after those.
    pin: Option<Bucket>,
    /// Rows it must affect; another number means that something changed meanwhile.
    pub(super) must_affect: Option<u64>,
    joins: bool,
}

impl Statement {
    /// What is bound to it.
    pub(super) fn into_arguments(self) -> PgArguments {
        let mut values = Values::default();
        for column in self.columns {
            values.add(column);
        }
        if let Some(bucket) = self.pin {
            values.add(i16::from(bucket.0));
        }
        values.into_arguments()
    }

    /// Several as one, which affects the rows that those affect of which it matters: what the database does for a statement
    /// whatever is in it, and the way there and back, come once.
    fn joined(parts: Vec<Self>) -> Self {
        let (mut text, mut guarded, mut columns) = (String::new(), Vec::new(), Vec::new());
        let mut must_affect = None;
        for (number, part) in parts.into_iter().enumerate() {
            let before = if number == 0 { "WITH" } else { "," };
            let returning = if part.must_affect.is_some() { " RETURNING 1" } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(text, "{before} s{number} AS ({}{returning})", later(&part.text, columns.len()));
            if let Some(rows) = part.must_affect {
                guarded.push(format!("SELECT FROM s{number}"));
                must_affect = Some(must_affect.unwrap_or(0) + rows);
            }
            columns.extend(part.columns);
        }
        let affected = if guarded.is_empty() { "SELECT".to_owned() } else { guarded.join(" UNION ALL ") };
        Self { text: format!("{text} {affected}").into(), columns, pin: None, must_affect, joins: false }
    }
}

/// A text whose parameters have so many others before them.
fn later(text: &str, before: usize) -> String {
    let mut parts = text.split('$');
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        // A shape's parameters are numbers.
        let number = number.parse::<usize>().unwrap_or_default() + before;
        let _ = write!(renumbered, "${number}{rest}");
    }
    renumbered
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

    /// Those that may be are one, the first. Each mixture of them has a text of its own, so few kinds of statement should be
    /// among them.
    pub(super) fn joined(self) -> Self {
        let (together, mut all): (Vec<_>, Vec<_>) =
            self.all.into_iter().partition(|statement| statement.joins && statement.pin.is_none());
        if together.len() > 1 {
            all.insert(0, Statement::joined(together));
        } else {
            all.splice(0..0, together);
        }
        Self { all, pin: self.pin }
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
            let pin = self.pin.filter(|_| shape.can_be_pinned());
            let (text, joins) = (shape.text(pin.is_some()), shape.joins);
            self.all.push(Statement { text, columns: all.columns, pin, must_affect, joins });
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

    #[test]
    fn what_joins_is_one_statement() {
        let new = Shape::insert("timer", "key, due", " ON CONFLICT (key) DO NOTHING").joins();
        let known = Shape::each("UPDATE timer t SET due = u.due", "key, due", " WHERE t.key = u.key").joins();
        let alone = Shape::each("DELETE", "key", " WHERE t.key = u.key");
        let of = |guarded| {
            let mut all = Statements::default();
            all.rows(&alone, false, [7_i64].iter(), |key, v| {
                v.add(*key);
            });
            all.rows(&new, guarded, [(1_i64, 10_i64), (2, 20)].iter(), |(key, due), v| {
                v.add(*key).add(*due);
            });
            all.rows(&known, guarded, [(3_i64, 30_i64)].iter(), |(key, due), v| {
                v.add(*key).add(*due);
            });
            all.joined().all
        };
        let parts = of(false);
        let texts: Vec<_> = parts.iter().map(|part| &*part.text).collect();
        let one = "WITH s0 AS (INSERT INTO timer (key, due) SELECT * FROM unnest($1, $2) ON CONFLICT (key) DO NOTHING), \
                   s1 AS (UPDATE timer t SET due = u.due FROM unnest($3, $4) AS u (key, due) WHERE t.key = u.key) SELECT";
        assert_eq!(texts, [one, "DELETE FROM unnest($1) AS u (key) WHERE t.key = u.key"]);
        assert_eq!((parts[0].must_affect, parts[0].columns.len()), (None, 4));
        let guarded = of(true);
        assert_eq!((guarded.len(), guarded[0].must_affect), (2, Some(3)));
        assert!(guarded[0].text.ends_with(" RETURNING 1) SELECT FROM s0 UNION ALL SELECT FROM s1"));
        assert!(guarded[0].text.contains("DO NOTHING RETURNING 1), s1 AS"));
    }
}
