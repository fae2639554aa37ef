//! What the demonstration begins with: definitions, records, users, orders.

use anyhow::Context as _;
use hosk_identity::{User, hash_password};
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::Failure;
use crate::server::Server;

/// Everybody's password; the demonstration listens on this machine only.
pub(crate) const PASSWORD: &str = "ship-goods";

/// The process with its forms, as they stand in `processes/ship-goods`.
const FILES: [(&str, &[u8]); 6] = [
    ("ship-goods.bpmn", include_bytes!("../../../../../processes/ship-goods/ship-goods.bpmn")),
    ("order-form.form", include_bytes!("../../../../../processes/ship-goods/order-form.form")),
    ("ship-goods-form.form", include_bytes!("../../../../../processes/ship-goods/ship-goods-form.form")),
    ("find-someone-form.form", include_bytes!("../../../../../processes/ship-goods/find-someone-form.form")),
    (
        "decide-delivery-form.form",
        include_bytes!("../../../../../processes/ship-goods/decide-delivery-form.form"),
    ),
    (
        "resolve-shortage-form.form",
        include_bytes!("../../../../../processes/ship-goods/resolve-shortage-form.form"),
    ),
];

/// Name, full name, group.
const PEOPLE: [(&str, &str, &str); 3] = [
    ("anna", "Anna Hakobyan", "warehouse"),
    ("karen", "Karen Sargsyan", "managers"),
    ("admin", "Administrator", "operators"),
];

/// Loads records, users and definitions; what is there already stays.
pub(crate) async fn open(server: &Server) -> Result<(), Failure> {
    server.records.load_samples().await?;
    let hash = hash_password(PASSWORD)?;
    for (name, full_name, group) in PEOPLE {
        let user = User {
            username: name.into(),
            name: Some(full_name.into()),
            email: None,
            password_hash: hash.as_str().into(),
        };
        server.identity.put_user(&user, &[group.into()]).await.context("a user cannot be stored")?;
    }
    let files: Vec<(String, Vec<u8>)> =
        FILES.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect();
    caller(server, "admin")?.deploy(&files, None).await?;
    Ok(())
}

/// Three orders: one that goes through, one for a blocked client, one that exceeds the stock.
pub(crate) async fn place_orders(server: &Server) -> Result<(), Failure> {
    let admin = caller(server, "admin")?;
    let orders = [
        order("O-1001", "C-1001", "P-100", 2, 3600),
        order("O-1002", "C-1008", "P-104", 10, 950),
        order("O-1003", "C-1005", "P-103", 400, 10400),
    ];
    for order in &orders {
        admin.post("/v2/process-instances", &start(order)).await?;
    }
    Ok(())
}

/// Somebody of the demonstration at this server.
pub(crate) fn caller(server: &Server, name: &str) -> Result<Client, Failure> {
    Client::with(&server.link(), Some((name.to_owned(), PASSWORD.to_owned())))
}

/// An order of one line.
pub(crate) fn order(number: &str, client: &str, product: &str, quantity: u32, price: u32) -> Value {
    json!({
        "number": number,
        "client": client,
        "lines": [{"product": product, "quantity": quantity, "unitPrice": price}],
    })
}

/// The request that starts the process for an order.
pub(crate) fn start(order: &Value) -> Value {
    let number = &order["number"];
    let number = crate::print::plain(number);
    json!({
        "processDefinitionId": "ship-goods",
        "businessId": number,
        "variables": {"order": order},
        "tags": [format!("order:{number}")],
    })
}
