//! What a process refers to outside of its file: called processes, decisions and linked forms.
//!
//! A file alone cannot tell whether these exist; whoever deploys it can. With the binding `deployment` a missing one
//! can never come later, so it is an error; else it may still be deployed before it is needed, so it is a warning.

use crate::definition::{
    Binding, BusinessRuleTask, Dynamic, ElementIndex, ElementKind, Form, ProcessDefinition, UserTask,
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostic_code::DiagnosticCode;

/// A resource that an element needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceReference<'p> {
    /// The element.
    pub element: ElementIndex,
    /// What it is.
    pub kind: ResourceKind,
    /// Its id, as far as known without running.
    pub id: &'p str,
    /// Which version.
    pub binding: &'p Binding,
}

/// What a reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// A process, by `zeebe:calledElement`.
    Process,
    /// A form, by `formId`.
    Form,
    /// A decision, by `zeebe:calledDecision`.
    Decision,
}

impl ResourceKind {
    fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Form => "form",
            Self::Decision => "decision",
        }
    }
}

impl ProcessDefinition {
    /// Everything outside of its file that the process refers to by a fixed id, in document order.
    pub fn resource_references(&self) -> impl Iterator<Item = ResourceReference<'_>> {
        self.elements.iter().filter_map(|element| {
            let (kind, id, binding) = match &element.kind {
                ElementKind::CallActivity(call) => match &call.process_id {
                    Dynamic::Static(id) => (ResourceKind::Process, &**id, &call.binding),
                    Dynamic::Expression(_) => return None,
                },
                ElementKind::BusinessRuleTask(BusinessRuleTask::Decision(called)) => {
                    match &called.decision_id {
                        Dynamic::Static(id) => (ResourceKind::Decision, &**id, &called.binding),
                        Dynamic::Expression(_) => return None,
                    }
                }
                ElementKind::UserTask(UserTask::Native(task)) => linked(task.form.as_ref())?,
                ElementKind::StartEvent { form, .. } => linked(form.as_ref())?,
                _ => return None,
            };
            Some(ResourceReference { element: element.index, kind, id, binding })
        })
    }

    /// Findings about the references for which `is_known` says no.
    pub fn unresolved_references(
        &self,
        is_known: impl Fn(&ResourceReference<'_>) -> bool,
    ) -> Vec<Diagnostic> {
        self.resource_references().filter(|r| !is_known(r)).map(|r| self.unresolved(&r)).collect()
    }

    fn unresolved(&self, reference: &ResourceReference<'_>) -> Diagnostic {
        let element = self.element(reference.element);
        let (word, id) = (reference.kind.word(), reference.id);
        let (severity, remedy) = match reference.binding {
            Binding::Deployment => (Severity::Error, format!("Deploy the {word} together with this file.")),
            Binding::Latest => (Severity::Warning, format!("Deploy the {word} before an instance needs it.")),
            Binding::VersionTag(tag) => {
                (Severity::Warning, format!("Deploy the {word} with the version tag `{tag}`."))
            }
        };
        Diagnostic {
            code: DiagnosticCode::UnresolvedResource,
            severity,
            message: format!(
                "The element `{}` refers to the {word} `{id}`, which is not deployed.",
                element.id
            ),
            element_id: Some(element.id.to_string()),
            position: element.position,
            remedy,
        }
    }
}

fn linked(form: Option<&Form>) -> Option<(ResourceKind, &str, &Binding)> {
    match form? {
        Form::Linked { form_id, binding } => Some((ResourceKind::Form, form_id, binding)),
        Form::External(_) | Form::Key(_) => None,
    }
}
