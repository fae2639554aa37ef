//! What is written to the audit log by the API itself: what changes no instance, and what was refused.
//!
//! What is done with an instance is written by the store, in the transaction that changes it.

use std::sync::Arc;

use axum::response::Response;
use hosk_runtime::Asker;
use hosk_store::read::{AuditCategory, AuditEntityType, AuditOperation, AuditResult};
use hosk_store::{AuditMore, NewAudit};

use crate::App;
use crate::answer::Answer;
use crate::call::{Call, Marks};
use crate::operation::Outcome;
use crate::tenants::Tenants;

/// Characters of a name that nobody has.
const NAME_MAX: usize = 256;

/// What an operation does, for the audit log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Audited {
    pub(crate) operation: AuditOperation,
    pub(crate) entity: AuditEntityType,
    /// Whether the store notes the success with what it changes; then only refusals are noted here.
    pub(crate) within: bool,
}

/// What a handler tells of its request, for the audit log.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What it is about, where that is not the last parameter of the path.
    entity: Option<Arc<str>>,
    /// Who asked, where he is known by the request's end only.
    actor: Option<Arc<str>>,
    /// What was asked for, in short.
    detail: Option<Arc<str>>,
    more: AuditMore,
}

impl Told {
    /// What it is about: key or name.
    pub(crate) fn about(&mut self, entity: &str) -> &mut Self {
        self.entity = Some(entity.into());
        self
    }

    /// What it concerns besides: kind, and key or name.
    pub(crate) fn related(&mut self, kind: AuditEntityType, key: &str) -> &mut Self {
        self.more.related = Some((kind, key.into()));
        self
    }

    /// Who asked.
    pub(crate) fn by(&mut self, actor: &str) -> &mut Self {
        self.actor = Some(actor.into());
        self
    }

    /// What was asked for, in short.
    pub(crate) fn detail(&mut self, detail: &str) -> &mut Self {
        self.detail = Some(detail.into());
        self
    }

    /// What there was before: an answer, as answers hold no secrets.
    pub(crate) fn before<T: Answer>(&mut self, answer: &T) -> &mut Self {
        self.more.before = json(answer);
        self
    }

    /// What there is afterwards.
    pub(crate) fn after<T: Answer>(&mut self, answer: &T) -> &mut Self {
        self.more.after = json(answer);
        self
    }

    /// The rest.
    pub(crate) fn more(&mut self) -> &mut AuditMore {
        &mut self.more
    }
}

fn json<T: Answer>(answer: &T) -> Option<Arc<str>> {
    serde_json::to_string(answer).ok().map(Into::into)
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
    what: Audited,
    /// The last parameter of the path.
    key: Arc<str>,
    by: Option<Arc<str>>,
    from: Option<Arc<str>>,
}

impl Asking {
    /// A request with these parameters in its path.
    pub(crate) fn of(what: Audited, parameters: &[(String, String)], asker: &Asker) -> Self {
        let key = parameters.last().map_or("", |(_, value)| value).into();
        Self { what, key, by: asker.by.clone(), from: asker.from.clone() }
    }

    /// What the log is told of how it ended. An answer cannot be looked at while something is waited for.
    pub(crate) fn told(
        self,
        app: &App,
        outcome: &Outcome,
        (marks, tenants): (&Marks, &Tenants),
    ) -> Option<NewAudit> {
        let Told { entity, actor, detail, mut more } = std::mem::take(&mut *marks.told.lock());
        let key = entity.unwrap_or(self.key);
        let (result, entity_key, detail) = match outcome {
            Ok(_) if self.what.within => return None,
            Ok(answer) => (AuditResult::Success, key_of(answer, &key), detail),
            // 401 is of a handler: a sign-in with the wrong password.
            Err(problem) if matches!(problem.status().as_u16(), 401 | 403 | 404 | 409) => {
                (more.before, more.after) = (None, None);
                (AuditResult::Fail, key, Some(problem.code().into()))
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
            actor: self.by.or(actor),
            origin: self.from,
            tenant: marks.tenant.get().cloned().or_else(|| of_asker(self.what.entity, tenants, outcome)),
            detail,
            more,
        })
    }
}

impl Call {
    /// Tells the audit log more of this request.
    pub(crate) fn tells(&self, told: impl FnOnce(&mut Told)) {
        told(&mut self.marks().told.lock());
    }
}

/// Notes that somebody showed a wrong password with his request. How often is bounded by how often he may try.
pub(crate) async fn note_wrong_password(app: &App, name: &str, from: Option<Arc<str>>, code: &str) {
    let audit = NewAudit {
        at: app.engine.now(),
        operation: AuditOperation::Unknown,
        entity_type: AuditEntityType::User,
        entity_key: name.chars().take(NAME_MAX).collect::<String>().into(),
        result: AuditResult::Fail,
        actor: None,
        origin: from,
        tenant: None,
        detail: Some(code.into()),
        more: AuditMore::default(),
    };
    note(app, audit).await;
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
