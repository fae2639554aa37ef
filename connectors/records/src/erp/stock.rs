//! Stock: what lies where, and how goods come in.

use std::collections::BTreeSet;

use super::products::{product, warehouse};
use crate::crm::check_page;
use crate::domain::{
    Listed, Move, MoveFilter, Page, Receipt, ReceiveGoods, SUPPLIERS, StockFilter, StockItem, instant,
};
use crate::keyed::Keyed;
use crate::storage::{ReceiptRow, Transaction};
use crate::{Error, Quantity, Records};

impl Records {
    /// What lies in the warehouses, also where it is nothing; ordered by product, then warehouse.
    pub async fn stock(&self, filter: &StockFilter, page: Page) -> Result<Listed<StockItem>, Error> {
        check_page(page)?;
        let mut transaction = self.storage.read().await?;
        if let Some(code) = &filter.product {
            product(&mut *transaction, code).await?;
        }
        if let Some(code) = &filter.warehouse {
            warehouse(&mut *transaction, Some(code)).await?;
        }
        let (items, total) = transaction.stock(filter, page).await?;
        Ok(Listed::new(items, page, total))
    }

    /// Entries of the ledger, oldest first.
    pub async fn moves(&self, filter: &MoveFilter, page: Page) -> Result<Listed<Move>, Error> {
        check_page(page)?;
        let (items, total) = self.storage.read().await?.moves(filter, page).await?;
        Ok(Listed::new(items, page, total))
    }

    /// Books goods from a supplier into a warehouse.
    pub async fn receive_goods(&self, request: ReceiveGoods, key: Option<&str>) -> Result<Receipt, Error> {
        request.check()?;
        let keyed = Keyed::new("receive-goods", key, &request)?;
        let mut transaction = self.storage.write().await?;
        if let Some(first) = keyed.first_result(&mut *transaction).await? {
            return Ok(first);
        }
        let warehouse = warehouse(&mut *transaction, request.warehouse.as_deref()).await?;
        let sequence = transaction.next_number("receipt").await?;
        let (number, now) = (format!("R-{sequence:06}"), instant::now());
        let row = ReceiptRow {
            number: &number,
            sequence,
            warehouse: &warehouse.code,
            reference: request.reference.as_deref(),
            at: now,
        };
        transaction.insert_receipt(&row).await?;
        for (index, line) in request.lines.iter().enumerate() {
            let product = product(&mut *transaction, &line.product).await?;
            product.check_quantity(&format!("lines[{index}].quantity"), line.quantity)?;
            let entry = Move {
                document: number.clone(),
                line: index as i64 + 1,
                product: product.code,
                source: SUPPLIERS.to_owned(),
                target: warehouse.code.clone(),
                quantity: line.quantity,
                at: now,
            };
            post(&mut *transaction, &entry).await?;
        }
        let products = request.lines.iter().map(|line| line.product.as_str());
        let stock = remaining(&mut *transaction, &warehouse.code, products).await?;
        let (lines, reference) = (request.lines, request.reference);
        let receipt = Receipt { number, warehouse: warehouse.code, lines, reference, created_at: now, stock };
        keyed.commit(transaction, &receipt).await?;
        Ok(receipt)
    }
}

/// Writes one entry of the ledger and brings both balances up to date. What is not in a warehouse cannot leave it.
pub(super) async fn post(transaction: &mut dyn Transaction, entry: &Move) -> Result<(), Error> {
    let too_much = || {
        Error::invalid(
            "quantity",
            format!("the stock of `{}` grows beyond what can be recorded", entry.product),
        )
    };
    let source = transaction.balance(&entry.source, &entry.product).await?;
    let target = transaction.balance(&entry.target, &entry.product).await?;
    let source = source.checked_sub(entry.quantity).ok_or_else(too_much)?;
    let target = target.checked_add(entry.quantity).ok_or_else(too_much)?;
    if source < Quantity::ZERO && !entry.source.starts_with('@') {
        let problem = format!("has not enough of `{}`: {source} would remain", entry.product);
        return Err(Error::conflict("warehouse", &entry.source, problem));
    }
    transaction.insert_move(entry).await?;
    transaction.set_balance(&entry.source, &entry.product, source).await?;
    transaction.set_balance(&entry.target, &entry.product, target).await
}

/// What lies in one warehouse of some products, each once, ordered by product.
pub(super) async fn remaining(
    transaction: &mut dyn Transaction,
    warehouse: &str,
    products: impl Iterator<Item = &str>,
) -> Result<Vec<StockItem>, Error> {
    let products: BTreeSet<&str> = products.collect();
    let mut items = Vec::with_capacity(products.len());
    for product in products {
        let filter = StockFilter { product: Some(product.to_owned()), warehouse: Some(warehouse.to_owned()) };
        items.extend(transaction.stock(&filter, Page { from: 0, limit: 1 }).await?.0);
    }
    Ok(items)
}
