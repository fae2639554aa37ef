//! What was acknowledged, and the checks that it is still true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::shop::{PRODUCT, STOCK, Shop, Trouble, text};

/// Everything the server has acknowledged.
#[derive(Default)]
pub(crate) struct Book {
    numbers: AtomicU64,
    acknowledged: Mutex<Acknowledged>,
}

#[derive(Clone, Default)]
struct Acknowledged {
    instances: BTreeSet<String>,
    tasks: BTreeSet<String>,
    /// Since the last look.
    new: Vec<(Kind, String)>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Instance,
    Task,
}

impl Book {
    /// What is acknowledged by now, to be looked for anew.
    pub(crate) fn as_it_is(&self) -> Self {
        let mut acknowledged = self.acknowledged.lock().unwrap().clone();
        let instances = acknowledged.instances.iter().map(|key| (Kind::Instance, key.clone()));
        let tasks = acknowledged.tasks.iter().map(|key| (Kind::Task, key.clone()));
        acknowledged.new = instances.chain(tasks).collect();
        Self { numbers: AtomicU64::new(self.orders()), acknowledged: Mutex::new(acknowledged) }
    }

    /// There may be as many orders.
    pub(crate) fn orders_up_to(&self, orders: u64) {
        self.numbers.store(orders, Ordering::Relaxed);
    }

    /// A number no order had before.
    pub(crate) fn next_number(&self) -> String {
        format!("O-{:06}", self.numbers.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The start of an instance was acknowledged.
    pub(crate) fn created(&self, instance: &str) {
        let mut book = self.acknowledged.lock().unwrap();
        assert!(book.instances.insert(instance.to_owned()), "instance key {instance} was given twice");
        book.new.push((Kind::Instance, instance.to_owned()));
    }

    /// The completion of a task was acknowledged.
    pub(crate) fn completed(&self, task: &str) {
        let mut book = self.acknowledged.lock().unwrap();
        assert!(book.tasks.insert(task.to_owned()), "task {task} was completed twice");
        book.new.push((Kind::Task, task.to_owned()));
    }

    /// How many orders were begun.
    pub(crate) fn orders(&self) -> u64 {
        self.numbers.load(Ordering::Relaxed)
    }

    /// What was acknowledged before the kill is there after it.
    pub(crate) async fn everything_acknowledged_is_there(&self, shop: &Shop) -> Result<(), String> {
        let new = std::mem::take(&mut self.acknowledged.lock().unwrap().new);
        for (kind, key) in new {
            let (path, state) = match kind {
                Kind::Instance => (format!("/v2/process-instances/{key}"), None),
                Kind::Task => (format!("/v2/user-tasks/{key}"), Some("COMPLETED")),
            };
            let found = shop.get(&path).await.map_err(|trouble| format!("{path}: {trouble:?}"))?;
            if state.is_some_and(|state| found["state"] != state) {
                return Err(format!("{path} was acknowledged as completed and is {}", found["state"]));
            }
        }
        Ok(())
    }

    /// Every instance that exists is complete and has exactly one delivery; the ledger agrees.
    pub(crate) async fn each_order_was_delivered_once(&self, shop: &Shop) -> Result<(), String> {
        let told = |trouble: Trouble| format!("{trouble:?}");
        let orders = all(shop, "/v2/variables/search", json!({"name": "order"})).await.map_err(told)?;
        let instances = all(shop, "/v2/process-instances/search", json!({})).await.map_err(told)?;
        for instance in &instances {
            if instance["state"] != "COMPLETED" {
                return Err(format!("instance {} is {}", instance["processInstanceKey"], instance["state"]));
            }
        }
        let acknowledged = self.acknowledged.lock().unwrap().instances.len();
        if instances.len() < acknowledged || instances.len() as u64 > self.orders() {
            return Err(format!(
                "{} instances for {acknowledged} acknowledged of {} orders",
                instances.len(),
                self.orders()
            ));
        }
        let mut deliveries: BTreeMap<String, usize> = BTreeMap::new();
        for delivery in listed(shop, "/hosk/v1/records/deliveries").await.map_err(told)? {
            *deliveries.entry(text(&delivery, "reference")).or_default() += 1;
        }
        for order in &orders {
            let order: Value =
                serde_json::from_str(order["value"].as_str().unwrap_or("null")).unwrap_or_default();
            let number = text(&order, "number");
            match deliveries.remove(&number) {
                Some(1) => {}
                other => return Err(format!("order {number} has {} deliveries", other.unwrap_or(0))),
            }
        }
        if let Some((number, _)) = deliveries.pop_first() {
            return Err(format!("delivery for order {number}, which no instance asked for"));
        }
        let ledger = shop.get("/hosk/v1/records/ledger/check").await.map_err(told)?;
        let stock = shop.get(&format!("/hosk/v1/records/stock?product={PRODUCT}")).await.map_err(told)?;
        let left: f64 = stock["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item["available"].as_f64())
            .sum();
        let expected = STOCK as f64 - instances.len() as f64;
        if ledger["ok"] != true || (left - expected).abs() > f64::EPSILON {
            return Err(format!("stock is {left}, {expected} would be right; the ledger says {ledger}"));
        }
        Ok(())
    }
}

/// Every page of a search.
async fn all(shop: &Shop, path: &str, filter: Value) -> Result<Vec<Value>, Trouble> {
    const PAGE: usize = 1000;
    let mut found = Vec::new();
    loop {
        let body = json!({"filter": filter, "page": {"from": found.len(), "limit": PAGE}});
        let page = shop.post(path, &body).await?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let last = items.len() < PAGE;
        found.extend(items);
        if last {
            return Ok(found);
        }
    }
}

/// Every page of a list of records.
async fn listed(shop: &Shop, path: &str) -> Result<Vec<Value>, Trouble> {
    const PAGE: usize = 1000;
    let mut found = Vec::new();
    loop {
        let page = shop.get(&format!("{path}?from={}&limit={PAGE}", found.len())).await?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let last = items.len() < PAGE;
        found.extend(items);
        if last {
            return Ok(found);
        }
    }
}
