//! What the CRM and ERP need of a database: rows in, rows out, inside a transaction.
//!
//! The rules (what may be delivered, what a cancellation does) stand above this line, once. An implementation
//! keeps and finds rows, and gives a write transaction that no other writer can get between: what it has read
//! stays true until it commits.

pub(crate) mod sqlite;

use async_trait::async_trait;

use crate::domain::{
    Client, ClientFilter, Delivery, DeliveryFilter, Move, MoveFilter, Page, Payment, Product, ProductFilter,
    StockFilter, StockItem, Warehouse,
};
use crate::{Error, Finding, Quantity};

/// A database.
#[async_trait]
pub(crate) trait Storage: Send + Sync {
    /// A consistent view.
    async fn read(&self) -> Result<Box<dyn Transaction>, Error>;

    /// A consistent view that can be changed; one at a time.
    async fn write(&self) -> Result<Box<dyn Transaction>, Error>;

    /// Waits for running transactions and closes the database.
    async fn close(&self);
}

/// One transaction; dropping it undoes it.
#[async_trait]
pub(crate) trait Transaction:
    ClientRows + ProductRows + StockRows + DeliveryRows + KeyRows + LedgerRows + Send
{
    /// Makes the changes durable. When this returns an error, nothing has been changed or its fate is unknown.
    async fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// Clients.
#[async_trait]
pub(crate) trait ClientRows {
    async fn client(&mut self, code: &str) -> Result<Option<Client>, Error>;
    async fn clients(&mut self, filter: &ClientFilter, page: Page) -> Result<(Vec<Client>, u64), Error>;
    async fn insert_client(&mut self, client: &Client) -> Result<(), Error>;
    /// Replaces the card's content.
    async fn update_client(&mut self, client: &Client) -> Result<(), Error>;
}

/// Products.
#[async_trait]
pub(crate) trait ProductRows {
    async fn product(&mut self, code: &str) -> Result<Option<Product>, Error>;
    async fn products(&mut self, filter: &ProductFilter, page: Page) -> Result<(Vec<Product>, u64), Error>;
    async fn insert_product(&mut self, product: &Product) -> Result<(), Error>;
}

/// Warehouses, balances and moves.
#[async_trait]
pub(crate) trait StockRows {
    /// The warehouse of that code, or the default one.
    async fn warehouse(&mut self, code: Option<&str>) -> Result<Option<Warehouse>, Error>;
    async fn warehouses(&mut self) -> Result<Vec<Warehouse>, Error>;
    async fn insert_warehouse(&mut self, warehouse: &Warehouse) -> Result<(), Error>;
    async fn balance(&mut self, location: &str, product: &str) -> Result<Quantity, Error>;
    async fn set_balance(&mut self, location: &str, product: &str, balance: Quantity) -> Result<(), Error>;
    async fn insert_move(&mut self, entry: &Move) -> Result<(), Error>;
    /// Every product in every warehouse, also where nothing lies.
    async fn stock(&mut self, filter: &StockFilter, page: Page) -> Result<(Vec<StockItem>, u64), Error>;
    async fn moves(&mut self, filter: &MoveFilter, page: Page) -> Result<(Vec<Move>, u64), Error>;
    async fn insert_receipt(&mut self, row: &ReceiptRow<'_>) -> Result<(), Error>;
}

/// The head of a receipt; its lines are moves.
pub(crate) struct ReceiptRow<'a> {
    pub(crate) number: &'a str,
    pub(crate) sequence: i64,
    pub(crate) warehouse: &'a str,
    pub(crate) reference: Option<&'a str>,
    pub(crate) at: i64,
}

/// Delivery orders. Remaining stock and missing lines are not kept.
#[async_trait]
pub(crate) trait DeliveryRows {
    async fn delivery(&mut self, number: &str) -> Result<Option<Delivery>, Error>;
    async fn deliveries(
        &mut self,
        filter: &DeliveryFilter,
        page: Page,
    ) -> Result<(Vec<Delivery>, u64), Error>;
    async fn insert_delivery(&mut self, delivery: &Delivery, sequence: i64) -> Result<(), Error>;
    /// Writes status, open amount, time and reason of a cancellation.
    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<(), Error>;
    async fn insert_payment(&mut self, delivery: &str, payment: &Payment, at: i64) -> Result<(), Error>;
}

/// Counters and idempotency keys.
#[async_trait]
pub(crate) trait KeyRows {
    /// The next number of a counter, from 1; taken back when the transaction is undone, so there are no gaps.
    async fn next_number(&mut self, counter: &str) -> Result<i64, Error>;
    async fn remembered(&mut self, operation: &str, key: &str) -> Result<Option<Remembered>, Error>;
    async fn remember(&mut self, operation: &str, key: &str, what: &Remembered, at: i64)
    -> Result<(), Error>;
}

/// What was asked for under a key and what was answered, both as JSON text.
pub(crate) struct Remembered {
    pub(crate) request: String,
    pub(crate) result: String,
}

/// The audit of the whole ledger.
#[async_trait]
pub(crate) trait LedgerRows {
    /// What does not agree, at most `limit` of each sort.
    async fn ledger_findings(&mut self, limit: u32) -> Result<Vec<Finding>, Error>;
    /// How many moves, products and deliveries there are.
    async fn ledger_size(&mut self) -> Result<[u64; 3], Error>;
}
