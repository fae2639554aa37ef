//! Figures about jobs: created, completed and failed ones of a span of time, in whole minutes.
//!
//! They are counted in the commit of what they count and kept for [`JOB_FIGURES_KEPT`]; errors are counted when asked,
//! from the jobs that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_core::Timestamp;
use hosk_identity::Scope;
use hosk_store::read::{
    Cell, Condition, Filter, JOB_FIGURES_KEPT, JOB_FIGURES_STEP, Job, JobField, JobFigure, JobFigureField,
    JobFigureOf, JobFigures, JobFiguresBy, JobFiguresOf, JobState, Queries as _, Scalar, TallyOf,
};
use jiff::{Span, SpanRelativeTo};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::text;
use crate::answer::{Time, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Like, Operation, Outcome, Parameter, SchemaOf, get, post, tagged};
use crate::problem::Problem;
use crate::search::{Asked, Computed, Found, Searchable, Value, conditions_of, filter};
use crate::shape::{Body, Object, Schemas, any, date_time, name, object_schema, text as text_field};

/// Longest type of jobs.
const TYPE_MAX: usize = 32_768;
/// Points of a series without a resolution, about.
const POINTS: i64 = 100;

static BY_TYPES: Computed<JobTypeFigures> = Computed {
    name: "JobTypeStatisticsQuery",
    sorts: &[],
    identity: |row| vec![Cell::Text(row.job_type.clone())],
};
static BY_WORKERS: Computed<JobWorkerFigures> = Computed {
    name: "JobWorkerStatisticsQuery",
    sorts: &[],
    identity: |row| vec![Cell::Text(row.worker.clone())],
};
static SERIES: Computed<JobPointFigures> = Computed {
    name: "JobTimeSeriesStatisticsQuery",
    sorts: &[],
    identity: |row| vec![Cell::Int(row.time.0.0)],
};
static ERRORS: Computed<JobErrorFigures> = Computed {
    name: "JobErrorStatisticsQuery",
    sorts: &[],
    identity: |row| vec![Cell::Text(row.error_code.clone()), Cell::Text(row.error_message.clone())],
};

/// What types are filtered by.
static TYPES: Searchable<JobFigure> = Searchable {
    name: "JobTypeOfStatistics",
    properties: &[filter("jobType", JobFigureField::Type)],
    special: &[],
    alternatives: false,
};
/// What errors are filtered by.
static OF_ERRORS: Searchable<Job> = Searchable {
    name: "JobErrorOfStatistics",
    properties: &[filter("errorCode", JobField::ErrorCode), filter("errorMessage", JobField::ErrorMessage)],
    special: &[],
    alternatives: false,
};

static SPAN: Object = Object {
    name: "JobTypeStatisticsFilter",
    fields: &[
        date_time("from", "From the minute of this moment on.").required(),
        date_time("to", "Up to this moment.").required(),
        any("jobType", "The type: a text, or an object of operators."),
    ],
};
static OF_TYPE: Object = Object {
    name: "JobWorkerStatisticsFilter",
    fields: &[
        date_time("from", "From the minute of this moment on.").required(),
        date_time("to", "Up to this moment.").required(),
        name("jobType", TYPE_MAX, "The type of the jobs.").required(),
    ],
};
static IN_STEPS: Object = Object {
    name: "JobTimeSeriesStatisticsFilter",
    fields: &[
        date_time("from", "From the minute of this moment on.").required(),
        date_time("to", "Up to this moment.").required(),
        name("jobType", TYPE_MAX, "The type of the jobs.").required(),
        text_field(
            "resolution",
            "How much time a point stands for, as an ISO 8601 duration of whole minutes.",
        ),
    ],
};
static WITH_ERRORS: Object = Object {
    name: "JobErrorStatisticsFilter",
    fields: &[
        date_time("from", "From this moment on.").required(),
        date_time("to", "Until before this moment.").required(),
        name("jobType", TYPE_MAX, "The type of the jobs.").required(),
        any("errorCode", "The code of a BPMN error: a text, or an object of operators."),
        any("errorMessage", "The message: a text, or an object of operators."),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    let time = |name, about| Parameter { name, about, required: true, like: Like::Time };
    let of_type =
        Parameter { name: "jobType", about: "Of one type only.", required: false, like: Like::Text };
    let operations = vec![
        get("/v2/jobs/statistics/global", "getGlobalJobStatistics", "Figures about all jobs.", global)
            .query(time("from", "From the minute of this moment on."))
            .query(time("to", "Up to this moment."))
            .query(of_type)
            .answers::<GlobalJobFigures>(),
        post("/v2/jobs/statistics/by-types", "getJobTypeStatistics", "Figures per type of jobs.", by_types)
            .takes_schema(true, BY_TYPES.schema(Some((types_schema(), true))))
            .answers::<Found<JobTypeFigures>>(),
        post(
            "/v2/jobs/statistics/by-workers",
            "getJobWorkerStatistics",
            "Figures per worker, of a type of jobs.",
            by_workers,
        )
        .takes_schema(true, BY_WORKERS.schema(Some((plain_schema(&OF_TYPE), true))))
        .answers::<Found<JobWorkerFigures>>(),
        post(
            "/v2/jobs/statistics/time-series",
            "getJobTimeSeriesStatistics",
            "Figures over time, of a type of jobs.",
            series,
        )
        .takes_schema(true, SERIES.schema(Some((plain_schema(&IN_STEPS), true))))
        .answers::<Found<JobPointFigures>>(),
        post(
            "/v2/jobs/statistics/errors",
            "getJobErrorStatistics",
            "Which errors jobs of a type have, and of how many workers.",
            errors,
        )
        .takes_schema(true, ERRORS.schema(Some((errors_schema(), true))))
        .answers::<Found<JobErrorFigures>>(),
    ];
    tagged("Job", operations.into_iter().map(|operation| operation.access(Access::Worker)).collect())
}

fn plain_schema(shape: &'static Object) -> SchemaOf {
    Arc::new(move |schemas| object_schema(shape, schemas))
}

/// The schema of a filter, some of whose properties are those of a search.
fn with_conditions(shape: &'static Object, of: &'static str, schemas: &mut Schemas) -> RefOr<Schema> {
    let conditions = match schemas.get(of) {
        Some(RefOr::T(Schema::Object(object))) => object.properties.clone(),
        _ => BTreeMap::default(),
    };
    schemas.remove(of);
    let body = object_schema(shape, schemas);
    if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(shape.name) {
        object.properties.extend(conditions);
    }
    body
}

fn types_schema() -> SchemaOf {
    Arc::new(|schemas| {
        TYPES.filter_schema(schemas);
        with_conditions(&SPAN, "JobTypeOfStatisticsFilter", schemas)
    })
}

fn errors_schema() -> SchemaOf {
    Arc::new(|schemas| {
        OF_ERRORS.filter_schema(schemas);
        with_conditions(&WITH_ERRORS, "JobErrorOfStatisticsFilter", schemas)
    })
}

answer! {
    /// How many, and when the last.
    StatusMetric {
        count: u64,
        last_updated_at: Option<Time>,
    }
}

answer! {
    /// Figures about all jobs.
    GlobalJobFigures {
        created: StatusMetric,
        completed: StatusMetric,
        failed: StatusMetric,
        /// Whether the span of time begins before what is kept.
        is_incomplete: bool,
    }
}

answer! {
    /// Figures about the jobs of a type.
    JobTypeFigures {
        job_type: Arc<str>,
        created: StatusMetric,
        completed: StatusMetric,
        failed: StatusMetric,
        workers: u64,
    }
}

answer! {
    /// Figures about the jobs of a worker.
    JobWorkerFigures {
        worker: Arc<str>,
        created: StatusMetric,
        completed: StatusMetric,
        failed: StatusMetric,
    }
}

answer! {
    /// Figures about a span of time.
    JobPointFigures {
        time: Time,
        created: StatusMetric,
        completed: StatusMetric,
        failed: StatusMetric,
    }
}

answer! {
    /// An error that jobs have.
    JobErrorFigures {
        error_code: Arc<str>,
        error_message: Arc<str>,
        workers: u64,
    }
}

impl From<JobFigureOf> for StatusMetric {
    fn from(figure: JobFigureOf) -> Self {
        Self { count: figure.count, last_updated_at: figure.last.map(Time) }
    }
}

/// A span of time that begins before it ends.
fn span(from: Timestamp, to: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
    if to <= from {
        return Err(Problem::invalid_argument("`to` must be after `from`."));
    }
    Ok((from, to))
}

/// The span of a filter; a moment that the shape requires may still be the empty text.
fn span_of(body: &mut Body) -> Result<(Timestamp, Timestamp), Problem> {
    let mut moment = |name: &str| {
        let given = body.time(name).flatten();
        given.ok_or_else(|| Problem::invalid_argument(format!("`filter.{name}` must be a date and time.")))
    };
    let (from, to) = (moment("from")?, moment("to")?);
    span(from, to)
}

/// Clients know a span of time without one of its ends by other words than whatever else is missing.
fn without_end(problem: Problem) -> Problem {
    let lacking = |end: &&str| problem.detail().starts_with(&format!("No {end} provided."));
    match ["from", "to"].into_iter().find(lacking) {
        Some(end) => Problem::incomplete(format!("{end} must not be null. `filter.{end}` is required.")),
        None => problem,
    }
}

/// The filter in a body of one of these searches.
fn filter_of<R>(of: &Computed<R>, bytes: &[u8], shape: &'static Object) -> Result<(Asked, Body), Problem> {
    let mut filter = None;
    let mut read = |value: &Value<'_>| {
        filter = Some(value.object(shape).map_err(without_end)?);
        Ok(())
    };
    let asked = of.parse(bytes, Some(&mut read))?;
    let missing =
        || Problem::missing_field("No filter provided. `filter` is required: it has the span of time.");
    Ok((asked, filter.ok_or_else(missing)?))
}

/// What one property of a filter says.
fn conditions<F: hosk_store::read::Field>(
    body: &mut Body,
    name: &'static str,
    field: F,
) -> Result<Filter<F>, Problem> {
    let Some(given) = body.any(name) else { return Ok(Filter::everything()) };
    let raw = serde_json::value::RawValue::from_string(given.text().to_owned())
        .map_err(|error| Problem::malformed(format!("`{name}` cannot be read as JSON: {error}.")))?;
    Ok(Filter::All(conditions_of(field, &Value::new(&raw, &format!("filter.{name}")))?))
}

/// Whether the caller may see figures of jobs; whoever may not sees those of none.
fn may_see(call: &Call) -> bool {
    matches!(call.scope(), Scope::All)
}

async fn figures(
    call: &Call,
    (from, to): (Timestamp, Timestamp),
    filter: Filter<JobFigureField>,
    by: JobFiguresBy,
) -> Result<Vec<JobFigures>, Problem> {
    if !may_see(call) {
        return Ok(Vec::new());
    }
    Ok(call.seen.job_figures(JobFiguresOf { from, to, filter, by }).await?)
}

fn of_type(job_type: &str) -> Filter<JobFigureField> {
    Filter::eq(JobFigureField::Type, hosk_store::read::job_figure_name(job_type))
}

async fn global(call: Call) -> Outcome {
    let (from, to) = (call.required_time("from")?, call.required_time("to")?);
    let span = span(from, to)?;
    let filter = call.query("jobType")?.map_or_else(Filter::everything, |job_type| of_type(&job_type));
    let found = figures(&call, span, filter, JobFiguresBy::Nothing).await?;
    let none = JobFigureOf::default();
    let (created, completed, failed) =
        found.first().map_or((none, none, none), |one| (one.created, one.completed, one.failed));
    let kept = i64::try_from(JOB_FIGURES_KEPT.as_millis()).unwrap_or(i64::MAX);
    let is_incomplete = may_see(&call) && from.0 < call.app.engine.now().0.saturating_sub(kept);
    ok(&GlobalJobFigures {
        created: created.into(),
        completed: completed.into(),
        failed: failed.into(),
        is_incomplete,
    })
}

async fn by_types(mut call: Call) -> Outcome {
    let bytes = call.needed_bytes().await?;
    let (asked, mut body) = filter_of(&BY_TYPES, &bytes, &SPAN)?;
    let filter = conditions(&mut body, "jobType", JobFigureField::Type)?;
    let span = span_of(&mut body)?;
    let found = figures(&call, span, filter, JobFiguresBy::Type).await?;
    let row = |one: JobFigures| JobTypeFigures {
        job_type: one.name,
        created: one.created.into(),
        completed: one.completed.into(),
        failed: one.failed.into(),
        workers: one.workers,
    };
    ok(&Found::of(BY_TYPES.page(found.into_iter().map(row).collect(), &asked)?, |row| row))
}

async fn by_workers(mut call: Call) -> Outcome {
    let bytes = call.needed_bytes().await?;
    let (asked, mut body) = filter_of(&BY_WORKERS, &bytes, &OF_TYPE)?;
    let span = span_of(&mut body)?;
    let filter = of_type(&body.required_text("jobType"));
    let found = figures(&call, span, filter, JobFiguresBy::Worker).await?;
    let row = |one: JobFigures| JobWorkerFigures {
        worker: one.name,
        created: one.created.into(),
        completed: one.completed.into(),
        failed: one.failed.into(),
    };
    ok(&Found::of(BY_WORKERS.page(found.into_iter().map(row).collect(), &asked)?, |row| row))
}

/// The minutes of a resolution; without one as many as make about [`POINTS`] points.
fn step((from, to): (Timestamp, Timestamp), resolution: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = resolution else {
        let points = (to.0 - from.0) / POINTS / JOB_FIGURES_STEP;
        return Ok(u32::try_from(points + 1).unwrap_or(u32::MAX));
    };
    let wrong = || {
        let rule = "an ISO 8601 duration of whole minutes, without months and years";
        Problem::invalid_argument(format!("`filter.resolution` must be {rule}, but is `{text}`."))
    };
    let span: Span = text.parse().map_err(|_| wrong())?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    let seconds = time.as_secs();
    let is_whole = time.subsec_nanos() == 0 && seconds > 0 && seconds % 60 == 0;
    let minutes = u32::try_from(seconds / 60).map_err(|_| wrong())?;
    if is_whole { Ok(minutes) } else { Err(wrong()) }
}

async fn series(mut call: Call) -> Outcome {
    let bytes = call.needed_bytes().await?;
    let (asked, mut body) = filter_of(&SERIES, &bytes, &IN_STEPS)?;
    let span = span_of(&mut body)?;
    let filter = of_type(&body.required_text("jobType"));
    let step = step(span, body.text("resolution").as_deref())?;
    let found = figures(&call, span, filter, JobFiguresBy::Minutes(step)).await?;
    let row = |one: JobFigures| JobPointFigures {
        time: Time(one.since),
        created: one.created.into(),
        completed: one.completed.into(),
        failed: one.failed.into(),
    };
    ok(&Found::of(SERIES.page(found.into_iter().map(row).collect(), &asked)?, |row| row))
}

/// Code and message.
type Error = (Arc<str>, Arc<str>);

async fn errors(mut call: Call) -> Outcome {
    let bytes = call.needed_bytes().await?;
    let (asked, mut body) = filter_of(&ERRORS, &bytes, &WITH_ERRORS)?;
    let code = conditions(&mut body, "errorCode", JobField::ErrorCode)?;
    let message = conditions(&mut body, "errorMessage", JobField::ErrorMessage)?;
    let (from, to) = span_of(&mut body)?;
    let of = Filter::All(vec![
        Filter::eq(JobField::Type, body.required_text("jobType")),
        Filter::Is(JobField::ErrorMessage, Condition::Exists(true)),
        Filter::one_of(JobField::State, [JobState::Failed.as_str(), JobState::ErrorThrown.as_str()]),
        Filter::Is(JobField::LastUpdateTime, Condition::Gte(Scalar::Time(from))),
        Filter::Is(JobField::LastUpdateTime, Condition::Lt(Scalar::Time(to))),
        code,
        message,
    ]);
    let by = vec![JobField::ErrorCode, JobField::ErrorMessage, JobField::Worker];
    let mut workers: BTreeMap<Error, BTreeSet<Arc<str>>> = BTreeMap::new();
    let of = if may_see(&call) { of } else { Filter::Any(Vec::new()) };
    for tally in call.seen.tally(TallyOf::Jobs(of, by)).await? {
        let of = workers.entry((text(&tally, 0), text(&tally, 1))).or_default();
        let worker = text(&tally, 2);
        if !worker.is_empty() {
            of.insert(worker);
        }
    }
    let row = |((error_code, error_message), workers): (Error, BTreeSet<Arc<str>>)| JobErrorFigures {
        error_code,
        error_message,
        workers: workers.len() as u64,
    };
    ok(&Found::of(ERRORS.page(workers.into_iter().map(row).collect(), &asked)?, |row| row))
}
