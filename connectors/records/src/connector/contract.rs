//! What the connector `records` offers.

use std::time::Duration;

use hosk_connector::{Backoff, Contract, Delivery, Operation, RetryDefaults};

use super::schemas;
use crate::NOT_ENOUGH_STOCK;

/// The ERP's operations are the ones that the fire drill concerns.
const CRM: [&str; 3] = ["get-client", "find-clients", "create-client"];

pub(super) fn is_erp(operation: &str) -> bool {
    !CRM.contains(&operation)
}

pub(super) fn contract() -> Contract {
    let mut operations = crm();
    operations.extend(deliveries());
    operations.extend(goods());
    for operation in &mut operations {
        operation.defaults = RetryDefaults {
            retries: 3,
            backoff: Backoff { initial: Duration::from_secs(2), maximum: Duration::from_mins(5) },
            timeout: Duration::from_secs(30),
        };
    }
    Contract { id: "records".into(), version: 1, title: "Records".into(), operations }
}

fn crm() -> Vec<Operation> {
    vec![
        Operation::new("get-client", "CRM: get client card")
            .description("The client card with addresses, contacts, block, credit limit and what is unpaid.")
            .input(schemas::get_client())
            .output(schemas::client()),
        Operation::new("find-clients", "CRM: find clients")
            .description("Client cards by part of code, name, tax number, city or contact.")
            .input(schemas::find_clients())
            .output(schemas::clients()),
        Operation::new("create-client", "CRM: create client")
            .description("A new client card. Without a code the next free one is given.")
            .input(schemas::new_client())
            .output(schemas::client())
            .delivery(Delivery::Keyed),
    ]
}

fn deliveries() -> Vec<Operation> {
    vec![
        Operation::new("create-delivery", "ERP: create delivery order")
            .description("Posts a delivery order: the goods leave the warehouse, or nothing happens.")
            .input(schemas::new_delivery())
            .output(schemas::delivery())
            .error(
                NOT_ENOUGH_STOCK,
                "The warehouse has not enough. Brings `missingLines` (product, name, unit, requested, available, missing) and `warehouse`.",
            )
            .delivery(Delivery::Keyed),
        Operation::new("get-delivery", "ERP: get delivery order")
            .description("A delivery order with the stock that remains of its products.")
            .input(schemas::get_delivery())
            .output(schemas::delivery()),
        Operation::new("cancel-delivery", "ERP: cancel delivery order")
            .description("Takes an unpaid delivery order back: the goods return to the warehouse.")
            .input(schemas::cancel_delivery())
            .output(schemas::delivery())
            .delivery(Delivery::Keyed),
    ]
}

fn goods() -> Vec<Operation> {
    vec![
        Operation::new("get-stock", "ERP: get stock")
            .description("How much of some products lies in the warehouses, with unit and price.")
            .input(schemas::get_stock())
            .output(schemas::stock()),
        Operation::new("receive-goods", "ERP: receive goods")
            .description("Books goods from a supplier into a warehouse.")
            .input(schemas::receive_goods())
            .output(schemas::receipt())
            .delivery(Delivery::Keyed),
        Operation::new("create-product", "ERP: create product")
            .description("A new product.")
            .input(schemas::new_product())
            .output(schemas::product())
            .delivery(Delivery::Keyed),
    ]
}
