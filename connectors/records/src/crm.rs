//! The CRM: client cards.

use crate::domain::{Client, ClientFilter, Listed, MAX_PAGE, NewClient, Page, instant};
use crate::keyed::Keyed;
use crate::storage::Transaction;
use crate::{CURRENCY, Error, Records};

impl Records {
    /// The client card of that code, with what is open now.
    pub async fn client(&self, code: &str) -> Result<Client, Error> {
        let mut transaction = self.storage.read().await?;
        client(&mut *transaction, code).await
    }

    /// Client cards, ordered by code.
    pub async fn clients(&self, filter: &ClientFilter, page: Page) -> Result<Listed<Client>, Error> {
        check_page(page)?;
        let (items, total) = self.storage.read().await?.clients(filter, page).await?;
        Ok(Listed::new(items, page, total))
    }

    /// Creates a client card.
    pub async fn create_client(&self, request: NewClient, key: Option<&str>) -> Result<Client, Error> {
        request.check()?;
        let keyed = Keyed::new("create-client", key, &request)?;
        let mut transaction = self.storage.write().await?;
        if let Some(first) = keyed.first_result(&mut *transaction).await? {
            return Ok(first);
        }
        let code = match request.code.clone() {
            Some(code) => code,
            None => free_code(&mut *transaction).await?,
        };
        if transaction.client(&code).await?.is_some() {
            return Err(Error::Exists { kind: "client", code });
        }
        let created = request.into_client(code, CURRENCY, instant::now());
        transaction.insert_client(&created).await?;
        keyed.commit(transaction, &created).await?;
        Ok(created)
    }

    /// Replaces the content of a card that nobody has changed since `version`. The code stays.
    pub async fn update_client(&self, code: &str, version: i64, content: NewClient) -> Result<Client, Error> {
        content.check()?;
        let mut transaction = self.storage.write().await?;
        let old = client(&mut *transaction, code).await?;
        if old.version != version {
            let problem = format!(
                "has been changed by somebody else (version {}, not {version}): read it again, then repeat the change",
                old.version
            );
            return Err(Error::conflict("client", code, problem));
        }
        let mut new =
            content.into_client(old.code, CURRENCY, instant::now()).with_open_amount(old.open_amount);
        new.version = version + 1;
        new.created_at = old.created_at;
        transaction.update_client(&new).await?;
        transaction.commit().await?;
        Ok(new)
    }
}

/// The next `C-…` code that nobody has taken by hand.
async fn free_code(transaction: &mut dyn Transaction) -> Result<String, Error> {
    loop {
        // Ends: the counter grows, and each turn finds one of finitely many cards.
        let code = format!("C-{:06}", transaction.next_number("client").await?);
        if transaction.client(&code).await?.is_none() {
            return Ok(code);
        }
    }
}

pub(crate) async fn client(transaction: &mut dyn Transaction, code: &str) -> Result<Client, Error> {
    transaction.client(code).await?.ok_or_else(|| Error::not_found("client", code))
}

pub(crate) fn check_page(page: Page) -> Result<(), Error> {
    if page.limit > MAX_PAGE {
        return Err(Error::invalid("limit", format!("must not be greater than {MAX_PAGE}")));
    }
    Ok(())
}
