//! The read side in SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use futures::TryStreamExt;
use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, ElementInstanceKey, FormKey, IncidentKey, JobKey,
    ProcessDefinitionKey, ProcessInstanceKey, UserTaskKey, VariableKey,
};
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::claims::key_and_text;
use super::shape::Values;
use super::{Sqlite, column, failed, key};
use crate::Error;
use crate::codec::decode_steps;
use crate::read::flows::{FlowsTaken, once_each};
use crate::read::sql::{self, Dialect, Query};
use crate::read::test::{Piece, pieces};
use crate::read::{
    COUNT_LIMIT, Cell, Content, CorrelatedMessageSubscription, CorrelatedMessageSubscriptionField,
    DecisionDefinition, DecisionDefinitionField, DecisionInstance, DecisionInstanceField,
    DecisionRequirements, DecisionRequirementsField, ElementInstance, ElementInstanceField,
    ElementStatistics, Entity, Filter, Form, FormField, Found, HISTORY_SLICE, Incident, IncidentField, Job,
    JobField, MessageSubscription, MessageSubscriptionField, Page, ProcessDefinition, ProcessDefinitionField,
    ProcessInstance, ProcessInstanceField, Queries, Recorded, Resource, ResourceField, Scalar, Search,
    StatisticsOf, UserTask, UserTaskField, Variable, VariableField, living, order,
};

/// SQLite's SQL.
struct Spelling;

impl Dialect for Spelling {
    fn place(number: usize) -> String {
        format!("?{number}")
    }

    /// `GLOB` has the same wildcards and respects case, but takes brackets as sets: special characters stand in one.
    fn like(column: &str, place: &str, pattern: &str) -> (String, String) {
        let mut glob = String::with_capacity(pattern.len());
        for piece in pieces(pattern) {
            match piece {
                Piece::Any => glob.push('*'),
                Piece::One => glob.push('?'),
                Piece::Char(special @ ('*' | '?' | '[')) => glob.extend(['[', special, ']']),
                Piece::Char(character) => glob.push(character),
            }
        }
        (format!("{column} GLOB {place}"), glob)
    }

    fn member(column: &str, condition: &str) -> String {
        format!(
            "EXISTS (SELECT 1 FROM (SELECT value AS member FROM json_each(coalesce({column}, '[]'))) WHERE {condition})"
        )
    }
}

fn arguments(cells: Vec<Cell>) -> SqliteArguments {
    let mut values = Values::default();
    for cell in cells {
        match cell {
            Cell::Int(number) => values.add(number),
            Cell::Text(text) => values.add(text),
            Cell::Null | Cell::List(_) => values.add(None::<i64>),
        };
    }
    values.into_arguments()
}

impl Sqlite {
    async fn rows_of(&self, query: Query) -> Result<Vec<SqliteRow>, Error> {
        sqlx::query_with(sqlx::AssertSqlSafe(query.text), arguments(query.cells))
            .fetch_all(&self.readers)
            .await
            .map_err(failed("searching"))
    }

    async fn search<E: Entity>(&self, search: Search<E::Field>, fit: fn(&mut E)) -> Found<E> {
        let query = sql::rows::<E, Spelling>(&search)?;
        let mut items = Vec::new();
        {
            let found = sqlx::query_with(sqlx::AssertSqlSafe(query.text), arguments(query.cells));
            let mut rows = found.fetch(&self.readers);
            while let Some(row) = rows.try_next().await.map_err(failed("searching"))? {
                let mut item = E::read(&row)?;
                fit(&mut item);
                items.push(item);
            }
        }
        if matches!(search.page, Page::Before { .. }) {
            items.reverse();
        }
        let counted = match search.page {
            // A first page that is not full has them all.
            Page::Offset { from: 0, .. } if items.len() < search.page.limit() => items.len() as u64,
            _ => {
                let rows = self.rows_of(sql::count::<E, Spelling>(&search.filter)?).await?;
                rows.first().map(|row| key(row, 0)).transpose()?.unwrap_or_default()
            }
        };
        order::page(items, &search.sort, counted, COUNT_LIMIT)
    }

    async fn get<E: Entity>(&self, wanted: u64) -> Result<Option<E>, Error> {
        let mut search = Search::by(Filter::eq(E::KEY, Scalar::Key(wanted)));
        search.page = Page::Offset { from: 0, limit: 1 };
        let rows = self.rows_of(sql::rows::<E, Spelling>(&search)?).await?;
        rows.first().map(E::read).transpose()
    }
}

/// Leaves a row as it is.
fn whole<E>(_: &mut E) {}

#[async_trait]
impl Queries for Sqlite {
    async fn process_definitions(&self, search: Search<ProcessDefinitionField>) -> Found<ProcessDefinition> {
        self.search(living(search, ProcessDefinitionField::IsDeleted), whole).await
    }
    async fn forms(&self, search: Search<FormField>) -> Found<Form> {
        self.search(living(search, FormField::IsDeleted), whole).await
    }
    async fn decision_requirements_by(
        &self,
        search: Search<DecisionRequirementsField>,
    ) -> Found<DecisionRequirements> {
        self.search(living(search, DecisionRequirementsField::IsDeleted), whole).await
    }
    async fn decision_definitions(
        &self,
        search: Search<DecisionDefinitionField>,
    ) -> Found<DecisionDefinition> {
        self.search(living(search, DecisionDefinitionField::IsDeleted), whole).await
    }
    async fn decision_instances(&self, search: Search<DecisionInstanceField>) -> Found<DecisionInstance> {
        self.search(search, whole).await
    }
    async fn resources_by(&self, search: Search<ResourceField>) -> Found<Resource> {
        self.search(living(search, ResourceField::IsDeleted), whole).await
    }
    async fn process_instances(&self, search: Search<ProcessInstanceField>) -> Found<ProcessInstance> {
        self.search(search, whole).await
    }
    async fn element_instances(&self, search: Search<ElementInstanceField>) -> Found<ElementInstance> {
        self.search(search, whole).await
    }
    async fn variables(&self, search: Search<VariableField>, uncut: bool) -> Found<Variable> {
        self.search(search, if uncut { whole } else { Variable::cut }).await
    }
    async fn jobs(&self, search: Search<JobField>) -> Found<Job> {
        self.search(search, whole).await
    }
    async fn user_tasks(&self, search: Search<UserTaskField>) -> Found<UserTask> {
        self.search(search, whole).await
    }
    async fn incidents(&self, search: Search<IncidentField>) -> Found<Incident> {
        self.search(search, whole).await
    }
    async fn message_subscriptions(
        &self,
        search: Search<MessageSubscriptionField>,
    ) -> Found<MessageSubscription> {
        self.search(search, whole).await
    }
    async fn correlated_message_subscriptions(
        &self,
        search: Search<CorrelatedMessageSubscriptionField>,
    ) -> Found<CorrelatedMessageSubscription> {
        self.search(search, whole).await
    }

    async fn content(&self, key: u64) -> Result<Option<Content>, Error> {
        self.content_of(key).await
    }

    async fn sequence_flows(&self, instance: ProcessInstanceKey) -> Result<Option<Vec<Arc<str>>>, Error> {
        let (mut taken, mut after) = (FlowsTaken::default(), 0);
        loop {
            let commits = self.history(instance, after, HISTORY_SLICE).await?;
            let Some(last) = commits.last() else { break };
            after = last.version;
            for event in commits.iter().flat_map(|commit| &commit.steps).flat_map(|step| &step.events) {
                taken.take(event);
            }
        }
        let mut flows = Vec::new();
        for (definition, numbers) in taken.by_definition() {
            let text = "SELECT number, id FROM element WHERE definition = ?1";
            let query = Query { text: text.into(), cells: vec![Cell::Int(definition.0 as i64)] };
            let names = self.rows_of(query).await?;
            let names = names.iter().map(key_and_text).collect::<Result<rustc_hash::FxHashMap<_, _>, _>>()?;
            flows.extend(numbers.iter().filter_map(|flow| names.get(&u64::from(flow.0)).cloned()));
        }
        Ok((after > 0).then(|| once_each(flows)))
    }

    async fn element_statistics(&self, of: StatisticsOf) -> Result<Vec<ElementStatistics>, Error> {
        let mut query = Query::default();
        query.text.push_str(
            "SELECT e.id, sum(x.state = 0), sum(x.state = 2), sum(x.incident IS NOT NULL), sum(x.state = 1) \
             FROM element_instance x JOIN process_instance y ON y.key = x.instance \
             JOIN element e ON e.definition = coalesce(x.definition, y.definition) AND e.number = abs(x.element) \
             WHERE x.element <> 0 AND x.instance IN (",
        );
        match of {
            StatisticsOf::Instance(instance) => {
                query.cells.push(Cell::Int(instance.0 as i64));
                query.text.push_str("?1");
            }
            StatisticsOf::Definition(definition, filter) => {
                let of = Filter::eq(ProcessInstanceField::ProcessDefinitionKey, definition);
                query.text.push_str("SELECT t.key FROM ");
                query.text.push_str(ProcessInstance::FROM);
                query.text.push_str(" WHERE ");
                sql::condition::<ProcessInstance, Spelling>(&mut query, &Filter::All(vec![of, filter]))?;
            }
        }
        query.text.push_str(") GROUP BY e.id ORDER BY e.id");
        let rows = self.rows_of(query).await?;
        let statistics = rows.iter().map(|row| {
            Ok(ElementStatistics {
                element_id: super::text(row, 0)?,
                active: key(row, 1)?,
                canceled: key(row, 2)?,
                incidents: key(row, 3)?,
                completed: key(row, 4)?,
            })
        });
        statistics.collect()
    }

    async fn scopes(&self, element_instance: ElementInstanceKey) -> Result<Vec<ElementInstanceKey>, Error> {
        let text = "WITH RECURSIVE up (key, scope, depth) AS (SELECT key, scope, 0 FROM element_instance WHERE key = ?1 \
                    UNION ALL SELECT o.key, o.scope, up.depth + 1 FROM up JOIN element_instance o ON o.key = up.scope \
                    WHERE up.scope <> up.key AND up.depth < 1000) SELECT key FROM up ORDER BY depth";
        let query = Query { text: text.into(), cells: vec![Cell::Int(element_instance.0 as i64)] };
        self.rows_of(query).await?.iter().map(|row| key(row, 0).map(ElementInstanceKey)).collect()
    }

    async fn history(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error> {
        let text = "SELECT version, body FROM history WHERE instance = ?1 AND version > ?2 ORDER BY version LIMIT ?3";
        let cells =
            [instance.0, after, limit as u64].map(|number| Cell::Int(number.min(i64::MAX as u64) as i64));
        let rows = self.rows_of(Query { text: text.into(), cells: cells.into() }).await?;
        let commits = rows.iter().map(|row| {
            Ok(Recorded { version: key(row, 0)?, steps: decode_steps(column::<&[u8]>(row, 1)?)? })
        });
        commits.collect()
    }

    async fn process_definition(
        &self,
        key: ProcessDefinitionKey,
    ) -> Result<Option<ProcessDefinition>, Error> {
        self.get(key.0).await
    }
    async fn form(&self, key: FormKey) -> Result<Option<Form>, Error> {
        self.get(key.0).await
    }
    async fn decision_requirements(
        &self,
        key: DecisionRequirementsKey,
    ) -> Result<Option<DecisionRequirements>, Error> {
        self.get(key.0).await
    }
    async fn decision_definition(
        &self,
        key: DecisionDefinitionKey,
    ) -> Result<Option<DecisionDefinition>, Error> {
        self.get(key.0).await
    }
    async fn resource(&self, key: u64) -> Result<Option<Resource>, Error> {
        self.get(key).await
    }
    async fn process_instance(&self, key: ProcessInstanceKey) -> Result<Option<ProcessInstance>, Error> {
        self.get(key.0).await
    }
    async fn element_instance(&self, key: ElementInstanceKey) -> Result<Option<ElementInstance>, Error> {
        self.get(key.0).await
    }
    async fn variable(&self, key: VariableKey) -> Result<Option<Variable>, Error> {
        self.get(key.0).await
    }
    async fn job(&self, key: JobKey) -> Result<Option<Job>, Error> {
        self.get(key.0).await
    }
    async fn user_task(&self, key: UserTaskKey) -> Result<Option<UserTask>, Error> {
        self.get(key.0).await
    }
    async fn incident(&self, key: IncidentKey) -> Result<Option<Incident>, Error> {
        self.get(key.0).await
    }
}
