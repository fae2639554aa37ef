//! What the tests share: a database in a temporary folder.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use hosk_records::{
    Delivery, Error, NewClient, NewDelivery, NewLine, NewProduct, ReceiveGoods, Records, StockFilter,
    StockLine,
};
use serde_json::json;
use tempfile::TempDir;

pub(crate) struct Fixture {
    pub(crate) records: Records,
    pub(crate) folder: TempDir,
}

impl Fixture {
    /// Sample data loaded.
    pub(crate) async fn with_samples() -> Self {
        let fixture = Self::empty().await;
        fixture.records.load_samples().await.unwrap();
        fixture
    }

    pub(crate) async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path().join("hosk.db")).await.unwrap();
        Self { records, folder }
    }

    /// One warehouse, one client `C`, and products of the given codes and stock.
    pub(crate) async fn with_stock(stock: &[(&str, &str)]) -> Self {
        let fixture = Self::empty().await;
        let records = &fixture.records;
        records
            .create_warehouse(
                serde_json::from_value(json!({"code": "W", "name": "W", "isDefault": true})).unwrap(),
            )
            .await
            .unwrap();
        let client: NewClient =
            serde_json::from_value(json!({"code": "C", "name": "Client", "creditLimit": 1000})).unwrap();
        records.create_client(client, None).await.unwrap();
        for (code, quantity) in stock {
            let product: NewProduct =
                serde_json::from_value(json!({"code": code, "name": code, "decimals": 3, "price": 10}))
                    .unwrap();
            records.create_product(product, None).await.unwrap();
            if *quantity != "0" {
                records.receive_goods(receipt(&[(code, quantity)]), None).await.unwrap();
            }
        }
        fixture
    }

    /// Closes the database and opens it again.
    pub(crate) async fn restarted(self) -> Self {
        self.records.close().await;
        let records = Records::open(self.folder.path().join("hosk.db")).await.unwrap();
        Self { records, folder: self.folder }
    }

    pub(crate) async fn available(&self, product: &str) -> String {
        let filter = StockFilter { product: Some(product.into()), warehouse: None };
        self.records.stock(&filter, hosk_records::Page::default()).await.unwrap().items[0]
            .available
            .to_string()
    }

    pub(crate) async fn assert_ledger(&self) {
        let report = self.records.ledger_check().await.unwrap();
        assert!(report.ok, "{:#?}", report.findings);
    }

    pub(crate) async fn deliver(&self, lines: &[(&str, &str)], key: Option<&str>) -> Result<Delivery, Error> {
        self.records.create_delivery(order(lines), key).await
    }
}

pub(crate) fn order(lines: &[(&str, &str)]) -> NewDelivery {
    let lines = lines
        .iter()
        .map(|(product, quantity)| NewLine {
            product: (*product).to_owned(),
            quantity: quantity.parse().unwrap(),
            unit_price: None,
        })
        .collect();
    NewDelivery {
        client_code: "C".into(),
        warehouse: None,
        lines,
        reference: None,
        address: None,
        partial: false,
    }
}

pub(crate) fn receipt(lines: &[(&str, &str)]) -> ReceiveGoods {
    let lines = lines
        .iter()
        .map(|(product, quantity)| StockLine {
            product: (*product).to_owned(),
            quantity: quantity.parse().unwrap(),
        })
        .collect();
    ReceiveGoods { warehouse: None, lines, reference: None }
}
