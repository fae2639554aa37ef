//! Dictionaries of the installation, or of a tenant: which value of one system is which value of another.

mod entries;
mod file;
mod table;

use std::sync::Arc;

use hosk_runtime::{VALUE_MAP_ENTRIES, VALUE_MAP_ENTRIES_IN_ALL, VALUE_MAPS};
use hosk_store::read::{
    AuditEntityType, AuditOperation, Filter, Queries as _, Search, ValueMap, ValueMapField as F,
};
use hosk_store::{ValueMapAddress, ValueMapChanged, ValueMapDone, ValueMapNames};

use crate::answer::{Time, answer, created, no_content, ok};
use crate::audited::made;
use crate::call::Call;
use crate::operation::{Like, Operation, Outcome, Parameter, delete, get, post, put, tagged};
use crate::problem::Problem;
use crate::search::{Found, Searchable, both};
use crate::shape::{Body, Field, Object, name, text};
use crate::tenants::TENANT_MAX;

/// Longest id, in characters.
const ID_MAX: usize = 64;
/// Longest name, in characters.
const NAME_MAX: usize = 256;
/// Longest value, in characters.
const VALUE_MAX: usize = 256;

static MAPS: Searchable<ValueMap> = Searchable {
    name: "ValueMapSearch",
    properties: &[
        both("mapId", F::MapId),
        both("tenantId", F::TenantId),
        both("name", F::Name),
        both("description", F::Description),
        both("sourceName", F::SourceName),
        both("targetName", F::TargetName),
        both("version", F::Version),
        both("entries", F::Entries),
        both("createdAt", F::Created),
        both("updatedAt", F::Updated),
        both("updatedBy", F::UpdatedBy),
    ],
    special: &[],
    alternatives: true,
};

const NAME: Field = name("name", NAME_MAX, "Its name, for people.").required();
const DESCRIPTION: Field = text("description", "What it is for.");
const SOURCE_NAME: Field =
    name("sourceName", NAME_MAX, "What the values are that are translated: `CRM job title`.");
const TARGET_NAME: Field = name("targetName", NAME_MAX, "What they become: `ERP position`.");

static CREATE: Object = Object {
    name: "CreateValueMapRequest",
    fields: &[
        name("mapId", ID_MAX, "Its id: letters, digits and `_`, as expressions write it.").required(),
        name("tenantId", TENANT_MAX, "The tenant whose it is; absent: everybody's."),
        NAME,
        DESCRIPTION,
        SOURCE_NAME,
        TARGET_NAME,
    ],
};

static UPDATE: Object = Object {
    name: "UpdateValueMapRequest",
    fields: &[
        name("mapId", ID_MAX, "Its new id; absent: the old one. Expressions have to be changed with it."),
        NAME,
        DESCRIPTION,
        SOURCE_NAME,
        TARGET_NAME,
    ],
};

const ONE: &str = "/hosk/v1/value-maps/{mapId}";

const fn query(name: &'static str, about: &'static str, like: Like) -> Parameter {
    Parameter { name, about, required: false, like }
}

const TENANT: Parameter = query("tenantId", "The tenant whose map it is; absent: everybody's.", Like::Text);
const VERSION: Parameter =
    query("version", "The version that the map must have, else 409; absent: any.", Like::Number);

/// An operation on one map.
fn of_one(operation: Operation) -> Operation {
    operation.query(TENANT).refuses(&[404])
}

/// An operation that changes one map.
fn changes(operation: Operation, what: AuditOperation) -> Operation {
    of_one(operation).query(VERSION).refuses(&[404, 409]).noted(what, AuditEntityType::Resource)
}

pub(super) fn operations() -> Vec<Operation> {
    let add = post("/hosk/v1/value-maps", "createValueMap", "Add a value map without entries.", add)
        .noted(AuditOperation::Create, AuditEntityType::Resource);
    let change = put(ONE, "updateValueMap", "Rename one; what is absent gets its default.", update);
    let mut operations = vec![
        add.takes(&CREATE).creates::<ValueMapAnswer>().refuses(&[409]),
        post("/hosk/v1/value-maps/search", "searchValueMaps", "Search value maps.", search)
            .takes_schema(false, MAPS.schema())
            .answers::<Found<ValueMapAnswer>>(),
        of_one(get(ONE, "getValueMap", "One of them, without its entries.", one)).answers::<ValueMapAnswer>(),
        changes(change, AuditOperation::Update).takes(&UPDATE).answers::<ValueMapAnswer>(),
        changes(
            delete(ONE, "deleteValueMap", "Remove one with its entries.", remove),
            AuditOperation::Delete,
        ),
    ];
    operations.extend(entries::operations());
    operations.extend(file::operations());
    tagged("Value map", operations)
}

answer! {
    /// A value map.
    ValueMapAnswer {
        map_id: Arc<str>,
        /// Absent: it is everybody's.
        tenant_id: Option<Arc<str>>,
        name: Arc<str>,
        description: Arc<str>,
        source_name: Arc<str>,
        target_name: Arc<str>,
        /// Counts its changes, those of its entries included.
        version: i64,
        /// How many it has.
        entries: i64,
        created_at: Time,
        updated_at: Time,
        updated_by: Option<Arc<str>>,
    }
}

answer! {
    /// What a change of entries came to; without any difference the version stays.
    ValueMapChangeAnswer {
        version: u64,
        entries: u64,
        added: u64,
        changed: u64,
        removed: u64,
    }
}

impl From<ValueMap> for ValueMapAnswer {
    fn from(row: ValueMap) -> Self {
        Self {
            map_id: row.id,
            tenant_id: row.tenant_id,
            name: row.name,
            description: row.description,
            source_name: row.source_name,
            target_name: row.target_name,
            version: row.version,
            entries: row.entries,
            created_at: Time(row.created),
            updated_at: Time(row.updated),
            updated_by: row.updated_by,
        }
    }
}

impl From<ValueMapDone> for ValueMapChangeAnswer {
    fn from(done: ValueMapDone) -> Self {
        let ValueMapDone { version, entries, added, changed, removed } = done;
        Self { version, entries, added, changed, removed }
    }
}

/// The map that the path and the query name, if the caller may do this with it.
fn named(call: &Call) -> Result<ValueMapAddress, Problem> {
    let tenant = match call.query("tenantId")? {
        Some(given) => Some(call.tenant(Some(&given), "tenantId")?.id()),
        None => None,
    };
    let id = call.path("mapId");
    call.within(id)?;
    Ok(ValueMapAddress { tenant, id: id.into() })
}

/// The version that the query says the map must have.
fn version(call: &Call) -> Result<Option<u64>, Problem> {
    let Some(given) = call.query("version")? else { return Ok(None) };
    let refused =
        || Problem::invalid_argument(format!("`version` must be a whole number from 0, but is `{given}`."));
    // Of 64 bits, with a sign.
    let version = given.parse::<i64>().ok().and_then(|version| u64::try_from(version).ok());
    version.map(Some).ok_or_else(refused)
}

fn missing(id: &str) -> Problem {
    Problem::not_found(format!("There is no value map `{id}` there."))
}

async fn found(call: &Call, map: &ValueMapAddress) -> Result<ValueMap, Problem> {
    let owner = match &map.tenant {
        Some(tenant) => Filter::eq(F::TenantId, Arc::clone(tenant)),
        None => Filter::Is(F::TenantId, hosk_store::read::Condition::Exists(false)),
    };
    let search = Search::by(Filter::All(vec![owner, Filter::eq(F::MapId, Arc::clone(&map.id))]));
    let row = call.seen.value_maps(search).await?.items.into_iter().next();
    row.ok_or_else(|| missing(&map.id))
}

/// What was done, or why not.
fn done(outcome: ValueMapChanged, id: &str) -> Result<ValueMapDone, Problem> {
    Err(match outcome {
        ValueMapChanged::Done(done) => return Ok(done),
        ValueMapChanged::Missing => missing(id),
        ValueMapChanged::Stale(version) => Problem::version_mismatch(format!(
            "The value map `{id}` has version {version}: somebody has changed it. Read it again, then decide anew."
        )),
        ValueMapChanged::Exists => {
            Problem::already_exists(format!("There is a value map `{id}` there: change it instead."))
        }
        ValueMapChanged::TooManyMaps => Problem::value_map_limit(format!(
            "There are {VALUE_MAPS} value maps, which is all there may be: remove some first."
        )),
        ValueMapChanged::TooManyEntries(entries) => Problem::value_map_limit(format!(
            "The value map `{id}` would have {entries} entries, but may have {VALUE_MAP_ENTRIES}."
        )),
        ValueMapChanged::TooManyInAll(entries) => Problem::value_map_limit(format!(
            "All value maps together would have {entries} entries, but may have {VALUE_MAP_ENTRIES_IN_ALL}."
        )),
    })
}

/// Refuses what PostgreSQL cannot keep.
fn clean(text: &str, field: &str) -> Result<(), Problem> {
    if text.contains('\0') {
        return Err(Problem::invalid_argument(format!("`{field}` must not contain the character NUL.")));
    }
    Ok(())
}

fn names(body: &mut Body) -> Result<ValueMapNames, Problem> {
    let mut text = |field: &str, default: &str| -> Result<Arc<str>, Problem> {
        let given = body.text(field).unwrap_or_else(|| default.to_owned());
        clean(&given, field)?;
        Ok(given.into())
    };
    Ok(ValueMapNames {
        name: text("name", "")?,
        description: text("description", "")?,
        source: text("sourceName", file::SOURCE)?,
        target: text("targetName", file::TARGET)?,
    })
}

/// Refuses an id that expressions cannot write.
fn checked(id: &str) -> Result<(), Problem> {
    let fit = |letter: char| letter.is_alphanumeric() || letter == '_';
    if id.chars().all(fit) && !id.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(());
    }
    Err(Problem::invalid_argument(format!(
        "`mapId` may have letters, digits and `_`, and does not begin with a digit, but is `{id}`."
    )))
}

async fn add(mut call: Call) -> Outcome {
    let mut body = call.json(&CREATE).await?;
    let (id, tenant) = (body.required_text("mapId"), body.text("tenantId"));
    checked(&id)?;
    let tenant = match tenant {
        Some(given) => Some(call.tenant(Some(&given), "tenantId")?.id()),
        None => None,
    };
    let (map, names) = (ValueMapAddress { tenant, id: id.as_str().into() }, names(&mut body)?);
    call.tells(|told| {
        told.about(&id).detail("value map");
    });
    done(call.app.value_maps()?.add(map.clone(), names, call.caller.name()).await?, &id)?;
    let answer = ValueMapAnswer::from(found(&call, &map).await?);
    call.tells(|told| {
        told.after(&answer);
    });
    made(&id, created(&answer))
}

async fn search(mut call: Call) -> Outcome {
    let search = MAPS.read(&mut call).await?;
    let search = call.narrow(search, F::MapId);
    ok(&Found::of(call.seen.value_maps(search).await?, ValueMapAnswer::from))
}

async fn one(call: Call) -> Outcome {
    ok(&ValueMapAnswer::from(found(&call, &named(&call)?).await?))
}

async fn update(mut call: Call) -> Outcome {
    let (map, version) = (named(&call)?, version(&call)?);
    let mut body = call.json(&UPDATE).await?;
    let id: Arc<str> = body.text("mapId").map_or_else(|| Arc::clone(&map.id), Into::into);
    checked(&id)?;
    // Its new id must be within what the caller may change as well.
    call.within(&id)?;
    let names = names(&mut body)?;
    let before = ValueMapAnswer::from(found(&call, &map).await?);
    call.tells(|told| {
        told.detail("value map").before(&before);
    });
    let renamed = ValueMapAddress { id: Arc::clone(&id), ..map.clone() };
    let outcome =
        call.app.value_maps()?.put((map.clone(), version), (Arc::clone(&id), names), call.caller.name());
    let outcome = outcome.await?;
    done(outcome, if outcome == ValueMapChanged::Exists { &id } else { &map.id })?;
    let answer = ValueMapAnswer::from(found(&call, &renamed).await?);
    call.tells(|told| {
        told.after(&answer);
    });
    ok(&answer)
}

async fn remove(call: Call) -> Outcome {
    let (map, version) = (named(&call)?, version(&call)?);
    let before = ValueMapAnswer::from(found(&call, &map).await?);
    call.tells(|told| {
        told.detail("value map").before(&before);
    });
    done(call.app.value_maps()?.remove((map.clone(), version), call.caller.name()).await?, &map.id)?;
    no_content()
}
