//! Filters over rows that are held in memory: the same language as elsewhere, over texts.

use std::collections::BTreeSet;
use std::sync::Arc;

use hosk_identity::Scope;
use hosk_store::read::{Condition, Kind, PageOf, Scalar};
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder};

use super::Value;
use super::computed::Computed;
use super::read::{conditions, matches};
use super::schema::{closed, scalar, value};
use crate::operation::SchemaOf;
use crate::problem::Problem;
use crate::shape::{Entries, Schemas, or_null, unknown_property};

/// Conditions and listed values in one filter: every row is held against them.
const TERMS_MAX: usize = 1_000;
/// Longest pattern, in bytes.
const PATTERN_MAX: usize = 1_000;

/// What rows can be filtered by.
pub(crate) struct Columns<R: 'static> {
    /// Name of the filter in the OpenAPI document.
    pub(crate) name: &'static str,
    /// Its properties.
    pub(crate) properties: &'static [Column<R>],
    /// Whether `$or` is understood.
    pub(crate) alternatives: bool,
}

/// A property to filter by.
pub(crate) struct Column<R: 'static> {
    /// Name on the wire.
    pub(crate) name: &'static str,
    /// How its value is written.
    pub(crate) form: Form,
    /// What it is of a row.
    pub(crate) of: fn(&R) -> Option<&str>,
}

/// How a value to filter by is written.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// Bare, or with operators.
    Text,
    /// Bare.
    Plain,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list, one of which it must be.
    OneOf,
}

/// A filter made ready for rows.
enum Matcher<R: 'static> {
    All(Vec<Matcher<R>>),
    Any(Vec<Matcher<R>>),
    Is(fn(&R) -> Option<&str>, Test),
}

enum Test {
    Exists(bool),
    In(BTreeSet<Arc<str>>),
    NotIn(BTreeSet<Arc<str>>),
    Like(Arc<str>),
}

impl Test {
    fn of(condition: Condition) -> Self {
        let texts = |scalars: Vec<Scalar>| {
            let text = |scalar| if let Scalar::Text(text) = scalar { Some(text) } else { None };
            scalars.into_iter().filter_map(text).collect()
        };
        match condition {
            Condition::Eq(one) => Self::In(texts(vec![one])),
            Condition::Neq(one) => Self::NotIn(texts(vec![one])),
            Condition::Exists(exists) => Self::Exists(exists),
            Condition::In(several) => Self::In(texts(several)),
            Condition::NotIn(several) => Self::NotIn(texts(several)),
            Condition::Like(pattern) => Self::Like(pattern),
            // Texts are not compared by size; what reads the conditions knows.
            Condition::Gt(_) | Condition::Gte(_) | Condition::Lt(_) | Condition::Lte(_) => {
                Self::In(BTreeSet::new())
            }
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::In(texts) | Self::NotIn(texts) => texts.len(),
            Self::Exists(_) | Self::Like(_) => 1,
        }
    }

    fn holds(&self, value: Option<&str>) -> bool {
        match self {
            Self::Exists(exists) => value.is_some() == *exists,
            Self::In(texts) => value.is_some_and(|value| texts.contains(value)),
            Self::NotIn(texts) => value.is_none_or(|value| !texts.contains(value)),
            Self::Like(pattern) => value.is_some_and(|value| matches(pattern, value)),
        }
    }
}

impl<R> Matcher<R> {
    fn holds(&self, row: &R) -> bool {
        match self {
            Self::All(matchers) => matchers.iter().all(|matcher| matcher.holds(row)),
            Self::Any(matchers) => matchers.iter().any(|matcher| matcher.holds(row)),
            Self::Is(of, test) => test.holds(of(row)),
        }
    }
}

impl<R> Columns<R> {
    fn read(&self, value: &Value<'_>) -> Result<Matcher<R>, Problem> {
        let mut terms = 0;
        self.entries(value.entries()?, value.path(), self.alternatives, &mut terms)
    }

    fn entries(
        &self,
        entries: Entries<'_>,
        path: &str,
        alternatives: bool,
        terms: &mut usize,
    ) -> Result<Matcher<R>, Problem> {
        let mut all = Vec::new();
        for (name, raw) in entries {
            let value = Value::new(raw, &format!("{path}.{name}"));
            if value.is_null() {
                continue;
            }
            if alternatives && name == "$or" {
                let items = value.items()?;
                let any = items.iter().map(|item| self.entries(item.entries()?, item.path(), false, terms));
                let any: Vec<_> = any.collect::<Result<_, _>>()?;
                // A list of no alternatives says nothing.
                if !any.is_empty() {
                    all.push(Matcher::Any(any));
                }
                continue;
            }
            let Some(column) = self.properties.iter().find(|column| column.name == name) else {
                let known: Vec<_> = self.properties.iter().map(|column| column.name).collect();
                return Err(unknown_property(value.path(), &known));
            };
            for test in column.tests(&value)? {
                *terms += test.size();
                all.push(Matcher::Is(column.of, test));
            }
            if *terms > TERMS_MAX {
                let detail = format!("`{path}` may have {TERMS_MAX} conditions and listed values.");
                return Err(Problem::invalid_argument(detail));
            }
        }
        Ok(Matcher::All(all))
    }

    /// The schema of the filter.
    pub(crate) fn schema(&'static self) -> SchemaOf {
        Arc::new(move |schemas| {
            let mut fields = self.object(schemas);
            if self.alternatives {
                let alternative = format!("{}Alternative", self.name);
                let members = self.object(schemas).into();
                schemas.insert(alternative.clone(), members);
                let items = ArrayBuilder::new().items(Ref::from_schema_name(alternative));
                fields = fields.property("$or", or_null(items));
            }
            schemas.insert(self.name.to_owned(), fields.into());
            Ref::from_schema_name(self.name).into()
        })
    }

    fn object(&self, schemas: &mut Schemas) -> ObjectBuilder {
        self.properties.iter().fold(closed(), |object, column| {
            let schema = match column.form {
                Form::Text => or_null(value(Kind::Text, schemas)),
                Form::Plain => or_null(scalar(Kind::Text)),
                Form::Word(words) => or_null(scalar(Kind::Code(words))),
                Form::OneOf => or_null(ArrayBuilder::new().items(scalar(Kind::Text))),
            };
            object.property(column.name, schema)
        })
    }
}

impl<R> Column<R> {
    fn tests(&self, value: &Value<'_>) -> Result<Vec<Test>, Problem> {
        let conditions = match self.form {
            Form::Text => conditions(Kind::Text, value)?,
            Form::Plain => vec![Condition::Eq(value.scalar(Kind::Text)?)],
            Form::Word(words) => vec![Condition::Eq(value.scalar(Kind::Code(words))?)],
            Form::OneOf => {
                let items = value.items()?;
                let scalars = items.iter().map(|item| item.scalar(Kind::Text));
                vec![Condition::In(scalars.collect::<Result<_, _>>()?)]
            }
        };
        let too_long = |condition: &Condition| matches!(condition, Condition::Like(pattern) if pattern.len() > PATTERN_MAX);
        if conditions.iter().any(too_long) {
            let detail = format!("`{}.$like` may have {PATTERN_MAX} bytes.", value.path());
            return Err(Problem::invalid_argument(detail));
        }
        Ok(conditions.into_iter().map(Test::of).collect())
    }
}

/// Leaves the rows that are within a scope, by id.
pub(crate) fn within<R>(rows: &mut Vec<R>, scope: &Scope, id: impl Fn(&R) -> &str) {
    if let Scope::Of(ids) = scope {
        let ids: BTreeSet<&str> = ids.iter().map(|id| &**id).collect();
        rows.retain(|row| ids.contains(id(row)));
    }
}

/// The page of these rows that a body asks for.
pub(crate) fn listed<R>(
    computed: &Computed<R>,
    columns: Option<&Columns<R>>,
    body: &[u8],
    mut rows: Vec<R>,
) -> Result<PageOf<R>, Problem> {
    let mut matcher = None;
    let mut read = |value: &Value<'_>| {
        matcher = columns.map(|columns| columns.read(value)).transpose()?;
        Ok(())
    };
    let asked = computed.parse(body, columns.is_some().then_some(&mut read as _))?;
    if let Some(matcher) = matcher {
        rows.retain(|row| matcher.holds(row));
    }
    computed.page(rows, &asked)
}

#[cfg(test)]
mod tests {
    use hosk_store::read::Cell;

    use super::*;
    use crate::search::sort_by;

    type Row = (&'static str, Option<&'static str>);

    static ROWS: Computed<Row> = Computed {
        name: "Rows",
        sorts: &[sort_by("name", |row| Cell::Text(row.0.into()))],
        identity: |row| vec![Cell::Text(row.0.into())],
    };
    static COLUMNS: Columns<Row> = Columns {
        name: "RowFilter",
        properties: &[
            Column { name: "name", form: Form::Text, of: |row| Some(row.0) },
            Column { name: "word", form: Form::Word(&["ONE", "TWO"]), of: |row| row.1 },
            Column { name: "words", form: Form::OneOf, of: |row| row.1 },
            Column { name: "plain", form: Form::Plain, of: |row| row.1 },
        ],
        alternatives: true,
    };

    fn find(body: &str) -> Result<Vec<&'static str>, Problem> {
        let rows = vec![("anna", Some("ONE")), ("bert", Some("TWO")), ("karen", None)];
        let page = listed(&ROWS, Some(&COLUMNS), body.as_bytes(), rows)?;
        Ok(page.items.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn every_operator_and_alternatives() {
        for (filter, expected) in [
            ("{}", &["anna", "bert", "karen"][..]),
            (r#"{"name": "anna"}"#, &["anna"]),
            (r#"{"name": null}"#, &["anna", "bert", "karen"]),
            (r#"{"name": {"$neq": "anna"}}"#, &["bert", "karen"]),
            (r#"{"name": {"$in": ["karen", "anna"]}}"#, &["anna", "karen"]),
            (r#"{"name": {"$notIn": ["karen", "anna"]}}"#, &["bert"]),
            (r#"{"name": {"$like": "*ar*", "$exists": true}}"#, &["karen"]),
            (r#"{"name": {"$exists": false}}"#, &[]),
            (r#"{"word": "one"}"#, &["anna"]),
            (r#"{"words": ["ONE", "TWO"]}"#, &["anna", "bert"]),
            (r#"{"plain": "TWO"}"#, &["bert"]),
            (r#"{"$or": [{"name": "anna"}, {"word": "TWO"}]}"#, &["anna", "bert"]),
            (r#"{"word": "TWO", "$or": [{"name": "anna"}]}"#, &[]),
            (r#"{"word": "TWO", "$or": []}"#, &["bert"]),
        ] {
            assert_eq!(find(&format!(r#"{{"filter": {filter}}}"#)).unwrap(), expected, "{filter}");
        }
        let sorted = r#"{"sort": [{"field": "name", "order": "DESC"}], "page": {"limit": 1, "from": 1}}"#;
        assert_eq!(find(sorted).unwrap(), ["bert"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let long = format!(r#"{{"name": {{"$like": "{}"}}}}"#, "x".repeat(1_001));
        let many = format!(
            r#"{{"words": ["{}","x"]}}"#,
            (0..1_000).map(|n| n.to_string()).collect::<Vec<_>>().join("\",\"")
        );
        for (filter, code) in [
            (r#"{"age": 7}"#, "unknown-field"),
            (r#"{"name": {"$gt": "a"}}"#, "unknown-field"),
            (r#"{"$or": [{"$or": []}]}"#, "unknown-field"),
            (r#"{"name": 7}"#, "wrong-type"),
            (r#"{"plain": {"$eq": "x"}}"#, "wrong-type"),
            (r#"{"word": "THREE"}"#, "invalid-argument"),
            (long.as_str(), "invalid-argument"),
            (many.as_str(), "invalid-argument"),
        ] {
            let refused = find(&format!(r#"{{"filter": {filter}}}"#)).unwrap_err();
            assert_eq!(refused.code(), code, "{filter}");
        }
    }
}
