//! Reading from a database that speaks SQL.

use std::sync::Arc;

use hosk_core::ProcessInstanceKey;
use rustc_hash::FxHashMap;

use super::definitions;
use super::flows::{FlowsTaken, once_each};
use super::job_figures::{self, JobFigure, JobFigures, JobFiguresOf};
use super::reads::{Lookups, Reads};
use super::sql::{self, Dialect, Query};
use super::standing::counted;
use super::{
    COUNT_LIMIT, Cell, Columns, ElementStatistics, Entity, Field as _, Filter, Found, HISTORY_SLICE, Kind,
    Page, ProcessInstance, ProcessInstanceField, Scalar, Search, StatisticsOf, Tally, order,
};
use crate::Error;
use crate::memory::Listed;

/// A database that runs queries.
pub(crate) trait Database: Lookups {
    /// How it spells them.
    type Dialect: Dialect;
    /// What it answers with.
    type Row: Columns + Send + Sync;
    /// Runs a query and looks at each row as it comes.
    fn each(
        &self,
        query: Query,
        look: impl FnMut(&Self::Row) -> Result<(), Error> + Send,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

impl<D: Database> Reads for D {
    async fn search<E: Listed>(&self, mut search: Search<E::Field>, fit: fn(&mut E)) -> Found<E> {
        search.filter = definitions::resolved::<E, D>(self, search.filter).await?;
        let mut items = Vec::new();
        self.each(sql::rows::<E, D::Dialect>(&search)?, |row| {
            let mut item = E::read(row)?;
            fit(&mut item);
            items.push(item);
            Ok(())
        })
        .await?;
        if matches!(search.page, Page::Before { .. }) {
            items.reverse();
        }
        let counted = match search.page {
            // A first page that is not full has them all.
            Page::Offset { from: 0, .. } if items.len() < search.page.limit() => items.len() as u64,
            _ => {
                let mut counted = 0;
                let look = |row: &D::Row| number(row, 0).map(|number| counted = number);
                self.each(sql::count::<E, D::Dialect>(&search.filter)?, look).await?;
                counted
            }
        };
        order::page(items, &search.sort, counted, COUNT_LIMIT)
    }

    async fn get<E: Listed>(&self, key: u64) -> Result<Option<E>, Error> {
        let mut search = Search::by(Filter::eq(E::KEY, Scalar::Key(key)));
        search.page = Page::Offset { from: 0, limit: 1 };
        let mut found = None;
        let look = |row: &D::Row| E::read(row).map(|row| found = Some(row));
        self.each(sql::rows::<E, D::Dialect>(&search)?, look).await?;
        Ok(found)
    }

    async fn flows_of(&self, instance: ProcessInstanceKey) -> Result<Option<Vec<Arc<str>>>, Error> {
        let (mut taken, mut after) = (FlowsTaken::default(), 0);
        loop {
            let commits = self.recorded(instance, after, HISTORY_SLICE).await?;
            let Some(last) = commits.last() else { break };
            after = last.version;
            for event in commits.iter().flat_map(|commit| &commit.steps).flat_map(|step| &step.events) {
                taken.take(event);
            }
        }
        let mut flows = Vec::new();
        for (definition, numbers) in taken.by_definition() {
            let place = D::Dialect::place(1);
            let text = format!("SELECT number, id FROM element WHERE definition = {place}");
            let mut names = FxHashMap::default();
            let look = |row: &D::Row| {
                names.insert(number(row, 0)?, name(row, 1)?);
                Ok(())
            };
            self.each(Query::new(text, vec![Cell::Int(definition.0 as i64)]), look).await?;
            flows.extend(numbers.iter().filter_map(|flow| names.get(&u64::from(flow.0)).cloned()));
        }
        Ok((after > 0).then(|| once_each(flows)))
    }

    async fn statistics(&self, of: StatisticsOf) -> Result<Vec<ElementStatistics>, Error> {
        let query = figures::<D::Dialect>(of)?;
        let mut statistics = Vec::new();
        let look = |row: &D::Row| {
            statistics.push(ElementStatistics {
                element_id: name(row, 0)?,
                active: number(row, 1)?,
                canceled: number(row, 2)?,
                incidents: number(row, 3)?,
                completed: number(row, 4)?,
            });
            Ok(())
        };
        self.each(query, look).await?;
        Ok(statistics)
    }

    async fn figures_of_jobs(&self, of: JobFiguresOf) -> Result<Vec<JobFigures>, Error> {
        let mut query = Query::default();
        sql::condition::<JobFigure, D::Dialect>(&mut query, &of.condition())?;
        query.text = job_figures::question(of.by, JobFigure::FROM, &query.text);
        let mut figures = Vec::new();
        self.each(query, |row| {
            figures.push(job_figures::read(row)?);
            Ok(())
        })
        .await?;
        Ok(figures)
    }

    async fn groups<E: Listed>(
        &self,
        filter: Filter<E::Field>,
        by: Vec<E::Field>,
    ) -> Result<Vec<Tally>, Error> {
        let filter = definitions::resolved::<E, D>(self, filter).await?;
        let mut groups = Vec::new();
        let look = |row: &D::Row| {
            let cells = by.iter().enumerate().map(|(index, field)| cell(row, index + 2, field.kind()));
            let cells = cells.collect::<Result<_, _>>()?;
            groups.push(Tally { rows: number(row, 0)?, instances: number(row, 1)?, cells });
            Ok(())
        };
        self.each(sql::groups::<E, D::Dialect>(&filter, &by)?, look).await?;
        Ok(groups)
    }
}

/// The question how element instances stand.
fn figures<D: Dialect>(of: StatisticsOf) -> Result<Query, Error> {
    let mut query = Query::default();
    query.text.push_str(D::STATISTICS);
    match of {
        StatisticsOf::Instance(instance) => {
            query.cells.push(Cell::Int(instance.0 as i64));
            query.text.push_str(&D::place(1));
        }
        StatisticsOf::Definition(definition, filter) => {
            let of = Filter::eq(ProcessInstanceField::ProcessDefinitionKey, definition);
            let filter = Filter::All(vec![of, filter]);
            if let Some(elements) = counted(&filter) {
                return sql::standing::<D>(&elements);
            }
            query.text.push_str("SELECT t.key FROM ");
            query.text.push_str(&D::tables(ProcessInstance::FROM));
            query.text.push_str(" WHERE ");
            sql::condition::<ProcessInstance, D>(&mut query, &filter)?;
        }
    }
    query.text.push_str(") GROUP BY e.id ORDER BY e.id");
    Ok(query)
}

/// A value of a field of this kind.
fn cell(row: &impl Columns, index: usize, kind: Kind) -> Result<Cell, Error> {
    Ok(match kind {
        Kind::Text | Kind::List | Kind::Opaque => row.text(index)?.map_or(Cell::Null, Cell::Text),
        Kind::Key | Kind::Int | Kind::Bool | Kind::Time | Kind::Code(_) => {
            row.int(index)?.map_or(Cell::Null, Cell::Int)
        }
    })
}

/// A number that is always there.
pub(super) fn number(row: &impl Columns, index: usize) -> Result<u64, Error> {
    row.int(index)?.map(|number| number as u64).ok_or_else(|| missing(index))
}

/// A text that is always there.
fn name(row: &impl Columns, index: usize) -> Result<Arc<str>, Error> {
    row.text(index)?.ok_or_else(|| missing(index))
}

fn missing(index: usize) -> Error {
    Error::Corrupt { what: format!("column {index} is empty") }
}
