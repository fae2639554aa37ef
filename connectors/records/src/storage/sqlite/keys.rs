//! Rows of counters and idempotency keys.

use async_trait::async_trait;
use sqlx::Row as _;

use super::SqliteTransaction;
use crate::Error;
use crate::storage::{KeyRows, Remembered};

#[async_trait]
impl KeyRows for SqliteTransaction {
    async fn next_number(&mut self, counter: &str) -> Result<i64, Error> {
        let number = sqlx::query_scalar(
            "INSERT INTO records_counter (name, value) VALUES (?1, 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        )
        .bind(counter)
        .fetch_one(&mut *self.0)
        .await?;
        Ok(number)
    }

    async fn remembered(&mut self, operation: &str, key: &str) -> Result<Option<Remembered>, Error> {
        let row =
            sqlx::query("SELECT request, result FROM records_idempotency WHERE operation = ?1 AND key = ?2")
                .bind(operation)
                .bind(key)
                .fetch_optional(&mut *self.0)
                .await?;
        row.map(|row| Ok(Remembered { request: row.try_get("request")?, result: row.try_get("result")? }))
            .transpose()
    }

    async fn remember(
        &mut self,
        operation: &str,
        key: &str,
        what: &Remembered,
        at: i64,
    ) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO records_idempotency (operation, key, request, result, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(operation)
        .bind(key)
        .bind(&what.request)
        .bind(&what.result)
        .bind(at)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
