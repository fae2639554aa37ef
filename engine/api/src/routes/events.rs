//! Live updates as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hosk_core::ProcessInstanceKey;
use tokio::sync::mpsc;

use crate::auth::{Access, Caller};
use crate::call::Call;
use crate::events::{From, KINDS, Kind, People, Sight, Stream, Wanted};
use crate::operation::{Like, Operation, Outcome, Parameter, get, tagged};
use crate::problem::Problem;
use crate::shape::parse_key;

/// Texts on their way to one caller.
const CHUNKS: usize = 16;
/// Stands for the caller, where a name is asked for.
const ME: &str = "me";
/// Sent by browsers that come back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

const fn parameter(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about, required: false, like: Like::Text }
}

pub(super) fn operations() -> Vec<Operation> {
    let stream = get(
        "/hosk/v1/events",
        "streamEvents",
        "What happens to instances, incidents and user tasks, as server-sent events: hints without content.",
        stream,
    )
    .answers_media("text/event-stream")
    .access(Access::Employee)
    .query(parameter(
        "kind",
        "Only these, with commas between: PROCESS_INSTANCE, INCIDENT, USER_TASK; all when absent.",
    ))
    .query(parameter("processInstanceKey", "Only what concerns this instance."))
    .query(parameter("processDefinitionId", "Only what concerns instances of this process."))
    .query(parameter("assignee", "Only tasks that this user works on; `me`: the caller."))
    .query(parameter("candidateUser", "Only tasks that this user may work on; `me`: the caller."))
    .query(parameter("candidateGroup", "Only tasks that this group may work on; `me`: those of the caller."))
    .query(parameter(
        "lastEventId",
        "The id of the last event that is known, for clients that cannot send headers.",
    ));
    tagged("Events", vec![stream])
}

async fn stream(call: Call) -> Outcome {
    let wanted = wanted(&call)?;
    let from = from(&call)?;
    let events = Arc::clone(call.app.events()?);
    let room = events.place()?;
    let sight = Sight::of(&call.app, &call.caller, &wanted);
    let (chunks, said) = mpsc::channel(CHUNKS);
    let credentials = (call.headers().clone(), call.peer());
    let stream = Stream::new((Arc::clone(&call.app), events), (wanted, sight), credentials, chunks, room);
    tokio::spawn(stream.run(from));
    Ok(answer(said))
}

fn answer(said: mpsc::Receiver<Bytes>) -> Response {
    let chunks = futures::stream::unfold(said, async |mut said| {
        let chunk = said.recv().await?;
        Some((Ok::<_, Infallible>(chunk), said))
    });
    let mut response = Body::from_stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather answers would hold events back.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The header of a browser that comes back counts: its address still has what it began with.
fn from(call: &Call) -> Result<From, Problem> {
    let header = call.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    if let Some(id) = header.filter(|id| !id.is_empty()) {
        return Ok(From::read(id));
    }
    match call.query("lastEventId")? {
        None => Ok(From::Now),
        Some(id) => match From::read(&id) {
            From::Unknown => Err(Problem::invalid_argument(format!(
                "The query parameter `lastEventId` must be the id of an event, but is `{id}`; leave it out to hear what \
                 happens from now on."
            ))),
            place => Ok(place),
        },
    }
}

fn wanted(call: &Call) -> Result<Wanted, Problem> {
    let given = |name| -> Result<Option<Arc<str>>, Problem> {
        match call.query(name)? {
            Some(text) if text.is_empty() => Err(Problem::invalid_argument(format!(
                "The query parameter `{name}` is empty; leave it out, or say what it stands for."
            ))),
            text => Ok(text.map(Into::into)),
        }
    };
    let people = People {
        assignee: given("assignee")?.map(|name| user(call, name, "assignee")).transpose()?,
        candidate_user: given("candidateUser")?.map(|name| user(call, name, "candidateUser")).transpose()?,
        candidate_groups: given("candidateGroup")?.map(|id| groups(call, id)).transpose()?,
    };
    let kinds = match given("kind")? {
        Some(names) => Some(names.split(',').map(kind).collect::<Result<Vec<_>, _>>()?),
        None => None,
    };
    if let Some(kinds) = &kinds
        && people.is_given()
        && *kinds != [Kind::UserTask]
    {
        return Err(Problem::invalid_argument(
            "`assignee`, `candidateUser` and `candidateGroup` tell user tasks apart: the query parameter `kind` must be \
             USER_TASK then, or absent.",
        ));
    }
    let every = if people.is_given() { vec![Kind::UserTask] } else { KINDS.map(|(_, kind)| kind).into() };
    let instance =
        given("processInstanceKey")?.map(|key| parse_key(&key, "processInstanceKey")).transpose()?;
    Ok(Wanted {
        kinds: kinds.unwrap_or(every),
        instance: instance.map(ProcessInstanceKey),
        process: given("processDefinitionId")?,
        people,
    })
}

fn kind(name: &str) -> Result<Kind, Problem> {
    let known = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
    known.map(|(_, kind)| *kind).ok_or_else(|| {
        let known = KINDS.map(|(name, _)| name).join(", ");
        Problem::invalid_argument(format!(
            "The query parameter `kind` must be among {known}, with commas between, but has `{name}`."
        ))
    })
}

/// The user of a name.
fn user(call: &Call, name: Arc<str>, parameter: &str) -> Result<Arc<str>, Problem> {
    match call.caller.name() {
        _ if &*name != ME => Ok(name),
        Some(own) => Ok(own),
        None => Err(nobody(parameter)),
    }
}

/// The groups of an id.
fn groups(call: &Call, id: Arc<str>) -> Result<Vec<Arc<str>>, Problem> {
    match &call.caller {
        _ if &*id != ME => Ok(vec![id]),
        Caller::User(user) => Ok(user.standing.groups.clone()),
        Caller::Anybody => Err(nobody("candidateGroup")),
    }
}

fn nobody(parameter: &str) -> Problem {
    Problem::invalid_argument(format!(
        "The query parameter `{parameter}` cannot be `me` on a server without sign-in: say who it is."
    ))
}
