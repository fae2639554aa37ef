//! "Ship goods" with a CRM and an ERP that are plugins, built from source: the real server, real requests to both systems,
//! and whatever goes wrong on the way. An order is in the ERP exactly once.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod office;
mod systems;

use std::time::Duration;

use serde_json::json;

use office::{Office, shipment};
use systems::{CLIENT, Mood, System};

/// Both systems.
struct Systems {
    crm: System,
    erp: System,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_posted_once_whatever_happens() {
    let systems = Systems { crm: System::crm().await, erp: System::erp().await };
    let mut office = Office::open().await;
    office.set_up(&systems.crm.base, &systems.erp.base).await;
    all_is_well(&office, &systems).await;
    the_erp_is_busy_once(&office, &systems).await;
    the_answer_is_lost(&office, &systems).await;
    somebody_else_was_first(&office, &systems).await;
    the_client_is_unknown(&office, &systems).await;
    killed_while_the_crm_is_asked(&mut office, &systems).await;
    killed_before_the_erp_accepts(&mut office, &systems).await;
    killed_after_the_erp_accepted(&mut office, &systems).await;
    killed_after_the_note_was_written(&mut office, &systems).await;
    office.close().await;
}

impl Systems {
    /// The order is there once, every request for it bore the same key, and there is one note of it.
    fn have_once(&self, number: &str, requests: usize) {
        assert_eq!(self.erp.done().iter().filter(|code| *code == number).count(), 1, "{number}");
        let heard = self.erp.heard();
        let keys: Vec<_> = heard
            .iter()
            .filter(|heard| heard.field("ordercode") == number)
            .map(systems::Heard::key)
            .collect();
        assert_eq!(keys.len(), requests, "{number} was sent so often");
        assert!(!keys[0].is_empty() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        let note = format!("Order {number} has left: 1 packages by dhl\n[hosk ");
        assert_eq!(self.crm.done().iter().filter(|text| text.starts_with(&note)).count(), 1, "{number}");
    }
}

async fn all_is_well(office: &Office, systems: &Systems) {
    let anna = office.person("anna");
    let (instance, told) = anna.ships("O-1").await;
    let told = told.to_string();
    assert!(
        told.contains("Ararat Market") && told.contains("4711"),
        "the employee sees both answers: {told}"
    );
    assert_eq!(
        anna.finds(&instance, "delivery").await,
        json!({"orderCode": "O-1", "orderId": "4711", "repeated": false})
    );
    systems.have_once("O-1", 1);
    let searches = systems.crm.heard();
    assert!(searches[0].path.starts_with("/api/v4/companies?query=C-1001&"), "{}", searches[0].path);
}

async fn the_erp_is_busy_once(office: &Office, systems: &Systems) {
    systems.erp.be(&[Mood::Busy]);
    let anna = office.person("anna");
    let (instance, _) = anna.ships("O-2").await;
    assert_eq!(anna.finds(&instance, "delivery").await["repeated"], false);
    systems.have_once("O-2", 2);
}

async fn the_answer_is_lost(office: &Office, systems: &Systems) {
    systems.erp.be(&[Mood::Vanishing]);
    let anna = office.person("anna");
    let (instance, _) = anna.ships("O-3").await;
    assert_eq!(anna.finds(&instance, "delivery").await["repeated"], true, "its own first attempt is known");
    systems.have_once("O-3", 2);
}

/// The number is taken in the ERP: a manager says which order it is.
async fn somebody_else_was_first(office: &Office, systems: &Systems) {
    let (anna, karen) = (office.person("anna"), office.person("karen"));
    let before = systems.erp.done().len();
    let instance = anna.order("O-1", CLIENT).await;
    let task = anna.takes("ship", &instance).await;
    anna.completes(&task, shipment()).await.unwrap();
    let task = karen.takes("look-at-order", &instance).await;
    karen.completes(&task, json!({"orderId": "4711"})).await.unwrap();
    assert_eq!(anna.finds(&instance, "delivery").await["orderId"], "4711");
    assert_eq!(systems.erp.done().len(), before, "nothing was posted");
}

async fn the_client_is_unknown(office: &Office, systems: &Systems) {
    let anna = office.person("anna");
    let instance = anna.order("O-4", "C-9999").await;
    let task = anna.takes("ship", &instance).await;
    anna.completes(&task, shipment()).await.unwrap();
    let task = anna.takes("name-client", &instance).await;
    anna.completes(&task, json!({"clientCode": CLIENT})).await.unwrap();
    assert_eq!(anna.finds(&instance, "delivery").await["repeated"], false);
    systems.have_once("O-4", 1);
}

/// Ships an order, and the server is killed while a system does not answer; the instance.
async fn killed(office: &mut Office, number: &str, stalled: &System, moods: &[Mood]) -> String {
    let anna = office.person("anna");
    let instance = anna.order(number, CLIENT).await;
    let task = anna.takes("ship", &instance).await;
    stalled.be(moods);
    let completing = tokio::spawn(async move { anna.completes(&task, shipment()).await });
    let patience = Duration::from_mins(1);
    tokio::time::timeout(patience, stalled.is_stalled()).await.expect("the system is asked");
    office.dies_and_rises().await;
    let told = completing.await.unwrap();
    assert!(told.is_err(), "nobody was there any more to answer: {told:?}");
    instance
}

async fn killed_while_the_crm_is_asked(office: &mut Office, systems: &Systems) {
    let instance = killed(office, "O-5", &systems.crm, &[Mood::Stalled]).await;
    assert_eq!(office.person("anna").finds(&instance, "delivery").await["repeated"], false);
    systems.have_once("O-5", 1);
}

async fn killed_before_the_erp_accepts(office: &mut Office, systems: &Systems) {
    let instance = killed(office, "O-6", &systems.erp, &[Mood::Stalled]).await;
    assert_eq!(office.person("anna").finds(&instance, "delivery").await["repeated"], false);
    systems.have_once("O-6", 2);
}

async fn killed_after_the_erp_accepted(office: &mut Office, systems: &Systems) {
    let instance = killed(office, "O-7", &systems.erp, &[Mood::DoneAndStalled]).await;
    assert_eq!(office.person("anna").finds(&instance, "delivery").await["repeated"], true);
    systems.have_once("O-7", 2);
}

async fn killed_after_the_note_was_written(office: &mut Office, systems: &Systems) {
    let instance = killed(office, "O-8", &systems.crm, &[Mood::Well, Mood::DoneAndStalled]).await;
    assert_eq!(office.person("anna").finds(&instance, "crmNote").await["repeated"], true);
    systems.have_once("O-8", 1);
}
