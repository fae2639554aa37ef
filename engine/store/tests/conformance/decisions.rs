//! Decisions: versions of DMN files as a whole, deletion, evaluated decisions as rows.

use hosk_core::{
    DecisionDefinitionKey, DecisionEvaluated, DecisionEvaluation, DecisionEvaluationKey, DecisionInstanceKey,
    DecisionKind, DecisionRequirementsKey, ElementInstanceKey, EvaluatedDecision, EvaluatedInput,
    EvaluatedOutput, Event, MatchedRule,
};
use hosk_feel::Json;
use hosk_store::{
    Batch, DecisionDefinitionField, DecisionInstanceField, DecisionInstanceState, DecisionType,
    DefinitionKind, DeployedDefinition, Filter, NewDecision, NewDefinition, Search,
};

use crate::world::{NOW, World};

/// Deploys a graph with decisions.
pub(crate) async fn deploy(
    world: &World,
    file: &str,
    bytes: &[u8],
    graph: &str,
    decisions: &[&str],
) -> Vec<DeployedDefinition> {
    let decisions = decisions.iter().map(|id| NewDecision {
        key: DecisionDefinitionKey(world.key()),
        id: (*id).into(),
        name: format!("Decide {id}").into(),
        version_tag: Some("v1".into()),
    });
    let contents = vec![NewDefinition::Decisions {
        key: DecisionRequirementsKey(world.key()),
        id: graph.into(),
        name: "Graph".into(),
        decisions: decisions.collect(),
    }];
    world.deploy_content(file, bytes, contents).await.definitions
}

fn versions(deployed: &[DeployedDefinition]) -> Vec<(&str, u32, bool)> {
    deployed.iter().map(|one| (&*one.id, one.version, one.created)).collect()
}

pub(crate) async fn a_dmn_file_has_versions_as_a_whole(world: World) {
    let first = deploy(&world, "a.dmn", b"one", "g", &["risk", "limit"]).await;
    assert_eq!(versions(&first), [("g", 1, true), ("risk", 1, true), ("limit", 1, true)]);
    let same = deploy(&world, "a.dmn", b"one", "g", &["risk", "limit"]).await;
    assert_eq!(versions(&same), [("g", 1, false), ("risk", 1, false), ("limit", 1, false)]);
    let keys = |deployed: &[DeployedDefinition]| deployed.iter().map(|one| one.key).collect::<Vec<_>>();
    assert_eq!(keys(&same), keys(&first));
    assert_eq!(same[2].deployment, first[0].deployment);
    let changed = deploy(&world, "a.dmn", b"two", "g", &["risk"]).await;
    assert_eq!(versions(&changed), [("g", 2, true), ("risk", 2, true)]);
    // Another file takes over the decision: the graph it came from is not what it was.
    deploy(&world, "b.dmn", b"three", "other", &["risk"]).await;
    let again = deploy(&world, "a.dmn", b"two", "g", &["risk"]).await;
    assert_eq!(versions(&again), [("g", 3, true), ("risk", 4, true)]);

    let latest = Search::by(Filter::eq(DecisionDefinitionField::IsLatestVersion, true));
    let latest = world.store.decision_definitions(latest).await.unwrap().items;
    let latest = latest.iter().map(|row| {
        (
            &*row.decision_definition_id,
            row.version,
            &*row.decision_requirements_id,
            row.decision_requirements_version,
        )
    });
    assert_eq!(latest.collect::<Vec<_>>(), [("limit", 1, "g", 1), ("risk", 4, "g", 3)]);
    let key = DecisionDefinitionKey(again[1].key);
    let row = world.store.decision_definition(key).await.unwrap().unwrap();
    assert_eq!(
        (&*row.name, row.version_tag.as_deref(), &*row.resource_name),
        ("Decide risk", Some("v1"), "a.dmn")
    );
    assert_eq!(row.deployment_key, again[0].deployment);
    assert_eq!(world.store.decision_requirements_by(Search::default()).await.unwrap().total_items, 4);
    for key in [again[0].key, again[1].key] {
        assert_eq!(&*world.store.content(key).await.unwrap().unwrap().bytes, b"two");
    }
}

pub(crate) async fn a_deleted_graph_takes_its_decisions_along(world: World) {
    let first = deploy(&world, "a.dmn", b"one", "g", &["risk"]).await;
    let second = deploy(&world, "a.dmn", b"two", "g", &["risk", "limit"]).await;
    // A decision alone is no resource.
    assert!(!world.store.delete_resource(second[1].key).await.unwrap());
    assert!(world.store.delete_resource(second[0].key).await.unwrap());
    assert!(!world.store.delete_resource(second[0].key).await.unwrap());
    let left = world.store.decision_definitions(Search::default()).await.unwrap().items;
    let left = left.iter().map(|row| (row.key.0, row.is_latest_version)).collect::<Vec<_>>();
    assert_eq!(left, [(first[1].key, true)]);
    let graphs = world.store.decision_requirements_by(Search::default()).await.unwrap().items;
    assert_eq!((graphs.len(), graphs[0].key.0, graphs[0].is_latest_version), (1, first[0].key, true));
    let gone = world.store.decision_definition(DecisionDefinitionKey(second[2].key)).await.unwrap().unwrap();
    assert!(gone.is_deleted && world.store.content(second[2].key).await.unwrap().is_some());

    let stored = world.store.resources().await.unwrap().pop().unwrap();
    let kinds = stored.definitions.iter().map(|(kind, one)| (*kind, &*one.id)).collect::<Vec<_>>();
    assert_eq!(kinds, [(DefinitionKind::DecisionRequirements, "g"), (DefinitionKind::Decision, "risk")]);
    assert_eq!(stored.definitions[1].1, first[1]);
    // What comes after the deleted version does not take its number.
    let third = deploy(&world, "a.dmn", b"two", "g", &["risk"]).await;
    assert_eq!(versions(&third), [("g", 3, true), ("risk", 3, true)]);
}

/// An evaluation: a table that matched, then the decision asked for, which fails if `failure` says why.
pub(crate) fn evaluation(
    world: &World,
    table: DecisionDefinitionKey,
    asked: DecisionDefinitionKey,
    failure: Option<&str>,
) -> DecisionEvaluation {
    let json = |text: &str| Json::parse(text).unwrap();
    let key = DecisionEvaluationKey(world.key());
    let table = EvaluatedDecision {
        key: DecisionInstanceKey(world.key()),
        decision: table,
        id: "risk".into(),
        kind: DecisionKind::DecisionTable,
        output: json("\"low\""),
        inputs: vec![EvaluatedInput { id: "i1".into(), name: "Amount".into(), value: json("10.50") }],
        matched_rules: vec![MatchedRule {
            id: "r2".into(),
            index: 2,
            outputs: vec![EvaluatedOutput { id: "o1".into(), name: "risk".into(), value: json("\"low\"") }],
        }],
        failure: None,
        warnings: vec!["x is not there".into()],
    };
    let last = EvaluatedDecision {
        key: DecisionInstanceKey(world.key()),
        decision: asked,
        id: "limit".into(),
        kind: DecisionKind::LiteralExpression,
        output: json(if failure.is_some() { "null" } else { "100" }),
        inputs: Vec::new(),
        matched_rules: Vec::new(),
        failure: failure.map(Into::into),
        warnings: Vec::new(),
    };
    DecisionEvaluation { key, decision: asked, evaluated: vec![table, last] }
}

/// Evaluates two decisions three times: for an instance, failing for an instance, and for none.
pub(crate) async fn fill(world: &World) -> [DecisionEvaluation; 3] {
    let deployed = deploy(world, "credit.dmn", b"credit", "credit", &["risk", "limit"]).await;
    let (risk, limit) = (DecisionDefinitionKey(deployed[1].key), DecisionDefinitionKey(deployed[2].key));
    let instance = world.start().await;
    let element_instance = ElementInstanceKey(world.key());
    let good = evaluation(world, risk, limit, None);
    let failed = evaluation(world, risk, limit, Some("no rule matched"));
    let events = [&good, &failed].map(|evaluation| {
        let evaluation = evaluation.clone();
        Event::DecisionEvaluated(Box::new(DecisionEvaluated { element_instance, evaluation }))
    });
    world.commit(vec![world.set(instance, 1, events.into())]).await;
    let alone = evaluation(world, risk, limit, None);
    let batch = Batch { evaluations: vec![alone.clone()], ..world.batch(Vec::new()) };
    world.store.commit(batch).await.unwrap();
    [good, failed, alone]
}

pub(crate) async fn evaluated_decisions_are_rows(world: World) {
    let [good, failed, alone] = fill(&world).await;
    let rows = world.store.decision_instances(Search::default()).await.unwrap().items;
    assert_eq!(rows.len(), 6);
    let (table, asked) = (&rows[0], &rows[1]);
    assert_eq!(*table.id, format!("{}-1", good.key));
    assert_eq!(
        (table.state, table.decision_definition_type),
        (DecisionInstanceState::Evaluated, DecisionType::DecisionTable)
    );
    assert_eq!((&*table.decision_definition_id, &*table.decision_definition_name), ("risk", "Decide risk"));
    assert_eq!((&*table.result, table.evaluation_date), ("\"low\"", NOW));
    assert_eq!(*table.evaluated_inputs, good.evaluated[0].inputs);
    assert_eq!(table.evaluated_inputs[0].value.text(), "10.50");
    assert_eq!(*table.matched_rules, good.evaluated[0].matched_rules);
    assert_eq!((&table.warnings, &asked.warnings), (&good.evaluated[0].warnings, &Vec::new()));
    assert_eq!(table.root_decision_definition_key, good.decision);
    assert_eq!((asked.number, asked.decision_definition_key), (2, good.decision));
    assert_eq!(asked.process_definition_key, Some(world.process.key));
    assert_eq!(asked.root_process_instance_key, asked.process_instance_key);

    let broken = Filter::eq(DecisionInstanceField::State, "FAILED");
    let broken = world.store.decision_instances(Search::by(broken)).await.unwrap().items;
    assert_eq!((broken.len(), broken[0].decision_evaluation_key), (1, failed.key));
    assert_eq!(
        (broken[0].evaluation_failure.as_deref(), &*broken[0].result),
        (Some("no rule matched"), "null")
    );
    let by_id = Filter::eq(DecisionInstanceField::Id, format!("{}-2", alone.key));
    let by_id = world.store.decision_instances(Search::by(by_id)).await.unwrap().items;
    assert_eq!((by_id.len(), by_id[0].process_instance_key, by_id[0].element_instance_key), (1, None, None));
    assert_eq!(&*by_id[0].tenant_id, "<default>");
}
