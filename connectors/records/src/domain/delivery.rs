//! Delivery orders: what goes to whom, from where, for how much.

use serde::{Deserialize, Serialize};

use super::{Address, MAX_LINES, StockItem, check_text, instant};
use crate::{Error, Money, Quantity};

/// What a new delivery order is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDelivery {
    /// The client's code.
    pub client_code: String,
    /// Absent: the default warehouse.
    #[serde(default)]
    pub warehouse: Option<String>,
    /// What is to be delivered.
    pub lines: Vec<NewLine>,
    /// The client's or the process's own number of the order.
    #[serde(default)]
    pub reference: Option<String>,
    /// Absent: the client's first delivery address.
    #[serde(default)]
    pub address: Option<Address>,
    /// Deliver what is there when something is missing. Nothing at all is never delivered.
    #[serde(default)]
    pub partial: bool,
}

impl NewDelivery {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            return Err(Error::invalid("lines", format!("1 to {MAX_LINES} lines are needed")));
        }
        self.reference.as_deref().map_or(Ok(()), |text| check_text("reference", text))?;
        self.address.as_ref().map_or(Ok(()), |address| address.check("address"))
    }
}

/// One line of a new delivery order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLine {
    /// The product's code.
    pub product: String,
    /// How much.
    pub quantity: Quantity,
    /// Absent: the product's price.
    #[serde(default)]
    pub unit_price: Option<Money>,
}

/// A delivery order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// `D-000001` and on, without gaps.
    pub number: String,
    /// Whether it stands.
    pub status: DeliveryStatus,
    /// The client's code.
    pub client_code: String,
    /// The client's name when the order was posted.
    pub client_name: String,
    /// The warehouse's code.
    pub warehouse: String,
    /// What goes out.
    pub lines: Vec<DeliveryLine>,
    /// The sum of the lines' amounts.
    pub total: Money,
    /// What is not paid of it.
    pub open_amount: Money,
    /// The currency of the amounts.
    pub currency: String,
    /// The client's or the process's own number of the order.
    pub reference: Option<String>,
    /// Where it goes.
    pub address: Option<Address>,
    /// When it was posted.
    #[serde(with = "instant")]
    pub created_at: i64,
    /// When it was cancelled.
    #[serde(with = "instant::optional")]
    pub cancelled_at: Option<i64>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// What is left in the warehouse of the products on the lines, now or when the order was answered.
    pub remaining_stock: Vec<StockItem>,
    /// What was asked for and is not delivered (partial deliveries only).
    pub missing_lines: Vec<MissingLine>,
}

/// Whether a delivery order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// The goods have left the warehouse.
    Posted,
    /// The goods are back.
    Cancelled,
}

impl DeliveryStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Posted, Self::Cancelled].into_iter().find(|status| status.as_str() == text)
    }
}

/// One line of a delivery order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryLine {
    /// The product's code.
    pub product: String,
    /// The product's name when the order was posted.
    pub name: String,
    /// The product's unit.
    pub unit: String,
    /// How much.
    pub quantity: Quantity,
    /// Price of one unit.
    pub unit_price: Money,
    /// Price times quantity, rounded to hundredths.
    pub amount: Money,
}

/// A product of which more is wanted than is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingLine {
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub name: String,
    /// The product's unit.
    pub unit: String,
    /// How much was asked for on all lines together.
    pub requested: Quantity,
    /// How much is there.
    pub available: Quantity,
    /// Requested less available.
    pub missing: Quantity,
}

/// Takes a delivery order back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelDelivery {
    /// The delivery's number.
    pub number: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Money received for a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Payment {
    /// How much, at most what is open.
    pub amount: Money,
    /// The bank's reference.
    #[serde(default)]
    pub reference: Option<String>,
}

/// Which delivery orders are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeliveryFilter {
    /// The client's code.
    pub client: Option<String>,
    /// The order's state.
    pub status: Option<DeliveryStatus>,
    /// The order's reference.
    pub reference: Option<String>,
}
