//! How SQLite answers searches over a million rows: by every field, and sorted by every field.

use super::search::Spelling;
use super::{Options, Sqlite};
use crate::read::definitions::resolved;
use crate::read::sql::{Query, count, rows};
use crate::read::{
    AuditLog, BatchItem, Condition, CorrelatedMessageSubscription, DecisionInstance, ElementInstance, Entity,
    Field, Filter, Incident, Job, JobField, Kind, MessageSubscription, ProcessInstance, ProcessInstanceField,
    Related, Scalar, Search, Sort, UserTask, Variable, WaitState, WaitStateField,
};

struct Plans {
    store: Sqlite,
    _folder: tempfile::TempDir,
}

impl Plans {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path().join("s.db"), Options { durable: false }).await.unwrap();
        Self { store, _folder: folder }
    }

    /// What SQLite does, and whether it does it within something else.
    async fn steps(&self, query: Query) -> Vec<(bool, String)> {
        let text = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", query.text));
        let mut plan = sqlx::query_as::<_, (i64, i64, i64, String)>(text);
        for _ in &query.cells {
            plan = plan.bind(7_i64);
        }
        let steps = plan.fetch_all(&self.store.readers).await.unwrap();
        steps.into_iter().map(|(_, within, _, step)| (within != 0, step)).collect()
    }

    /// Whether a search or its count looks at every row.
    async fn goes_through<E: Entity>(&self, filter: &Filter<E::Field>) -> bool {
        let mut steps = self.steps(rows::<E, Spelling>(&Search::by(filter.clone())).unwrap()).await;
        steps.extend(self.steps(count::<E, Spelling>(filter).unwrap()).await);
        let tables = ["t", "p", "job", "user_task", "timer", "message_subscription"];
        let scans = |step: &str| {
            tables
                .iter()
                .any(|table| step.strip_prefix("SCAN ").is_some_and(|of| of.split(' ').next() == Some(table)))
        };
        steps.iter().any(|(_, step)| scans(step))
    }

    /// Whether every row is sorted for a page. The page itself is put in order once more, outside.
    async fn sorts<E: Entity>(&self, field: E::Field, descending: bool) -> bool {
        let search = Search { sort: vec![Sort { field, descending }], ..Search::default() };
        let steps = self.steps(rows::<E, Spelling>(&search).unwrap()).await;
        steps.iter().any(|(within, step)| *within && step == "USE TEMP B-TREE FOR ORDER BY")
    }

    /// The fields by which every row is gone through, and those by which every row is sorted.
    async fn exceptions<E: Entity>(&self) -> (&'static str, String, String) {
        let (mut filters, mut sorts) = (Vec::new(), Vec::new());
        for field in E::Field::ALL.iter().copied().filter(|field| field.kind() != Kind::Opaque) {
            // What processes are called and whose they are is asked of the definitions first.
            let by_definition = field.column().starts_with("d.") || field.column() == "p.definition";
            let filter = Filter::eq(field, sample(field.kind()));
            if !by_definition && self.goes_through::<E>(&filter).await {
                filters.push(format!("{field:?}"));
            }
            let listed = field.kind() == Kind::List;
            if !listed && (self.sorts::<E>(field, false).await || self.sorts::<E>(field, true).await) {
                sorts.push(format!("{field:?}"));
            }
        }
        let table = E::FROM.split_whitespace().next().unwrap();
        (table, filters.join(" "), sorts.join(" "))
    }
}

fn sample(kind: Kind) -> Scalar {
    match kind {
        Kind::Key => Scalar::Key(7),
        Kind::Int | Kind::Opaque => Scalar::Int(7),
        Kind::Bool => Scalar::Bool(true),
        Kind::Text | Kind::List => Scalar::Text("some".into()),
        Kind::Time => Scalar::Time(hosk_core::Timestamp(7)),
        Kind::Code(names) => Scalar::Text(names[0].into()),
    }
}

/// Fields without an index, by table: those by which every row is gone through until a page is full, and those by which
/// every row is sorted. An index for each would cost more with every step of every instance than these questions are worth.
/// - Most rows share the value: states, kinds, retries, booleans, tenants. A page is full soon; only when hardly any row
///   has the value are all looked at.
/// - What changes again and again: deadlines, workers, times of the last change.
/// - Texts for people, and what is put together from other tables: names and ids of elements, members of lists.
/// - Orders that say nothing, as by the key of something else.
/// - Words whose numbers have another order: what is indexed are the numbers.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "process_instance",
        "ProcessDefinitionKey State Tags",
        "ProcessDefinitionId ProcessDefinitionName ProcessDefinitionVersion ProcessDefinitionVersionTag \
         EndDate SuspendedDate State HasIncident TenantId ParentProcessInstanceKey ParentElementInstanceKey \
         RootProcessInstanceKey BusinessId",
    ),
    (
        "element_instance",
        "ElementId ElementName Type State EndDate HasIncident IsProcess",
        "RootProcessInstanceKey ProcessDefinitionId ProcessDefinitionKey ElementId ElementName Type State \
         EndDate HasIncident IncidentKey TenantId ScopeKey IsProcess",
    ),
    (
        "variable",
        "Name IsTruncated",
        "Name Value IsTruncated RootProcessInstanceKey ScopeKey ProcessDefinitionId ProcessDefinitionKey TenantId",
    ),
    (
        "job",
        "Kind ListenerEventType State Retries Priority Worker Deadline RetryAt ErrorMessage IsDenied DeniedReason \
         EndTime LastUpdateTime ElementId TenantId",
        "Kind ListenerEventType State Retries Priority Worker Deadline RetryAt ErrorCode ErrorMessage IsDenied \
         DeniedReason HasFailedWithRetriesLeft EndTime LastUpdateTime RootProcessInstanceKey ProcessDefinitionId \
         ProcessDefinitionKey ProcessDefinitionVersion ElementId ElementInstanceKey BusinessId TenantId",
    ),
    (
        "user_task",
        "Name ElementId CandidateGroups CandidateUsers CompletionDate FollowUpDate DueDate FormKey \
         ExternalFormReference Priority Tags",
        "Name State Assignee ElementId ElementInstanceKey CompletionDate FollowUpDate DueDate FormKey \
         ExternalFormReference Priority RootProcessInstanceKey ProcessDefinitionId ProcessDefinitionKey \
         ProcessDefinitionVersion ProcessName BusinessId TenantId",
    ),
    (
        "incident",
        "ErrorType ErrorMessage ResolvedTime ElementId ScopeKey",
        "ErrorType ErrorMessage ResolvedTime JobKey ElementId ElementInstanceKey ScopeKey RootProcessInstanceKey \
         ProcessDefinitionId ProcessDefinitionKey TenantId",
    ),
    (
        "message_subscription",
        "State LastUpdatedDate MessageName ElementId",
        "State LastUpdatedDate MessageName ElementId ElementInstanceKey RootProcessInstanceKey \
         ProcessDefinitionId ProcessDefinitionKey TenantId",
    ),
    (
        "correlated_message_subscription",
        "MessageKey SubscriptionKey MessageName CorrelationKey ElementId ProcessDefinitionKey",
        "MessageKey SubscriptionKey MessageName CorrelationKey ElementId ElementInstanceKey \
         RootProcessInstanceKey ProcessDefinitionId ProcessDefinitionKey TenantId",
    ),
    (
        "wait_state",
        "Type ElementId ElementType Name CorrelationKey JobKind ListenerEventType Retries DueDate OnCreate \
         OnUpdate",
        "Type ElementInstanceKey ElementId ElementType ProcessInstanceKey RootProcessInstanceKey \
         ProcessDefinitionId ProcessDefinitionKey TenantId Name CorrelationKey JobKind ListenerEventType \
         Retries DueDate OnCreate OnUpdate",
    ),
    (
        "audit_log",
        "Category Result ActorType Origin BatchOperationType ProcessDefinitionKey RootProcessInstanceKey \
         ElementInstanceKey Detail RelatedType Before After AgentElementId DeploymentKey ResourceKey FormKey \
         DecisionDefinitionKey DecisionDefinitionId DecisionRequirementsKey DecisionRequirementsId \
         DecisionEvaluationKey",
        "EntityType Category Result ActorType ActorId Origin TenantId BatchOperationKey BatchOperationType \
         ProcessDefinitionId ProcessDefinitionKey ProcessInstanceKey RootProcessInstanceKey \
         ElementInstanceKey JobKey UserTaskKey Detail RelatedType RelatedKey Before After AgentElementId \
         DeploymentKey ResourceKey FormKey DecisionDefinitionKey DecisionDefinitionId DecisionRequirementsKey \
         DecisionRequirementsId DecisionEvaluationKey",
    ),
    (
        "decision_instance",
        "Id Number State EvaluationFailure DecisionDefinitionName DecisionDefinitionVersion \
         DecisionDefinitionType RootDecisionDefinitionKey Result Warnings TenantId",
        "Id Number State EvaluationFailure DecisionDefinitionId DecisionDefinitionName \
         DecisionDefinitionVersion DecisionDefinitionType DecisionRequirementsKey RootDecisionDefinitionKey \
         Result ElementInstanceKey ProcessInstanceKey ProcessDefinitionKey RootProcessInstanceKey BusinessId \
         TenantId",
    ),
    (
        "batch_item",
        "OperationType ItemKey RootProcessInstanceKey State ProcessedDate ErrorMessage TenantId ActorId",
        "OperationType ItemKey ProcessInstanceKey RootProcessInstanceKey State ProcessedDate ErrorMessage \
         TenantId ActorId",
    ),
];

#[tokio::test]
async fn every_field_is_found_by_an_index_or_said_not_to_be() {
    let plans = Plans::new().await;
    let found = [
        plans.exceptions::<ProcessInstance>().await,
        plans.exceptions::<ElementInstance>().await,
        plans.exceptions::<Variable>().await,
        plans.exceptions::<Job>().await,
        plans.exceptions::<UserTask>().await,
        plans.exceptions::<Incident>().await,
        plans.exceptions::<MessageSubscription>().await,
        plans.exceptions::<CorrelatedMessageSubscription>().await,
        plans.exceptions::<WaitState>().await,
        plans.exceptions::<AuditLog>().await,
        plans.exceptions::<DecisionInstance>().await,
        plans.exceptions::<BatchItem>().await,
    ];
    let found: Vec<_> = found.iter().map(|(table, filters, sorts)| (*table, &**filters, &**sorts)).collect();
    assert_eq!(found, EXCEPTIONS, "an index is missing, or one was added");
}

/// Of two lists of definitions the database would take either, the longer one as well.
#[tokio::test]
async fn what_is_asked_of_definitions_together_is_one_list_of_them() {
    let plans = Plans::new().await;
    let definitions = [(1, "here", "north"), (2, "here", "south"), (3, "there", "north")];
    for (key, id, tenant) in definitions {
        let text = "INSERT INTO process_definition (key, process_id, version, resource_name, tenant, deployment, file, \
                    position, has_start_form, latest) VALUES (?1, ?2, 1, 'p.bpmn', ?3, 1, 1, 0, 0, 1)";
        let mut writer = plans.store.writer().await.unwrap();
        sqlx::query(text).bind(key).bind(id).bind(tenant).execute(&mut *writer).await.unwrap();
    }
    // As an authorization narrows what somebody asks for.
    let asked = Filter::All(vec![
        Filter::eq(JobField::ProcessDefinitionId, "here"),
        Filter::All(vec![Filter::eq(JobField::TenantId, "north"), Filter::eq(JobField::Retries, 3_i64)]),
    ]);
    let resolved = resolved::<Job, _>(&plans.store, asked).await.unwrap();
    let instances = vec![Filter::one_of(ProcessInstanceField::ProcessDefinitionKey, [Scalar::Key(1)])];
    let expected = Filter::All(vec![
        Filter::Has(Related::Instance(Box::new(Filter::All(instances)))),
        Filter::eq(JobField::TenantId, "north"),
        Filter::eq(JobField::Retries, 3_i64),
    ]);
    assert_eq!(format!("{resolved:?}"), format!("{expected:?}"));
}

#[tokio::test]
async fn what_is_open_of_a_process_is_found_without_a_look_at_the_jobs() {
    let plans = Plans::new().await;
    let keys = [Scalar::Key(1), Scalar::Key(2)];
    let instances = vec![
        Filter::one_of(ProcessInstanceField::ProcessDefinitionKey, keys.clone()),
        Filter::Is(ProcessInstanceField::EndDate, Condition::Exists(false)),
    ];
    let few = Filter::Has(Related::Instance(Box::new(Filter::All(instances))));
    let open = |process| Filter::All(vec![process, Filter::eq(JobField::State, "CREATED")]);
    let many = Filter::one_of(JobField::ProcessDefinitionKey, keys.clone());
    let waiting = Filter::one_of(WaitStateField::ProcessDefinitionKey, keys);
    let asked = [
        rows::<Job, Spelling>(&Search::by(open(few.clone()))),
        count::<Job, Spelling>(&open(few)),
        count::<Job, Spelling>(&open(many)),
        count::<WaitState, Spelling>(&waiting),
    ];
    for query in asked.map(Result::unwrap) {
        let text = query.text.clone();
        let steps = plans.steps(query).await;
        let found = |index: &str| steps.iter().any(|(_, step)| step.contains(index));
        assert!(found("COVERING INDEX job_of_open (instance=?"), "{text}: {steps:?}");
        assert!(!found("INDEX job_of (") && !found("SCAN job"), "{text}: {steps:?}");
    }
}
