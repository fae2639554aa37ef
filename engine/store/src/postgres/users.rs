//! The users in the database.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::{PgPool, PgRow};

use super::session::{Options, Sessions};
use super::{Postgres, column, failed, text};
use crate::Error;
use crate::users::{StoredUser, UserStore, list, names};

const ALL: &str = "SELECT name, display_name, email, password_hash, groups FROM users ORDER BY name";
const ONE: &str = "SELECT name, display_name, email, password_hash, groups FROM users WHERE name = $1";
const PUT: &str = "INSERT INTO users (name, display_name, email, password_hash, groups) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (name) DO UPDATE SET display_name = excluded.display_name, email = excluded.email, \
                   password_hash = excluded.password_hash, groups = excluded.groups";

/// The users of a database that a server may be working on.
#[derive(Clone, Debug)]
pub struct PostgresUsers {
    pool: PgPool,
}

impl PostgresUsers {
    /// Connects beside a server, if one runs.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let options = Options { connections: 1, ..Options::default() };
        Ok(Self { pool: Sessions::open(url, options).await?.pool })
    }
}

impl Postgres {
    /// The users of this database.
    pub fn users(&self) -> PostgresUsers {
        PostgresUsers { pool: self.sessions.pool.clone() }
    }
}

#[async_trait]
impl UserStore for PostgresUsers {
    async fn put_user(&self, user: &StoredUser) -> Result<(), Error> {
        sqlx::query(PUT)
            .bind(&*user.name)
            .bind(user.display_name.as_deref())
            .bind(user.email.as_deref())
            .bind(&*user.password_hash)
            .bind(names(&user.groups))
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(failed("storing a user"))
    }

    async fn remove_user(&self, name: &str) -> Result<bool, Error> {
        sqlx::query("DELETE FROM users WHERE name = $1")
            .bind(name)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(failed("removing a user"))
    }

    async fn user(&self, name: &str) -> Result<Option<StoredUser>, Error> {
        // The database knows no NUL, hence no such user.
        if name.contains('\0') {
            return Ok(None);
        }
        sqlx::query(ONE)
            .bind(name)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed("reading a user"))?
            .map(|row| stored(&row))
            .transpose()
    }

    async fn users(&self) -> Result<Vec<StoredUser>, Error> {
        let rows = sqlx::query(ALL).fetch_all(&self.pool).await.map_err(failed("reading the users"))?;
        rows.iter().map(stored).collect()
    }
}

fn stored(row: &PgRow) -> Result<StoredUser, Error> {
    let optional = |index| column::<Option<&str>>(row, index).map(|text| text.map(Arc::from));
    Ok(StoredUser {
        name: text(row, 0)?,
        display_name: optional(1)?,
        email: optional(2)?,
        password_hash: text(row, 3)?,
        groups: list(column(row, 4)?)?,
    })
}
