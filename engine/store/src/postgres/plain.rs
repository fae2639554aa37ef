//! Plain statements in PostgreSQL.

use async_trait::async_trait;
use futures::future::BoxFuture;
use hosk_core::ProcessInstanceKey;
use sqlx::postgres::{PgArguments, PgConnection};

use super::commit::bucket;
use super::shape::Values;
use super::{Postgres, begin, failed, finish};
use crate::Error;
use crate::plain::{Plain, Row, Transaction, Value, plain};

struct Running<'c> {
    connection: &'c mut PgConnection,
    doing: &'static str,
}

fn arguments(values: Vec<Value>) -> PgArguments {
    let mut bound = Values::default();
    for value in values {
        match value {
            Value::Int(number) => bound.add(number),
            Value::Text(text) => bound.optional(text.as_deref()),
            Value::Bytes(bytes) => bound.add(bytes),
        };
    }
    bound.into_arguments()
}

#[async_trait]
impl Transaction for Running<'_> {
    async fn run(&mut self, text: &str, values: Vec<Value>) -> Result<u64, Error> {
        sqlx::query_with(sqlx::AssertSqlSafe(text.to_owned()), arguments(values))
            .execute(&mut *self.connection)
            .await
            .map(|done| done.rows_affected())
            .map_err(failed(self.doing))
    }

    async fn rows(&mut self, text: &str, values: Vec<Value>) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query_with(sqlx::AssertSqlSafe(text.to_owned()), arguments(values))
            .fetch_all(&mut *self.connection)
            .await
            .map_err(failed(self.doing))?;
        Ok(rows.into_iter().map(|row| Box::new(row) as Row).collect())
    }
}

impl Plain for Postgres {
    const SHARED: bool = true;
    const UNBOUND: [&'static str; 2] = [", bucket", ", 0"];

    async fn transact<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl for<'t> FnOnce(&'t mut (dyn Transaction + 't)) -> BoxFuture<'t, Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        let mut connection = self.sessions.pool.acquire().await.map_err(failed(doing))?;
        let mut transaction = begin(&mut connection).await?;
        let done = work(&mut Running { connection: &mut transaction, doing }).await?;
        finish(transaction).await?;
        Ok(done)
    }

    async fn look(
        &self,
        doing: &'static str,
        text: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query_with(text, arguments(values));
        let rows = rows.fetch_all(&self.sessions.pool).await.map_err(failed(doing))?;
        Ok(rows.into_iter().map(|row| Box::new(row) as Row).collect())
    }

    /// The bucket is named, so that distributed tables are asked where the rows are.
    fn owned(column: &str, instance: ProcessInstanceKey) -> (String, Vec<Value>) {
        (format!("{column} = $1 AND bucket = $2"), plain![instance.0, i64::from(bucket(instance).0)])
    }

    fn each(place: &str) -> String {
        format!("json_array_elements({place}::json) e")
    }

    fn number(place: usize) -> String {
        format!("(e.value->>{place})::bigint")
    }

    fn word(place: usize) -> String {
        format!("(e.value->>{place})")
    }
}
