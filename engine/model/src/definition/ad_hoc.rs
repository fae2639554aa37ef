//! Ad-hoc sub-processes.

use std::sync::Arc;

use hosk_feel::{Expression, Json};

use super::JobDefinition;

/// An ad-hoc sub-process, with `zeebe:adHoc`.
#[derive(Debug)]
pub struct AdHocSubProcess {
    /// `ordering="Sequential"`: one activation at a time.
    pub sequential: bool,
    /// Ids of the elements that begin at once; absent: none.
    pub active_elements: Option<Expression>,
    /// When it is done; absent: when everything that was activated is.
    pub completion_condition: Option<Expression>,
    /// Whether the rest is stopped when the condition holds; else it is awaited.
    pub cancel_remaining: bool,
    /// The variable that collects what activations give.
    pub output_collection: Option<Arc<str>>,
    /// What an activation gives, evaluated at its end.
    pub output_element: Option<Expression>,
    /// The job whose worker chooses what begins, and says when it is done; then the model says neither.
    pub job: Option<JobDefinition>,
    /// The elements that can be activated, described for whoever chooses: a list of contexts.
    pub described: Json,
}
