//! Products of the ERP.

use serde::{Deserialize, Serialize};

use super::{check_code, check_text, instant, searchable};
use crate::{Error, Money, Quantity};

/// A product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Unique, never changes.
    pub code: String,
    /// The name on documents.
    pub name: String,
    /// The unit that quantities count, e.g. `pcs`.
    pub unit: String,
    /// How many fraction digits a quantity may have; 0 for what cannot be divided.
    pub decimals: u8,
    /// Price of one unit.
    pub price: Money,
    /// Whether it may be delivered.
    pub active: bool,
    /// When it was created.
    #[serde(with = "instant")]
    pub created_at: i64,
}

impl Product {
    /// Whether this quantity can be moved: positive, and not finer than the product allows.
    pub(crate) fn check_quantity(&self, field: &str, quantity: Quantity) -> Result<(), Error> {
        if !quantity.is_positive() {
            return Err(Error::invalid(field, "must be greater than zero"));
        }
        if quantity.fraction_digits() > u32::from(self.decimals) {
            let digits = self.decimals;
            let problem = format!(
                "{quantity} {} of `{}` is too fine: at most {digits} digits after the point",
                self.unit, self.code
            );
            return Err(Error::invalid(field, problem));
        }
        Ok(())
    }

    pub(crate) fn search_text(&self) -> String {
        searchable([self.code.as_str(), self.name.as_str()])
    }
}

/// What a new product is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProduct {
    /// Unique.
    pub code: String,
    /// The name on documents.
    pub name: String,
    /// The unit; absent: `pcs`.
    #[serde(default = "pieces")]
    pub unit: String,
    /// Fraction digits of a quantity, 0 to 6; absent: 0.
    #[serde(default)]
    pub decimals: u8,
    /// Price of one unit.
    pub price: Money,
}

fn pieces() -> String {
    "pcs".to_owned()
}

impl NewProduct {
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_code("code", &self.code)?;
        check_text("name", &self.name)?;
        check_text("unit", &self.unit)?;
        if self.decimals > 6 {
            return Err(Error::invalid("decimals", "must be from 0 to 6"));
        }
        if self.price < Money::ZERO {
            return Err(Error::invalid("price", "must not be negative"));
        }
        Ok(())
    }

    pub(crate) fn into_product(self, now: i64) -> Product {
        let Self { code, name, unit, decimals, price } = self;
        Product { code, name, unit, decimals, price, active: true, created_at: now }
    }
}

/// Which products are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProductFilter {
    /// Part of code or name.
    pub query: Option<String>,
    /// Active or not.
    pub active: Option<bool>,
}
