//! What is written to the audit log by the API itself: what changes no instance, and what was refused.
//!
//! What is done with an instance is written by the store, in the transaction that changes it.

use std::sync::Arc;

use axum::response::Response;
use hosk_store::NewAudit;
use hosk_store::read::{AuditCategory, AuditEntityType, AuditOperation, AuditResult};

use crate::App;
use crate::call::Marks;
use crate::operation::Outcome;
use crate::tenants::Tenants;

/// What an operation does, for the audit log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Audited {
    pub(crate) operation: AuditOperation,
    pub(crate) entity: AuditEntityType,
    /// Whether the store notes the success with what it changes; then only refusals are noted here.
    pub(crate) within: bool,
}

/// The key of what an operation made, on its answer.
#[derive(Clone, Debug)]
pub(crate) struct Made(Arc<str>);

/// An answer to the request that made something.
pub(crate) fn made(key: &impl ToString, answer: Outcome) -> Outcome {
    let mut answer = answer?;
    answer.extensions_mut().insert(Made(key.to_string().into()));
    Ok(answer)
}

/// A request on its way, as the log will name it.
pub(crate) struct Asking {
    pub(crate) what: Audited,
    /// The last parameter of the path.
    pub(crate) key: Arc<str>,
    pub(crate) by: Option<Arc<str>>,
    pub(crate) from: Option<Arc<str>>,
}

impl Asking {
    /// What the log is told of how it ended. An answer cannot be looked at while something is waited for.
    pub(crate) fn told(
        self,
        app: &App,
        outcome: &Outcome,
        (marks, tenants): (&Marks, &Tenants),
    ) -> Option<NewAudit> {
        let (result, entity_key, detail) = match outcome {
            Ok(_) if self.what.within => return None,
            Ok(answer) => (AuditResult::Success, key_of(answer, &self.key), None),
            Err(problem) if matches!(problem.status().as_u16(), 403 | 404 | 409) => {
                (AuditResult::Fail, self.key, Some(problem.code().into()))
            }
            // Nothing was asked for that could have been done.
            Err(_) => return None,
        };
        Some(NewAudit {
            at: app.engine.now(),
            operation: self.what.operation,
            entity_type: self.what.entity,
            entity_key,
            result,
            actor: self.by,
            origin: self.from,
            tenant: marks.tenant.get().cloned().or_else(|| of_asker(self.what.entity, tenants, outcome)),
            detail,
        })
    }
}

/// Writes a line. What cannot be written is in the server's own log.
pub(crate) async fn note(app: &App, audit: NewAudit) {
    let Some(store) = &app.audit else { return };
    if let Err(error) = store.add_audit(audit).await {
        tracing::error!(%error, "the audit log cannot be written");
    }
}

/// Of what was not there for its asker the log tells those of his tenant, if he has one.
fn of_asker(entity: AuditEntityType, tenants: &Tenants, outcome: &Outcome) -> Option<Arc<str>> {
    let is_everybodys = entity.category() == AuditCategory::Admin || tenants.ids().is_none();
    if is_everybodys || outcome.is_ok() { None } else { tenants.only().map(|tenant| tenant.id()) }
}

fn key_of(answer: &Response, key: &Arc<str>) -> Arc<str> {
    answer.extensions().get::<Made>().map_or_else(|| key.clone(), |Made(key)| key.clone())
}
