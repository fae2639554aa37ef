//! What Citus does with a statement, as far as its text says.
//!
//! Tables distributed by bucket are joined by their bucket, locked and written bucket by bucket, and never written by a table
//! that only the coordinator has. `a.bucket = b.bucket` and `a.bucket = $1` say which buckets are one; only what every row has
//! to fulfil counts, not the sides of an `OR`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use hosk_store::postgres::citus::{BY_BUCKET, COORDINATOR};
use sqlparser::ast::{
    BinaryOperator, ConflictTarget, Delete, Expr, FromTable, Insert, JoinConstraint, JoinOperator,
    ObjectName, OnConflictAction, OnInsert, Query, Select, SetExpr, Statement, TableFactor, TableObject,
    TableWithJoins, Update, UpdateTableFromKind, Value, Visit as _, Visitor,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// Statements that are about rows of several buckets at once, by their beginnings, and why they may be.
const SEVERAL: &[(&str, &str)] = &[
    ("WITH c AS (SELECT t.bucket, t.key, p.version FROM job", "a claim: of two who want a job one gets it"),
    ("WITH c AS (SELECT bucket, key FROM timer", "a claim: of two who want a timer one gets it"),
    ("WITH c AS (SELECT bucket, key FROM outbox", "a claim: of two who want an entry one gets it"),
    (
        "DELETE FROM decision_instance WHERE evaluation",
        "an evaluation does not say whether it was for an instance",
    ),
];
/// The parser knows no weaker lock than this; where its rows are does not depend on how they are locked.
const LOCKS: [&str; 2] = ["FOR NO KEY UPDATE", "FOR UPDATE"];

/// What is wrong with a statement; nothing when a cluster executes it. What changes the schema is not looked at.
pub(crate) fn complaints(text: &str) -> Vec<String> {
    let readable = text.replace(LOCKS[0], LOCKS[1]);
    let statements = match Parser::parse_sql(&PostgreSqlDialect {}, &readable) {
        Ok(statements) => statements,
        Err(error) => return vec![format!("it cannot be read: {error}")],
    };
    let [statement] = &*statements else { return Vec::new() };
    let may = SEVERAL.iter().any(|(beginning, _)| text.starts_with(beginning));
    let mut reader = Reader { several_are_fine: may, ..Reader::default() };
    let _ = statement.visit(&mut reader);
    reader.conclude()
}

/// A table in one scope of a statement.
type Node = usize;

#[derive(Default)]
struct Scope {
    names: BTreeMap<String, Node>,
    distributed: Vec<Node>,
    on_coordinator: bool,
    /// Columns of a scope around it are used in it.
    correlated: Option<Node>,
}

#[derive(Default)]
struct Reader {
    several_are_fine: bool,
    open: Vec<Scope>,
    /// Which nodes are one, by a node each of them leads to.
    leads_to: Vec<Node>,
    /// Nodes whose bucket is a value, by that.
    valued: BTreeMap<String, Node>,
    /// Questions around that are asked again and again.
    recursive: usize,
    /// Nodes that have to be one.
    joined: Vec<(Node, Node)>,
    /// Nodes that need a value, and what for.
    needs_value: Vec<(Node, String)>,
    found: Vec<String>,
}

impl Reader {
    fn node(&mut self) -> Node {
        self.leads_to.push(self.leads_to.len());
        self.leads_to.len() - 1
    }

    fn root(&self, mut node: Node) -> Node {
        while self.leads_to[node] != node {
            node = self.leads_to[node];
        }
        node
    }

    fn conclude(mut self) -> Vec<String> {
        for (one, other) in std::mem::take(&mut self.joined) {
            if self.root(one) != self.root(other) {
                self.found.push("it joins rows of different buckets".to_owned());
            }
        }
        let valued: Vec<Node> = self.valued.values().map(|node| self.root(*node)).collect();
        for (node, what) in std::mem::take(&mut self.needs_value) {
            if !valued.contains(&self.root(node)) && !self.several_are_fine {
                self.found.push(format!("it {what} without a value for their bucket"));
            }
        }
        self.found
    }

    /// A table, or something that has rows like one, is there under a name from now on.
    fn enter(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let alias = alias.as_ref().map_or_else(|| last(name), |alias| alias.name.value.clone());
                self.name(alias, &last(name));
            }
            TableFactor::Table { name, alias, .. } | TableFactor::Function { name, alias, .. } => {
                let alias = alias.as_ref().map_or_else(|| last(name), |alias| alias.name.value.clone());
                self.name(alias, "");
            }
            TableFactor::Derived { alias: Some(alias), .. }
            | TableFactor::UNNEST { alias: Some(alias), .. } => {
                self.name(alias.name.value.clone(), "");
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.enter_all([&**table_with_joins]),
            _ => {}
        }
    }

    fn name(&mut self, alias: String, table: &str) {
        let node = self.node();
        if let Some(scope) = self.open.last_mut() {
            scope.names.insert(alias, node);
            scope.on_coordinator |= COORDINATOR.contains(&table);
            if BY_BUCKET.contains(&table) {
                scope.distributed.push(node);
                if self.recursive > 0 {
                    self.needs_value.push((node, "asks again and again".to_owned()));
                }
            }
        }
    }

    fn enter_all<'t>(&mut self, tables: impl IntoIterator<Item = &'t TableWithJoins>) {
        for table in tables {
            self.enter(&table.relation);
            for join in &table.joins {
                self.enter(&join.relation);
            }
        }
    }

    /// Conditions of joins.
    fn agree_on<'t>(&mut self, tables: impl IntoIterator<Item = &'t TableWithJoins>) {
        for join in tables.into_iter().flat_map(|table| &table.joins) {
            let (JoinOperator::Join(on)
            | JoinOperator::Inner(on)
            | JoinOperator::Left(on)
            | JoinOperator::LeftOuter(on)
            | JoinOperator::CrossJoin(on)) = &join.join_operator
            else {
                continue;
            };
            match on {
                JoinConstraint::On(condition) => self.agree(condition),
                JoinConstraint::Using(columns) if columns.iter().any(|column| last(column) == "bucket") => {
                    let all: Vec<Node> = self
                        .open
                        .last()
                        .map_or_else(Vec::new, |scope| scope.names.values().copied().collect());
                    for pair in all.windows(2) {
                        self.unite(pair[0], pair[1]);
                    }
                }
                _ => {}
            }
        }
    }

    fn unite(&mut self, one: Node, other: Node) {
        let (one, other) = (self.root(one), self.root(other));
        self.leads_to[one] = other;
    }

    /// The bucket is this value; who has the same is one with it.
    fn value(&mut self, node: Node, value: &Expr) {
        let first = *self.valued.entry(value.to_string()).or_insert(node);
        self.unite(node, first);
    }

    /// What every row has to fulfil.
    fn agree(&mut self, condition: &Expr) {
        match condition {
            Expr::Nested(inner) => self.agree(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.agree(left);
                self.agree(right);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                match (self.bucket(left), self.bucket(right)) {
                    (Some(one), Some(other)) => self.unite(one, other),
                    (Some(node), None) if is_value(right) => self.value(node, right),
                    (None, Some(node)) if is_value(left) => self.value(node, left),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// The table whose bucket an expression is.
    fn bucket(&self, expression: &Expr) -> Option<Node> {
        match expression {
            Expr::CompoundIdentifier(parts) if parts.len() == 2 && parts[1].value == "bucket" => {
                self.open.iter().rev().find_map(|scope| scope.names.get(&parts[0].value).copied())
            }
            Expr::Identifier(name) if name.value == "bucket" => {
                self.open.last().and_then(|scope| scope.distributed.first().copied())
            }
            _ => None,
        }
    }

    /// All tables of the innermost scope are known.
    fn join_up(&mut self) {
        let Some(scope) = self.open.last() else { return };
        self.joined.extend(scope.distributed.windows(2).map(|pair| (pair[0], pair[1])));
    }

    fn select(&mut self, select: &Select) {
        self.enter_all(&select.from);
        self.agree_on(&select.from);
        if let Some(condition) = &select.selection {
            self.agree(condition);
        }
        self.join_up();
    }

    fn update(&mut self, update: &Update) {
        self.enter_all([&update.table]);
        let target = self.target();
        let from = match &update.from {
            Some(UpdateTableFromKind::AfterSet(tables) | UpdateTableFromKind::BeforeSet(tables)) => &**tables,
            None => &[],
        };
        self.enter_all(from);
        self.agree_on(from);
        if update.assignments.iter().any(|set| set.target.to_string() == "bucket") {
            self.found.push("it changes a bucket".to_owned());
        }
        self.write(target, update.selection.as_ref(), "changes rows");
    }

    fn delete(&mut self, delete: &Delete) {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        self.enter_all(from);
        let target = self.target();
        let using = delete.using.as_deref().unwrap_or_default();
        self.enter_all(using);
        self.agree_on(using);
        self.write(target, delete.selection.as_ref(), "removes rows");
    }

    /// The distributed table that is written.
    fn target(&self) -> Option<Node> {
        self.open.last().and_then(|scope| scope.distributed.first().copied())
    }

    fn write(&mut self, target: Option<Node>, condition: Option<&Expr>, what: &str) {
        if let Some(condition) = condition {
            self.agree(condition);
        }
        self.join_up();
        // Who only reads is given them by the coordinator.
        if self.open.last().is_some_and(|scope| scope.on_coordinator && !scope.distributed.is_empty()) {
            self.found.push("it writes what depends on a table of the coordinator".to_owned());
        }
        self.needs_value.extend(target.map(|target| (target, what.to_owned())));
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(table) = &insert.table else { return };
        if !BY_BUCKET.contains(&&*last(table)) {
            return;
        }
        if !insert.columns.iter().any(|column| last(column) == "bucket") {
            self.found.push("it makes rows without a bucket".to_owned());
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on {
            let whole = match &conflict.conflict_target {
                Some(ConflictTarget::Columns { columns, .. }) => {
                    columns.iter().any(|column| column.value == "bucket")
                }
                _ => matches!(conflict.action, OnConflictAction::DoNothing),
            };
            if !whole {
                self.found.push("its conflict is not one of a bucket".to_owned());
            }
        }
    }

    /// The innermost scope ends; what it has in common with one around it is joined with it.
    fn close(&mut self) {
        if let Some(scope) = self.open.pop()
            && let (Some(outer), Some(inner)) = (scope.correlated, scope.distributed.first())
        {
            self.joined.push((outer, *inner));
        }
    }

    /// Rows of the innermost scope are locked, those of some tables or of all.
    fn lock(&mut self, query: &Query) {
        let Some(scope) = self.open.last() else { return };
        for lock in &query.locks {
            let locked: Vec<Node> = match &lock.of {
                Some(name) => scope.names.get(&last(name)).copied().into_iter().collect(),
                None => scope.distributed.clone(),
            };
            let locked = locked.into_iter().filter(|node| scope.distributed.contains(node));
            self.needs_value.extend(locked.map(|node| (node, "locks rows".to_owned())));
        }
    }
}

impl Visitor for Reader {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.open.push(Scope::default());
        match statement {
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Insert(insert) => self.insert(insert),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.open.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.open.push(Scope::default());
        if let SetExpr::Select(select) = &*query.body {
            self.select(select);
        }
        self.recursive += usize::from(is_recursive(query));
        self.lock(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.recursive -= usize::from(is_recursive(query));
        self.close();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        // One of several that are united: its query had no tables of its own.
        if self.open.last().is_some_and(|scope| scope.names.is_empty()) {
            self.open.push(Scope::default());
            self.select(select);
        } else {
            self.open.push(Scope::default());
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.close();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        let Expr::CompoundIdentifier(parts) = expression else { return ControlFlow::Continue(()) };
        let Some(place) = self.open.iter().rposition(|scope| scope.names.contains_key(&parts[0].value))
        else {
            return ControlFlow::Continue(());
        };
        let node = self.open[place].names[&parts[0].value];
        if self.open[place].distributed.contains(&node) {
            for scope in &mut self.open[place + 1..] {
                scope.correlated = Some(node);
            }
        }
        ControlFlow::Continue(())
    }
}

fn last(name: &ObjectName) -> String {
    name.0.last().map(ToString::to_string).unwrap_or_default()
}

fn is_recursive(query: &Query) -> bool {
    query.with.as_ref().is_some_and(|with| with.recursive)
}

fn is_value(expression: &Expr) -> bool {
    match expression {
        Expr::Value(value) => matches!(value.value, Value::Placeholder(_) | Value::Number(..)),
        Expr::Cast { expr, .. } => is_value(expr),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::complaints;

    /// What is said of a statement, in one line.
    fn said(text: &str) -> String {
        complaints(text).join("; ")
    }

    #[test]
    fn what_is_of_one_bucket_is_fine() {
        for text in [
            "SELECT t.key FROM job t JOIN process_instance p ON p.bucket = t.bucket AND p.key = t.instance",
            "SELECT key, version FROM process_instance WHERE bucket = $1 AND key = $2 FOR UPDATE",
            "SELECT t.key FROM unnest($1, $2) AS u (bucket, key) JOIN job t ON t.bucket = u.bucket AND t.bucket = $3 \
             AND t.key = u.key FOR NO KEY UPDATE OF t",
            "UPDATE job t SET worker = u.worker FROM unnest($1, $2, $3) AS u (bucket, key, worker) \
             WHERE t.bucket = u.bucket AND t.bucket = $4 AND t.key = u.key RETURNING t.key",
            "DELETE FROM outbox t USING (SELECT * FROM unnest($1, $2) AS u (bucket, key)) u \
             WHERE t.bucket = u.bucket AND t.bucket = $3 AND t.key = u.key",
            "INSERT INTO timer (bucket, key, due) SELECT * FROM unnest($1, $2, $3) ON CONFLICT (key, bucket) DO NOTHING",
            "SELECT t.key FROM message_subscription t WHERE NOT EXISTS (SELECT 1 FROM process_instance p \
             WHERE p.bucket = t.bucket AND p.key = t.instance)",
            "SELECT j.key FROM job j JOIN process_definition d ON d.key = j.definition",
            "UPDATE node SET until = $1 WHERE number = $2",
            "SELECT 1 FROM audit_log t LEFT JOIN batch_operation b ON b.key = t.batch",
            "UPDATE job t SET worker = NULL FROM process_instance p WHERE p.bucket = $1 AND t.bucket = $1",
        ] {
            assert_eq!(said(text), "", "{text}");
        }
    }

    #[test]
    fn what_is_not_is_told() {
        for (text, expected) in [
            (
                "SELECT t.key FROM job t JOIN process_instance p ON p.key = t.instance",
                "it joins rows of different buckets",
            ),
            (
                "SELECT t.key FROM job t, process_instance p WHERE p.key = t.instance AND (p.bucket = t.bucket OR true)",
                "it joins rows of different buckets",
            ),
            (
                "SELECT t.key FROM job t WHERE EXISTS (SELECT 1 FROM process_instance p WHERE p.key = t.instance)",
                "it joins rows of different buckets",
            ),
            (
                "SELECT key FROM process_instance WHERE key = $1 FOR UPDATE",
                "it locks rows without a value for their bucket",
            ),
            (
                "UPDATE job t SET worker = NULL FROM unnest($1, $2) AS u (bucket, key) WHERE t.bucket = u.bucket",
                "it changes rows without a value for their bucket",
            ),
            (
                "WITH gone AS (DELETE FROM timer WHERE key = $1 RETURNING key) SELECT count(*) FROM gone",
                "it removes rows without a value for their bucket",
            ),
            ("INSERT INTO timer (key, due) VALUES ($1, $2)", "it makes rows without a bucket"),
            (
                "INSERT INTO timer (bucket, key) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET due = excluded.due",
                "its conflict is not one of a bucket",
            ),
            ("UPDATE job SET bucket = $2 WHERE bucket = $1", "it changes a bucket"),
            (
                "UPDATE job j SET worker = NULL FROM batch_item b WHERE b.key = j.key AND j.bucket = $1",
                "it writes what depends on a table of the coordinator",
            ),
            (
                "WITH RECURSIVE up (key) AS (SELECT key FROM element_instance WHERE key = $1) SELECT key FROM up",
                "it asks again and again without a value for their bucket",
            ),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
        assert!(said("SELECT FROM WHERE").contains("cannot be read"));
    }
}
