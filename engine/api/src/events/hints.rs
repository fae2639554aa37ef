//! From commits to hints: what happened, with the rows that say whose it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_core::{ChildOutcome, Event, ProcessInstanceKey, Timestamp, UserTaskChanges, UserTaskKey};
use hosk_store::read::{
    Filter, Incident, IncidentField, Page, ProcessInstance, ProcessInstanceField, Queries, Scalar, Search,
    UserTask, UserTaskField,
};
use hosk_store::{Commit, CommitPlace, Error};
use serde::Serialize;

use crate::answer::{Key, Time};

/// Rows looked up at a time.
const ROWS: usize = 1_000;
/// Commits of an instance that are gone through for whose a task was before.
const BACK: u64 = 512;

/// What a hint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Kind {
    /// A process instance.
    ProcessInstance,
    /// An incident of one.
    Incident,
    /// A user task.
    UserTask,
}

/// Their names.
pub(crate) const KINDS: [(&str, Kind); 3] = [
    ("PROCESS_INSTANCE", Kind::ProcessInstance),
    ("INCIDENT", Kind::Incident),
    ("USER_TASK", Kind::UserTask),
];

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Change {
    Started,
    Suspended,
    Resumed,
    Raised,
    Resolved,
    Created,
    Assigned,
    Updated,
    Completed,
    Terminated,
    Canceled,
}

/// The row that a hint is about.
#[derive(Clone, Debug)]
pub(super) enum About {
    Instance(Arc<ProcessInstance>),
    Incident(Arc<Incident>),
    /// Also as it was before and after what happened, where it changed hands.
    Task(Arc<UserTask>, Vec<Arc<UserTask>>),
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(super) struct Hint {
    /// The commit.
    pub(super) place: CommitPlace,
    /// The number among what happened in the commit, from 1.
    pub(super) number: u32,
    pub(super) about: About,
    /// As it is told.
    pub(super) text: Arc<str>,
}

/// A hint on the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    kind: Kind,
    change: Change,
    key: Key,
    process_instance_key: Key,
    process_definition_key: Key,
    process_definition_id: &'a str,
    element_id: Option<&'a str>,
    tenant_id: &'a str,
    time: Time,
}

/// Who a task is for.
#[derive(Clone, Debug, Default)]
struct People {
    assignee: Option<Arc<str>>,
    users: Vec<Arc<str>>,
    groups: Vec<Arc<str>>,
}

impl People {
    fn change(&mut self, changes: &UserTaskChanges) {
        if let Some(users) = &changes.candidate_users {
            self.users.clone_from(users);
        }
        if let Some(groups) = &changes.candidate_groups {
            self.groups.clone_from(groups);
        }
    }
}

/// What happened, before it is known whose it is.
struct Fact {
    place: CommitPlace,
    number: u32,
    kind: Kind,
    change: Change,
    key: u64,
    at: Timestamp,
    /// Whether others may have had the task before.
    moved: bool,
}

/// What an event tells: kind, what happened, key, whether the task may have been others'.
fn told(event: &Event, instance: ProcessInstanceKey) -> Option<(Kind, Change, u64, bool)> {
    let of_instance = |change| Some((Kind::ProcessInstance, change, instance.0, false));
    let of_task = |change, key: &UserTaskKey, moved| Some((Kind::UserTask, change, key.0, moved));
    match event {
        Event::InstanceCreated(_) => of_instance(Change::Started),
        Event::InstanceEnded(ended) => of_instance(match &ended.outcome {
            ChildOutcome::Completed { .. } => Change::Completed,
            ChildOutcome::Terminated | ChildOutcome::Error { .. } => Change::Terminated,
        }),
        Event::InstanceSuspended { .. } => of_instance(Change::Suspended),
        Event::InstanceResumed(_) => of_instance(Change::Resumed),
        Event::IncidentRaised { key, .. } => Some((Kind::Incident, Change::Raised, key.0, false)),
        Event::IncidentResolved { key } => Some((Kind::Incident, Change::Resolved, key.0, false)),
        Event::UserTaskCreated(task) => of_task(Change::Created, &task.key, false),
        Event::UserTaskAssigned { key, .. } => of_task(Change::Assigned, key, true),
        Event::UserTaskUpdated { key, changes, .. } => {
            let moved = changes.candidate_users.is_some() || changes.candidate_groups.is_some();
            of_task(Change::Updated, key, moved)
        }
        // Its state is another.
        Event::UserTaskTransitioning { key, .. } | Event::UserTaskSettled { key, .. } => {
            of_task(Change::Updated, key, false)
        }
        Event::UserTaskCompleted { key, .. } => of_task(Change::Completed, key, false),
        Event::UserTaskCanceled { key } => of_task(Change::Canceled, key, false),
        _ => None,
    }
}

fn facts_of(commit: &Commit) -> impl Iterator<Item = Fact> + '_ {
    let place = commit.place;
    let events = commit.steps.iter().flat_map(|step| step.events.iter().map(|event| (step.at, event)));
    let facts = events.filter_map(move |(at, event)| Some((at, told(event, place.instance)?)));
    facts.zip(1..).map(move |((at, (kind, change, key, moved)), number)| Fact {
        place,
        number,
        kind,
        change,
        key,
        at,
        moved,
    })
}

/// What happened in some commits. What was removed since is not told.
pub(super) async fn hints_of(queries: &dyn Queries, commits: &[Commit]) -> Result<Vec<Hint>, Error> {
    let facts: Vec<Fact> = commits.iter().flat_map(facts_of).collect();
    if facts.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Rows::of(queries, &facts).await?;
    let mut moved = BTreeMap::new();
    for commit in commits.iter().filter(|commit| facts_of(commit).any(|fact| fact.moved)) {
        moved.extend(people_of(queries, commit.place).await?);
    }
    Ok(facts.iter().filter_map(|fact| rows.hint(fact, &moved)).collect())
}

/// The rows of facts.
struct Rows {
    instances: BTreeMap<u64, Arc<ProcessInstance>>,
    incidents: BTreeMap<u64, Arc<Incident>>,
    tasks: BTreeMap<u64, Arc<UserTask>>,
}

/// A search for rows with these keys.
fn by_keys<F>(field: F, keys: &[u64]) -> Search<F> {
    let page = Page::Offset { from: 0, limit: keys.len() };
    Search { page, ..Search::by(Filter::one_of(field, keys.iter().map(|key| Scalar::Key(*key)))) }
}

impl Rows {
    async fn of(queries: &dyn Queries, facts: &[Fact]) -> Result<Self, Error> {
        let keys = |kind| {
            let keys: BTreeSet<u64> =
                facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.key).collect();
            keys.into_iter().collect::<Vec<_>>()
        };
        let (mut instances, mut incidents, mut tasks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for keys in keys(Kind::ProcessInstance).chunks(ROWS) {
            let rows = queries.process_instances(by_keys(ProcessInstanceField::Key, keys)).await?.items;
            instances.extend(rows.into_iter().map(|row| (row.key.0, Arc::new(row))));
        }
        for keys in keys(Kind::Incident).chunks(ROWS) {
            let rows = queries.incidents(by_keys(IncidentField::Key, keys)).await?.items;
            incidents.extend(rows.into_iter().map(|row| (row.key.0, Arc::new(row))));
        }
        for keys in keys(Kind::UserTask).chunks(ROWS) {
            let rows = queries.user_tasks(by_keys(UserTaskField::Key, keys)).await?.items;
            tasks.extend(rows.into_iter().map(|row| (row.key.0, Arc::new(row))));
        }
        Ok(Self { instances, incidents, tasks })
    }

    fn hint(&self, fact: &Fact, moved: &BTreeMap<(CommitPlace, u32), [People; 2]>) -> Option<Hint> {
        let about = match fact.kind {
            Kind::ProcessInstance => About::Instance(Arc::clone(self.instances.get(&fact.key)?)),
            Kind::Incident => About::Incident(Arc::clone(self.incidents.get(&fact.key)?)),
            Kind::UserTask => {
                let row = self.tasks.get(&fact.key)?;
                let was = |people: &People| {
                    Arc::new(UserTask {
                        assignee: people.assignee.clone(),
                        candidate_users: people.users.clone(),
                        candidate_groups: people.groups.clone(),
                        ..UserTask::clone(row)
                    })
                };
                let people = moved.get(&(fact.place, fact.number));
                About::Task(Arc::clone(row), people.into_iter().flatten().map(was).collect())
            }
        };
        let text = serde_json::to_string(&wire(fact, &about)).ok()?.into();
        Some(Hint { place: fact.place, number: fact.number, about, text })
    }
}

fn wire<'a>(fact: &Fact, about: &'a About) -> Told<'a> {
    let (definition, id, element, tenant) = match about {
        About::Instance(row) => {
            (row.process_definition_key, &row.process_definition_id, None, &row.tenant_id)
        }
        About::Incident(row) => {
            (row.process_definition_key, &row.process_definition_id, Some(&row.element_id), &row.tenant_id)
        }
        About::Task(row, _) => {
            (row.process_definition_key, &row.process_definition_id, Some(&row.element_id), &row.tenant_id)
        }
    };
    Told {
        kind: fact.kind,
        change: fact.change,
        key: Key(fact.key),
        process_instance_key: Key(fact.place.instance.0),
        process_definition_key: Key(definition.0),
        process_definition_id: id,
        element_id: element.map(|id| &**id),
        tenant_id: tenant,
        time: Time(fact.at),
    }
}

/// Whose tasks were before and after a commit changed it, by the numbers of its facts: a page that shows a task among
/// somebody's must hear that it is another's. Left out for what happened long before.
async fn people_of(
    queries: &dyn Queries,
    place: CommitPlace,
) -> Result<Vec<((CommitPlace, u32), [People; 2])>, Error> {
    let after = place.version.saturating_sub(BACK);
    let limit = usize::try_from(place.version - after).unwrap_or_default();
    let mut people: BTreeMap<UserTaskKey, People> = BTreeMap::new();
    let mut moved = Vec::new();
    for commit in queries.history(place.instance, after, limit).await? {
        let mut number = 0;
        for event in commit.steps.iter().flat_map(|step| &step.events) {
            let fact = told(event, place.instance);
            number += u32::from(fact.is_some());
            let task = match fact {
                Some((Kind::UserTask, _, key, true)) if commit.version == place.version => UserTaskKey(key),
                _ => {
                    follow(&mut people, event);
                    continue;
                }
            };
            let before = people.get(&task).cloned();
            follow(&mut people, event);
            if let (Some(before), Some(after)) = (before, people.get(&task)) {
                moved.push(((place, number), [before, after.clone()]));
            }
        }
    }
    Ok(moved)
}

fn follow(people: &mut BTreeMap<UserTaskKey, People>, event: &Event) {
    match event {
        Event::UserTaskCreated(task) => {
            let (assignee, users) = (task.assignee.clone(), task.candidate_users.clone());
            people.insert(task.key, People { assignee, users, groups: task.candidate_groups.clone() });
        }
        Event::UserTaskAssigned { key, assignee, .. } => {
            if let Some(people) = people.get_mut(key) {
                people.assignee.clone_from(assignee);
            }
        }
        Event::UserTaskUpdated { key, changes, .. } => {
            if let Some(people) = people.get_mut(key) {
                people.change(changes);
            }
        }
        _ => {}
    }
}
