//! The audit log: written with what it changes, or by itself.

use hosk_core::{
    DecisionDefinitionKey, DecisionEvaluationKey, DecisionRequirementsKey, DeploymentKey, Event, FormKey,
    JobKey, Operation, UserTaskKey,
};
use hosk_store::{
    ActorType, AuditCategory, AuditEntityType, AuditLog, AuditLogField, AuditMore, AuditOperation,
    AuditResult, Filter, NewAudit, Removal, Scalar, Search, Sort,
};

use crate::world::{NOW, World, later};

async fn log(world: &World, filter: Filter<AuditLogField>) -> Vec<AuditLog> {
    let sort = vec![Sort { field: AuditLogField::Key, descending: false }];
    world.store.audit_logs(Search { sort, ..Search::by(filter) }).await.unwrap().items
}

fn asked(operation: Operation) -> Event {
    let (by, from) = (Some("olga".into()), Some("127.0.0.1".into()));
    Event::Asked { operation, by, batch: Some(77), from }
}

pub(crate) async fn what_was_asked_of_an_instance_is_noted_with_it(world: World) {
    let instance = world.start().await;
    let (job, task) = (JobKey(901), UserTaskKey(902));
    let events = vec![
        asked(Operation::UpdateJob { job }),
        Event::JobUpdated { key: job, retries: Some(3), priority: None },
        asked(Operation::CompleteUserTask { user_task: task }),
    ];
    world.commit(vec![world.set(instance, 1, events)]).await;
    let rows = log(&world, Filter::eq(AuditLogField::ProcessInstanceKey, instance)).await;
    assert_eq!(rows.len(), 2);
    let first = &rows[0];
    assert_eq!((first.operation_type, first.entity_type), (AuditOperation::Update, AuditEntityType::Job));
    assert_eq!((&*first.entity_key, first.job_key, first.user_task_key), ("901", Some(job), None));
    assert_eq!((first.timestamp, first.result), (NOW, AuditResult::Success));
    assert_eq!((first.actor_type, first.actor_id.as_deref()), (ActorType::User, Some("olga")));
    assert_eq!((first.origin.as_deref(), first.batch_operation_key), (Some("127.0.0.1"), Some(77)));
    assert_eq!(
        (first.process_definition_id.as_deref(), first.root_process_instance_key),
        (Some("order"), Some(instance))
    );
    assert_eq!(
        (first.detail.as_deref(), first.tenant_id.as_deref()),
        (Some("retries: 3"), Some("<default>"))
    );
    assert_eq!((rows[1].category, rows[1].user_task_key), (AuditCategory::UserTasks, Some(task)));
    assert_eq!(world.store.audit_log(first.key).await.unwrap().as_ref(), Some(first));
    // A change set that is left out leaves nothing here.
    let stale = world.set(instance, 1, vec![asked(Operation::Cancel)]);
    world.store.commit(world.batch(vec![stale])).await.unwrap();
    assert_eq!(log(&world, Filter::everything()).await.len(), 2);
    // The log outlives the instance, also where it is asked by process.
    let of_process = Filter::eq(AuditLogField::ProcessDefinitionId, "order");
    world.commit(vec![world.set(instance, 2, World::ended(instance))]).await;
    assert_eq!(log(&world, of_process.clone()).await.len(), 2);
    assert_eq!(world.store.remove_instances(vec![instance]).await.unwrap(), [Removal::Removed]);
    assert_eq!(log(&world, of_process).await.len(), 2);
}

pub(crate) async fn what_changes_no_instance_is_noted_by_itself(world: World) {
    let audit = NewAudit {
        at: later(5),
        operation: AuditOperation::Create,
        entity_type: AuditEntityType::User,
        entity_key: "stan".into(),
        result: AuditResult::Fail,
        actor: None,
        origin: Some("::1".into()),
        tenant: None,
        detail: Some("forbidden".into()),
        more: AuditMore::default(),
    };
    world.store.add_audit(audit).await.unwrap();
    let rows = log(&world, Filter::eq(AuditLogField::EntityKey, "stan")).await;
    assert_eq!((rows.len(), rows[0].result, rows[0].category), (1, AuditResult::Fail, AuditCategory::Admin));
    assert_eq!((rows[0].actor_type, rows[0].actor_id.as_deref()), (ActorType::Anonymous, None));
    assert_eq!((rows[0].timestamp, rows[0].process_instance_key), (later(5), None));
}

pub(crate) async fn what_a_line_concerns_besides_is_found(world: World) {
    let more = AuditMore {
        related: Some((AuditEntityType::User, "stan".into())),
        before: None,
        after: Some("{\"name\":\"Stan\"}".into()),
        deployment: Some(DeploymentKey(1)),
        resource: Some(2),
        form: Some(FormKey(3)),
        decision: Some(DecisionDefinitionKey(4)),
        requirements: Some(DecisionRequirementsKey(5)),
        evaluation: Some(DecisionEvaluationKey(6)),
    };
    let audit = |key: &str, more| NewAudit {
        at: later(5),
        operation: AuditOperation::Assign,
        entity_type: AuditEntityType::Group,
        entity_key: key.into(),
        result: AuditResult::Success,
        actor: Some("olga".into()),
        origin: None,
        tenant: None,
        detail: None,
        more,
    };
    world.store.add_audit(audit("sales", more)).await.unwrap();
    world.store.add_audit(audit("other", AuditMore::default())).await.unwrap();
    for filter in [
        Filter::eq(AuditLogField::RelatedKey, "stan"),
        Filter::eq(AuditLogField::RelatedType, "USER"),
        Filter::eq(AuditLogField::DeploymentKey, DeploymentKey(1)),
        Filter::eq(AuditLogField::ResourceKey, Scalar::Key(2)),
        Filter::eq(AuditLogField::FormKey, FormKey(3)),
        Filter::eq(AuditLogField::DecisionDefinitionKey, DecisionDefinitionKey(4)),
        Filter::eq(AuditLogField::DecisionRequirementsKey, DecisionRequirementsKey(5)),
        Filter::eq(AuditLogField::DecisionEvaluationKey, DecisionEvaluationKey(6)),
    ] {
        let rows = log(&world, filter.clone()).await;
        assert_eq!(rows.len(), 1, "{filter:?}");
        assert_eq!((&*rows[0].entity_key, rows[0].related_key.as_deref()), ("sales", Some("stan")));
        assert_eq!(
            (rows[0].before.as_deref(), rows[0].after.as_deref()),
            (None, Some("{\"name\":\"Stan\"}"))
        );
    }
    assert!(log(&world, Filter::eq(AuditLogField::DecisionDefinitionId, "dish")).await.is_empty());
    assert!(log(&world, Filter::eq(AuditLogField::DecisionRequirementsId, "menu")).await.is_empty());
}
