//! What was committed, by its transaction. Transactions end in another order than they begin, so only those are read
//! that are older than every open one: what becomes visible later stands behind them.

use async_trait::async_trait;
use hosk_core::ProcessInstanceKey;
use sqlx::postgres::PgRow;

use super::commit::bucket;
use super::shape::values;
use super::{Postgres, column, key};
use crate::Error;
use crate::codec::decode_steps;
use crate::commits::{Commit, CommitLog, CommitPlace};

const DOING: &str = "reading commits";

/// The number of a transaction; it comes as text.
fn order(row: &PgRow) -> Result<u64, Error> {
    let text = column::<&str>(row, 0)?;
    text.parse().map_err(|_| Error::Corrupt { what: format!("{text:?} is no number of a transaction") })
}

#[async_trait]
impl CommitLog for Postgres {
    async fn newest_commit(&self) -> Result<CommitPlace, Error> {
        let text = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";
        let rows = self.read(text, values![], DOING).await?;
        let row = rows.first().ok_or_else(|| Error::Corrupt { what: "no snapshot".into() })?;
        Ok(CommitPlace::before(order(row)?))
    }

    async fn commit_at(&self, place: CommitPlace) -> Result<Option<Commit>, Error> {
        let CommitPlace { order, instance, version } = place;
        // A larger number is another server's, whose data was brought here. It is asked for by itself: where the history is
        // distributed, its machines have numbers of their own.
        let text = "SELECT 1 WHERE $1::text::xid8 < pg_snapshot_xmax(pg_current_snapshot()) \
                    OR ($2 AND $1::text::xid8 = pg_snapshot_xmax(pg_current_snapshot()))";
        let rows = self.read(text, values![order.to_string(), place.is_between()], DOING).await?;
        if rows.is_empty() || place.is_between() {
            return Ok((!rows.is_empty()).then(|| Commit { place, steps: Vec::new() }));
        }
        let text = "SELECT body FROM history WHERE bucket = $1 AND instance = $2 AND version = $3 \
                    AND written = $4::text::xid8";
        let mut values = values![i16::from(bucket(instance).0), instance.0 as i64];
        values.add(version.min(i64::MAX as u64) as i64).add(order.to_string());
        let rows = self.read(text, values, DOING).await?;
        let commit = |row: &PgRow| Ok(Commit { place, steps: decode_steps(column::<&[u8]>(row, 0)?)? });
        rows.first().map(commit).transpose()
    }

    async fn commits_after(&self, place: CommitPlace, limit: usize) -> Result<Vec<Commit>, Error> {
        // What was over before the rows are read can be seen there.
        let over = self.newest_commit().await?.order;
        let text = "SELECT written::text, instance, version, body FROM history WHERE written >= $1::text::xid8 \
                    AND written < $5::text::xid8 \
                    AND (written, instance, version) > ($1::text::xid8, $2, $3) \
                    ORDER BY written, instance, version LIMIT $4";
        let number = |number: u64| number.min(i64::MAX as u64) as i64;
        let mut values = values![place.order.to_string(), number(place.instance.0)];
        values.add(number(place.version)).add(number(limit as u64)).add(over.to_string());
        let rows = self.read(text, values, DOING).await?;
        let commits = rows.iter().map(|row| {
            let instance = ProcessInstanceKey(key(row, 1)?);
            let place = CommitPlace { order: order(row)?, instance, version: key(row, 2)? };
            Ok(Commit { place, steps: decode_steps(column::<&[u8]>(row, 3)?)? })
        });
        commits.collect()
    }
}
