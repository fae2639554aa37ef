//! The embedded CRM and ERP: clients with addresses, contacts and credit; products, warehouses, an exact
//! double-entry stock ledger, and delivery orders.
//!
//! Every change is one transaction. A quantity that is not there is refused, a repeated idempotency key returns the
//! first result, numbers have neither gaps nor duplicates, and [`Records::ledger_check`] proves it all.
//! The same functions serve processes (through the connector contract), people and programs (through REST).
//!
//! Not implemented: several currencies (amounts are in [`CURRENCY`]), several tenants in one installation.

mod connector;
mod crm;
mod decimal;
mod domain;
mod erp;
mod error;
mod keyed;
mod outage;
mod rest;
mod samples;
mod storage;

use std::path::Path;
use std::sync::Arc;

pub use connector::RecordsConnector;
pub use decimal::{Decimal, InvalidDecimal, Money, Quantity};
pub use domain::{
    Address, AddressKind, CancelDelivery, Client, ClientFilter, Contact, Delivery, DeliveryFilter,
    DeliveryLine, DeliveryStatus, Listed, MAX_LINES, MAX_PAGE, MissingLine, Move, MoveFilter, NewClient,
    NewDelivery, NewLine, NewProduct, Page, PageInfo, Payment, Product, ProductFilter, Receipt, ReceiveGoods,
    StockFilter, StockItem, StockLine, Warehouse,
};
pub use erp::{Finding, LedgerReport};
pub use error::Error;
pub use outage::Outage;
pub use rest::{openapi, router};
pub use samples::SampleSummary;

use storage::Storage;
use storage::sqlite::SqliteStorage;

/// The currency of all amounts.
pub const CURRENCY: &str = "AMD";
/// The BPMN error of `create-delivery`; brings the variables `missingLines` and `warehouse`.
pub const NOT_ENOUGH_STOCK: &str = "NOT_ENOUGH_STOCK";

/// The embedded CRM and ERP. Cloning is cheap; clones work on the same database.
#[derive(Clone)]
pub struct Records {
    storage: Arc<dyn Storage>,
    outage: Arc<Outage>,
}

impl Records {
    /// Opens or creates the tables in an SQLite file, which may hold other tables as well.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let storage = SqliteStorage::open(path.as_ref()).await?;
        Ok(Self { storage: Arc::new(storage), outage: Arc::new(Outage::default()) })
    }

    /// The switch of the fire drill.
    pub fn outage(&self) -> &Outage {
        &self.outage
    }

    /// Waits for running transactions and closes the database; later calls fail.
    pub async fn close(&self) {
        self.storage.close().await;
    }
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("outage", &self.outage).finish_non_exhaustive()
    }
}
