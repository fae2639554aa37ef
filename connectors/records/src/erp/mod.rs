//! The ERP: products, warehouses, stock, delivery orders, and the audit of it all.

mod deliveries;
mod ledger;
mod products;
mod stock;

pub use ledger::{Finding, LedgerReport};
