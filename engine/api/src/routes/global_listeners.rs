//! Task listeners of the whole installation: they run for the user tasks of every process.

use std::sync::Arc;

use hosk_runtime::{GLOBAL_TASK_LISTENERS, LISTENER_EVENT_TYPES};
use hosk_store::read::{
    AuditEntityType, AuditOperation, Condition, Filter, GlobalTaskListener, GlobalTaskListenerField as F,
    Queries as _, Scalar, Search,
};
use hosk_store::{ListenerAdded, StoredTaskListener};

use crate::answer::{answer, created, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, delete, get, post, put, tagged};
use crate::problem::Problem;
use crate::search::{Found, Like, Searchable, Value, both, conditions_of, filter, special};
use crate::shape::{Body, Field, Object, boolean, integer, name, texts};
use crate::wording;

/// Longest id, in characters.
const ID_MAX: usize = 256;
/// Longest job type, in characters.
const TYPE_MAX: usize = 1_024;
/// Retries of its jobs where nothing is said.
const RETRIES: i64 = 3;
/// Its priority where nothing is said.
const PRIORITY: i64 = 50;

static LISTENERS: Searchable<GlobalTaskListener> = Searchable {
    name: "GlobalTaskListenerSearch",
    properties: &[
        both("id", F::Id),
        both("type", F::JobType),
        filter("retries", F::Retries),
        both("afterNonGlobal", F::AfterNonGlobal),
        both("priority", F::Priority),
        both("source", F::Source),
    ],
    special: &[special("eventTypes", Like::Texts, event_types_filter)],
    alternatives: false,
};

const ID: Field = name("id", ID_MAX, "Its id: letters, digits and `_~@.+-`.").required();
const TYPE: Field = name("type", TYPE_MAX, "The type of its jobs.").required();
const EVENT_TYPES: Field = texts(
    "eventTypes",
    "What it listens to: `creating`, `assigning`, `updating`, `completing`, `canceling`, or `all`.",
)
.required();
const RETRIES_FIELD: Field = integer("retries", 1, 1_000_000, "How often its jobs are tried; 3 when absent.");
const AFTER: Field =
    boolean("afterNonGlobal", "Whether it runs after the listeners of the model; `false` when absent.");
const PRIORITY_FIELD: Field = integer(
    "priority",
    -2_147_483_648,
    2_147_483_647,
    "Those with a higher one run first, then by id; 50 when absent.",
);

static CREATE: Object = Object {
    name: "CreateGlobalTaskListenerRequest",
    fields: &[ID, TYPE, EVENT_TYPES, RETRIES_FIELD, AFTER, PRIORITY_FIELD],
};

static UPDATE: Object = Object {
    name: "UpdateGlobalTaskListenerRequest",
    fields: &[TYPE, EVENT_TYPES, RETRIES_FIELD, AFTER, PRIORITY_FIELD],
};

const ONE: &str = "/v2/global-task-listeners/{id}";

pub(super) fn operations() -> Vec<Operation> {
    let noted = |operation: Operation, what| operation.noted(what, AuditEntityType::Resource);
    let add = post(
        "/v2/global-task-listeners",
        "createGlobalTaskListener",
        "Add a listener that runs for the user tasks of every process.",
        add,
    );
    let change = put(ONE, "updateGlobalTaskListener", "Change one; what is absent gets its default.", update);
    tagged(
        "Global listener",
        vec![
            post(
                "/v2/global-task-listeners/search",
                "searchGlobalTaskListeners",
                "Search the task listeners of the installation.",
                search,
            )
            .takes_schema(false, LISTENERS.schema())
            .answers::<Found<GlobalTaskListenerAnswer>>(),
            noted(add, AuditOperation::Create)
                .takes(&CREATE)
                .like(r#"{"id": "tell-crm", "type": "crm", "eventTypes": ["creating"]}"#)
                .creates::<GlobalTaskListenerAnswer>()
                .refuses(&[409]),
            get(ONE, "getGlobalTaskListener", "One of them.", one)
                .answers::<GlobalTaskListenerAnswer>()
                .refuses(&[404]),
            noted(change, AuditOperation::Update)
                .takes(&UPDATE)
                .like(r#"{"type": "crm", "eventTypes": ["creating", "completing"]}"#)
                .answers::<GlobalTaskListenerAnswer>()
                .refuses(&[404]),
            noted(delete(ONE, "deleteGlobalTaskListener", "Remove one.", remove), AuditOperation::Delete)
                .refuses(&[404]),
        ],
    )
}

answer! {
    /// A task listener of the installation.
    GlobalTaskListenerAnswer {
        id: Arc<str>,
        job_type as "type": Arc<str>,
        event_types: Vec<Arc<str>>,
        retries: u32,
        after_non_global: bool,
        priority: i32,
        source: &'static str,
    }
}

impl From<GlobalTaskListener> for GlobalTaskListenerAnswer {
    fn from(row: GlobalTaskListener) -> Self {
        Self {
            id: row.id,
            job_type: row.job_type,
            event_types: row.event_types,
            retries: row.retries,
            after_non_global: row.after_non_global,
            priority: row.priority,
            source: row.source.as_str(),
        }
    }
}

/// Every condition of the list must hold for one of the event types.
fn event_types_filter(value: &Value<'_>) -> Result<Filter<F>, Problem> {
    let mut conditions = Vec::new();
    for item in value.items()? {
        let found = conditions_of(F::EventTypes, &item)?;
        if found.is_empty() {
            let path = item.path();
            return Err(Problem::invalid_argument(format!("`{path}` must ask for an event type.")));
        }
        for condition in found {
            conditions.push(of_known_words(condition, item.path())?);
        }
    }
    Ok(Filter::All(conditions))
}

/// The condition with event types as they are stored; words that are none are refused.
fn of_known_words(filter: Filter<F>, path: &str) -> Result<Filter<F>, Problem> {
    let known = |scalar: Scalar| match scalar {
        Scalar::Text(given) => event_type(given.as_ref())
            .map(|word| Scalar::Text(word.into()))
            .ok_or_else(|| Problem::unreadable(wording::not_a_word(path, &given, &LISTENER_EVENT_TYPES))),
        other => Ok(other),
    };
    let all = |scalars: Vec<Scalar>| scalars.into_iter().map(known).collect::<Result<Vec<_>, _>>();
    Ok(match filter {
        Filter::Is(field, Condition::Eq(one)) => Filter::Is(field, Condition::Eq(known(one)?)),
        Filter::Is(field, Condition::Neq(one)) => Filter::Is(field, Condition::Neq(known(one)?)),
        Filter::Is(field, Condition::In(some)) => Filter::Is(field, Condition::In(all(some)?)),
        Filter::Is(field, Condition::NotIn(some)) => Filter::Is(field, Condition::NotIn(all(some)?)),
        other => other,
    })
}

/// The word for an event type, which may be written in any case.
fn event_type(given: &str) -> Option<&'static str> {
    LISTENER_EVENT_TYPES.iter().copied().find(|word| word.eq_ignore_ascii_case(given))
}

async fn search(mut call: Call) -> Outcome {
    let search = LISTENERS.read(&mut call).await?;
    let search = call.narrow(search, F::Id);
    let found = call.seen.global_task_listeners(search).await?;
    ok(&Found::of(found, GlobalTaskListenerAnswer::from))
}

fn missing(id: &str) -> Problem {
    Problem::not_found(format!("There is no global task listener `{id}`."))
}

async fn found(call: &Call, id: &str) -> Result<GlobalTaskListener, Problem> {
    let search = Search::by(Filter::eq(F::Id, id));
    let row = call.seen.global_task_listeners(search).await?.items.into_iter().next();
    row.ok_or_else(|| missing(id))
}

async fn one(call: Call) -> Outcome {
    call.within(call.path("id"))?;
    ok(&GlobalTaskListenerAnswer::from(found(&call, call.path("id")).await?))
}

/// What a body says about a listener.
fn stored(body: &mut Body, id: Arc<str>) -> Result<StoredTaskListener, Problem> {
    let mut event_types: Vec<Arc<str>> = Vec::new();
    for given in body.texts("eventTypes").unwrap_or_default() {
        let word = event_type(&given).ok_or_else(|| {
            let known = LISTENER_EVENT_TYPES.join(", ");
            Problem::invalid_argument(format!("`eventTypes` may have {known}, but has `{given}`."))
        })?;
        if !event_types.iter().any(|known| **known == *word) {
            event_types.push(word.into());
        }
    }
    if event_types.is_empty() {
        return Err(Problem::invalid_argument("`eventTypes` must name at least one event, or `all`."));
    }
    // The shape keeps both within their bounds.
    let retries = body.integer("retries").unwrap_or(RETRIES);
    let priority = body.integer("priority").unwrap_or(PRIORITY);
    Ok(StoredTaskListener {
        id,
        job_type: body.required_text("type").into(),
        retries: u32::try_from(retries).unwrap_or(u32::MAX),
        event_types,
        after_non_global: body.boolean("afterNonGlobal").unwrap_or(false),
        priority: i32::try_from(priority).unwrap_or_default(),
    })
}

async fn add(mut call: Call) -> Outcome {
    let mut body = call.json(&CREATE).await?;
    let id = body.required_text("id");
    let fit = |letter: char| letter.is_ascii_alphanumeric() || "_~@.+-".contains(letter);
    if !id.chars().all(fit) {
        return Err(Problem::invalid_argument(format!(
            "`id` may have letters, digits and `_~@.+-`, but is `{id}`."
        )));
    }
    let listener = stored(&mut body, id.as_str().into())?;
    match call.app.task_listeners()?.add(listener).await? {
        ListenerAdded::Added => {
            let answer = GlobalTaskListenerAnswer::from(found(&call, &id).await?);
            call.tells(|told| _ = told.after(&answer));
            crate::audited::made(&id, created(&answer))
        }
        ListenerAdded::Exists => Err(Problem::already_exists(format!(
            "There is a global task listener `{id}`: change it instead."
        ))),
        ListenerAdded::TooMany => Err(Problem::invalid_state(format!(
            "There are {GLOBAL_TASK_LISTENERS} global task listeners, which is all there may be: remove some first."
        ))),
    }
}

async fn update(mut call: Call) -> Outcome {
    let mut body = call.json(&UPDATE).await?;
    let id = call.path("id").to_owned();
    let listener = stored(&mut body, id.as_str().into())?;
    let before = GlobalTaskListenerAnswer::from(found(&call, &id).await?);
    call.tells(|told| _ = told.before(&before));
    if !call.app.task_listeners()?.put(listener).await? {
        return Err(missing(&id));
    }
    let after = GlobalTaskListenerAnswer::from(found(&call, &id).await?);
    call.tells(|told| _ = told.after(&after));
    ok(&after)
}

async fn remove(call: Call) -> Outcome {
    let id = call.path("id");
    let before = GlobalTaskListenerAnswer::from(found(&call, id).await?);
    call.tells(|told| _ = told.before(&before));
    if call.app.task_listeners()?.remove(id.into()).await? { no_content() } else { Err(missing(id)) }
}
