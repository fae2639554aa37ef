//! Rows of warehouses, balances, moves and receipts.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteTransaction;
use crate::domain::{Move, MoveFilter, Page, StockFilter, StockItem, Warehouse};
use crate::storage::{ReceiptRow, StockRows};
use crate::{Error, Money, Quantity};

#[async_trait]
impl StockRows for SqliteTransaction {
    async fn warehouse(&mut self, code: Option<&str>) -> Result<Option<Warehouse>, Error> {
        let row = sqlx::query(
            "SELECT * FROM records_location
             WHERE kind = 'warehouse' AND ((?1 IS NULL AND is_default = 1) OR code = ?1)",
        )
        .bind(code)
        .fetch_optional(&mut *self.0)
        .await?;
        row.as_ref().map(warehouse).transpose()
    }

    async fn warehouses(&mut self) -> Result<Vec<Warehouse>, Error> {
        let rows = sqlx::query("SELECT * FROM records_location WHERE kind = 'warehouse' ORDER BY code")
            .fetch_all(&mut *self.0)
            .await?;
        rows.iter().map(warehouse).collect()
    }

    async fn insert_warehouse(&mut self, warehouse: &Warehouse) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO records_location (code, kind, name, city, is_default)
             VALUES (?1, 'warehouse', ?2, ?3, ?4)",
        )
        .bind(&warehouse.code)
        .bind(&warehouse.name)
        .bind(&warehouse.city)
        .bind(warehouse.is_default)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn balance(&mut self, location: &str, product: &str) -> Result<Quantity, Error> {
        let steps: Option<i64> =
            sqlx::query_scalar("SELECT quantity FROM records_balance WHERE location = ?1 AND product = ?2")
                .bind(location)
                .bind(product)
                .fetch_optional(&mut *self.0)
                .await?;
        Ok(Quantity::from_steps(steps.unwrap_or(0)))
    }

    async fn set_balance(&mut self, location: &str, product: &str, balance: Quantity) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO records_balance (location, product, quantity) VALUES (?1, ?2, ?3)
             ON CONFLICT (location, product) DO UPDATE SET quantity = excluded.quantity",
        )
        .bind(location)
        .bind(product)
        .bind(balance.steps())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn insert_move(&mut self, entry: &Move) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO records_move (document, line, product, source, target, quantity, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(&entry.document)
        .bind(entry.line)
        .bind(&entry.product)
        .bind(&entry.source)
        .bind(&entry.target)
        .bind(entry.quantity.steps())
        .bind(entry.at)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn stock(&mut self, filter: &StockFilter, page: Page) -> Result<(Vec<StockItem>, u64), Error> {
        let rows = sqlx::query(
            "SELECT p.code AS product, p.name, p.unit, p.price, l.code AS warehouse,
                COALESCE(b.quantity, 0) AS available
             FROM records_product p
             JOIN records_location l ON l.kind = 'warehouse'
             LEFT JOIN records_balance b ON b.location = l.code AND b.product = p.code
             WHERE (?1 IS NULL OR p.code = ?1) AND (?2 IS NULL OR l.code = ?2)
             ORDER BY p.code, l.code LIMIT ?3 OFFSET ?4",
        )
        .bind(&filter.product)
        .bind(&filter.warehouse)
        .bind(page.limit)
        .bind(page.from)
        .fetch_all(&mut *self.0)
        .await?;
        let total: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM records_product p JOIN records_location l ON l.kind = 'warehouse'
             WHERE (?1 IS NULL OR p.code = ?1) AND (?2 IS NULL OR l.code = ?2)",
        )
        .bind(&filter.product)
        .bind(&filter.warehouse)
        .fetch_one(&mut *self.0)
        .await?;
        Ok((rows.iter().map(item).collect::<Result<_, _>>()?, total.unsigned_abs()))
    }

    async fn moves(&mut self, filter: &MoveFilter, page: Page) -> Result<(Vec<Move>, u64), Error> {
        let rows = sqlx::query(
            "SELECT * FROM records_move WHERE (?1 IS NULL OR product = ?1) AND (?2 IS NULL OR document = ?2)
             ORDER BY id LIMIT ?3 OFFSET ?4",
        )
        .bind(&filter.product)
        .bind(&filter.document)
        .bind(page.limit)
        .bind(page.from)
        .fetch_all(&mut *self.0)
        .await?;
        let total: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM records_move WHERE (?1 IS NULL OR product = ?1) AND (?2 IS NULL OR document = ?2)",
        )
        .bind(&filter.product)
        .bind(&filter.document)
        .fetch_one(&mut *self.0)
        .await?;
        Ok((rows.iter().map(entry).collect::<Result<_, _>>()?, total.unsigned_abs()))
    }

    async fn insert_receipt(&mut self, row: &ReceiptRow<'_>) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO records_receipt (number, sequence, warehouse, reference, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(row.number)
        .bind(row.sequence)
        .bind(row.warehouse)
        .bind(row.reference)
        .bind(row.at)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}

fn warehouse(row: &SqliteRow) -> Result<Warehouse, Error> {
    Ok(Warehouse {
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        city: row.try_get("city")?,
        is_default: row.try_get("is_default")?,
    })
}

fn item(row: &SqliteRow) -> Result<StockItem, Error> {
    Ok(StockItem {
        product: row.try_get("product")?,
        name: row.try_get("name")?,
        unit: row.try_get("unit")?,
        warehouse: row.try_get("warehouse")?,
        available: Quantity::from_steps(row.try_get("available")?),
        price: Money::from_steps(row.try_get("price")?),
    })
}

fn entry(row: &SqliteRow) -> Result<Move, Error> {
    Ok(Move {
        document: row.try_get("document")?,
        line: row.try_get("line")?,
        product: row.try_get("product")?,
        source: row.try_get("source")?,
        target: row.try_get("target")?,
        quantity: Quantity::from_steps(row.try_get("quantity")?),
        at: row.try_get("at")?,
    })
}
