//! Every field with every operator against the plain meaning of the operator, and pages there and back.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use hosk_core::{
    ElementInstanceKey, Event, IncidentKey, IncidentKind, JobKey, Timestamp, UserTaskCreated, UserTaskKey,
};
use hosk_store::{
    Cell, Condition, ElementInstanceField, Entity, Error, Field, Filter, Found, JobField, Kind, Page,
    ProcessInstance, ProcessInstanceField, Related, Scalar, Search, Sort, Tally, TallyOf, VariableField,
};

use crate::world::World;

pub(crate) fn task(world: &World, key: UserTaskKey, element_instance: ElementInstanceKey) -> Event {
    let assigned = key.0.is_multiple_of(2);
    Event::UserTaskCreated(Box::new(UserTaskCreated {
        key,
        element_instance,
        element: world.element("approve"),
        assignee: None,
        candidate_groups: vec!["warehouse".into(), "sales".into()],
        candidate_users: if assigned { vec!["eva".into()] } else { Vec::new() },
        due_date: Some("2026-01-02T03:04:05+01:00".into()),
        follow_up_date: None,
        priority: 50,
        form_key: None,
        external_form: assigned.then(|| "form?*[x]".into()),
        headers: Arc::default(),
    }))
}

/// Some of everything.
async fn fill(world: &World) {
    for number in 0..5_u64 {
        let (instance, element, job) =
            world.start_with_job(if number % 2 == 0 { "ship" } else { "Ship*[1]" }).await;
        let (task_element, task_key) = (ElementInstanceKey(world.key()), UserTaskKey(world.key()));
        let mut events = world.activating(task_element, "approve", instance.root());
        events.push(task(world, task_key, task_element));
        events.push(world.variable(instance.root(), "number", &number.to_string()));
        events.push(world.variable(element, "local", "\"ä*\""));
        if number == 1 {
            events.push(Event::UserTaskAssigned { key: task_key, assignee: Some("eva".into()), by: None });
            events.push(Event::JobFailed {
                key: job,
                retries: 0,
                retry_at: Some(Timestamp(7)),
                message: "m".into(),
            });
        }
        if number < 3 {
            let key = IncidentKey(world.key());
            let (kind, message) = (IncidentKind::JobNoRetries, format!("line {number}"));
            events.push(Event::IncidentRaised {
                key,
                element_instance: element,
                job: Some(job),
                kind,
                message,
            });
        }
        if number == 2 {
            events.extend(World::ended(instance));
        }
        world.commit(vec![world.set(instance, 1, events)]).await;
        world.waiting(&format!("k{}", number % 2), number % 2 == 0).await;
    }
    let committed = world.publish(world.message("paid", "k0", 1_000)).await;
    let entry = &committed.outbox[0];
    let Some(hosk_core::Command::CorrelateMessage { subscription, message, .. }) = entry.command() else {
        panic!()
    };
    let correlated = Event::SubscriptionCorrelated { key: *subscription, message: *message };
    world.commit(vec![world.set(entry.target, 1, vec![correlated])]).await;
    world.deploy("order.bpmn", &crate::world::ORDER.replace("Ship goods", "x")).await;
}

fn scalar<F: Field>(field: F, cell: &Cell) -> Option<Scalar> {
    Some(match (field.kind(), cell) {
        (Kind::Key, Cell::Int(key)) => Scalar::Key(*key as u64),
        (Kind::Int, Cell::Int(number)) => Scalar::Int(*number),
        (Kind::Bool, Cell::Int(value)) => Scalar::Bool(*value != 0),
        (Kind::Time, Cell::Int(time)) => Scalar::Time(Timestamp(*time)),
        (Kind::Code(names), Cell::Int(code)) => Scalar::Text(names[*code as usize].into()),
        (_, Cell::Text(text)) => Scalar::Text(text.clone()),
        (_, Cell::List(texts)) => Scalar::Text(texts.first()?.clone()),
        _ => return None,
    })
}

/// What an operator means for one value, in the plainest words.
fn means<F: Field>(field: F, cell: &Cell, condition: &Condition) -> bool {
    let members = match cell {
        Cell::List(texts) => texts.iter().map(|text| Some(Scalar::Text(text.clone()))).collect(),
        other => vec![scalar(field, other)],
    };
    let present = members.iter().any(Option::is_some);
    let any = |holds: &dyn Fn(&Scalar) -> bool| members.iter().flatten().any(holds);
    match condition {
        Condition::Exists(exists) => present == *exists,
        Condition::Eq(value) => any(&|it| it == value),
        Condition::Neq(value) => !any(&|it| it == value),
        Condition::In(values) => any(&|it| values.contains(it)),
        Condition::NotIn(values) => !any(&|it| values.contains(it)),
        Condition::Gt(value) => any(&|it| it > value),
        Condition::Gte(value) => any(&|it| it >= value),
        Condition::Lt(value) => any(&|it| it < value),
        Condition::Lte(value) => any(&|it| it <= value),
        // Patterns here are a text with its special characters escaped, with or without a star behind.
        Condition::Like(pattern) => {
            let prefix = pattern.strip_suffix('*').filter(|rest| !rest.ends_with('\\'));
            let literal = prefix.unwrap_or(pattern).replace('\\', "");
            any(&|it| match it {
                Scalar::Text(text) if prefix.is_some() => text.starts_with(&literal),
                Scalar::Text(text) => **text == *literal,
                _ => false,
            })
        }
    }
}

fn conditions<F: Field>(field: F, cell: &Cell) -> Vec<Condition> {
    let mut conditions = vec![Condition::Exists(true), Condition::Exists(false)];
    let Some(value) = scalar(field, cell) else { return conditions };
    conditions.push(Condition::Eq(value.clone()));
    conditions.push(Condition::Neq(value.clone()));
    conditions.push(Condition::In(vec![value.clone()]));
    conditions.push(Condition::In(Vec::new()));
    conditions.push(Condition::NotIn(vec![value.clone()]));
    if !matches!(field.kind(), Kind::Bool | Kind::Code(_)) {
        let (a, b, c, d) = (value.clone(), value.clone(), value.clone(), value.clone());
        conditions.extend([Condition::Gt(a), Condition::Gte(b), Condition::Lt(c), Condition::Lte(d)]);
    }
    if let (Scalar::Text(text), Kind::Text | Kind::List | Kind::Code(_)) = (&value, field.kind()) {
        let escaped = text.chars().flat_map(|c| if "*?\\".contains(c) { vec!['\\', c] } else { vec![c] });
        let escaped = escaped.collect::<String>();
        conditions.push(Condition::Like(format!("{escaped}*").into()));
        conditions.push(Condition::Like(escaped.into()));
    }
    conditions
}

async fn check<'s, E, R>(search: impl Fn(Search<E::Field>) -> R + 's)
where
    E: Entity + PartialEq + Debug,
    R: Future<Output = Found<E>> + 's,
{
    let all = search(Search::default()).await.unwrap().items;
    assert!(!all.is_empty(), "no {}", std::any::type_name::<E>());
    for field in E::Field::ALL.iter().copied().filter(|field| field.kind() != Kind::Opaque) {
        let mut tried = Vec::new();
        for row in &all {
            for condition in conditions(field, &field.of(row)) {
                let name = format!("{condition:?}");
                if tried.contains(&name) {
                    continue;
                }
                tried.push(name);
                let expected = all.iter().filter(|row| means(field, &field.of(row), &condition)).cloned();
                let found = search(Search::by(Filter::Is(field, condition.clone()))).await.unwrap();
                assert_eq!(found.items, expected.collect::<Vec<_>>(), "{field:?} {condition:?}");
                assert_eq!(found.total_items, found.items.len() as u64);
            }
        }
        if field.kind() != Kind::List {
            pages::<E, R>(&search, field, &all).await;
        }
    }
}

/// What a row is ordered by: words by the word that it is answered as.
fn place<E: Entity>(field: E::Field, row: &E) -> (Cell, &'static str) {
    match (field.of(row), field.codes()) {
        (Cell::Int(code), Some(codes)) => {
            let other = codes.others.iter().find(|(_, stands)| stands.contains(&code));
            (Cell::Int(0), other.map_or(codes.names[code as usize], |(word, _)| word))
        }
        (cell, _) => (cell, ""),
    }
}

/// Goes through all rows in pages of two, there and back, in both directions.
async fn pages<'s, E, R>(search: &(impl Fn(Search<E::Field>) -> R + 's), field: E::Field, all: &[E])
where
    E: Entity + PartialEq + Debug,
    R: Future<Output = Found<E>> + 's,
{
    for descending in [false, true] {
        let mut expected = all.to_vec();
        expected.sort_by(|a, b| {
            let order = place(field, a).cmp(&place(field, b));
            if descending { order.reverse() } else { order }.then(a.key().cmp(&b.key()))
        });
        let page = |page| {
            let sort = vec![Sort { field, descending }];
            search(Search { filter: Filter::everything(), sort, page })
        };
        let whole = page(Page::default()).await.unwrap();
        assert_eq!(whole.items, expected, "{field:?} descending {descending}");
        let mut seen = Vec::new();
        let mut next = Page::Offset { from: 0, limit: 2 };
        while let Ok(found) = page(next.clone()).await {
            assert_eq!(found.total_items, all.len() as u64);
            let Some(cursor) = found.end_cursor else { break };
            seen.extend(found.items);
            next = Page::After { cursor, limit: 2 };
        }
        assert_eq!(seen, expected, "forwards by {field:?} descending {descending}");
        let mut seen = Vec::new();
        let mut next = Page::Before { cursor: whole.end_cursor.unwrap(), limit: 2 };
        while let Ok(found) = page(next.clone()).await {
            let Some(cursor) = found.start_cursor else { break };
            seen.splice(0..0, found.items);
            next = Page::Before { cursor, limit: 2 };
        }
        assert_eq!(seen, expected[..expected.len() - 1], "backwards by {field:?} descending {descending}");
    }
}

pub(crate) async fn every_field_with_every_operator(world: World) {
    fill(&world).await;
    crate::decisions::fill(&world).await;
    let store = &world.store;
    check(|search| store.process_definitions(search)).await;
    check(|search| store.process_instances(search)).await;
    check(|search| store.element_instances(search)).await;
    check(|search| store.variables(search, false)).await;
    check(|search| store.jobs(search)).await;
    check(|search| store.user_tasks(search)).await;
    check(|search| store.incidents(search)).await;
    check(|search| store.message_subscriptions(search)).await;
    check(|search| store.correlated_message_subscriptions(search)).await;
    check(|search| store.decision_requirements_by(search)).await;
    check(|search| store.decision_definitions(search)).await;
    check(|search| store.decision_instances(search)).await;
}

pub(crate) async fn filters_combine(world: World) {
    fill(&world).await;
    let count = async |filter| world.store.process_instances(Search::by(filter)).await.unwrap().total_items;
    assert_eq!(count(Filter::All(Vec::new())).await, 10);
    assert_eq!(count(Filter::Any(Vec::new())).await, 0);
    let ended = Filter::eq(ProcessInstanceField::State, "completed");
    let troubled = Filter::eq(ProcessInstanceField::HasIncident, true);
    assert_eq!(count(Filter::Any(vec![ended.clone(), troubled.clone()])).await, 3);
    assert_eq!(count(Filter::All(vec![ended.clone(), troubled])).await, 1);
    assert_eq!(
        count(Filter::All(vec![ended, Filter::one_of(ProcessInstanceField::TenantId, ["other"])])).await,
        0
    );
}

pub(crate) async fn instances_are_found_by_what_they_have(world: World) {
    fill(&world).await;
    let found = async |related| {
        let found = world.store.process_instances(Search::by(Filter::Has(related))).await.unwrap();
        found.items.into_iter().map(|row: ProcessInstance| row.key).collect::<Vec<_>>()
    };
    let variable = |value: &str| {
        Filter::All(vec![Filter::eq(VariableField::Name, "number"), Filter::eq(VariableField::Value, value)])
    };
    assert_eq!(found(Related::Variable(Box::new(variable("3")))).await.len(), 1);
    assert_eq!(found(Related::Variable(Box::new(variable("9")))).await.len(), 0);
    let element = Filter::All(vec![
        Filter::eq(ElementInstanceField::ElementId, "wait"),
        Filter::eq(ElementInstanceField::State, "ACTIVE"),
    ]);
    assert_eq!(found(Related::Element(Box::new(element))).await.len(), 5);
    assert_eq!(found(Related::Incident(Box::new(Filter::everything()))).await.len(), 3);
    assert_eq!(found(Related::Job(Box::new(Filter::eq(JobField::Type, "ship")))).await.len(), 3);
    for state in ["ACTIVE", "COMPLETED"] {
        for related in [
            Related::Variable(Box::new(Filter::everything())),
            Related::Element(Box::new(Filter::eq(ElementInstanceField::ElementId, "wait"))),
            Related::Incident(Box::new(Filter::everything())),
            Related::Job(Box::new(Filter::eq(JobField::Type, "ship"))),
        ] {
            let has = Filter::Has(related);
            let all = world.store.process_instances(Search::by(has.clone())).await.unwrap().items;
            let expected: Vec<_> =
                all.iter().filter(|row| row.state.as_str() == state).map(|row| row.key).collect();
            let both = Filter::All(vec![Filter::eq(ProcessInstanceField::State, state), has]);
            let found = world.store.process_instances(Search::by(both)).await.unwrap().items;
            assert_eq!(found.iter().map(|row| row.key).collect::<Vec<_>>(), expected, "{state}");
        }
    }
    let local = Filter::Has(Related::LocalVariable(Box::new(Filter::eq(VariableField::Name, "local"))));
    let elements = world.store.element_instances(Search::by(local)).await.unwrap().items;
    assert_eq!((elements.len(), &*elements[0].element_id), (5, "ship"));
    let nowhere = Filter::Has(Related::Job(Box::new(Filter::everything())));
    assert!(matches!(world.store.process_definitions(Search::by(nowhere)).await, Err(Error::Invalid { .. })));
}

pub(crate) async fn what_does_not_fit_is_refused(world: World) {
    fill(&world).await;
    let by = async |field, condition| world.store.jobs(Search::by(Filter::Is(field, condition))).await;
    let refused = |found: Found<_>| assert!(matches!(found, Err(Error::Invalid { .. })));
    refused(by(JobField::Retries, Condition::Eq("three".into())).await);
    refused(by(JobField::State, Condition::Eq("NO_SUCH_STATE".into())).await);
    refused(by(JobField::State, Condition::Gt("CREATED".into())).await);
    refused(by(JobField::Deadline, Condition::Like("1*".into())).await);
    refused(by(JobField::CustomHeaders, Condition::Exists(true)).await);
    refused(by(JobField::Type, Condition::In(vec!["x".into(); 5_000])).await);
    let nested = (0..40).fold(Filter::everything(), |inner, _| Filter::All(vec![inner]));
    refused(world.store.jobs(Search::by(nested)).await);
    for cursor in ["", "zz", "01", "é"] {
        let page = Page::After { cursor: cursor.into(), limit: 1 };
        refused(world.store.jobs(Search { page, ..Search::default() }).await);
    }
    let first = world.store.jobs(Search::default()).await.unwrap();
    let sort = vec![Sort { field: JobField::Type, descending: true }];
    let page = Page::After { cursor: first.end_cursor.unwrap(), limit: 1 };
    refused(world.store.jobs(Search { page, sort, ..Search::default() }).await);
}

pub(crate) async fn rows_are_counted_by_what_they_have_in_common(world: World) {
    fill(&world).await;
    let tally = async |of| world.store.tally(of).await.unwrap();
    let group = |cells: Vec<Cell>, rows, instances| Tally { cells, rows, instances };
    let text = |text: &str| Cell::Text(text.into());
    let jobs = tally(TallyOf::Jobs(Filter::everything(), vec![JobField::Type])).await;
    assert_eq!(jobs, [group(vec![text("Ship*[1]")], 2, 2), group(vec![text("ship")], 3, 3)]);
    let named = Filter::one_of(VariableField::Name, ["number", "local"]);
    let by = vec![VariableField::ProcessDefinitionId, VariableField::Name];
    let names = tally(TallyOf::Variables(named, by)).await;
    let expected = ["local", "number"].map(|name| group(vec![text("order"), text(name)], 5, 5));
    assert_eq!(names, expected);
    let troubled = vec![ProcessInstanceField::HasIncident, ProcessInstanceField::EndDate];
    let ended = Filter::Is(ProcessInstanceField::EndDate, Condition::Exists(false));
    let troubled = tally(TallyOf::ProcessInstances(ended, troubled)).await;
    let expected = [(0, 7), (1, 2)].map(|(has, rows)| group(vec![Cell::Int(has), Cell::Null], rows, rows));
    assert_eq!(troubled, expected);
    let all = tally(TallyOf::UserTasks(Filter::everything(), vec![])).await;
    assert_eq!(all, [group(vec![], 5, 5)], "without a field all are one group");
    let none = Filter::eq(JobField::Type, "nobody's");
    assert_eq!(tally(TallyOf::Jobs(none.clone(), vec![])).await, [group(vec![], 0, 0)]);
    assert_eq!(tally(TallyOf::Jobs(none, vec![JobField::Type])).await, []);
    crate::decisions::fill(&world).await;
    let decided = tally(TallyOf::DecisionInstances(Filter::everything(), vec![])).await;
    let rows = world.store.decision_instances(Search::default()).await.unwrap().items.len();
    assert_eq!(decided[0].rows, rows as u64);
}

pub(crate) async fn rows_that_come_while_paging_do_not_disturb(world: World) {
    let (_, _, first) = world.start_with_job("a").await;
    let (_, _, second) = world.start_with_job("c").await;
    let sort = || vec![Sort { field: JobField::Type, descending: false }];
    let search = |page| world.store.jobs(Search { filter: Filter::everything(), sort: sort(), page });
    let found = search(Page::Offset { from: 0, limit: 1 }).await.unwrap();
    assert_eq!((found.items[0].key, found.total_items), (first, 2));
    let (_, _, between) = world.start_with_job("b").await;
    world.start_with_job("a").await;
    let cursor = found.start_cursor.unwrap();
    let after = search(Page::After { cursor: cursor.clone(), limit: 10 }).await.unwrap().items;
    let keys = after.iter().map(|row| row.key).collect::<Vec<JobKey>>();
    assert_eq!((keys.len(), &keys[1..]), (3, &[between, second][..]));
    assert!(search(Page::Before { cursor, limit: 10 }).await.unwrap().items.is_empty());
    assert_eq!(search(Page::Offset { from: 3, limit: 10 }).await.unwrap().items[0].key, second);
    assert_eq!(search(Page::Offset { from: 9, limit: 10 }).await.unwrap().total_items, 4);
}
