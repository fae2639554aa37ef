//! What uploaded processes refer to: called processes, decisions and forms. A reference that can never resolve refuses the
//! upload; one that may still be deployed later is a warning.

use hosk_core::{Definitions as _, DeploymentKey};
use hosk_model::{Binding, Diagnostic, ResourceKind, ResourceReference};

use super::DefinitionCache;
use super::deploy::Content;

/// A deployment that nothing was deployed with: only the bindings `latest` and `versionTag` can be met by what is
/// there already.
const NO_DEPLOYMENT: DeploymentKey = DeploymentKey(0);

impl DefinitionCache {
    /// Findings per uploaded file, in order.
    pub(super) fn unresolved(&self, tenant: &str, upload: &[Content]) -> Vec<Vec<Diagnostic>> {
        let known = |reference: &ResourceReference<'_>| {
            upload.iter().any(|content| content.has(reference)) || self.has(tenant, reference)
        };
        upload
            .iter()
            .map(|content| {
                content.processes().iter().flat_map(|process| process.unresolved_references(known)).collect()
            })
            .collect()
    }

    fn has(&self, tenant: &str, reference: &ResourceReference<'_>) -> bool {
        if *reference.binding == Binding::Deployment {
            return false;
        }
        let (id, binding) = (reference.id, reference.binding);
        match reference.kind {
            ResourceKind::Process => self.bound_process(tenant, id, binding, NO_DEPLOYMENT).is_some(),
            ResourceKind::Decision => self.bound_decision(tenant, id, binding, NO_DEPLOYMENT).is_some(),
            ResourceKind::Form => self.bound_form(tenant, id, binding, NO_DEPLOYMENT).is_some(),
        }
    }
}

impl Content {
    /// Whether the file itself holds what is meant.
    fn has(&self, reference: &ResourceReference<'_>) -> bool {
        let tagged = |tag: Option<&str>| match reference.binding {
            Binding::Latest | Binding::Deployment => true,
            Binding::VersionTag(wanted) => tag == Some(&**wanted),
        };
        match (reference.kind, self) {
            (ResourceKind::Process, Self::Processes(processes)) => processes
                .iter()
                .any(|process| &*process.id == reference.id && tagged(process.version_tag.as_deref())),
            (ResourceKind::Form, Self::Form { id, version_tag }) => {
                &**id == reference.id && tagged(version_tag.as_deref())
            }
            (ResourceKind::Decision, Self::Decisions(graph)) => graph
                .model
                .decisions()
                .any(|decision| *decision.id == *reference.id && tagged(decision.version_tag.as_deref())),
            _ => false,
        }
    }
}
