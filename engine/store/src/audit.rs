//! What is written to the audit log by itself: what changed no instance, and what was refused.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use hosk_core::{
    DecisionDefinitionKey, DecisionEvaluationKey, DecisionRequirementsKey, DeploymentKey, FormKey,
    ProcessInstanceKey, Timestamp, UserTaskKey,
};

use crate::plain::{Plain, plain};
use crate::read::{ActorType, AuditEntityType, AuditOperation, AuditResult};
use crate::rows::AuditRow;
use crate::{Error, Memory};

/// Something that somebody did, or tried.
#[derive(Clone, Debug)]
pub struct NewAudit {
    /// When.
    pub at: Timestamp,
    /// What.
    pub operation: AuditOperation,
    /// With what kind of thing.
    pub entity_type: AuditEntityType,
    /// Its key or name.
    pub entity_key: Arc<str>,
    /// How it ended.
    pub result: AuditResult,
    /// Who; `None` when nobody had to say.
    pub actor: Option<Arc<str>>,
    /// From which address.
    pub origin: Option<Arc<str>>,
    /// Tenant.
    pub tenant: Option<Arc<str>>,
    /// What was asked for, or why it was refused, in short.
    pub detail: Option<Arc<str>>,
    /// What else belongs to it.
    pub more: AuditMore,
}

/// What belongs to a line of the audit log besides: only lines that are written by themselves have any of it.
#[derive(Clone, Debug, Default)]
pub struct AuditMore {
    /// What it concerned besides: kind, and key or name.
    pub related: Option<(AuditEntityType, Arc<str>)>,
    /// What there was before, as JSON. Never a secret.
    pub before: Option<Arc<str>>,
    /// What there was afterwards, as JSON. Never a secret.
    pub after: Option<Arc<str>>,
    /// The deployment.
    pub deployment: Option<DeploymentKey>,
    /// The deployed file or version.
    pub resource: Option<u64>,
    /// The form.
    pub form: Option<FormKey>,
    /// The decision.
    pub decision: Option<DecisionDefinitionKey>,
    /// The decision requirements graph.
    pub requirements: Option<DecisionRequirementsKey>,
    /// The evaluation of a decision.
    pub evaluation: Option<DecisionEvaluationKey>,
}

impl NewAudit {
    /// As a row; the key of some things says where they belong.
    fn row(self) -> AuditRow {
        let key = self.entity_key.parse::<u64>().ok();
        let of = |kind| key.filter(|_| self.entity_type == kind);
        AuditRow {
            at: self.at,
            operation: self.operation,
            entity_type: self.entity_type,
            result: self.result,
            batch: of(AuditEntityType::Batch),
            definition: None,
            instance: of(AuditEntityType::ProcessInstance).map(ProcessInstanceKey),
            element_instance: None,
            job: of(AuditEntityType::Job).map(hosk_core::JobKey),
            user_task: of(AuditEntityType::UserTask).map(UserTaskKey),
            entity_key: self.entity_key,
            actor: self.actor,
            origin: self.origin,
            tenant: self.tenant,
            detail: self.detail,
            more: self.more,
        }
    }
}

/// Where the audit log is kept.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// Writes a line.
    async fn add_audit(&self, audit: NewAudit) -> Result<(), Error>;
}

const COLUMNS: &str = "at, operation, entity_type, entity_key, category, result, actor_type, actor, origin, tenant, batch, \
                       definition, instance, element_instance, job, user_task, detail, related_type, related_key, \
                       before, after, deployment, resource, form, decision, requirements, evaluation";
const PLACES: &str = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
                      $22, $23, $24, $25, $26, $27";

#[async_trait]
impl<D: Plain> AuditStore for D {
    async fn add_audit(&self, audit: NewAudit) -> Result<(), Error> {
        let row = audit.row();
        let mut values = plain![row.at, row.operation as i64, row.entity_type as i64, row.entity_key];
        values.extend(plain![row.entity_type.category() as i64, row.result as i64]);
        values.extend(plain![ActorType::of(row.actor.as_deref()) as i64, row.actor, row.origin, row.tenant]);
        values.extend(plain![row.batch, row.definition.map(|key| key.0), row.instance.map(|key| key.0)]);
        values.extend(plain![row.element_instance.map(|key| key.0), row.job.map(|key| key.0)]);
        values.extend(plain![row.user_task.map(|key| key.0), row.detail]);
        let AuditMore { related, before, after, deployment, resource, .. } = row.more;
        let (related_type, related_key) = related.unzip();
        values.extend(plain![related_type.map(|kind| kind as i64), related_key, before, after]);
        values.extend(plain![deployment.map(|key| key.0), resource, row.more.form.map(|key| key.0)]);
        values.extend(plain![row.more.decision.map(|key| key.0), row.more.requirements.map(|key| key.0)]);
        values.extend(plain![row.more.evaluation.map(|key| key.0)]);
        let [column, value] = D::UNBOUND;
        let add = format!("INSERT INTO audit_log ({COLUMNS}{column}) VALUES ({PLACES}{value})");
        self.transact("writing the audit log", |tx| {
            async move { tx.run(&add, values).await.map(drop) }.boxed()
        })
        .await
    }
}

#[async_trait]
impl AuditStore for Memory {
    async fn add_audit(&self, audit: NewAudit) -> Result<(), Error> {
        self.note(audit.row()).await;
        Ok(())
    }
}
