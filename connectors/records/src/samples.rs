//! Sample data: a small trading firm in Yerevan, to try things on.
//!
//! Loading goes through the same functions as real work, under idempotency keys: loading twice changes nothing, and
//! what people have changed since stays changed.

use serde::Deserialize;

use crate::domain::{NewClient, NewDelivery, NewProduct, ReceiveGoods, Warehouse};
use crate::{Error, Records};

const SAMPLES: &str = include_str!("samples.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Samples {
    warehouses: Vec<Warehouse>,
    products: Vec<NewProduct>,
    clients: Vec<NewClient>,
    receipts: Vec<ReceiveGoods>,
    deliveries: Vec<NewDelivery>,
}

/// How much sample data there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct SampleSummary {
    /// Client cards.
    pub clients: usize,
    /// Products.
    pub products: usize,
    /// Warehouses.
    pub warehouses: usize,
    /// Unpaid delivery orders from before.
    pub deliveries: usize,
}

impl Records {
    /// Loads the sample data, or what is missing of it.
    ///
    /// # Errors
    /// [`Error::Exists`] when one of the codes belongs to a record that is not from here.
    pub async fn load_samples(&self) -> Result<SampleSummary, Error> {
        let samples: Samples = serde_json::from_str(SAMPLES)?;
        let summary = SampleSummary {
            clients: samples.clients.len(),
            products: samples.products.len(),
            warehouses: samples.warehouses.len(),
            deliveries: samples.deliveries.len(),
        };
        let present = self.warehouses().await?;
        for mut warehouse in samples.warehouses {
            if present.iter().any(|one| one.code == warehouse.code) {
                continue;
            }
            // Beside a real default warehouse ours is one more.
            warehouse.is_default &= present.is_empty();
            self.create_warehouse(warehouse).await?;
        }
        for product in samples.products {
            let key = format!("sample:{}", product.code);
            self.create_product(product, Some(&key)).await?;
        }
        for client in samples.clients {
            let key = format!("sample:{}", client.code.as_deref().unwrap_or_default());
            self.create_client(client, Some(&key)).await?;
        }
        for (index, receipt) in samples.receipts.into_iter().enumerate() {
            self.receive_goods(receipt, Some(&format!("sample:receipt-{index}"))).await?;
        }
        for (index, delivery) in samples.deliveries.into_iter().enumerate() {
            self.create_delivery(delivery, Some(&format!("sample:delivery-{index}"))).await?;
        }
        Ok(summary)
    }
}
