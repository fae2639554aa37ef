//! Products and warehouses.

use crate::crm::check_page;
use crate::domain::{
    Listed, NewProduct, Page, Product, ProductFilter, Warehouse, check_code, check_text, instant,
};
use crate::keyed::Keyed;
use crate::storage::Transaction;
use crate::{Error, Records};

impl Records {
    /// The product of that code.
    pub async fn product(&self, code: &str) -> Result<Product, Error> {
        let mut transaction = self.storage.read().await?;
        product(&mut *transaction, code).await
    }

    /// Products, ordered by code.
    pub async fn products(&self, filter: &ProductFilter, page: Page) -> Result<Listed<Product>, Error> {
        check_page(page)?;
        let (items, total) = self.storage.read().await?.products(filter, page).await?;
        Ok(Listed::new(items, page, total))
    }

    /// Creates a product.
    pub async fn create_product(&self, request: NewProduct, key: Option<&str>) -> Result<Product, Error> {
        request.check()?;
        let keyed = Keyed::new("create-product", key, &request)?;
        let mut transaction = self.storage.write().await?;
        if let Some(first) = keyed.first_result(&mut *transaction).await? {
            return Ok(first);
        }
        if transaction.product(&request.code).await?.is_some() {
            return Err(Error::Exists { kind: "product", code: request.code });
        }
        let created = request.into_product(instant::now());
        transaction.insert_product(&created).await?;
        keyed.commit(transaction, &created).await?;
        Ok(created)
    }

    /// Warehouses, ordered by code.
    pub async fn warehouses(&self) -> Result<Vec<Warehouse>, Error> {
        self.storage.read().await?.warehouses().await
    }

    /// Creates a warehouse. The first one, and only it, must be the default one.
    pub async fn create_warehouse(&self, warehouse: Warehouse) -> Result<Warehouse, Error> {
        check_code("code", &warehouse.code)?;
        check_text("name", &warehouse.name)?;
        let mut transaction = self.storage.write().await?;
        let existing = transaction.warehouses().await?;
        if existing.iter().any(|one| one.code == warehouse.code) {
            return Err(Error::Exists { kind: "warehouse", code: warehouse.code });
        }
        if warehouse.is_default != existing.is_empty() {
            return Err(Error::invalid(
                "isDefault",
                "the first warehouse is the default one, the others are not",
            ));
        }
        transaction.insert_warehouse(&warehouse).await?;
        transaction.commit().await?;
        Ok(warehouse)
    }
}

pub(super) async fn product(transaction: &mut dyn Transaction, code: &str) -> Result<Product, Error> {
    transaction.product(code).await?.ok_or_else(|| Error::not_found("product", code))
}

pub(super) async fn warehouse(
    transaction: &mut dyn Transaction,
    code: Option<&str>,
) -> Result<Warehouse, Error> {
    transaction
        .warehouse(code)
        .await?
        .ok_or_else(|| Error::not_found("warehouse", code.unwrap_or("(default)")))
}
