//! What people and programs ask: the lists of the pages, what narrows them, and what an authorization or a tenant adds.

use futures::future::BoxFuture;
use hosk_core::Timestamp;
use hosk_store::Error;
use hosk_store::read::{
    AuditLogField as A, Condition, ElementInstanceField as E, Filter, IncidentField as I, JobField as J,
    MessageSubscriptionField as M, Page, ProcessInstanceField as P, Queries, Related, Scalar, Search, Sort,
    UserTaskField as U, VariableField as V, WaitStateField as W,
};

use super::rows::{BEGAN, ROWS, key};

/// How many rows were found on the page, and in all.
pub(super) type Counted<'q> = BoxFuture<'q, Result<(usize, u64), Error>>;

/// A search.
pub(super) enum Question {
    Instances(Search<P>),
    Elements(Search<E>),
    Variables(Search<V>),
    Jobs(Search<J>),
    Tasks(Search<U>),
    Incidents(Search<I>),
    Subscriptions(Search<M>),
    Waiting(Search<W>),
    Audit(Search<A>),
}

impl Question {
    /// Asks it.
    pub(super) fn ask<'q>(&self, queries: &'q dyn Queries) -> Counted<'q> {
        macro_rules! asked {
            ($search:expr, $method:ident $(, $more:expr)?) => {{
                let search = $search.clone();
                Box::pin(async move {
                    let found = queries.$method(search $(, $more)?).await?;
                    Ok((found.items.len(), found.total_items))
                })
            }};
        }
        match self {
            Self::Instances(search) => asked!(search, process_instances),
            Self::Elements(search) => asked!(search, element_instances),
            Self::Variables(search) => asked!(search, variables, false),
            Self::Jobs(search) => asked!(search, jobs),
            Self::Tasks(search) => asked!(search, user_tasks),
            Self::Incidents(search) => asked!(search, incidents),
            Self::Subscriptions(search) => asked!(search, message_subscriptions),
            Self::Waiting(search) => asked!(search, wait_states),
            Self::Audit(search) => asked!(search, audit_logs),
        }
    }
}

fn all<F>(filters: impl Into<Vec<Filter<F>>>) -> Search<F> {
    let page = Page::Offset { from: 0, limit: 50 };
    Search { filter: Filter::All(filters.into()), sort: Vec::new(), page }
}

/// The greatest first.
fn down<F>(search: Search<F>, field: F) -> Search<F> {
    Search { sort: vec![Sort { field, descending: true }], ..search }
}

fn up<F>(search: Search<F>, field: F) -> Search<F> {
    Search { sort: vec![Sort { field, descending: false }], ..search }
}

fn text<F>(field: F, value: &str) -> Filter<F> {
    Filter::eq(field, value)
}

/// Three processes: what an authorization may name.
fn some<F>(field: F) -> Filter<F> {
    Filter::one_of(field, ["process-3", "process-4", "process-19"])
}

/// All of them, with what they are about.
pub(super) fn questions() -> Vec<(&'static str, Question)> {
    [instances(), parts(), tasks(), waiting(), audit()].into_iter().flatten().collect()
}

fn instances() -> Vec<(&'static str, Question)> {
    use Question::Instances as Q;
    let middle = Timestamp((BEGAN + ROWS * 500) as i64);
    let number = Filter::All(vec![text(V::Name, "number"), text(V::Value, "\"O-500000\"")]);
    vec![
        ("instances, newest first", Q(down(all([]), P::StartDate))),
        ("instances, by key", Q(all([]))),
        ("instances that run, newest first", Q(down(all([text(P::State, "ACTIVE")]), P::StartDate))),
        ("instances that ended, last first", Q(down(all([text(P::State, "COMPLETED")]), P::EndDate))),
        ("instances of a process", Q(down(all([text(P::ProcessDefinitionId, "process-7")]), P::StartDate))),
        (
            "instances of a process that run",
            Q(all([text(P::ProcessDefinitionId, "process-7"), text(P::State, "ACTIVE")])),
        ),
        (
            "instances of a version",
            Q(down(all([Filter::eq(P::ProcessDefinitionKey, Scalar::Key(8))]), P::StartDate)),
        ),
        ("instance of a business id", Q(all([text(P::BusinessId, "O-500000")]))),
        ("instances with an incident", Q(down(all([Filter::eq(P::HasIncident, true)]), P::StartDate))),
        (
            "instances of a span of time",
            Q(all([Filter::Is(P::StartDate, Condition::Gte(Scalar::Time(middle)))])),
        ),
        ("instances with a variable's value", Q(all([Filter::Has(Related::Variable(Box::new(number)))]))),
        ("instances of a tenant", Q(down(all([text(P::TenantId, "north")]), P::StartDate))),
        ("instances of a tenant without any", Q(down(all([text(P::TenantId, "south")]), P::StartDate))),
        ("instances of three processes", Q(down(all([some(P::ProcessDefinitionId)]), P::StartDate))),
        ("instances of no process", Q(down(all([text(P::ProcessDefinitionId, "none")]), P::StartDate))),
    ]
}

fn parts() -> Vec<(&'static str, Question)> {
    use Question::{Elements, Incidents, Jobs, Subscriptions, Variables};
    let instance = Scalar::Key(key(500_000, 0));
    vec![
        ("elements of an instance", Elements(all([Filter::eq(E::ProcessInstanceKey, instance.clone())]))),
        (
            "elements by name that are active",
            Elements(all([text(E::ElementId, "work"), text(E::State, "ACTIVE")])),
        ),
        ("elements of three processes", Elements(all([some(E::ProcessDefinitionId)]))),
        ("elements, newest first", Elements(down(all([]), E::StartDate))),
        ("variables of an instance", Variables(all([Filter::eq(V::ProcessInstanceKey, instance)]))),
        ("variables by name", Variables(all([text(V::Name, "number")]))),
        ("variable by value", Variables(all([text(V::Name, "number"), text(V::Value, "\"O-500000\"")]))),
        ("variables of three processes", Variables(all([some(V::ProcessDefinitionId)]))),
        ("jobs of a type", Jobs(all([text(J::Type, "work-7")]))),
        ("jobs that failed, newest first", Jobs(down(all([text(J::State, "FAILED")]), J::CreationTime))),
        ("jobs of a process", Jobs(all([text(J::ProcessDefinitionId, "process-7")]))),
        (
            "jobs of a process that are open",
            Jobs(all([text(J::ProcessDefinitionId, "process-7"), text(J::State, "CREATED")])),
        ),
        (
            "jobs of three processes of a tenant",
            Jobs(all([some(J::ProcessDefinitionId), text(J::TenantId, "north")])),
        ),
        ("jobs, newest first", Jobs(down(all([]), J::CreationTime))),
        ("incidents, newest first", Incidents(down(all([]), I::CreationTime))),
        ("incidents that are active", Incidents(down(all([text(I::State, "ACTIVE")]), I::CreationTime))),
        (
            "active incidents of a process",
            Incidents(all([text(I::State, "ACTIVE"), text(I::ProcessDefinitionId, "process-0")])),
        ),
        ("incidents of a kind", Incidents(all([text(I::ErrorType, "QUARANTINED")]))),
        (
            "incidents of three processes",
            Incidents(down(all([some(I::ProcessDefinitionId)]), I::CreationTime)),
        ),
        (
            "subscriptions to a message",
            Subscriptions(all([text(M::MessageName, "paid-0"), text(M::State, "CREATED")])),
        ),
        ("subscription of a correlation key", Subscriptions(all([text(M::CorrelationKey, "O-500000")]))),
        ("subscriptions of three processes", Subscriptions(all([some(M::ProcessDefinitionId)]))),
    ]
}

fn tasks() -> Vec<(&'static str, Question)> {
    use Question::Tasks as Q;
    let open = || text(U::State, "CREATED");
    // As the API narrows them to what is a person's or may become so.
    let own = || {
        Filter::Any(vec![
            text(U::Assignee, "user-990"),
            text(U::CandidateUsers, "user-990"),
            Filter::one_of(U::CandidateGroups, ["group-10", "group-20"]),
        ])
    };
    vec![
        ("tasks that are open, newest first", Q(down(all([open()]), U::CreationDate))),
        ("tasks that are open, due first", Q(up(all([open()]), U::DueDate))),
        ("tasks that are open, urgent first", Q(down(all([open()]), U::Priority))),
        ("tasks of a person", Q(all([open(), text(U::Assignee, "user-990")]))),
        ("tasks of a group", Q(down(all([open(), text(U::CandidateGroups, "group-10")]), U::CreationDate))),
        ("tasks, own", Q(down(all([own()]), U::CreationDate))),
        ("tasks that are open, own", Q(down(all([open(), own()]), U::CreationDate))),
        ("tasks of a process", Q(all([text(U::ProcessDefinitionId, "process-7"), open()]))),
        ("tasks of three processes", Q(down(all([some(U::ProcessDefinitionId)]), U::CreationDate))),
    ]
}

fn waiting() -> Vec<(&'static str, Question)> {
    use Question::Waiting as Q;
    vec![
        ("what is waited for", Q(all([]))),
        ("what is waited for, timers", Q(all([text(W::Type, "TIMER")]))),
        ("what is waited for in a process", Q(all([text(W::ProcessDefinitionId, "process-7")]))),
        ("what is waited for in three processes", Q(all([some(W::ProcessDefinitionId)]))),
        ("what is waited for at an element", Q(all([text(W::ElementId, "work"), text(W::Type, "JOB")]))),
        (
            "what an instance waits for",
            Q(all([Filter::eq(W::ProcessInstanceKey, Scalar::Key(key(500_000, 0)))])),
        ),
    ]
}

fn audit() -> Vec<(&'static str, Question)> {
    use Question::Audit as Q;
    vec![
        ("audit log, newest first", Q(down(all([]), A::Timestamp))),
        ("audit log of a person", Q(down(all([text(A::ActorId, "user-7")]), A::Timestamp))),
        ("audit log of a thing", Q(all([text(A::EntityKey, "8000000")]))),
        ("audit log of a kind of thing", Q(down(all([text(A::EntityType, "JOB")]), A::Timestamp))),
        ("audit log of an operation", Q(down(all([text(A::OperationType, "MIGRATE")]), A::Timestamp))),
        ("audit log, what was refused", Q(down(all([text(A::Result, "FAIL")]), A::Timestamp))),
        (
            "audit log, no such operation",
            Q(down(
                all([text(A::OperationType, "MIGRATE"), text(A::EntityType, "AUTHORIZATION")]),
                A::Timestamp,
            )),
        ),
        ("audit log of a tenant", Q(down(all([text(A::TenantId, "north")]), A::Timestamp))),
        ("audit log of a process", Q(down(all([text(A::ProcessDefinitionId, "process-7")]), A::Timestamp))),
    ]
}
