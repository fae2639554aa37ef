//! The users in the file.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::{Sqlite, column, failed, text};
use crate::Error;
use crate::users::{StoredUser, UserStore, list, names};

const COLUMNS: &str = "name, display_name, email, password_hash, groups";

#[async_trait]
impl UserStore for Sqlite {
    async fn put_user(&self, user: &StoredUser) -> Result<(), Error> {
        let mut writer = self.writer.lock().await;
        sqlx::query("INSERT OR REPLACE INTO user VALUES (?, ?, ?, ?, ?)")
            .bind(&*user.name)
            .bind(user.display_name.as_deref())
            .bind(user.email.as_deref())
            .bind(&*user.password_hash)
            .bind(names(&user.groups))
            .execute(&mut *writer)
            .await
            .map(|_| ())
            .map_err(failed("storing a user"))
    }

    async fn remove_user(&self, name: &str) -> Result<bool, Error> {
        let mut writer = self.writer.lock().await;
        sqlx::query("DELETE FROM user WHERE name = ?")
            .bind(name)
            .execute(&mut *writer)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(failed("removing a user"))
    }

    async fn user(&self, name: &str) -> Result<Option<StoredUser>, Error> {
        let statement = format!("SELECT {COLUMNS} FROM user WHERE name = ?");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(failed("reading a user"))?
            .map(|row| stored(&row))
            .transpose()
    }

    async fn users(&self) -> Result<Vec<StoredUser>, Error> {
        let statement = format!("SELECT {COLUMNS} FROM user ORDER BY name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
            .fetch_all(&self.readers)
            .await
            .map_err(failed("reading the users"))?;
        rows.iter().map(stored).collect()
    }
}

fn stored(row: &SqliteRow) -> Result<StoredUser, Error> {
    let optional = |index| column::<Option<&str>>(row, index).map(|text| text.map(Arc::from));
    Ok(StoredUser {
        name: text(row, 0)?,
        display_name: optional(1)?,
        email: optional(2)?,
        password_hash: text(row, 3)?,
        groups: list(column(row, 4)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Options;

    #[tokio::test]
    async fn users_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users.db");
        let anna = StoredUser {
            name: "anna".into(),
            display_name: Some("Anna".into()),
            email: None,
            password_hash: "$argon2id$…".into(),
            groups: vec!["warehouse".into(), "night \"shift\"".into()],
        };
        let store = Sqlite::open(&file, Options::default()).await.unwrap();
        store.put_user(&anna).await.unwrap();
        store.close().await.unwrap();
        let store = Sqlite::open(&file, Options::default()).await.unwrap();
        assert_eq!(store.user("anna").await.unwrap(), Some(anna.clone()));
        store.put_user(&StoredUser { groups: vec!["operators".into()], ..anna }).await.unwrap();
        assert_eq!(store.users().await.unwrap().len(), 1);
        assert_eq!(store.user("anna").await.unwrap().unwrap().groups, ["operators".into()]);
        assert!(store.remove_user("anna").await.unwrap());
        assert!(!store.remove_user("anna").await.unwrap());
        assert_eq!(store.user("anna").await.unwrap(), None);
    }
}
