//! What people asked of instances, written with what it changes.

use super::shape::{Shape, Statements};
use super::statements::Prepared;
use crate::read::ActorType;

static NEW_AUDIT: Shape = Shape::insert(
    "audit_log",
    "bucket, at, operation, entity_type, entity_key, category, result, actor_type, actor, origin, tenant, batch, definition, \
     instance, element_instance, job, user_task, detail",
    "",
);

pub(super) fn rows(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let rows = sets.iter().flat_map(|p| p.changes.audits.iter().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_AUDIT, false, rows, |(bucket, row), v| {
        v.add(bucket)
            .add(row.at.0)
            .add(row.operation as i64)
            .add(row.entity_type as i64)
            .add(&row.entity_key);
        v.add(row.entity_type.category() as i64).add(row.result as i64);
        v.add(ActorType::of(row.actor.as_deref()) as i64).add(row.actor.as_ref()).add(row.origin.as_ref());
        v.add(row.tenant.as_ref()).add(row.batch.map(|key| key as i64));
        v.add(row.definition.map(|k| k.0 as i64)).add(row.instance.map(|k| k.0 as i64));
        v.add(row.element_instance.map(|k| k.0 as i64)).add(row.job.map(|k| k.0 as i64));
        v.add(row.user_task.map(|k| k.0 as i64)).add(row.detail.as_ref());
    });
}
