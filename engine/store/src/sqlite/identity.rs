//! Identities in the file.

use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::shape::Values;
use super::{Sqlite, begin, column, execute, failed, fetch, finish, text};
use crate::Error;
use crate::identity::{
    IdentityChange, IdentityChanged, IdentityEntry, IdentityState, IdentityStore, Membership, OWNED,
};

const NEXT: &str = "UPDATE identity_version SET version = version + 1 RETURNING version";
const VERSION: &str = "SELECT version FROM identity_version";
const ENTRIES: &str = "SELECT kind, id, document FROM identity ORDER BY kind, id";
const MEMBERSHIPS: &str = "SELECT holder_kind, holder, member_kind, member FROM identity_member \
                           ORDER BY holder_kind, holder, member_kind, member";
const REQUIRE: &str = "SELECT 1 FROM identity WHERE kind = ?1 AND id = ?2";
const ADD: &str =
    "INSERT INTO identity (kind, id, document) VALUES (?1, ?2, ?3) ON CONFLICT (kind, id) DO NOTHING";
const REPLACE: &str = "UPDATE identity SET document = ?3 WHERE kind = ?1 AND id = ?2";
const PUT: &str = "INSERT INTO identity (kind, id, document) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document";
const REMOVE: &str = "DELETE FROM identity WHERE kind = ?1 AND id = ?2";
const REMOVE_OWNED: &str = "DELETE FROM identity WHERE kind = ?3 AND id IN (SELECT holder FROM identity_member \
                            WHERE holder_kind = ?3 AND member_kind = ?1 AND member = ?2)";
const REMOVE_MEMBER: &str = "DELETE FROM identity_member WHERE member_kind = ?1 AND member = ?2";
const REMOVE_HOLDER: &str = "DELETE FROM identity_member WHERE holder_kind = ?1 AND holder = ?2";
const ASSIGN: &str = "INSERT INTO identity_member (holder_kind, holder, member_kind, member) VALUES (?1, ?2, ?3, ?4) \
                      ON CONFLICT (holder_kind, holder, member_kind, member) DO NOTHING";
const UNASSIGN: &str = "DELETE FROM identity_member \
                        WHERE holder_kind = ?1 AND holder = ?2 AND member_kind = ?3 AND member = ?4";
const LEAVE: &str = "DELETE FROM identity_member WHERE holder_kind = ?3 AND member_kind = ?1 AND member = ?2";

/// Does one change; whether it was not refused.
async fn apply(connection: &mut SqliteConnection, change: &IdentityChange) -> Result<bool, Error> {
    let doing = "changing identities";
    let (text, values) = match change {
        IdentityChange::Require { kind, id } => {
            return Ok(!fetch(connection, REQUIRE, texts(&[kind, id]), doing).await?.is_empty());
        }
        IdentityChange::Remove { kind, id } => return remove(connection, kind, id).await,
        IdentityChange::Add(entry) | IdentityChange::Ensure(entry) => (ADD, of_entry(entry)),
        IdentityChange::Replace(entry) => (REPLACE, of_entry(entry)),
        IdentityChange::Put(entry) => (PUT, of_entry(entry)),
        IdentityChange::Assign(membership) | IdentityChange::Join(membership) => {
            (ASSIGN, of_membership(membership))
        }
        IdentityChange::Unassign(membership) => (UNASSIGN, of_membership(membership)),
        IdentityChange::Leave { holder_kind, member_kind, member } => {
            (LEAVE, texts(&[member_kind, member, holder_kind]))
        }
    };
    let affected = execute(connection, text, values, doing).await?;
    let idle =
        matches!(change, IdentityChange::Ensure(_) | IdentityChange::Join(_) | IdentityChange::Leave { .. });
    Ok(affected > 0 || idle)
}

async fn remove(connection: &mut SqliteConnection, kind: &str, id: &str) -> Result<bool, Error> {
    let doing = "removing an identity";
    for owned in OWNED {
        execute(connection, REMOVE_OWNED, texts(&[kind, id, owned]), doing).await?;
    }
    execute(connection, REMOVE_MEMBER, texts(&[kind, id]), doing).await?;
    execute(connection, REMOVE_HOLDER, texts(&[kind, id]), doing).await?;
    Ok(execute(connection, REMOVE, texts(&[kind, id]), doing).await? > 0)
}

fn of_entry(entry: &IdentityEntry) -> Values {
    texts(&[&entry.kind, &entry.id, &entry.document])
}

fn of_membership(one: &Membership) -> Values {
    texts(&[&one.holder_kind, &one.holder, &one.member_kind, &one.member])
}

/// Changes on an open transaction.
async fn change(
    connection: &mut SqliteConnection,
    changes: &[IdentityChange],
    after: Option<u64>,
) -> Result<IdentityChanged, Error> {
    // The row is locked from here on.
    let version = version(connection, NEXT).await?;
    if after.is_some_and(|after| after + 1 != version) {
        return Ok(IdentityChanged::Outdated);
    }
    for (place, one) in changes.iter().enumerate() {
        if !apply(connection, one).await? {
            return Ok(IdentityChanged::Refused(place));
        }
    }
    Ok(IdentityChanged::Done(version))
}

async fn version(connection: &mut SqliteConnection, statement: &'static str) -> Result<u64, Error> {
    let rows = fetch(connection, statement, Values::default(), "reading the number of changes").await?;
    let missing = || Error::Corrupt { what: "identities have no number of changes".to_owned() };
    column::<i64>(rows.first().ok_or_else(missing)?, 0).map(|version| version as u64)
}

/// Everything, within one transaction.
async fn state(connection: &mut SqliteConnection) -> Result<IdentityState, Error> {
    let doing = "reading identities";
    let version = version(connection, VERSION).await?;
    let entries = fetch(connection, ENTRIES, Values::default(), doing).await?;
    let memberships = fetch(connection, MEMBERSHIPS, Values::default(), doing).await?;
    Ok(IdentityState {
        version,
        entries: entries.iter().map(entry).collect::<Result<_, _>>()?,
        memberships: memberships.iter().map(membership).collect::<Result<_, _>>()?,
    })
}

fn entry(row: &SqliteRow) -> Result<IdentityEntry, Error> {
    Ok(IdentityEntry { kind: text(row, 0)?, id: text(row, 1)?, document: text(row, 2)? })
}

fn membership(row: &SqliteRow) -> Result<Membership, Error> {
    Ok(Membership {
        holder_kind: text(row, 0)?,
        holder: text(row, 1)?,
        member_kind: text(row, 2)?,
        member: text(row, 3)?,
    })
}

fn texts(given: &[&str]) -> Values {
    let mut values = Values::default();
    for text in given {
        values.add((*text).to_owned());
    }
    values
}

#[async_trait]
impl IdentityStore for Sqlite {
    async fn change_identity(
        &self,
        changes: &[IdentityChange],
        after: Option<u64>,
    ) -> Result<IdentityChanged, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer).await?;
        let changed = change(&mut transaction, changes, after).await?;
        if matches!(changed, IdentityChanged::Done(_)) {
            finish(transaction).await?;
        }
        Ok(changed)
    }

    async fn identity_version(&self) -> Result<u64, Error> {
        let mut reader = self.readers.acquire().await.map_err(failed("waiting for a reader"))?;
        version(&mut reader, VERSION).await
    }

    async fn identity(&self) -> Result<IdentityState, Error> {
        let mut reader = self.readers.acquire().await.map_err(failed("waiting for a reader"))?;
        let mut transaction =
            sqlx::Connection::begin(&mut *reader).await.map_err(failed("beginning to read"))?;
        state(&mut transaction).await
    }
}
