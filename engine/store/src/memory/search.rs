//! The read side in memory: filters evaluated row by row, pages cut out of the sorted rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::{ElementInstanceKey, ProcessInstanceKey};
use hosk_model::ElementIndex;
use rustc_hash::FxHashSet;

use super::Memory;
use super::joined::Listed;
use super::tables::Tables;
use crate::Error;
use crate::codec::decode_steps;
use crate::read::flows::{FlowsTaken, once_each};
use crate::read::job_figures::{self, JobFigure, JobFigures, JobFiguresOf};
use crate::read::order::{self, Cursor};
use crate::read::reads::{Lookups, Reads};
use crate::read::sql::not_related;
use crate::read::standing::counted;
use crate::read::test::{Test, check_size};
use crate::read::{
    BatchItem, COUNT_LIMIT, Cell, Content, ElementInstance, ElementInstanceField, ElementInstanceState,
    ElementStatistics, Entity, Field, Filter, Found, Incident, Job, Page, ProcessInstance,
    ProcessInstanceField, Recorded, Related, Scalar, Search, StatisticsOf, TALLIES, Tally, Variable,
    WaitState,
};

/// A filter made ready for rows of an entity.
enum Matcher<E: Entity> {
    All(Vec<Matcher<E>>),
    Any(Vec<Matcher<E>>),
    Is(E::Field, Test),
    Within(E::Field, FxHashSet<i64>),
}

impl<E: Entity> Matcher<E> {
    fn of(tables: &Tables, filter: &Filter<E::Field>) -> Result<Self, Error> {
        let each = |filters: &[Filter<E::Field>]| {
            filters.iter().map(|f| Self::of(tables, f)).collect::<Result<_, _>>()
        };
        Ok(match filter {
            Filter::All(filters) => Self::All(each(filters)?),
            Filter::Any(filters) => Self::Any(each(filters)?),
            Filter::Is(field, condition) => Self::Is(*field, Test::of(*field, condition)?),
            Filter::Has(related) => match related {
                Related::Variable(inner) => {
                    Self::within::<Variable>(tables, E::INSTANCE, Variable::INSTANCE, inner)?
                }
                Related::LocalVariable(inner) => {
                    Self::within::<Variable>(tables, E::ELEMENT_INSTANCE, Variable::ELEMENT_INSTANCE, inner)?
                }
                Related::Element(inner) => {
                    Self::within::<ElementInstance>(tables, E::INSTANCE, ElementInstance::INSTANCE, inner)?
                }
                Related::Incident(inner) => {
                    Self::within::<Incident>(tables, E::INSTANCE, Incident::INSTANCE, inner)?
                }
                Related::Job(inner) => Self::within::<Job>(tables, E::INSTANCE, Job::INSTANCE, inner)?,
                Related::Instance(inner) => {
                    Self::within::<ProcessInstance>(tables, E::INSTANCE, ProcessInstance::INSTANCE, inner)?
                }
                Related::Waiting(inner) => {
                    let own = WaitState::ELEMENT_INSTANCE;
                    Self::within::<WaitState>(tables, E::ELEMENT_INSTANCE, own, inner)?
                }
                Related::BatchItem(inner) => {
                    Self::within::<BatchItem>(tables, E::INSTANCE, BatchItem::INSTANCE, inner)?
                }
            },
        })
    }

    fn within<I: Listed>(
        tables: &Tables,
        outer: Option<E::Field>,
        inner: Option<I::Field>,
        filter: &Filter<I::Field>,
    ) -> Result<Self, Error> {
        let (Some(outer), Some(inner)) = (outer, inner) else { return Err(not_related()) };
        let matcher = Matcher::<I>::of(tables, filter)?;
        let owners = I::rows(tables)
            .into_iter()
            .filter(|row| matcher.holds(row))
            .filter_map(|row| if let Cell::Int(key) = inner.of(&row) { Some(key) } else { None });
        Ok(Self::Within(outer, owners.collect()))
    }

    fn holds(&self, row: &E) -> bool {
        match self {
            Self::All(matchers) => matchers.iter().all(|matcher| matcher.holds(row)),
            Self::Any(matchers) => matchers.iter().any(|matcher| matcher.holds(row)),
            Self::Is(field, test) => test.holds(&field.of(row)),
            Self::Within(field, owners) => matches!(field.of(row), Cell::Int(key) if owners.contains(&key)),
        }
    }
}

fn matching<E: Listed>(tables: &Tables, filter: &Filter<E::Field>) -> Result<Vec<E>, Error> {
    check_size(filter)?;
    let matcher = Matcher::<E>::of(tables, filter)?;
    Ok(E::rows(tables).into_iter().filter(|row| matcher.holds(row)).collect())
}

impl Reads for Memory {
    async fn search<E: Listed>(&self, search: Search<E::Field>, fit: fn(&mut E)) -> Found<E> {
        order::check(&search.sort)?;
        let anchor = order::anchor(&search.page, &search.sort)?;
        let rows = matching::<E>(&*self.tables.lock().await, &search.filter)?;
        let counted = rows.len() as u64;
        let mut rows = rows.into_iter().map(|row| (Cursor::of(&row, &search.sort), row)).collect::<Vec<_>>();
        rows.sort_by(|(a, _), (b, _)| order::compare(&search.sort, a, b));
        let limit = search.page.limit();
        let page = match (&search.page, &anchor) {
            (Page::Offset { from, .. }, _) => {
                rows.into_iter().skip(*from as usize).take(limit).collect::<Vec<_>>()
            }
            (_, Some((cursor, false))) => {
                let after = |(place, _): &(Cursor, E)| order::compare(&search.sort, place, cursor).is_gt();
                rows.into_iter().filter(after).take(limit).collect()
            }
            (_, Some((cursor, true))) => {
                rows.retain(|(place, _)| order::compare(&search.sort, place, cursor).is_lt());
                rows.split_off(rows.len().saturating_sub(limit))
            }
            (_, None) => Vec::new(),
        };
        let mut items = page.into_iter().map(|(_, row)| row).collect::<Vec<_>>();
        items.iter_mut().for_each(fit);
        order::page(items, &search.sort, counted, COUNT_LIMIT)
    }

    async fn get<E: Listed>(&self, key: u64) -> Result<Option<E>, Error> {
        let filter = Filter::eq(E::KEY, Scalar::Key(key));
        Ok(matching::<E>(&*self.tables.lock().await, &filter)?.pop())
    }

    async fn flows_of(&self, instance: ProcessInstanceKey) -> Result<Option<Vec<Arc<str>>>, Error> {
        let commits = self.recorded(instance, 0, usize::MAX).await?;
        let mut taken = FlowsTaken::default();
        for event in commits.iter().flat_map(|commit| &commit.steps).flat_map(|step| &step.events) {
            taken.take(event);
        }
        let tables = self.tables.lock().await;
        let mut flows = Vec::new();
        for (definition, numbers) in taken.by_definition() {
            let name = |flow: &ElementIndex| tables.element_names.get(&(definition.0, i64::from(flow.0)));
            flows.extend(numbers.iter().filter_map(name).map(|element| element.id.clone()));
        }
        Ok((!commits.is_empty()).then(|| once_each(flows)))
    }

    async fn statistics(&self, of: StatisticsOf) -> Result<Vec<ElementStatistics>, Error> {
        let tables = self.tables.lock().await;
        let rows = match of {
            StatisticsOf::Instance(instance) => {
                let of = Filter::eq(ElementInstanceField::ProcessInstanceKey, instance);
                matching::<ElementInstance>(&tables, &of)?
            }
            StatisticsOf::Definition(definition, filter) => {
                let of = Filter::eq(ProcessInstanceField::ProcessDefinitionKey, definition);
                let filter = Filter::All(vec![of, filter]);
                let elements =
                    counted(&filter).unwrap_or_else(|| Filter::Has(Related::Instance(Box::new(filter))));
                matching::<ElementInstance>(&tables, &elements)?
            }
        };
        let mut statistics: BTreeMap<Arc<str>, ElementStatistics> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| !row.is_process) {
            let one = statistics.entry(row.element_id.clone()).or_insert_with(|| ElementStatistics {
                element_id: row.element_id.clone(),
                active: 0,
                canceled: 0,
                incidents: 0,
                completed: 0,
            });
            match row.state {
                ElementInstanceState::Active => one.active += 1,
                ElementInstanceState::Completed => one.completed += 1,
                ElementInstanceState::Terminated => one.canceled += 1,
            }
            one.incidents += u64::from(row.has_incident);
        }
        Ok(statistics.into_values().collect())
    }

    async fn figures_of_jobs(&self, of: JobFiguresOf) -> Result<Vec<JobFigures>, Error> {
        let rows = matching::<JobFigure>(&*self.tables.lock().await, &of.condition())?;
        Ok(job_figures::put_together(of.by, rows.into_iter()))
    }

    async fn groups<E: Listed>(
        &self,
        filter: Filter<E::Field>,
        by: Vec<E::Field>,
    ) -> Result<Vec<Tally>, Error> {
        let rows = matching::<E>(&*self.tables.lock().await, &filter)?;
        let mut groups: BTreeMap<Vec<Cell>, (u64, FxHashSet<i64>)> = BTreeMap::new();
        if by.is_empty() {
            groups.insert(Vec::new(), (0, FxHashSet::default()));
        }
        let instance = E::INSTANCE.unwrap_or(E::KEY);
        for row in rows {
            let cells = by.iter().map(|field| field.of(&row)).collect();
            let (rows, instances) = groups.entry(cells).or_default();
            *rows += 1;
            if let Cell::Int(key) = instance.of(&row) {
                instances.insert(key);
            }
        }
        let tally = |(cells, (rows, instances)): (Vec<Cell>, (u64, FxHashSet<i64>))| Tally {
            cells,
            rows,
            instances: instances.len() as u64,
        };
        let mut groups: Vec<Tally> = groups.into_iter().map(tally).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.rows));
        groups.truncate(TALLIES);
        Ok(groups)
    }
}

impl Lookups for Memory {
    async fn file_of(&self, key: u64) -> Result<Option<Content>, Error> {
        let tables = self.tables.lock().await;
        let file = tables.processes.get(&key).map(|process| process.file);
        let file = file.or_else(|| tables.forms.get(&key).map(|form| form.file));
        let file = file.or_else(|| tables.graphs.get(&key).map(|graph| graph.file));
        let file = file.or_else(|| tables.decisions.get(&key).map(|decision| decision.file));
        let file = file.or_else(|| tables.resources.get(&key).map(|resource| resource.file));
        let file = file.and_then(|file| tables.files.get(&file));
        Ok(file.map(|file| Content { name: file.name.clone(), bytes: file.content.clone() }))
    }

    async fn scopes_of(
        &self,
        element_instance: ElementInstanceKey,
    ) -> Result<Vec<ElementInstanceKey>, Error> {
        let tables = self.tables.lock().await;
        let mut scopes = Vec::new();
        let mut next = tables.elements.get(&element_instance.0);
        while let Some(row) = next {
            scopes.push(row.key);
            next = if row.scope == row.key { None } else { tables.elements.get(&row.scope.0) };
        }
        Ok(scopes)
    }

    async fn recorded(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error> {
        let tables = self.tables.lock().await;
        let range = (instance.0, after.saturating_add(1))..=(instance.0, u64::MAX);
        let commits = tables.history.range(range).take(limit);
        commits
            .map(|((_, version), body)| Ok(Recorded { version: *version, steps: decode_steps(body)? }))
            .collect()
    }
}
