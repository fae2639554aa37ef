//! The read side in PostgreSQL.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use futures::TryStreamExt;
use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, ElementInstanceKey, FormKey, IncidentKey, JobKey,
    ProcessDefinitionKey, ProcessInstanceKey, UserTaskKey, VariableKey,
};
use sqlx::postgres::{PgArguments, PgRow};

use super::commit::bucket;
use super::shape::{Values, values};
use super::{Postgres, column, failed, key, text};
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
    JobField, Kind, MessageSubscription, MessageSubscriptionField, Page, ProcessDefinition,
    ProcessDefinitionField, ProcessInstance, ProcessInstanceField, Queries, Recorded, Resource,
    ResourceField, Scalar, Search, StatisticsOf, UserTask, UserTaskField, Variable, VariableField, living,
    order,
};
use crate::write::Owned;

/// PostgreSQL's SQL.
struct Spelling;

impl Dialect for Spelling {
    const ABSENT: [&'static str; 2] = [" NULLS FIRST", " NULLS LAST"];

    fn place(number: usize) -> String {
        format!("${number}")
    }

    /// The same wildcards under other names.
    fn like(column: &str, place: &str, pattern: &str) -> (String, String) {
        let mut like = String::with_capacity(pattern.len());
        for piece in pieces(pattern) {
            match piece {
                Piece::Any => like.push('%'),
                Piece::One => like.push('_'),
                Piece::Char(special @ ('%' | '_' | '\\')) => like.extend(['\\', special]),
                Piece::Char(character) => like.push(character),
            }
        }
        (format!("{column} LIKE {place} ESCAPE '\\'"), like)
    }

    fn member(column: &str, condition: &str) -> String {
        format!(
            "EXISTS (SELECT 1 FROM (SELECT value COLLATE \"C\" AS member FROM \
             json_array_elements_text(coalesce({column}, '[]')::json)) members WHERE {condition})"
        )
    }

    fn truth(value: bool) -> &'static str {
        if value { "TRUE" } else { "FALSE" }
    }

    /// Booleans are bound as numbers.
    fn value(kind: Kind, place: String) -> String {
        if kind == Kind::Bool { format!("({place} <> 0)") } else { place }
    }

    /// What is put together from numbers has the database's collation, and text columns have their own.
    fn column(expression: &'static str) -> Cow<'static, str> {
        if expression.contains("||") {
            format!("({expression} COLLATE \"C\")").into()
        } else {
            expression.into()
        }
    }

    /// Rows of one instance have one bucket: with it in the join, tables that are distributed by it are joined where
    /// the rows are.
    fn tables(from: &'static str) -> Cow<'static, str> {
        const JOINS: [[&str; 2]; 2] = [
            ["process_instance p ON ", "process_instance p ON p.bucket = t.bucket AND "],
            ["element_instance i ON ", "element_instance i ON i.bucket = t.bucket AND "],
        ];
        let join = |from: Cow<'static, str>, [plain, within]: [&str; 2]| {
            if from.contains(plain) { from.replace(plain, within).into() } else { from }
        };
        JOINS.into_iter().fold(from.into(), join)
    }
}

fn arguments(cells: &[Cell]) -> PgArguments {
    let mut values = Values::default();
    for cell in cells {
        match cell {
            Cell::Int(number) => values.add(*number),
            Cell::Text(text) => values.text(text),
            Cell::Null | Cell::List(_) => values.add(None::<i64>),
        };
    }
    values.into_arguments()
}

impl Postgres {
    async fn rows_of(&self, query: Query) -> Result<Vec<PgRow>, Error> {
        let arguments = arguments(&query.cells);
        sqlx::query_with(sqlx::AssertSqlSafe(query.text), arguments)
            .fetch_all(&self.sessions.pool)
            .await
            .map_err(failed("searching"))
    }

    async fn search<E: Entity>(&self, search: Search<E::Field>, fit: fn(&mut E)) -> Found<E> {
        let query = sql::rows::<E, Spelling>(&search)?;
        let mut items = Vec::new();
        {
            let arguments = arguments(&query.cells);
            let found = sqlx::query_with(sqlx::AssertSqlSafe(query.text), arguments);
            let mut rows = found.fetch(&self.sessions.pool);
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

    /// The rows of a query written out in the code.
    async fn read(
        &self,
        text: &'static str,
        values: Values,
        doing: &'static str,
    ) -> Result<Vec<PgRow>, Error> {
        let query = sqlx::query_with(text, values.into_arguments());
        query.fetch_all(&self.sessions.pool).await.map_err(failed(doing))
    }
}

/// Leaves a row as it is.
fn whole<E>(_: &mut E) {}

#[async_trait]
impl Queries for Postgres {
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
            let text = "SELECT number, id FROM element WHERE definition = $1";
            let names = self.read(text, values![definition.0 as i64], "reading elements").await?;
            let name = |row| Ok((key(row, 0)?, super::text(row, 1)?));
            let names = names.iter().map(name).collect::<Result<rustc_hash::FxHashMap<_, _>, Error>>()?;
            flows.extend(numbers.iter().filter_map(|flow| names.get(&u64::from(flow.0)).cloned()));
        }
        Ok((after > 0).then(|| once_each(flows)))
    }

    async fn element_statistics(&self, of: StatisticsOf) -> Result<Vec<ElementStatistics>, Error> {
        let mut query = Query::default();
        query.text.push_str(
            "SELECT e.id, count(*) FILTER (WHERE x.state = 0), count(*) FILTER (WHERE x.state = 2), \
             count(x.incident), count(*) FILTER (WHERE x.state = 1) FROM element_instance x \
             JOIN process_instance y ON y.bucket = x.bucket AND y.key = x.instance \
             JOIN element e ON e.definition = coalesce(x.definition, y.definition) AND e.number = abs(x.element) \
             WHERE x.element <> 0 AND x.instance IN (",
        );
        match of {
            StatisticsOf::Instance(instance) => {
                query.cells.push(Cell::Int(instance.0 as i64));
                query.text.push_str("$1");
            }
            StatisticsOf::Definition(definition, filter) => {
                let of = Filter::eq(ProcessInstanceField::ProcessDefinitionKey, definition);
                query.text.push_str("SELECT t.key FROM ");
                query.text.push_str(&Spelling::tables(ProcessInstance::FROM));
                query.text.push_str(" WHERE ");
                sql::condition::<ProcessInstance, Spelling>(&mut query, &Filter::All(vec![of, filter]))?;
            }
        }
        query.text.push_str(") GROUP BY e.id ORDER BY e.id");
        let rows = self.rows_of(query).await?;
        let statistics = rows.iter().map(|row| {
            Ok(ElementStatistics {
                element_id: text(row, 0)?,
                active: key(row, 1)?,
                canceled: key(row, 2)?,
                incidents: key(row, 3)?,
                completed: key(row, 4)?,
            })
        });
        statistics.collect()
    }

    async fn scopes(&self, element_instance: ElementInstanceKey) -> Result<Vec<ElementInstanceKey>, Error> {
        let Some(instance) = self.find_owner(Owned::ElementInstance(element_instance)).await? else {
            return Ok(Vec::new());
        };
        let text = "WITH RECURSIVE up (key, scope, depth) AS (SELECT key, scope, 0 FROM element_instance \
                    WHERE bucket = $1 AND key = $2 UNION ALL SELECT o.key, o.scope, up.depth + 1 FROM up \
                    JOIN element_instance o ON o.bucket = $1 AND o.key = up.scope \
                    WHERE up.scope <> up.key AND up.depth < 1000) SELECT key FROM up ORDER BY depth";
        let values = values![i16::from(bucket(instance).0), element_instance.0 as i64];
        let rows = self.read(text, values, "reading scopes").await?;
        rows.iter().map(|row| key(row, 0).map(ElementInstanceKey)).collect()
    }

    async fn history(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error> {
        let text = "SELECT version, body FROM history WHERE bucket = $1 AND instance = $2 AND version > $3 \
                    ORDER BY version LIMIT $4";
        let number = |number: u64| number.min(i64::MAX as u64) as i64;
        let mut values = values![i16::from(bucket(instance).0), instance.0 as i64];
        values.add(number(after)).add(number(limit as u64));
        let rows = self.read(text, values, "reading history").await?;
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
