//! What was committed, by the number of its row: there is one writer, which only appends.

use async_trait::async_trait;
use hosk_core::ProcessInstanceKey;
use sqlx::sqlite::SqliteRow;

use super::{Sqlite, column, key};
use crate::Error;
use crate::codec::decode_steps;
use crate::commits::{Commit, CommitLog, CommitPlace};
use crate::read::Cell;
use crate::read::select::Database as _;
use crate::read::sql::Query;

impl Sqlite {
    async fn commits(&self, text: &str, numbers: &[u64]) -> Result<Vec<Commit>, Error> {
        let cells = numbers.iter().map(|number| Cell::Int((*number).min(i64::MAX as u64) as i64)).collect();
        let mut commits = Vec::new();
        self.each(Query::new(text.into(), cells), |row| {
            let steps = decode_steps(column::<&[u8]>(row, 3)?)?;
            commits.push(Commit { place: place(row)?, steps });
            Ok(())
        })
        .await?;
        Ok(commits)
    }
}

fn place(row: &SqliteRow) -> Result<CommitPlace, Error> {
    Ok(CommitPlace { order: key(row, 0)?, instance: ProcessInstanceKey(key(row, 1)?), version: key(row, 2)? })
}

#[async_trait]
impl CommitLog for Sqlite {
    async fn newest_commit(&self) -> Result<CommitPlace, Error> {
        let text = "SELECT rowid, instance, version FROM history ORDER BY rowid DESC LIMIT 1";
        let mut newest = CommitPlace::before(0);
        self.each(Query::new(text.into(), Vec::new()), |row| {
            newest = place(row)?;
            Ok(())
        })
        .await?;
        Ok(newest)
    }

    async fn commit_at(&self, place: CommitPlace) -> Result<Option<Commit>, Error> {
        if place.is_between() {
            // There was nothing yet.
            return Ok((place == CommitPlace::before(0)).then(|| Commit { place, steps: Vec::new() }));
        }
        // A number is given again when the last rows were removed, and others when the file is packed.
        let text = "SELECT rowid, instance, version, body FROM history \
                    WHERE rowid = ?1 AND instance = ?2 AND version = ?3";
        Ok(self.commits(text, &[place.order, place.instance.0, place.version]).await?.pop())
    }

    async fn commits_after(&self, place: CommitPlace, limit: usize) -> Result<Vec<Commit>, Error> {
        let text =
            "SELECT rowid, instance, version, body FROM history WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
        self.commits(text, &[place.order, limit as u64]).await
    }
}
