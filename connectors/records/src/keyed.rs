//! Idempotency keys: the first result is kept in the transaction that made it, and answered again to every repeat.
//!
//! Because the key and the change are committed together, a crash between commit and answer is harmless: the
//! repeat finds the key. A refused request is not kept, so it may be repeated after the cause is gone.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::domain::instant;
use crate::storage::{Remembered, Transaction};

/// Longest key, in bytes.
const MAX_KEY: usize = 200;

/// One operation under one key, if the caller gave one.
pub(crate) struct Keyed<'a> {
    operation: &'static str,
    key: Option<&'a str>,
    request: String,
}

impl<'a> Keyed<'a> {
    pub(crate) fn new(
        operation: &'static str,
        key: Option<&'a str>,
        request: &impl Serialize,
    ) -> Result<Self, Error> {
        if key.is_some_and(|key| key.is_empty() || key.len() > MAX_KEY) {
            return Err(Error::invalid("idempotency key", format!("must have 1 to {MAX_KEY} bytes")));
        }
        Ok(Self { operation, key, request: serde_json::to_string(request)? })
    }

    /// The first result, when the key has been used for the same request.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when it has been used for another one.
    pub(crate) async fn first_result<T: DeserializeOwned>(
        &self,
        transaction: &mut dyn Transaction,
    ) -> Result<Option<T>, Error> {
        let Some(key) = self.key else { return Ok(None) };
        match transaction.remembered(self.operation, key).await? {
            None => Ok(None),
            Some(first) if first.request == self.request => Ok(Some(serde_json::from_str(&first.result)?)),
            Some(_) => Err(Error::KeyReused { operation: self.operation, key: key.to_owned() }),
        }
    }

    /// Keeps the result and commits.
    pub(crate) async fn commit<T: Serialize + Sync>(
        self,
        mut transaction: Box<dyn Transaction>,
        result: &T,
    ) -> Result<(), Error> {
        if let Some(key) = self.key {
            let what = Remembered { request: self.request, result: serde_json::to_string(result)? };
            transaction.remember(self.operation, key, &what, instant::now()).await?;
        }
        transaction.commit().await
    }
}
