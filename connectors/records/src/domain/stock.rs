//! Warehouses, stock and the moves between places.

use serde::{Deserialize, Serialize};

use super::{MAX_LINES, check_text, instant};
use crate::{Error, Money, Quantity};

/// The place where goods come from.
pub(crate) const SUPPLIERS: &str = "@suppliers";
/// The place where goods go.
pub(crate) const CUSTOMERS: &str = "@customers";

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Warehouse {
    /// Unique, never changes.
    pub code: String,
    /// For people.
    pub name: String,
    /// Where it is.
    #[serde(default)]
    pub city: Option<String>,
    /// Whether it is meant when none is named.
    #[serde(default)]
    pub is_default: bool,
}

/// What lies in a warehouse of one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockItem {
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub name: String,
    /// The product's unit.
    pub unit: String,
    /// The warehouse's code.
    pub warehouse: String,
    /// How much is there.
    pub available: Quantity,
    /// Price of one unit.
    pub price: Money,
}

/// A product and how much of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StockLine {
    /// The product's code.
    pub product: String,
    /// How much.
    pub quantity: Quantity,
}

/// Goods that came from a supplier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReceiveGoods {
    /// Absent: the default warehouse.
    #[serde(default)]
    pub warehouse: Option<String>,
    /// What came.
    pub lines: Vec<StockLine>,
    /// The supplier's document.
    #[serde(default)]
    pub reference: Option<String>,
}

impl ReceiveGoods {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            return Err(Error::invalid("lines", format!("1 to {MAX_LINES} lines are needed")));
        }
        self.reference.as_deref().map_or(Ok(()), |text| check_text("reference", text))
    }
}

/// The document of goods received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// `R-000001` and on, without gaps.
    pub number: String,
    /// Where the goods lie.
    pub warehouse: String,
    /// What came.
    pub lines: Vec<StockLine>,
    /// The supplier's document.
    pub reference: Option<String>,
    /// When.
    #[serde(with = "instant")]
    pub created_at: i64,
    /// What lies there now of these products.
    pub stock: Vec<StockItem>,
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// The number of the delivery or receipt.
    pub document: String,
    /// Its line, from 1.
    pub line: i64,
    /// The product's code.
    pub product: String,
    /// The place it was taken from: a warehouse, `@suppliers` or `@customers`.
    pub source: String,
    /// The place it was given to.
    pub target: String,
    /// How much, always positive.
    pub quantity: Quantity,
    /// When.
    #[serde(with = "instant")]
    pub at: i64,
}

/// Which stock is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StockFilter {
    /// The product's code.
    pub product: Option<String>,
    /// The warehouse's code.
    pub warehouse: Option<String>,
}

/// Which moves are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MoveFilter {
    /// The product's code.
    pub product: Option<String>,
    /// The number of the delivery or receipt.
    pub document: Option<String>,
}
