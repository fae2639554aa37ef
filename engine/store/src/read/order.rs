//! Order and cursors. A cursor holds the sort fields, their values in one row, and its key; it fits only searches
//! with the same order.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::field::{Cell, Entity, Field, Kind};
use super::search::{Page, PageOf, Sort};
use super::words::ranked;
use crate::{Error, codec};

/// At most so many fields to sort by.
pub(crate) const SORTS: usize = 16;

/// One place in an order. Of words the values are their places among the words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Places of the sort fields among all fields, and whether each is descending.
    order: Vec<(u16, bool)>,
    /// Their values.
    pub(crate) cells: Vec<Cell>,
    /// The key.
    pub(crate) key: i64,
}

/// Sort fields that can be sorted by, checked.
pub(crate) fn check<F: Field>(sort: &[Sort<F>]) -> Result<(), Error> {
    if sort.len() > SORTS {
        return Err(Error::Invalid { what: format!("a search has at most {SORTS} sort fields") });
    }
    for sort in sort {
        if matches!(sort.field.kind(), Kind::List | Kind::Opaque) {
            return Err(Error::Invalid { what: format!("the field {:?} has no order", sort.field) });
        }
    }
    Ok(())
}

fn signature<F: Field>(sort: &[Sort<F>]) -> Vec<(u16, bool)> {
    let place = |field: F| F::ALL.iter().position(|other| *other == field).unwrap_or_default() as u16;
    sort.iter().map(|sort| (place(sort.field), sort.descending)).collect()
}

impl Cursor {
    /// The place of a row.
    pub(crate) fn of<E: Entity>(row: &E, sort: &[Sort<E::Field>]) -> Self {
        let cells = sort.iter().map(|sort| ranked(sort.field, sort.field.of(row))).collect();
        Self { order: signature(sort), cells, key: row.key() as i64 }
    }

    /// As an opaque text.
    pub(crate) fn encode(&self) -> Result<String, Error> {
        let bytes = codec::encode(self)?;
        Ok(bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|digit| char::from(HEX[digit as usize]))
            .collect())
    }

    /// From a text given by [`Self::encode`] in a search with the same order.
    pub(crate) fn decode<F: Field>(text: &str, sort: &[Sort<F>]) -> Result<Self, Error> {
        let invalid =
            || Error::Invalid { what: "the cursor does not belong to a search in this order".into() };
        let digit = |byte: u8| HEX.iter().position(|digit| *digit == byte).map(|digit| digit as u8);
        let bytes = text.as_bytes().chunks(2).map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        });
        let bytes: Vec<u8> = bytes.collect::<Option<_>>().ok_or_else(invalid)?;
        let cursor: Self = codec::decode(&bytes, "a cursor").map_err(|_| invalid())?;
        let fits = cursor.order == signature(sort) && cursor.cells.len() == sort.len();
        if fits { Ok(cursor) } else { Err(invalid()) }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// How two rows follow one another.
pub(crate) fn compare<F: Field>(sort: &[Sort<F>], a: &Cursor, b: &Cursor) -> Ordering {
    for (index, sort) in sort.iter().enumerate() {
        let order = a.cells[index].cmp(&b.cells[index]);
        let order = if sort.descending { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.key.cmp(&b.key)
}

/// A page from its rows and the count.
pub(crate) fn page<E: Entity>(
    items: Vec<E>,
    sort: &[Sort<E::Field>],
    counted: u64,
    limit: u64,
) -> Result<PageOf<E>, Error> {
    let cursor = |row: Option<&E>| row.map(|row| Cursor::of(row, sort).encode()).transpose();
    Ok(PageOf {
        start_cursor: cursor(items.first())?,
        end_cursor: cursor(items.last())?,
        total_items: counted.min(limit),
        has_more_total_items: counted > limit,
        items,
    })
}

/// The cursor of a page, if it has one, and whether the page precedes it.
pub(crate) fn anchor<F: Field>(page: &Page, sort: &[Sort<F>]) -> Result<Option<(Cursor, bool)>, Error> {
    match page {
        Page::Offset { .. } => Ok(None),
        Page::After { cursor, .. } => Cursor::decode(cursor, sort).map(|cursor| Some((cursor, false))),
        Page::Before { cursor, .. } => Cursor::decode(cursor, sort).map(|cursor| Some((cursor, true))),
    }
}
