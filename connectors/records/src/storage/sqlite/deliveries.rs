//! Rows of delivery orders, their lines and payments.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{SqliteTransaction, damaged};
use crate::domain::{Delivery, DeliveryFilter, DeliveryLine, DeliveryStatus, Page, Payment};
use crate::storage::DeliveryRows;
use crate::{Error, Money, Quantity};

#[async_trait]
impl DeliveryRows for SqliteTransaction {
    async fn delivery(&mut self, number: &str) -> Result<Option<Delivery>, Error> {
        let row = sqlx::query("SELECT * FROM records_delivery WHERE number = ?1")
            .bind(number)
            .fetch_optional(&mut *self.0)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let lines = sqlx::query("SELECT * FROM records_delivery_line WHERE delivery = ?1 ORDER BY position")
            .bind(number)
            .fetch_all(&mut *self.0)
            .await?;
        let lines = lines.iter().map(line).collect::<Result<_, _>>()?;
        head(&row, lines).map(Some)
    }

    async fn deliveries(
        &mut self,
        filter: &DeliveryFilter,
        page: Page,
    ) -> Result<(Vec<Delivery>, u64), Error> {
        let status = filter.status.map(DeliveryStatus::as_str);
        let numbers: Vec<String> = sqlx::query_scalar(
            "SELECT number FROM records_delivery
             WHERE (?1 IS NULL OR client = ?1) AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR reference = ?3)
             ORDER BY sequence LIMIT ?4 OFFSET ?5",
        )
        .bind(&filter.client)
        .bind(status)
        .bind(&filter.reference)
        .bind(page.limit)
        .bind(page.from)
        .fetch_all(&mut *self.0)
        .await?;
        let total: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM records_delivery
             WHERE (?1 IS NULL OR client = ?1) AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR reference = ?3)",
        )
        .bind(&filter.client)
        .bind(status)
        .bind(&filter.reference)
        .fetch_one(&mut *self.0)
        .await?;
        let mut deliveries = Vec::with_capacity(numbers.len());
        for number in numbers {
            deliveries.extend(self.delivery(&number).await?);
        }
        Ok((deliveries, total.unsigned_abs()))
    }

    async fn insert_delivery(&mut self, delivery: &Delivery, sequence: i64) -> Result<(), Error> {
        let address = delivery.address.as_ref().map(serde_json::to_string).transpose()?;
        sqlx::query(
            "INSERT INTO records_delivery (number, sequence, client, client_name, warehouse, status, currency, total,
                open_amount, reference, address, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .bind(&delivery.number)
        .bind(sequence)
        .bind(&delivery.client_code)
        .bind(&delivery.client_name)
        .bind(&delivery.warehouse)
        .bind(delivery.status.as_str())
        .bind(&delivery.currency)
        .bind(delivery.total.steps())
        .bind(delivery.open_amount.steps())
        .bind(&delivery.reference)
        .bind(address)
        .bind(delivery.created_at)
        .execute(&mut *self.0)
        .await?;
        for (position, line) in (1_i64..).zip(&delivery.lines) {
            sqlx::query(
                "INSERT INTO records_delivery_line (delivery, position, product, product_name, unit, quantity,
                    unit_price, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .bind(&delivery.number)
            .bind(position)
            .bind(&line.product)
            .bind(&line.name)
            .bind(&line.unit)
            .bind(line.quantity.steps())
            .bind(line.unit_price.steps())
            .bind(line.amount.steps())
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }

    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<(), Error> {
        sqlx::query(
            "UPDATE records_delivery SET status = ?2, open_amount = ?3, cancelled_at = ?4, cancel_reason = ?5
             WHERE number = ?1",
        )
        .bind(&delivery.number)
        .bind(delivery.status.as_str())
        .bind(delivery.open_amount.steps())
        .bind(delivery.cancelled_at)
        .bind(&delivery.cancel_reason)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    async fn insert_payment(&mut self, delivery: &str, payment: &Payment, at: i64) -> Result<(), Error> {
        sqlx::query("INSERT INTO records_payment (delivery, amount, reference, at) VALUES (?1, ?2, ?3, ?4)")
            .bind(delivery)
            .bind(payment.amount.steps())
            .bind(&payment.reference)
            .bind(at)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}

fn head(row: &SqliteRow, lines: Vec<DeliveryLine>) -> Result<Delivery, Error> {
    let status: String = row.try_get("status")?;
    let address: Option<String> = row.try_get("address")?;
    Ok(Delivery {
        number: row.try_get("number")?,
        status: DeliveryStatus::parse(&status).ok_or_else(|| damaged("status of a delivery"))?,
        client_code: row.try_get("client")?,
        client_name: row.try_get("client_name")?,
        warehouse: row.try_get("warehouse")?,
        lines,
        total: Money::from_steps(row.try_get("total")?),
        open_amount: Money::from_steps(row.try_get("open_amount")?),
        currency: row.try_get("currency")?,
        reference: row.try_get("reference")?,
        address: address.as_deref().map(serde_json::from_str).transpose()?,
        created_at: row.try_get("created_at")?,
        cancelled_at: row.try_get("cancelled_at")?,
        cancel_reason: row.try_get("cancel_reason")?,
        remaining_stock: Vec::new(),
        missing_lines: Vec::new(),
    })
}

fn line(row: &SqliteRow) -> Result<DeliveryLine, Error> {
    Ok(DeliveryLine {
        product: row.try_get("product")?,
        name: row.try_get("product_name")?,
        unit: row.try_get("unit")?,
        quantity: Quantity::from_steps(row.try_get("quantity")?),
        unit_price: Money::from_steps(row.try_get("unit_price")?),
        amount: Money::from_steps(row.try_get("amount")?),
    })
}
