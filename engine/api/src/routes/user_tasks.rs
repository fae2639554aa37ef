//! User tasks: what people find, take, change and finish.

mod act;
mod outcome;
mod variables;

pub(super) use act::changes_in;
pub(super) use outcome::awaited;
pub(super) use variables::visible;

use std::sync::Arc;

use hosk_core::{FormKey, UserTaskKey};
use hosk_identity::{Permission, ResourceType, Scope};
use hosk_store::read::{Filter, Queries as _, Related, Scalar, UserTask, UserTaskField as F};

use super::process_instances::tagged_with;
use super::variables::having;
use crate::answer::{Headers, Key, Time, answer, no_content, ok};
use crate::auth::{Access, Caller, User};
use crate::call::Call;
use crate::codes;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Like, Searchable, both, filter, special};

static TASKS: Searchable<UserTask> = Searchable {
    name: "UserTaskSearch",
    properties: &[
        both("userTaskKey", F::Key),
        both("name", F::Name),
        filter("state", F::State),
        filter("assignee", F::Assignee),
        filter("candidateGroup", F::CandidateGroups),
        filter("candidateUser", F::CandidateUsers),
        both("creationDate", F::CreationDate),
        both("completionDate", F::CompletionDate),
        both("followUpDate", F::FollowUpDate),
        both("dueDate", F::DueDate),
        both("priority", F::Priority),
        filter("elementId", F::ElementId),
        filter("elementInstanceKey", F::ElementInstanceKey),
        filter("processInstanceKey", F::ProcessInstanceKey),
        filter("processDefinitionId", F::ProcessDefinitionId),
        filter("processDefinitionKey", F::ProcessDefinitionKey),
        filter("businessId", F::BusinessId),
        filter("tenantId", F::TenantId),
    ],
    special: &[
        special("processInstanceVariables", Like::Variables, |value| having(value, Related::Variable)),
        special("localVariables", Like::Variables, |value| having(value, Related::LocalVariable)),
        special("tags", Like::Texts, |value| tagged_with(F::Tags, value)),
    ],
    alternatives: true,
};

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        post("/v2/user-tasks/search", "searchUserTasks", "Search user tasks.", search)
            .takes_schema(false, TASKS.schema())
            .answers::<Found<TaskAnswer>>(),
        get("/v2/user-tasks/{userTaskKey}", "getUserTask", "One user task.", one)
            .answers::<TaskAnswer>()
            .refuses(&[404]),
        get("/v2/user-tasks/{userTaskKey}/form", "getUserTaskForm", "Its form; 204 when it has none.", form)
            .answers::<FormAnswer>()
            .refuses(&[404]),
    ];
    operations.extend(variables::operations());
    operations.extend(act::operations());
    tagged("User task", operations.into_iter().map(|operation| operation.access(Access::Employee)).collect())
}

answer! {
    /// A user task.
    TaskAnswer {
        user_task_key: Key,
        name: Option<Arc<str>>,
        state: &'static str,
        assignee: Option<Arc<str>>,
        candidate_groups: Vec<Arc<str>>,
        candidate_users: Vec<Arc<str>>,
        creation_date: Time,
        completion_date: Option<Time>,
        follow_up_date: Option<Time>,
        due_date: Option<Time>,
        priority: u8,
        form_key: Option<Key>,
        external_form_reference: Option<Arc<str>>,
        custom_headers: Headers,
        element_id: Arc<str>,
        element_instance_key: Key,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        process_definition_id: Arc<str>,
        process_definition_version: u32,
        process_definition_key: Key,
        process_name: Option<Arc<str>>,
        tags: Vec<Arc<str>>,
        business_id: Option<Arc<str>>,
        tenant_id: Arc<str>,
    }
}

impl From<UserTask> for TaskAnswer {
    fn from(row: UserTask) -> Self {
        Self {
            user_task_key: Key(row.key.0),
            name: Some(row.name),
            state: row.state.as_str(),
            assignee: row.assignee,
            candidate_groups: row.candidate_groups,
            candidate_users: row.candidate_users,
            creation_date: Time(row.creation_date),
            completion_date: row.completion_date.map(Time),
            follow_up_date: row.follow_up_date.map(Time),
            due_date: row.due_date.map(Time),
            priority: row.priority,
            form_key: row.form_key.map(|key| Key(key.0)),
            external_form_reference: row.external_form_reference,
            custom_headers: Headers(row.custom_headers),
            element_id: row.element_id,
            element_instance_key: Key(row.element_instance_key.0),
            process_instance_key: Key(row.process_instance_key.0),
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            process_definition_id: row.process_definition_id,
            process_definition_version: row.process_definition_version,
            process_definition_key: Key(row.process_definition_key.0),
            process_name: row.process_name,
            tags: row.tags,
            business_id: row.business_id,
            tenant_id: row.tenant_id,
        }
    }
}

answer! {
    /// A form; `schema` is JSON text.
    FormAnswer {
        form_key: Key,
        form_id: Arc<str>,
        version: u32,
        schema: String,
        tenant_id: Arc<str>,
    }
}

async fn search(mut call: Call) -> Outcome {
    let mut search = TASKS.read(&mut call).await?;
    if let Some(user) = call.caller.restricted_to() {
        search.filter = Filter::All(vec![search.filter, for_user(user, &user.scope)]);
    }
    ok(&Found::of(call.seen.user_tasks(search).await?, TaskAnswer::from))
}

/// Tasks that are a user's, or may become his, or that he may see: those of the processes of a scope.
pub(crate) fn for_user(user: &User, scope: &Scope) -> Filter<F> {
    let mine = Filter::eq(F::Assignee, Arc::clone(&user.name));
    let offered = Filter::eq(F::CandidateUsers, Arc::clone(&user.name));
    let groups = Filter::one_of(F::CandidateGroups, user.standing.groups.iter().cloned());
    let mut any = vec![mine, offered, groups];
    if let Scope::Of(processes) = scope {
        any.push(Filter::one_of(F::ProcessDefinitionId, processes.iter().cloned()));
    }
    if let Scope::Of(tasks) = user.standing.rights.scope(ResourceType::UserTask, Permission::Read) {
        let keys = tasks.iter().filter_map(|key| key.parse().ok()).map(Scalar::Key);
        any.push(Filter::one_of(F::Key, keys));
    }
    Filter::Any(any)
}

/// Where a task names a user, in the words of authorizations: it is his, or may become so.
fn naming<'n>(user: &User, task: &UserTask) -> impl Iterator<Item = &'n str> {
    let assigned = task.assignee.as_ref() == Some(&user.name);
    let offered = task.candidate_users.contains(&user.name);
    let grouped = task.candidate_groups.iter().any(|group| user.standing.groups.contains(group));
    let named = [("assignee", assigned), ("candidateUsers", offered), ("candidateGroups", grouped)];
    named.into_iter().filter(|(_, is_so)| *is_so).map(|(property, _)| property)
}

/// Whether a user has one of these permissions for a task: by its process, by its key or by where it names him.
pub(super) fn may(user: &User, task: &UserTask, permissions: &[Permission]) -> bool {
    let rights = &user.standing.rights;
    user.scope.holds(&task.process_definition_id)
        || permissions.iter().any(|permission| {
            let by = |property| rights.by_property(ResourceType::UserTask, *permission, property);
            rights.scope(ResourceType::UserTask, *permission).holds(&task.key.0.to_string())
                || naming(user, task).any(by)
        })
}

/// The task of the path, if the caller may see it.
pub(super) async fn task(call: &Call) -> Result<UserTask, Problem> {
    let key = call.key("userTaskKey")?;
    let row = call.seen.user_task(UserTaskKey(key)).await?;
    let row = row.ok_or_else(|| missing("user task", key))?;
    match call.caller.restricted_to() {
        Some(user) if naming(user, &row).next().is_none() && !may(user, &row, &[Permission::Read]) => {
            Err(Problem::forbidden("This task is neither yours nor one of your groups'."))
        }
        _ => Ok(row),
    }
}

/// Refuses what is neither a user's nor may become his, unless he may do this with it.
pub(super) fn may_take(user: &User, task: &UserTask, permission: Permission) -> Result<(), Problem> {
    if naming(user, task).next().is_some() || may(user, task, &[permission]) {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "You may see this task, but it is neither yours nor one of your groups': this needs the permission {permission} \
         on USER_TASK."
    )))
}

/// The task of the path, for somebody about to work on it: not while it is another person's, unless he may do this with
/// those of others.
pub(super) async fn own_task(call: &Call, permission: Permission) -> Result<UserTask, Problem> {
    let row = task(call).await?;
    let (Caller::User(_), Some(user)) = (&call.caller, call.caller.restricted_to()) else { return Ok(row) };
    if may(user, &row, &[Permission::Update, permission]) {
        return Ok(row);
    }
    may_take(user, &row, permission)?;
    match &row.assignee {
        Some(assignee) if *assignee != user.name => {
            Err(Problem::invalid_state(format!("{assignee} works on this task."))
                .coded(codes::TASK_OF_ANOTHER))
        }
        _ => Ok(row),
    }
}

async fn one(call: Call) -> Outcome {
    ok(&TaskAnswer::from(task(&call).await?))
}

async fn form(call: Call) -> Outcome {
    match task(&call).await?.form_key {
        Some(key) => answer_form(&call, key).await,
        None => no_content(),
    }
}

/// A form with its schema.
pub(super) async fn answer_form(call: &Call, key: FormKey) -> Outcome {
    let row = call.seen.form(key).await?.ok_or_else(|| missing("form", key.0))?;
    ok(&FormAnswer {
        form_key: Key(key.0),
        form_id: row.form_id,
        version: row.version,
        schema: form_schema(call, key).await?,
        tenant_id: row.tenant_id,
    })
}

/// A form's file.
pub(super) async fn form_schema(call: &Call, key: FormKey) -> Result<String, Problem> {
    let found = call.seen.content(key.0).await?.ok_or_else(|| missing("form", key.0))?;
    Ok(String::from_utf8_lossy(&found.bytes).into_owned())
}
