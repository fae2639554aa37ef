//! One uploaded file: read when something in it is needed, then kept compiled.

use std::sync::{Arc, OnceLock};

use hosk_core::{DeployedProcess, ProcessDefinitionKey};
use hosk_model::ProcessDefinition;
use hosk_store::DeployedDefinition;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

/// A file and what came of it.
#[derive(Debug)]
pub(super) struct File {
    /// Let go when the processes are compiled.
    content: Mutex<Option<Arc<[u8]>>>,
    processes: OnceLock<Vec<Arc<ProcessDefinition>>>,
    deployed: Mutex<FxHashMap<ProcessDefinitionKey, Arc<DeployedProcess>>>,
    form_version_tag: OnceLock<Option<Arc<str>>>,
}

impl File {
    /// A file from the store.
    pub(super) fn stored(content: Arc<[u8]>) -> Self {
        Self {
            content: Mutex::new(Some(content)),
            processes: OnceLock::new(),
            deployed: Mutex::default(),
            form_version_tag: OnceLock::new(),
        }
    }

    /// A file whose processes are compiled already.
    pub(super) fn compiled(processes: Vec<Arc<ProcessDefinition>>) -> Self {
        let file = Self::stored(Arc::from([]));
        *file.content.lock() = None;
        let _ = file.processes.set(processes);
        file
    }

    /// A form that was just read.
    pub(super) fn form(version_tag: Option<Arc<str>>) -> Self {
        let file = Self::compiled(Vec::new());
        let _ = file.form_version_tag.set(version_tag);
        file
    }

    /// Whether a word may stand in it; what is compiled already, or not in UTF-8, may have any.
    pub(super) fn may_have(&self, word: &str) -> bool {
        let content = self.content.lock();
        let Some(content) = &*content else { return true };
        std::str::from_utf8(content).map_or(true, |text| text.contains('\0') || text.contains(word))
    }

    /// A process of this file; compiles the file at the first call. `None` when a release of hosk does not
    /// understand it any more, which is reported in the log.
    pub(super) fn process(
        &self,
        what: &DeployedDefinition,
        tenant: &Arc<str>,
    ) -> Option<Arc<DeployedProcess>> {
        let key = ProcessDefinitionKey(what.key);
        if let Some(known) = self.deployed.lock().get(&key) {
            return Some(known.clone());
        }
        let definition = self.processes(&what.resource_name).iter().find(|process| process.id == what.id)?;
        let process = Arc::new(DeployedProcess {
            key,
            version: what.version,
            deployment: what.deployment,
            tenant: tenant.clone(),
            resource_name: what.resource_name.clone(),
            definition: definition.clone(),
        });
        Some(self.deployed.lock().entry(key).or_insert(process).clone())
    }

    /// `versionTag` of a form.
    pub(super) fn form_version_tag(&self) -> Option<&str> {
        let read = || {
            let content = self.content.lock().clone()?;
            hosk_model::compile_form(&content, "").ok()?.version_tag
        };
        self.form_version_tag.get_or_init(read).as_deref()
    }

    fn processes(&self, name: &str) -> &[Arc<ProcessDefinition>] {
        self.processes.get_or_init(|| {
            let Some(content) = self.content.lock().take() else { return Vec::new() };
            let compiled = hosk_model::compile(&content, name);
            if compiled.has_errors() {
                let problem = compiled.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
                let problem = problem.map(ToString::to_string);
                tracing::error!(
                    resource = name,
                    problem,
                    "a deployed file is not understood any more; its instances stand still"
                );
            }
            compiled.processes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_looked_for_without_compiling() {
        let has = |content: &[u8]| File::stored(Arc::from(content)).may_have("word");
        assert!(has(b"a word in it") && !has(b"nothing in it"));
        let utf_16: Vec<u8> = "a word".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(has(&utf_16), "it may, in another encoding");
        assert!(has(b"\xff\xfe"));
        assert!(File::compiled(Vec::new()).may_have("word"), "what is compiled is asked itself");
    }
}
