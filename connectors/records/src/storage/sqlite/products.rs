//! Rows of products.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteTransaction;
use crate::domain::{Page, Product, ProductFilter, fold};
use crate::storage::ProductRows;
use crate::{Error, Money};

#[async_trait]
impl ProductRows for SqliteTransaction {
    async fn product(&mut self, code: &str) -> Result<Option<Product>, Error> {
        let row = sqlx::query("SELECT * FROM records_product WHERE code = ?1")
            .bind(code)
            .fetch_optional(&mut *self.0)
            .await?;
        row.as_ref().map(product).transpose()
    }

    async fn products(&mut self, filter: &ProductFilter, page: Page) -> Result<(Vec<Product>, u64), Error> {
        let query = filter.query.as_deref().map(fold);
        let rows = sqlx::query(
            "SELECT * FROM records_product
             WHERE (?1 IS NULL OR instr(search, ?1) > 0) AND (?2 IS NULL OR active = ?2)
             ORDER BY code LIMIT ?3 OFFSET ?4",
        )
        .bind(&query)
        .bind(filter.active)
        .bind(page.limit)
        .bind(page.from)
        .fetch_all(&mut *self.0)
        .await?;
        let total: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM records_product
             WHERE (?1 IS NULL OR instr(search, ?1) > 0) AND (?2 IS NULL OR active = ?2)",
        )
        .bind(&query)
        .bind(filter.active)
        .fetch_one(&mut *self.0)
        .await?;
        Ok((rows.iter().map(product).collect::<Result<_, _>>()?, total.unsigned_abs()))
    }

    async fn insert_product(&mut self, product: &Product) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO records_product (code, name, unit, decimals, price, active, search, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(&product.code)
        .bind(&product.name)
        .bind(&product.unit)
        .bind(product.decimals)
        .bind(product.price.steps())
        .bind(product.active)
        .bind(product.search_text())
        .bind(product.created_at)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}

fn product(row: &SqliteRow) -> Result<Product, Error> {
    Ok(Product {
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        unit: row.try_get("unit")?,
        decimals: row.try_get("decimals")?,
        price: Money::from_steps(row.try_get("price")?),
        active: row.try_get("active")?,
        created_at: row.try_get("created_at")?,
    })
}
