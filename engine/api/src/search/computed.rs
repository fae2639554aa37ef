//! Searches over rows that are computed when asked or held in memory: figures and identities, of which there are few enough
//! to be looked at one by one. Only the rows of the page are sorted. Paging means what it means elsewhere: by number or by cursor.

use std::cmp::Ordering;
use std::sync::Arc;

use hosk_store::read::{Cell, Page, PageOf};
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use super::read::no_sort_field;
use super::schema::closed;
use super::{Value, page};
use crate::operation::SchemaOf;
use crate::problem::Problem;
use crate::shape::{entries_of, object_schema, or_null, unknown_property};

/// What a search over computed rows understands.
pub(crate) struct Computed<R: 'static> {
    /// Name of the request in the OpenAPI document.
    pub(crate) name: &'static str,
    /// What can be sorted by.
    pub(crate) sorts: &'static [SortBy<R>],
    /// What tells rows apart: the order of those that are equal otherwise.
    pub(crate) identity: fn(&R) -> Vec<Cell>,
}

/// A property to sort by.
pub(crate) struct SortBy<R: 'static> {
    name: &'static str,
    of: fn(&R) -> Cell,
}

/// A property to sort by.
pub(crate) const fn sort_by<R>(name: &'static str, of: fn(&R) -> Cell) -> SortBy<R> {
    SortBy { name, of }
}

/// The order and the page that were asked for.
#[derive(Default)]
pub(crate) struct Asked {
    /// Places among the sorts, and whether each is descending.
    order: Vec<(usize, bool)>,
    page: Page,
}

/// Reads the value of `filter`.
pub(crate) type ReadFilter<'r> = &'r mut dyn FnMut(&Value<'_>) -> Result<(), Problem>;

/// A row's place in the order: the sort values, then its identity.
type Place = Vec<Cell>;

impl<R> Computed<R> {
    /// The request in a body; no body asks for everything. `filter` is called with the filter when there is one;
    /// without it a filter is not known here.
    pub(crate) fn parse(&self, bytes: &[u8], mut filter: Option<ReadFilter<'_>>) -> Result<Asked, Problem> {
        let mut asked = Asked::default();
        if bytes.is_empty() {
            return Ok(asked);
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Problem::malformed(format!("The body is not UTF-8: {error}.")))?;
        let known = self.known(filter.is_some());
        for (name, raw) in entries_of(text, "")? {
            let value = Value::new(raw, &name);
            match &*name {
                other if !known.contains(&other) => return Err(unknown_property(other, &known)),
                _ if value.is_null() => {}
                "sort" => asked.order = self.order(&value)?,
                "page" => asked.page = page::read(raw.get())?,
                _ => {
                    if let Some(read) = &mut filter {
                        read(&value)?;
                    }
                }
            }
        }
        Ok(asked)
    }

    fn known(&self, filter: bool) -> Vec<&'static str> {
        let parts = [("filter", filter), ("sort", !self.sorts.is_empty()), ("page", true)];
        parts.into_iter().filter(|(_, known)| *known).map(|(name, _)| name).collect()
    }

    fn order(&self, value: &Value<'_>) -> Result<Vec<(usize, bool)>, Problem> {
        let names: Vec<&'static str> = self.sorts.iter().map(|sort| sort.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let read = |item: &Value<'_>| {
            let (mut place, mut descending) = (None, false);
            for (name, raw) in item.entries()? {
                let value = Value::new(raw, &format!("{}.{name}", item.path()));
                match &*name {
                    _ if value.is_null() => {}
                    "field" => {
                        let field = value.word(&sorted)?;
                        place = names.iter().position(|name| *name == field);
                    }
                    "order" => descending = value.word(&["ASC", "DESC"])? == "DESC",
                    _ => return Err(unknown_property(value.path(), &["field", "order"])),
                }
            }
            let missing = || no_sort_field(item.path());
            Ok((place.ok_or_else(missing)?, descending))
        };
        value.items()?.iter().map(read).collect()
    }

    /// The page of these rows that was asked for.
    pub(crate) fn page(&self, rows: Vec<R>, asked: &Asked) -> Result<PageOf<R>, Problem> {
        let total_items = rows.len() as u64;
        let mut rows: Vec<(Place, R)> = rows.into_iter().map(|row| (self.place(&row, asked), row)).collect();
        let limit = asked.page.limit();
        match &asked.page {
            Page::Offset { from, .. } => {
                let from = usize::try_from(*from).unwrap_or(usize::MAX);
                cut(&mut rows, asked, from, limit);
            }
            Page::After { cursor, .. } => {
                let cursor = decode(cursor, asked)?;
                rows.retain(|(place, _)| compare(asked, place, &cursor).is_gt());
                cut(&mut rows, asked, 0, limit);
            }
            Page::Before { cursor, .. } => {
                let cursor = decode(cursor, asked)?;
                rows.retain(|(place, _)| compare(asked, place, &cursor).is_lt());
                let from = rows.len().saturating_sub(limit);
                cut(&mut rows, asked, from, limit);
            }
        }
        let cursor = |row: Option<&(Place, R)>| row.map(|(place, _)| encode(asked, place));
        let (start_cursor, end_cursor) = (cursor(rows.first()), cursor(rows.last()));
        let items = rows.into_iter().map(|(_, row)| row).collect();
        Ok(PageOf { items, total_items, has_more_total_items: false, start_cursor, end_cursor })
    }

    fn place(&self, row: &R, asked: &Asked) -> Place {
        let sorted = asked.order.iter().map(|(sort, _)| (self.sorts[*sort].of)(row));
        sorted.chain((self.identity)(row)).collect()
    }

    /// The schema of the request. A filter that is required makes the body required, too.
    pub(crate) fn schema(&'static self, filter: Option<(SchemaOf, bool)>) -> SchemaOf {
        Arc::new(move |schemas| {
            let mut body = closed();
            if let Some((filter, required)) = &filter {
                let schema = filter(schemas);
                body = if *required {
                    body.property("filter", schema).required("filter")
                } else {
                    body.property("filter", or_null(schema))
                };
            }
            if !self.sorts.is_empty() {
                let names = self.sorts.iter().map(|sort| sort.name);
                let field = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
                let order = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["ASC", "DESC"]));
                let sort =
                    closed().property("field", field).property("order", or_null(order)).required("field");
                body = body.property("sort", or_null(ArrayBuilder::new().items(sort)));
            }
            body = body.property("page", or_null(object_schema(&page::PAGE, schemas)));
            schemas.insert(self.name.to_owned(), body.into());
            Ref::from_schema_name(self.name).into()
        })
    }
}

/// Leaves the rows of some places, in order. Takes time for each row once; only the rows that are left are sorted.
fn cut<R>(rows: &mut Vec<(Place, R)>, asked: &Asked, from: usize, limit: usize) {
    let order = |(a, _): &(Place, R), (b, _): &(Place, R)| compare(asked, a, b);
    if rows.len().saturating_sub(from) > limit {
        rows.select_nth_unstable_by(from + limit, order);
        rows.truncate(from + limit);
    }
    if from >= rows.len() {
        rows.clear();
    } else if from > 0 {
        rows.select_nth_unstable_by(from, order);
        rows.drain(..from);
    }
    rows.sort_unstable_by(order);
}

fn compare(asked: &Asked, a: &Place, b: &Place) -> Ordering {
    for (index, (_, descending)) in asked.order.iter().enumerate() {
        let order = a[index].cmp(&b[index]);
        let order = if *descending { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    a[asked.order.len()..].cmp(&b[asked.order.len()..])
}

/// Opaque: the order and the place as JSON, in hexadecimal digits.
fn encode(asked: &Asked, place: &Place) -> String {
    let json = serde_json::to_vec(&(&asked.order, place)).unwrap_or_default();
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
    json.into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A place from a cursor of the same order.
fn decode(cursor: &str, asked: &Asked) -> Result<Place, Problem> {
    let foreign = || Problem::invalid_argument("The cursor does not belong to a search in this order.");
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = cursor.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    let bytes: Vec<u8> = bytes.collect::<Option<_>>().ok_or_else(foreign)?;
    let (order, place): (Vec<(usize, bool)>, Place) =
        serde_json::from_slice(&bytes).map_err(|_| foreign())?;
    if order == asked.order && place.len() >= order.len() { Ok(place) } else { Err(foreign()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NUMBERS: Computed<i64> = Computed {
        name: "Numbers",
        sorts: &[sort_by("half", |number| Cell::Int(number / 2))],
        identity: |number| vec![Cell::Int(*number)],
    };

    fn ask(body: &str) -> Result<PageOf<i64>, Problem> {
        NUMBERS.page((0..6).rev().collect(), &NUMBERS.parse(body.as_bytes(), None)?)
    }

    #[test]
    fn pages_forth_and_back() {
        assert_eq!(ask("").unwrap().items, [0, 1, 2, 3, 4, 5]);
        let sort = r#""sort": [{"field": "half", "order": "desc"}]"#;
        let first = ask(&format!(r#"{{{sort}, "page": {{"limit": 2}}}}"#)).unwrap();
        assert_eq!((first.items, first.total_items), (vec![4, 5], 6));
        let after = first.end_cursor.unwrap();
        let second = ask(&format!(r#"{{{sort}, "page": {{"limit": 3, "after": "{after}"}}}}"#)).unwrap();
        assert_eq!(second.items, [2, 3, 0]);
        let before = second.start_cursor.unwrap();
        let back = ask(&format!(r#"{{{sort}, "page": {{"limit": 1, "before": "{before}"}}}}"#)).unwrap();
        assert_eq!(back.items, [5]);
        let foreign = ask(&format!(r#"{{"page": {{"after": "{after}"}}}}"#)).unwrap_err();
        assert_eq!(foreign.code(), "invalid-argument");
    }

    #[test]
    fn every_page_is_the_one_of_the_whole_order() {
        // Numbers in no order, each once: 7 generates those below 101.
        let rows: Vec<i64> = (0..100).scan(1, |at, _| Some(std::mem::replace(at, *at * 7 % 101))).collect();
        for direction in ["ASC", "DESC"] {
            let sort = format!(r#""sort": [{{"field": "half", "order": "{direction}"}}]"#);
            let page = |page: String| {
                let body = format!(r#"{{{sort}, "page": {{{page}}}}}"#);
                NUMBERS.page(rows.clone(), &NUMBERS.parse(body.as_bytes(), None).unwrap()).unwrap()
            };
            let whole = page(r#""limit": 1000"#.to_owned());
            assert_eq!(whole.items.len(), 100);
            for (from, limit) in [(0, 1), (0, 100), (1, 7), (50, 50), (93, 10), (99, 1), (100, 5), (400, 5)] {
                let expected: Vec<i64> = whole.items.iter().copied().skip(from).take(limit).collect();
                let found = page(format!(r#""from": {from}, "limit": {limit}"#));
                assert_eq!(found.items, expected, "{direction} {from} {limit}");
                let (Some(start), Some(end)) = (found.start_cursor, found.end_cursor) else { continue };
                let after: Vec<i64> =
                    whole.items.iter().copied().skip(from + expected.len()).take(3).collect();
                assert_eq!(page(format!(r#""after": "{end}", "limit": 3"#)).items, after);
                let before = &whole.items[from.saturating_sub(3)..from];
                assert_eq!(page(format!(r#""before": "{start}", "limit": 3"#)).items, before);
            }
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (body, code) in [
            (r#"{"filter": {}}"#, "unknown-field"),
            (r#"{"sort": [{"field": "whole"}]}"#, "invalid-argument"),
            (r#"{"sort": [{"order": "ASC"}]}"#, "missing-field"),
            (r#"{"page": {"after": "zz"}}"#, "invalid-argument"),
            (r#"{"page": {"after": "abc"}}"#, "invalid-argument"),
        ] {
            assert_eq!(ask(body).unwrap_err().code(), code, "{body}");
        }
    }
}
