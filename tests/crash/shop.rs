//! What employees do, over REST.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::book::Book;

/// The client, product and first stock of the test's shop.
pub(crate) const CLIENT: &str = "C-CRASH";
pub(crate) const PRODUCT: &str = "P-CRASH";
pub(crate) const STOCK: u64 = 1_000_000;

/// Rounds of looking whether everything is finished, and the pause between them.
const ROUNDS: usize = 600;
const PAUSE: Duration = Duration::from_millis(200);

/// What a request came to: the answer, a refusal, or nothing at all.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// No answer: whether it was done is not known.
    Gone,
    /// The server said no.
    Refused(String),
}

type Answer = Result<Value, Trouble>;

/// The shop as seen through one server.
#[derive(Clone)]
pub(crate) struct Shop {
    http: Client,
    base: String,
}

impl Shop {
    pub(crate) fn new(base: &str) -> Self {
        let http = Client::builder().timeout(Duration::from_mins(1)).build().expect("a client");
        Self { http, base: base.to_owned() }
    }

    /// Deploys the process and fills the warehouse.
    pub(crate) async fn open(&self) -> Result<(), Trouble> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../processes/ship-goods");
        let mut form = reqwest::multipart::Form::new();
        for entry in std::fs::read_dir(folder).expect("the process is there").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if wanted(&entry.path()) {
                let content = std::fs::read(entry.path()).expect("the file can be read");
                form = form.part("resources", reqwest::multipart::Part::bytes(content).file_name(name));
            }
        }
        send(self.request(Method::POST, "/v2/deployments").multipart(form)).await?;
        let warehouse = json!({"code": "MAIN", "name": "Main", "city": null, "isDefault": true});
        self.change("/hosk/v1/records/warehouses", "warehouse", &warehouse).await?;
        let client = json!({"code": CLIENT, "name": "Crash & Sons", "segment": "retail", "blocked": false, "addresses": [], "contacts": []});
        self.change("/hosk/v1/records/clients", "client", &client).await?;
        let product = json!({"code": PRODUCT, "name": "Anvil", "unit": "pcs", "decimals": 0, "price": 10});
        self.change("/hosk/v1/records/products", "product", &product).await?;
        let receipt = json!({"lines": [{"product": PRODUCT, "quantity": STOCK}], "reference": "opening"});
        self.change("/hosk/v1/records/stock/receipts", "opening", &receipt).await?;
        Ok(())
    }

    /// Ships one order after the other until the server does not answer, or it is enough.
    pub(crate) async fn ship_until_it_breaks(&self, book: &Book, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            match self.ship_one(book).await {
                Ok(()) => {}
                Err(Trouble::Gone) => return,
                Err(Trouble::Refused(what)) => panic!("an order was refused: {what}"),
            }
        }
    }

    async fn ship_one(&self, book: &Book) -> Result<(), Trouble> {
        let number = book.next_number();
        let order = json!({"number": number, "client": CLIENT, "lines": [{"product": PRODUCT, "quantity": 1, "unitPrice": 10}]});
        let body = json!({"processDefinitionId": "ship-goods", "variables": {"order": order}});
        let created = self.post("/v2/process-instances", &body).await?;
        let instance = text(&created, "processInstanceKey");
        book.created(&instance);
        for task in self.open_tasks(Some(&instance)).await? {
            let key = text(&task, "userTaskKey");
            self.complete(&key).await?;
            book.completed(&key);
        }
        Ok(())
    }

    /// Completes what is left to do and waits until every instance has ended.
    pub(crate) async fn finish_everything(&self) -> Result<(), Trouble> {
        for _ in 0..ROUNDS {
            for task in self.open_tasks(None).await? {
                self.complete(&text(&task, "userTaskKey")).await?;
            }
            let active = json!({"filter": {"state": "ACTIVE"}, "page": {"limit": 1}});
            let left = self.post("/v2/process-instances/search", &active).await?;
            if left["page"]["totalItems"] == 0 {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        let incidents = self.post("/v2/incidents/search", &json!({"page": {"limit": 5}})).await?;
        Err(Trouble::Refused(format!(
            "instances are still active after {ROUNDS} looks; incidents: {incidents}"
        )))
    }

    async fn complete(&self, task: &str) -> Answer {
        let body = json!({"variables": {"carrier": "own", "packages": 1, "note": null}});
        self.post(&format!("/hosk/v1/user-tasks/{task}/completion"), &body).await
    }

    async fn open_tasks(&self, instance: Option<&str>) -> Result<Vec<Value>, Trouble> {
        let mut filter = json!({"state": "CREATED"});
        if let Some(instance) = instance {
            filter["processInstanceKey"] = instance.into();
        }
        let found =
            self.post("/v2/user-tasks/search", &json!({"filter": filter, "page": {"limit": 1000}})).await?;
        Ok(found["items"].as_array().cloned().unwrap_or_default())
    }

    /// `GET`, `None` when it is not there.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    async fn change(&self, path: &str, key: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let answer = request.send().await.map_err(|_| Trouble::Gone)?;
    let status = answer.status();
    let text = answer.text().await.map_err(|_| Trouble::Gone)?;
    if status.is_success() {
        return Ok(serde_json::from_str(&text).unwrap_or(Value::Null));
    }
    // A server that is going down says so; nothing was accepted.
    if status.as_u16() == 503 {
        Err(Trouble::Gone)
    } else {
        Err(Trouble::Refused(format!("{status} {text}")))
    }
}

fn wanted(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|ending| ending == "bpmn" || ending == "form")
}

/// A text member of an answer.
pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}
