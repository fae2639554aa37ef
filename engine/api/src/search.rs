//! Searches: `{filter, sort, page}` read by a table of the entity's properties, the same table that describes it.
//!
//! A bare value means equality; else an object of operators. `$or` holds alternatives. Paging is by number
//! (`from`, `limit`) or by cursor (`after` or `before`, with `limit`).

mod columns;
mod computed;
mod page;
mod read;
mod schema;

use hosk_store::read::{Entity, Filter, Kind, Page, PageOf, Search, Sort};
use serde_json::value::RawValue;

use crate::answer::{Answer, answer, named};
use crate::call::Call;
use crate::operation::SchemaOf;
use crate::problem::Problem;
use crate::shape::{Body, Entries, Object, Schemas, entries_of, unknown_property};
use crate::wording;

pub(crate) use columns::{Column, Columns, Form, listed, within};
pub(crate) use computed::{Asked, Computed, sort_by};
pub(crate) use read::{Value, conditions_of};

/// What a search over an entity understands.
pub(crate) struct Searchable<E: Entity> {
    /// Name of the request in the OpenAPI document.
    pub(crate) name: &'static str,
    /// Properties that are fields.
    pub(crate) properties: &'static [Property<E::Field>],
    /// Properties that are more than a field.
    pub(crate) special: &'static [Special<E::Field>],
    /// Whether `$or` is understood.
    pub(crate) alternatives: bool,
}

/// A property that is a field.
pub(crate) struct Property<F: 'static> {
    pub(crate) name: &'static str,
    pub(crate) field: F,
    pub(crate) filter: bool,
    pub(crate) sort: bool,
}

/// Makes a filter of a property's value, given with its path.
pub(crate) type MakeFilter<F> = fn(&Value<'_>) -> Result<Filter<F>, Problem>;

/// A property that is more than a field.
pub(crate) struct Special<F: 'static> {
    pub(crate) name: &'static str,
    pub(crate) like: Like,
    pub(crate) make: MakeFilter<F>,
}

/// How a special property looks in the document.
#[derive(Clone, Copy)]
pub(crate) enum Like {
    /// As a field of this kind.
    Kind(Kind),
    /// A value of a field of that kind, without operators.
    Plain(Kind),
    /// A list of texts.
    Texts,
    /// A list of `{name, value}`.
    Variables,
}

/// A property to filter and sort by.
pub(crate) const fn both<F>(name: &'static str, field: F) -> Property<F> {
    Property { name, field, filter: true, sort: true }
}

/// A property to filter by.
pub(crate) const fn filter<F>(name: &'static str, field: F) -> Property<F> {
    Property { name, field, filter: true, sort: false }
}

/// A property to sort by.
pub(crate) const fn sort_only<F>(name: &'static str, field: F) -> Property<F> {
    Property { name, field, filter: false, sort: true }
}

/// A property that is more than a field.
pub(crate) const fn special<F>(name: &'static str, like: Like, make: MakeFilter<F>) -> Special<F> {
    Special { name, like, make }
}

/// The text of a request's body, if there is one.
async fn body(call: &mut Call) -> Result<Option<String>, Problem> {
    let bytes = call.optional_bytes().await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|error| Problem::malformed(format!("The body is not UTF-8: {error}.")))
}

impl<E: Entity> Searchable<E> {
    /// The search in a request's body; without one: everything, first page.
    pub(crate) async fn read(&self, call: &mut Call) -> Result<Search<E::Field>, Problem> {
        let Some(text) = body(call).await? else { return Ok(Search::default()) };
        self.parse(&text)
    }

    /// The same, and whether the page is asked for by number, be it the first one.
    pub(crate) async fn read_numbered(&self, call: &mut Call) -> Result<(Search<E::Field>, bool), Problem> {
        let Some(text) = body(call).await? else { return Ok((Search::default(), false)) };
        Ok((self.parse(&text)?, page::is_by_number(&text)?))
    }

    /// The search in a text.
    pub(crate) fn parse(&self, text: &str) -> Result<Search<E::Field>, Problem> {
        let mut search = Search::default();
        for (name, raw) in entries_of(text, "")? {
            match &*name {
                _ if raw.get() == "null" => {}
                "filter" => search.filter = self.filter(&Value::new(raw, "filter"))?,
                "sort" => search.sort = self.sort(&Value::new(raw, "sort"))?,
                "page" => search.page = page::read(raw.get())?,
                _ => return Err(unknown_property(&name, &["filter", "sort", "page"])),
            }
        }
        Ok(search)
    }

    /// The filter in a property of a body that holds any JSON.
    pub(crate) fn filter_in(
        &self,
        body: &mut Body,
        field: &'static str,
    ) -> Result<Filter<E::Field>, Problem> {
        let Some(given) = body.any(field) else { return Ok(Filter::everything()) };
        let raw = RawValue::from_string(given.text().to_owned())
            .map_err(|error| Problem::malformed(format!("`{field}` cannot be read as JSON: {error}.")))?;
        self.filter(&Value::new(&raw, field))
    }

    /// The filter in a value.
    pub(crate) fn filter(&self, value: &Value<'_>) -> Result<Filter<E::Field>, Problem> {
        self.filter_entries(value.entries()?, value.path(), self.alternatives)
    }

    fn filter_entries(
        &self,
        entries: Entries<'_>,
        path: &str,
        alternatives: bool,
    ) -> Result<Filter<E::Field>, Problem> {
        let mut all = Vec::new();
        for (name, raw) in entries {
            let value = Value::new(raw, &format!("{path}.{name}"));
            if value.is_null() {
                continue;
            }
            if alternatives && name == "$or" {
                let items = value.items()?;
                let any = items.iter().map(|item| {
                    // Alternatives do not nest.
                    self.filter_entries(item.entries()?, item.path(), false)
                });
                let any: Vec<_> = any.collect::<Result<_, _>>()?;
                // A list of no alternatives says nothing.
                if !any.is_empty() {
                    all.push(Filter::Any(any));
                }
            } else if let Some(property) = self.filterable().find(|property| property.name == name) {
                all.extend(conditions_of(property.field, &value)?);
            } else if let Some(special) = self.special.iter().find(|special| special.name == name) {
                all.push((special.make)(&value)?);
            } else {
                let known = self.filterable().map(|property| property.name);
                let known: Vec<_> = known.chain(self.special.iter().map(|special| special.name)).collect();
                return Err(unknown_property(value.path(), &known));
            }
        }
        Ok(Filter::All(read::together(all)))
    }

    fn sort(&self, value: &Value<'_>) -> Result<Vec<Sort<E::Field>>, Problem> {
        let mut sorts = Vec::new();
        for item in value.items()? {
            let (mut field, mut descending) = (None, false);
            for (name, raw) in item.entries()? {
                let value = Value::new(raw, &format!("{}.{name}", item.path()));
                match &*name {
                    _ if value.is_null() => {}
                    "field" => field = Some(self.sort_field(&value)?),
                    "order" => descending = value.word(&["ASC", "DESC"])? == "DESC",
                    _ => return Err(unknown_property(value.path(), &["field", "order"])),
                }
            }
            let missing = || read::no_sort_field(item.path());
            sorts.push(Sort { field: field.ok_or_else(missing)?, descending });
        }
        Ok(sorts)
    }

    fn sort_field(&self, value: &Value<'_>) -> Result<E::Field, Problem> {
        let name = value.text()?;
        let found = self.sortable().find(|property| property.name == name);
        found.map(|property| property.field).ok_or_else(|| {
            let mut known: Vec<_> = self.sortable().map(|property| property.name).collect();
            known.sort_unstable();
            Problem::unreadable(wording::not_a_word(value.path(), &name, &known))
        })
    }

    fn filterable(&self) -> impl Iterator<Item = &Property<E::Field>> {
        self.properties.iter().filter(|property| property.filter)
    }

    fn sortable(&self) -> impl Iterator<Item = &Property<E::Field>> {
        self.properties.iter().filter(|property| property.sort)
    }

    /// Adds the schema of the filter alone, under the name of the request and `Filter`.
    pub(crate) fn filter_schema(&'static self, schemas: &mut Schemas) {
        schema::filter(self, schemas);
    }

    /// The schema of the request.
    pub(crate) fn schema(&'static self) -> SchemaOf {
        std::sync::Arc::new(move |schemas| schema::request(self, schemas))
    }
}

/// The schema of a body of this shape whose property `filter` is what a search over an entity understands.
pub(crate) fn filtered_schema<E: Entity>(shape: &'static Object, of: &'static Searchable<E>) -> SchemaOf {
    std::sync::Arc::new(move |schemas| schema::filtered(shape, of, schemas))
}

/// The part of a page that is about the whole.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found<T> {
    items: Vec<T>,
    page: FoundPage,
}

answer! {
    /// Where a page stands among all that was found; `totalItems` counts up to a limit.
    FoundPage {
        total_items: u64,
        has_more_total_items: bool,
        start_cursor: Option<String>,
        end_cursor: Option<String>,
    }
}

impl<T> Found<T> {
    /// The answer to a search, row by row.
    pub(crate) fn of<R>(found: PageOf<R>, each: impl FnMut(R) -> T) -> Self {
        let page = FoundPage {
            total_items: found.total_items,
            has_more_total_items: found.has_more_total_items,
            start_cursor: found.start_cursor,
            end_cursor: found.end_cursor,
        };
        Self { items: found.items.into_iter().map(each).collect(), page }
    }
}

impl<T: Answer> Answer for Found<T> {
    fn schema(schemas: &mut Schemas) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let item = T::schema(schemas);
        let name = match &item {
            utoipa::openapi::RefOr::Ref(reference) => {
                reference.ref_location.rsplit('/').next().unwrap_or_default().to_owned()
            }
            utoipa::openapi::RefOr::T(_) => "Any".to_owned(),
        };
        named(&format!("{name}Found"), "A page of what was found.", schemas, |schemas| {
            vec![
                ("items".to_owned(), Vec::<T>::schema(schemas)),
                ("page".to_owned(), FoundPage::schema(schemas)),
            ]
        })
    }
}

/// A page over rows that were computed here: by number only.
pub(crate) fn page_of<T>(rows: Vec<T>, page: &Page) -> Result<PageOf<T>, Problem> {
    let Page::Offset { from, limit } = page else {
        return Err(Problem::invalid_argument(
            "This search has no cursors: use `page.from` and `page.limit`.",
        ));
    };
    let total_items = rows.len() as u64;
    let skipped = usize::try_from(*from).unwrap_or(usize::MAX);
    let items = rows.into_iter().skip(skipped).take(*limit).collect();
    Ok(PageOf { items, total_items, has_more_total_items: false, start_cursor: None, end_cursor: None })
}
