//! Histories are the durable format: what a release has written must replay for ever.
//!
//! `tests/histories/<element>.json` holds the events of one story per element as they were when it was recorded, and of
//! some more.
//! They are never blessed: a file is written when it is missing, and from then on it only has to replay.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hosk_core::{Event, InstanceState, apply};
use libtest_mimic::Failed;

use crate::{root, run};

const FOLDER: &str = "tests/histories";

/// What the first story of an element does not tell: the name of the history, the story.
const MORE: &[(&str, &str)] = &[
    ("decision", "business_rule_task/decision.scenario"),
    ("decision_incident", "business_rule_task/decision_incident_resolved.scenario"),
];

pub(crate) fn check() -> Result<(), Failed> {
    let folder = root().join(FOLDER);
    let mut stories: BTreeMap<String, String> = elements()
        .into_iter()
        .map(|element| (element.clone(), format!("{element}/passes.scenario")))
        .collect();
    stories.extend(MORE.iter().map(|(name, story)| ((*name).to_owned(), (*story).to_owned())));
    if std::env::var_os("BLESS").is_some() {
        for (name, story) in &stories {
            record(&folder.join(format!("{name}.json")), story)?;
        }
    }
    for name in stories.keys() {
        let file = folder.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}; record it with BLESS=1", file.display()))?;
        let histories: Vec<Vec<Event>> =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        for history in histories {
            let mut state = InstanceState::new();
            for event in &history {
                apply(&mut state, event);
            }
            let ended = history.iter().any(|event| matches!(event, Event::InstanceEnded(_)));
            if state.is_ended() != ended {
                return Err(
                    format!("{}: the replayed instance ends otherwise than it did", file.display()).into()
                );
            }
        }
    }
    Ok(())
}

fn elements() -> BTreeSet<String> {
    std::fs::read_dir(root().join("tests/scenarios"))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !crate::coverage::COLLECTIONS.contains(&name.as_str()))
        .collect()
}

fn record(file: &Path, story: &str) -> Result<(), Failed> {
    if file.exists() {
        return Ok(());
    }
    let (_, outcome) = run(&root().join("tests/scenarios").join(story))?;
    std::fs::create_dir_all(file.parent().unwrap_or(file))?;
    std::fs::write(file, serde_json::to_string_pretty(&outcome.histories)? + "\n")?;
    Ok(())
}
