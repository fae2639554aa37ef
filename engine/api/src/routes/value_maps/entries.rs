//! Single entries of a value map, and what values become by it.

use std::sync::Arc;

use hosk_store::ValueMapEntries;
use hosk_store::read::{
    AuditOperation, Filter, Queries as _, Scalar, Search, Sort, ValueMap, ValueMapEntry,
    ValueMapEntryField as E,
};

use super::{VALUE_MAX, ValueMapChangeAnswer, changes, clean, done, found, missing, named, of_one, version};
use crate::answer::{Time, answer, ok};
use crate::call::Call;
use crate::operation::{Like, Operation, Outcome, Parameter, delete, post, put};
use crate::problem::Problem;
use crate::search::{Found, Searchable, both};
use crate::shape::{Object, name, one_of, texts};

/// Values that are translated by one request.
const VALUES_MAX: usize = 1_000;
/// Matches that are told of one value.
const MATCHES_MAX: usize = 100;

static ENTRIES: Searchable<ValueMapEntry> = Searchable {
    name: "ValueMapEntrySearch",
    properties: &[
        both("source", E::Source),
        both("target", E::Target),
        both("updatedAt", E::Updated),
        both("updatedBy", E::UpdatedBy),
    ],
    special: &[],
    alternatives: true,
};

static ENTRY: Object = Object {
    name: "ValueMapEntryRequest",
    fields: &[
        name("source", VALUE_MAX, "The value that is translated.").required(),
        name("target", VALUE_MAX, "What it becomes.").required(),
    ],
};

const FORWARD: &str = "FORWARD";
const BACKWARD: &str = "BACKWARD";

static TRANSLATE: Object = Object {
    name: "TranslateValuesRequest",
    fields: &[
        texts("values", "The values, at most 1,000.").required(),
        one_of("direction", &[FORWARD, BACKWARD], "From source to target, or back; forward when absent."),
    ],
};

const ALL: &str = "/hosk/v1/value-maps/{mapId}/entries";

pub(super) fn operations() -> Vec<Operation> {
    let source =
        Parameter { name: "source", about: "The value whose entry it is.", required: true, like: Like::Text };
    vec![
        of_one(post(
            "/hosk/v1/value-maps/{mapId}/entries/search",
            "searchValueMapEntries",
            "Search the entries of a value map; by source when nothing else is said.",
            search,
        ))
        .takes_schema(false, ENTRIES.schema())
        .answers::<Found<ValueMapEntryAnswer>>(),
        changes(
            put(ALL, "putValueMapEntry", "Say what a value becomes, whether or not it was said before.", set),
            AuditOperation::Update,
        )
        .takes(&ENTRY)
        .answers::<ValueMapChangeAnswer>(),
        changes(
            delete(ALL, "deleteValueMapEntry", "Forget what a value becomes, if it was said.", remove),
            AuditOperation::Update,
        )
        .query(source)
        .answers::<ValueMapChangeAnswer>(),
        of_one(post(
            "/hosk/v1/value-maps/{mapId}/translate",
            "translateValues",
            "What values become by a value map, and which have no match.",
            translate,
        ))
        .takes(&TRANSLATE)
        .answers::<TranslationAnswer>(),
    ]
}

answer! {
    /// What a value becomes.
    ValueMapEntryAnswer {
        source: Arc<str>,
        target: Arc<str>,
        updated_at: Time,
        updated_by: Option<Arc<str>>,
    }
}

answer! {
    /// What values become.
    TranslationAnswer {
        /// The version of the map that says so.
        version: u64,
        items: Vec<TranslatedAnswer>,
        /// Those that have no match, in order.
        unmatched: Vec<String>,
    }
}

answer! {
    /// What a value becomes; backwards there may be several matches.
    TranslatedAnswer {
        value: String,
        matches: Vec<Arc<str>>,
    }
}

impl From<ValueMapEntry> for ValueMapEntryAnswer {
    fn from(row: ValueMapEntry) -> Self {
        Self {
            source: row.source,
            target: row.target,
            updated_at: Time(row.updated),
            updated_by: row.updated_by,
        }
    }
}

/// The search, among the entries of a map.
fn among(map: &ValueMap, mut search: Search<E>) -> Search<E> {
    search.filter = Filter::All(vec![Filter::eq(E::Map, Scalar::Key(map.key)), search.filter]);
    search
}

async fn search(mut call: Call) -> Outcome {
    let map = named(&call)?;
    let mut search = ENTRIES.read(&mut call).await?;
    if search.sort.is_empty() {
        search.sort.push(Sort { field: E::Source, descending: false });
    }
    let search = among(&found(&call, &map).await?, search);
    ok(&Found::of(call.seen.value_map_entries(search).await?, ValueMapEntryAnswer::from))
}

/// What a value becomes by a map.
async fn entry(call: &Call, map: &ValueMap, source: &str) -> Result<Option<ValueMapEntryAnswer>, Problem> {
    let search = among(map, Search::by(Filter::eq(E::Source, source)));
    let found = call.seen.value_map_entries(search).await?.items;
    Ok(found.into_iter().next().map(ValueMapEntryAnswer::from))
}

async fn set(mut call: Call) -> Outcome {
    let (map, version) = (named(&call)?, version(&call)?);
    let mut body = call.json(&ENTRY).await?;
    let (source, target) = (body.required_text("source"), body.required_text("target"));
    clean(&source, "source")?;
    clean(&target, "target")?;
    let row = found(&call, &map).await?;
    let before = entry(&call, &row, &source).await?;
    let entries = ValueMapEntries::Merge(vec![(source.as_str().into(), target.into())]);
    let maps = call.app.value_maps()?;
    let outcome = maps.put_entries((map.clone(), version), entries, call.caller.name()).await?;
    let done = done(outcome, &map.id)?;
    tell(&call, before, entry(&call, &row, &source).await?);
    ok(&ValueMapChangeAnswer::from(done))
}

async fn remove(call: Call) -> Outcome {
    let (map, version) = (named(&call)?, version(&call)?);
    let source = call.query("source")?;
    let source =
        source.ok_or_else(|| Problem::missing_field("`source` is required: the value whose entry it is."))?;
    clean(&source, "source")?;
    let row = found(&call, &map).await?;
    let before = entry(&call, &row, &source).await?;
    let entries = ValueMapEntries::Remove(vec![source.into()]);
    let maps = call.app.value_maps()?;
    let outcome = maps.put_entries((map.clone(), version), entries, call.caller.name()).await?;
    let done = done(outcome, &map.id)?;
    tell(&call, before, None);
    ok(&ValueMapChangeAnswer::from(done))
}

/// Tells the audit log what became of an entry.
fn tell(call: &Call, before: Option<ValueMapEntryAnswer>, after: Option<ValueMapEntryAnswer>) {
    call.tells(|told| {
        told.detail("value map entry");
        if let Some(before) = before {
            told.before(&before);
        }
        if let Some(after) = after {
            told.after(&after);
        }
    });
}

async fn translate(mut call: Call) -> Outcome {
    let map = named(&call)?;
    let mut body = call.json(&TRANSLATE).await?;
    let values = body.texts("values").unwrap_or_default();
    if values.len() > VALUES_MAX {
        let length = values.len();
        return Err(Problem::invalid_argument(format!(
            "`values` may have {VALUES_MAX} entries, but has {length}."
        )));
    }
    let backwards = body.word("direction") == Some(BACKWARD);
    // Whether the caller sees it at all.
    found(&call, &map).await?;
    let translated = call.app.value_maps()?.translate(&map, &values, backwards, MATCHES_MAX).await?;
    let translated = translated.ok_or_else(|| missing(&map.id))?;
    let items = values.into_iter().zip(translated.matches);
    let items: Vec<_> = items.map(|(value, matches)| TranslatedAnswer { value, matches }).collect();
    let unmatched = items.iter().filter(|item| item.matches.is_empty()).map(|item| item.value.clone());
    ok(&TranslationAnswer { version: translated.version, unmatched: unmatched.collect(), items })
}
