//! What the CRM and the ERP know, as it is spoken of outside: the same shapes in REST answers, in connector
//! outputs and in code. Field names are camelCase in JSON; quantities and amounts are exact numbers.

mod check;
mod client;
mod delivery;
pub(crate) mod instant;
mod product;
mod stock;

pub(crate) use check::{check_code, check_text};
pub use client::{Address, AddressKind, Client, ClientFilter, Contact, NewClient};
pub use delivery::{
    CancelDelivery, Delivery, DeliveryFilter, DeliveryLine, DeliveryStatus, MissingLine, NewDelivery,
    NewLine, Payment,
};
pub use product::{NewProduct, Product, ProductFilter};
pub(crate) use stock::{CUSTOMERS, SUPPLIERS};
pub use stock::{Move, MoveFilter, Receipt, ReceiveGoods, StockFilter, StockItem, StockLine, Warehouse};

use serde::{Deserialize, Serialize};

/// Most lines of one delivery order or receipt.
pub const MAX_LINES: usize = 500;
/// Most rows of one page.
pub const MAX_PAGE: u32 = 1_000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Page {
    /// How many rows are skipped.
    pub from: u32,
    /// How many rows are wanted, at most [`MAX_PAGE`].
    pub limit: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self { from: 0, limit: 100 }
    }
}

/// A part of a list and how long the whole is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Where they stand.
    pub page: PageInfo,
}

/// Where the rows of a page stand in the whole list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// How many rows were skipped.
    pub from: u32,
    /// How many rows were asked for.
    pub limit: u32,
    /// Length of the whole list.
    pub total_items: u64,
}

impl<T> Listed<T> {
    pub(crate) fn new(items: Vec<T>, page: Page, total_items: u64) -> Self {
        Self { items, page: PageInfo { from: page.from, limit: page.limit, total_items } }
    }
}

/// The form in which texts are searched: lower case in every script, and one spelling where people use several
/// (Armenian `և`, `եւ` and `ԵՎ`; Russian `ё` and `е`).
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase().replace('և', "եվ").replace("եւ", "եվ").replace('ё', "е")
}

/// What a search looks into, one part a line.
pub(crate) fn searchable<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    fold(&parts.into_iter().collect::<Vec<_>>().join("\n"))
}
