//! Every statement that the stores of these tests give to the database, held to what a cluster executes.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Once;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::rules::complaints;

/// What was heard, each text once.
static HEARD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Ear;

/// The text of a statement in an event of the database's driver: whole, or its first words when it has no more.
#[derive(Default)]
struct Text {
    summary: String,
    whole: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl<S: tracing::Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut text = Text::default();
            event.record(&mut text);
            HEARD.lock().insert(if text.whole.is_empty() { text.summary } else { text.whole });
        }
    }
}

/// Hears every statement from now on.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::registry().with(Ear).init());
}

/// Whether a statement with this beginning was heard.
pub(crate) fn has(beginning: &str) -> bool {
    HEARD.lock().iter().any(|text| text.starts_with(beginning))
}

/// Fails when something was heard that a cluster does not execute, or executes as several machines' matter without need.
pub(crate) fn check() {
    static CHECKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let heard = HEARD.lock().clone();
    let new: Vec<String> = heard.difference(&CHECKED.lock()).cloned().collect();
    let found: Vec<String> = new
        .iter()
        .flat_map(|text| complaints(text).into_iter().map(move |what| format!("{what}:\n  {text}")))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    CHECKED.lock().extend(new);
}
