//! Rows of clients, their addresses and contacts.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{SqliteTransaction, damaged};
use crate::domain::{Address, AddressKind, Client, ClientFilter, Contact, Page, fold};
use crate::storage::ClientRows;
use crate::{CURRENCY, Error, Money};

const SELECT: &str = "SELECT c.*, (SELECT COALESCE(SUM(d.open_amount), 0) FROM records_delivery d
        WHERE d.client = c.code AND d.open_amount > 0) AS open_amount
    FROM records_client c WHERE c.code = ?1";

const SEARCH: &str = "SELECT code FROM records_client
    WHERE (?1 IS NULL OR instr(search, ?1) > 0) AND (?2 IS NULL OR segment = ?2) AND (?3 IS NULL OR blocked = ?3)
    ORDER BY code LIMIT ?4 OFFSET ?5";

const COUNT: &str = "SELECT COUNT(*) FROM records_client
    WHERE (?1 IS NULL OR instr(search, ?1) > 0) AND (?2 IS NULL OR segment = ?2) AND (?3 IS NULL OR blocked = ?3)";

#[async_trait]
impl ClientRows for SqliteTransaction {
    async fn client(&mut self, code: &str) -> Result<Option<Client>, Error> {
        let Some(row) = sqlx::query(SELECT).bind(code).fetch_optional(&mut *self.0).await? else {
            return Ok(None);
        };
        let addresses =
            sqlx::query("SELECT * FROM records_client_address WHERE client = ?1 ORDER BY position")
                .bind(code)
                .fetch_all(&mut *self.0)
                .await?;
        let contacts =
            sqlx::query("SELECT * FROM records_client_contact WHERE client = ?1 ORDER BY position")
                .bind(code)
                .fetch_all(&mut *self.0)
                .await?;
        let addresses = addresses.iter().map(address).collect::<Result<_, _>>()?;
        let contacts = contacts.iter().map(contact).collect::<Result<_, _>>()?;
        card(&row, addresses, contacts).map(Some)
    }

    async fn clients(&mut self, filter: &ClientFilter, page: Page) -> Result<(Vec<Client>, u64), Error> {
        let query = filter.query.as_deref().map(fold);
        let codes = sqlx::query(SEARCH)
            .bind(&query)
            .bind(&filter.segment)
            .bind(filter.blocked)
            .bind(page.limit)
            .bind(page.from)
            .fetch_all(&mut *self.0)
            .await?;
        let total: i64 = sqlx::query_scalar(COUNT)
            .bind(&query)
            .bind(&filter.segment)
            .bind(filter.blocked)
            .fetch_one(&mut *self.0)
            .await?;
        let mut clients = Vec::with_capacity(codes.len());
        for row in codes {
            let code: String = row.try_get("code")?;
            clients.extend(self.client(&code).await?);
        }
        Ok((clients, total.unsigned_abs()))
    }

    async fn insert_client(&mut self, client: &Client) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO records_client (code, version, name, segment, tax_id, language, credit_limit,
                blocked, blocked_reason, search, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .bind(&client.code)
        .bind(client.version)
        .bind(&client.name)
        .bind(&client.segment)
        .bind(&client.tax_id)
        .bind(&client.language)
        .bind(client.credit_limit.map(Money::steps))
        .bind(client.blocked)
        .bind(&client.blocked_reason)
        .bind(client.search_text())
        .bind(client.created_at)
        .bind(client.updated_at)
        .execute(&mut *self.0)
        .await?;
        self.insert_parts(client).await
    }

    async fn update_client(&mut self, client: &Client) -> Result<(), Error> {
        sqlx::query("UPDATE records_client SET version = ?2, name = ?3, segment = ?4, tax_id = ?5, language = ?6,
                credit_limit = ?7, blocked = ?8, blocked_reason = ?9, search = ?10, updated_at = ?11 WHERE code = ?1")
        .bind(&client.code)
        .bind(client.version)
        .bind(&client.name)
        .bind(&client.segment)
        .bind(&client.tax_id)
        .bind(&client.language)
        .bind(client.credit_limit.map(Money::steps))
        .bind(client.blocked)
        .bind(&client.blocked_reason)
        .bind(client.search_text())
        .bind(client.updated_at)
        .execute(&mut *self.0)
        .await?;
        for statement in [
            "DELETE FROM records_client_address WHERE client = ?1",
            "DELETE FROM records_client_contact WHERE client = ?1",
        ] {
            sqlx::query(statement).bind(&client.code).execute(&mut *self.0).await?;
        }
        self.insert_parts(client).await
    }
}

impl SqliteTransaction {
    async fn insert_parts(&mut self, client: &Client) -> Result<(), Error> {
        for (position, address) in (1_i64..).zip(&client.addresses) {
            sqlx::query(
                "INSERT INTO records_client_address (client, position, kind, street, house, apartment, city,
                    region, postal_code, country) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )
            .bind(&client.code)
            .bind(position)
            .bind(address.kind.as_str())
            .bind(&address.street)
            .bind(&address.house)
            .bind(&address.apartment)
            .bind(&address.city)
            .bind(&address.region)
            .bind(&address.postal_code)
            .bind(&address.country)
            .execute(&mut *self.0)
            .await?;
        }
        for (position, contact) in (1_i64..).zip(&client.contacts) {
            sqlx::query(
                "INSERT INTO records_client_contact (client, position, name, role, email, phone)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .bind(&client.code)
            .bind(position)
            .bind(&contact.name)
            .bind(&contact.role)
            .bind(&contact.email)
            .bind(&contact.phone)
            .execute(&mut *self.0)
            .await?;
        }
        Ok(())
    }
}

fn card(row: &SqliteRow, addresses: Vec<Address>, contacts: Vec<Contact>) -> Result<Client, Error> {
    let open: i64 = row.try_get("open_amount")?;
    let limit: Option<i64> = row.try_get("credit_limit")?;
    let client = Client {
        code: row.try_get("code")?,
        version: row.try_get("version")?,
        name: row.try_get("name")?,
        segment: row.try_get("segment")?,
        tax_id: row.try_get("tax_id")?,
        language: row.try_get("language")?,
        credit_limit: limit.map(Money::from_steps),
        blocked: row.try_get("blocked")?,
        blocked_reason: row.try_get("blocked_reason")?,
        addresses,
        contacts,
        open_amount: Money::ZERO,
        available_credit: None,
        credit_exceeded: false,
        currency: CURRENCY.to_owned(),
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    };
    Ok(client.with_open_amount(Money::from_steps(open)))
}

fn address(row: &SqliteRow) -> Result<Address, Error> {
    let kind: String = row.try_get("kind")?;
    Ok(Address {
        kind: AddressKind::parse(&kind).ok_or_else(|| damaged("kind of address"))?,
        street: row.try_get("street")?,
        house: row.try_get("house")?,
        apartment: row.try_get("apartment")?,
        city: row.try_get("city")?,
        region: row.try_get("region")?,
        postal_code: row.try_get("postal_code")?,
        country: row.try_get("country")?,
    })
}

fn contact(row: &SqliteRow) -> Result<Contact, Error> {
    Ok(Contact {
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        email: row.try_get("email")?,
        phone: row.try_get("phone")?,
    })
}
