//! The archive: histories of what is about to be removed, one instance a line, in a file for each day.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use hosk_core::{DeployedProcess, ProcessInstanceKey, Timestamp};
use hosk_store::{Queries, RemovalStore};
use jiff::Timestamp as Moment;
use serde::Serialize;

use crate::Error;
use crate::limits::{ARCHIVE_BYTES, ARCHIVE_COMMITS};

/// Where histories are kept.
pub(super) struct Archive {
    folder: PathBuf,
    queries: Arc<dyn Queries>,
}

/// A line of the archive.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    process_instance_key: String,
    root_process_instance_key: String,
    process_definition_id: &'a str,
    process_definition_key: String,
    version: i64,
    tenant_id: &'a str,
    business_id: Option<&'a str>,
    start_date: String,
    end_date: Option<String>,
    state: &'static str,
    history: Vec<Entry>,
}

/// What one command did.
#[derive(Serialize)]
struct Entry {
    at: String,
    events: Vec<hosk_core::Event>,
}

fn moment(at: Timestamp) -> String {
    Moment::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

impl Archive {
    pub(super) fn new(folder: PathBuf, queries: Arc<dyn Queries>) -> Self {
        Self { folder, queries }
    }

    /// Writes the histories of instances and of those that they called; on disk when this returns.
    pub(super) async fn keep(
        &self,
        store: &dyn RemovalStore,
        process: &DeployedProcess,
        instances: &[ProcessInstanceKey],
        now: Timestamp,
    ) -> Result<(), Error> {
        let day: String = moment(now).chars().take(10).collect();
        let path = self.folder.join(format!("{day}.jsonl"));
        let mut lines = Vec::new();
        for instance in instances {
            for key in store.family(*instance).await? {
                self.line(process, *instance, key, &mut lines).await?;
                if lines.len() >= ARCHIVE_BYTES {
                    append(path.clone(), std::mem::take(&mut lines)).await?;
                }
            }
        }
        append(path, lines).await
    }

    async fn line(
        &self,
        process: &DeployedProcess,
        root: ProcessInstanceKey,
        key: ProcessInstanceKey,
        lines: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let Some(instance) = self.queries.process_instance(key).await? else { return Ok(()) };
        let line = Line {
            process_instance_key: key.0.to_string(),
            root_process_instance_key: root.0.to_string(),
            process_definition_id: &instance.process_definition_id,
            process_definition_key: instance.process_definition_key.0.to_string(),
            version: i64::from(instance.process_definition_version),
            tenant_id: &process.tenant,
            business_id: instance.business_id.as_deref(),
            start_date: moment(instance.start_date),
            end_date: instance.end_date.map(moment),
            state: instance.state.as_str(),
            history: self.history(key).await?,
        };
        serde_json::to_writer(&mut *lines, &line).map_err(|error| failed(&error))?;
        lines.push(b'\n');
        Ok(())
    }

    async fn history(&self, key: ProcessInstanceKey) -> Result<Vec<Entry>, Error> {
        let (mut history, mut after) = (Vec::new(), 0);
        loop {
            let commits = self.queries.history(key, after, ARCHIVE_COMMITS).await?;
            let Some(last) = commits.last().map(|commit| commit.version) else { return Ok(history) };
            after = last;
            let steps = commits.into_iter().flat_map(|commit| commit.steps);
            history.extend(steps.map(|step| Entry { at: moment(step.at), events: step.events }));
        }
    }
}

/// Appends to a file, which is made when it is not there, and waits until it is on disk.
async fn append(path: PathBuf, lines: Vec<u8>) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let write = move || {
        let folder = path.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
        std::fs::create_dir_all(&folder)?;
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(&lines)?;
        file.sync_all()?;
        // A new file is there for sure when its folder says so.
        File::open(folder)?.sync_all()
    };
    let written: std::io::Result<()> =
        tokio::task::spawn_blocking(write).await.map_err(|error| failed(&error))?;
    written.map_err(|error| failed(&error))
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    let source = error.to_string().into();
    hosk_store::Error::Database { doing: "archiving what is to be removed", source }.into()
}
