//! Tables and columns of both databases, matched up.

use hosk_core::ProcessInstanceKey;

use crate::postgres::lock_bucket;
use crate::{Error, bucket_of};

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Int(_) => 8,
            Self::Text(text) => 8 + text.len(),
            Self::Bytes(bytes) => 8 + bytes.len(),
        }
    }
}

/// Values in the order of a shape's columns.
pub(super) type Row = Vec<Value>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Bool,
    Text,
    Bytes,
}

/// A table of one of the databases.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Kind)>,
}

/// A table on its way.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// Its name in the source.
    pub(super) from: String,
    /// Its name in the target.
    pub(super) to: String,
    /// The columns of both, with what they hold in the source.
    pub(super) columns: Vec<(String, Kind)>,
    /// How the target's bucket is made, when it has one and the source does not.
    pub(super) bucket: Option<Bucket>,
}

/// What a bucket is made of: places among the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bucket {
    /// A key.
    Key(usize),
    /// A key, or where that is absent another one.
    KeyOr(usize, usize),
    /// An address: process id, tenant, correlation key.
    Lock([usize; 3]),
}

/// Tables that belong to servers that run, or to how the schema came to be.
const LEFT_BEHIND: [&str; 4] = ["node", "_sqlx_migrations", "store_migrations", "definition_change"];
/// Tables of another part of the product, which is kept in a file always.
pub(super) const OF_RECORDS: &str = "records_";
/// Tables that have a row from the beginning, which what is brought along replaces.
const SEEDED: [&str; 1] = ["identity_version"];
/// Columns that only a database with several servers has: who carries what, until when; which transaction wrote it; and
/// where it is spread to.
const OF_SERVERS: [&str; 4] = ["owner", "until", "written", "bucket"];

/// Whether a table is taken along.
pub(super) fn is_taken(table: &str) -> bool {
    !LEFT_BEHIND.contains(&table) && !table.starts_with(OF_RECORDS) && !table.starts_with("sqlite_")
}

/// Whether a table is not empty from the beginning.
pub(super) fn is_seeded(table: &str) -> bool {
    SEEDED.contains(&table)
}

/// Each table with the one that it goes into.
pub(super) fn match_up(source: Vec<Table>, target: &[Table]) -> Result<Vec<Shape>, Error> {
    let lacks = |what: String| Error::Invalid { what: format!("the target has no place for {what}") };
    let mut shapes = Vec::new();
    for table in source.into_iter().filter(|table| is_taken(&table.name)) {
        let place = target.iter().find(|place| place.name == table.name);
        let place = place.ok_or_else(|| lacks(format!("the table {}", table.name)))?;
        let has = |columns: &[(String, Kind)], name: &str| columns.iter().any(|(other, _)| other == name);
        let mut columns = Vec::new();
        for (name, kind) in &table.columns {
            if has(&place.columns, name) && !(OF_SERVERS[..3].contains(&name.as_str())) {
                columns.push((name.clone(), *kind));
            } else if !OF_SERVERS.contains(&name.as_str()) {
                return Err(lacks(format!("the column {name} of {}", table.name)));
            }
        }
        let wants = has(&place.columns, "bucket") && !has(&table.columns, "bucket");
        let bucket = if wants { Some(bucket_rule(&table.name, &columns)?) } else { None };
        shapes.push(Shape { from: table.name, to: place.name.clone(), columns, bucket });
    }
    Ok(shapes)
}

/// The rules are those of the PostgreSQL schema: an instance's rows have its bucket, what has no instance its own.
fn bucket_rule(table: &str, columns: &[(String, Kind)]) -> Result<Bucket, Error> {
    let place = |name: &str| {
        let found = columns.iter().position(|(column, _)| column == name);
        found.ok_or_else(|| Error::Invalid { what: format!("the table {table} has no column {name}") })
    };
    Ok(match table {
        "process_instance" | "message" | "outbox" => Bucket::Key(place("key")?),
        "message_counted" => Bucket::Key(place("message")?),
        "decision_instance" => Bucket::KeyOr(place("instance")?, place("evaluation")?),
        "message_start_lock" => {
            Bucket::Lock([place("process_id")?, place("tenant")?, place("correlation_key")?])
        }
        _ => Bucket::Key(place("instance")?),
    })
}

impl Bucket {
    /// The bucket of a row.
    pub(super) fn of(self, row: &Row) -> i64 {
        let key = |place: usize| match &row[place] {
            Value::Int(key) => Some(i64::from(bucket_of(ProcessInstanceKey(*key as u64)))),
            Value::Null | Value::Text(_) | Value::Bytes(_) => None,
        };
        let text = |place: usize| match &row[place] {
            Value::Text(text) => text.as_str(),
            Value::Null | Value::Int(_) | Value::Bytes(_) => "",
        };
        match self {
            Self::Key(place) => key(place).unwrap_or(0),
            Self::KeyOr(place, other) => key(place).or_else(|| key(other)).unwrap_or(0),
            Self::Lock([process, tenant, correlation]) => {
                i64::from(lock_bucket(text(process), text(tenant), text(correlation)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[&str]) -> Table {
        let columns = columns.iter().map(|column| ((*column).to_owned(), Kind::Int)).collect();
        Table { name: name.to_owned(), columns }
    }

    #[test]
    fn nothing_is_left_out_silently() {
        let source = || {
            vec![table("identity", &["name"]), table("job", &["key", "instance"]), table("node", &["number"])]
        };
        let target =
            vec![table("identity", &["name"]), table("job", &["bucket", "key", "instance", "until"])];
        let shapes = match_up(source(), &target).unwrap();
        let names: Vec<_> = shapes.iter().map(|shape| (shape.from.as_str(), shape.to.as_str())).collect();
        assert_eq!(names, [("identity", "identity"), ("job", "job")]);
        assert_eq!((shapes[0].bucket, shapes[1].bucket), (None, Some(Bucket::Key(1))));
        let mut more = source();
        more.push(table("grant", &["key"]));
        assert!(match_up(more, &target).unwrap_err().to_string().contains("table grant"));
        let mut more = source();
        more[1].columns.push(("colour".to_owned(), Kind::Text));
        assert!(match_up(more, &target).unwrap_err().to_string().contains("column colour of job"));
    }
}
