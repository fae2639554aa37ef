//! Decisions called by business rule tasks: what is evaluated and recorded, and what becomes of one without a result.

use hosk_core::*;

use crate::support::*;

/// A business rule task that calls a decision.
fn rule(id: &str, decision: &str, result: &str) -> String {
    format!(
        r#"<businessRuleTask id="{id}"><extensionElements><zeebe:calledDecision decisionId="{decision}"
             resultVariable="{result}"/></extensionElements></businessRuleTask>"#
    )
}

/// start → the task `rate` → end.
fn one(decision: &str) -> String {
    let elements = format!(r#"<startEvent id="s"/>{}<endEvent id="e"/>"#, rule("rate", decision, "rating"));
    process("p", &elements, "s -> rate -> e")
}

fn graph(decisions: &str) -> String {
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="g" name="G" namespace="n">
           {decisions}</definitions>"#
    )
}

/// A rating of an amount, and a limit that requires it. `bound` parts small from large.
fn credit(bound: u32) -> String {
    graph(&format!(
        r##"<decision id="limit" name="Limit"><variable name="limit"/><informationRequirement>
             <requiredDecision href="#rating"/></informationRequirement><literalExpression>
             <text>if rating = "A" then 5000 else 1000</text></literalExpression></decision>
           <decision id="rating" name="Rating"><variable name="rating"/><decisionTable>
             <input><inputExpression><text>amount</text></inputExpression></input><output/>
             <rule id="small"><inputEntry><text>&lt; {bound}</text></inputEntry>
               <outputEntry><text>"C"</text></outputEntry></rule>
             <rule id="large"><inputEntry><text>&gt;= 100</text></inputEntry>
               <outputEntry><text>"A"</text></outputEntry></rule></decisionTable></decision>"##
    ))
}

fn literal(id: &str, text: &str) -> String {
    graph(&format!(
        r#"<decision id="{id}" name="{id}"><literalExpression><text>{text}</text></literalExpression></decision>"#
    ))
}

/// A world with a process and decisions, before anything happens.
fn world(definitions: &str, decisions: &[String]) -> World {
    let mut world = World::new(definitions);
    for xml in decisions {
        world.deploy_decisions(xml);
    }
    world
}

fn begin(world: &mut World, json: &str) {
    world.create(ProcessDefinitionKey(1), json).expect("created");
}

/// Every evaluation of the main instance, in order.
fn evaluations(world: &World) -> Vec<DecisionEvaluated> {
    let events = world.events[&world.key()].iter();
    let evaluated = events.filter_map(|event| match event {
        Event::DecisionEvaluated(evaluated) => Some((**evaluated).clone()),
        _ => None,
    });
    evaluated.collect()
}

#[test]
fn what_was_read_matched_and_given_is_recorded() {
    let mut world = world(&one("limit"), &[credit(100)]);
    begin(&mut world, r#"{"amount": 150}"#);
    world.assert_completed();
    assert_eq!(world.variable("rating"), "5000");
    let evaluations = evaluations(&world);
    let [rating, limit] = &*evaluations[0].evaluation.evaluated else { panic!("two decisions") };
    assert_eq!(
        (&*rating.id, rating.inputs[0].value.text(), rating.output.text()),
        ("rating", "150", "\"A\"")
    );
    assert_eq!((&*rating.matched_rules[0].id, rating.matched_rules[0].index), ("large", 2));
    assert_eq!((limit.decision, limit.output.text()), (DecisionDefinitionKey(101), "5000"));
    assert!(rating.failure.is_none() && limit.failure.is_none());
}

#[test]
fn why_a_value_is_null_is_recorded_with_the_decision() {
    let graph = graph(
        r##"<decision id="price" name="Price"><variable name="price"/><informationRequirement>
             <requiredDecision href="#rate"/></informationRequirement><literalExpression id="text">
             <text>if rate = null then 0 else 10 * rate</text></literalExpression></decision>
           <decision id="rate" name="Rate"><variable name="rate"/><literalExpression id="half">
             <text>number(country) / 2</text></literalExpression></decision>"##,
    );
    let mut world = world(&one("price"), &[graph]);
    begin(&mut world, r#"{"country": "AM"}"#);
    world.assert_completed();
    let evaluations = evaluations(&world);
    let [rate, price] = &*evaluations[0].evaluation.evaluated else { panic!("two decisions") };
    assert_eq!((rate.output.text(), price.output.text()), ("null", "0"));
    assert!(
        rate.warnings[0].contains("`AM` is no number") && rate.warnings[0].contains("line 1"),
        "{:?}",
        rate.warnings
    );
    assert!(price.warnings.is_empty(), "{:?}", price.warnings);
}

#[test]
fn several_tasks_call_several_decisions() {
    let elements = format!(
        r#"<startEvent id="s"/>{}{}{}<endEvent id="e"/>"#,
        rule("rate", "rating", "class"),
        rule("allow", "limit", "limit"),
        rule("greet", "greeting", "greeting")
    );
    let process = process("p", &elements, "s -> rate -> allow -> greet -> e");
    let greeting = literal("greeting", r#""class " + class + ", up to " + string(limit)"#);
    let mut world = world(&process, &[credit(100), greeting]);
    begin(&mut world, r#"{"amount": 5}"#);
    world.assert_completed();
    // Each reads what those before it have set.
    assert_eq!(world.variable("greeting"), "\"class C, up to 1000\"");
    let counts: Vec<usize> = evaluations(&world).iter().map(|one| one.evaluation.evaluated.len()).collect();
    assert_eq!(counts, [1, 2, 1]);
}

#[test]
fn a_failed_decision_waits_for_a_corrected_one() {
    let mut world = world(&one("limit"), &[credit(200)]);
    begin(&mut world, r#"{"amount": 150}"#);
    let incident = world.incident();
    assert_eq!(incident.kind, IncidentKind::DecisionEvaluationError);
    assert!(incident.message.contains("'rating'") && incident.message.contains("amount = 150"));
    assert_eq!(incident.message.matches("the hit policy UNIQUE").count(), 1, "{}", incident.message);
    let failed = &evaluations(&world)[0].evaluation.evaluated;
    let last = failed.last().expect("the failed decision");
    assert!(&*last.id == "rating" && last.failure.is_some());
    // What failed is told once.
    assert!(last.warnings.is_empty(), "{:?}", last.warnings);

    world.deploy_decisions(&credit(100));
    world.resolve();
    world.assert_completed();
    assert_eq!(world.variable("rating"), "5000");
    let versions: Vec<_> = evaluations(&world).iter().map(|one| one.evaluation.decision).collect();
    assert_eq!(versions, [DecisionDefinitionKey(101), DecisionDefinitionKey(201)]);
}

#[test]
fn a_missing_decision_waits_until_it_is_there() {
    let mut world = world(&one("greeting"), &[credit(100)]);
    begin(&mut world, "{}");
    assert_eq!(world.incident().kind, IncidentKind::CalledDecisionError);
    assert!(world.incident().message.contains("'greeting'"));
    assert!(evaluations(&world).is_empty());
    world.resolve();
    assert!(world.incident().message.contains("'greeting'"), "it is still not there");
    world.deploy_decisions(&literal("greeting", r#""hello""#));
    world.resolve();
    world.assert_completed();
}

#[test]
fn null_is_a_result() {
    let mut world = world(&one("sum"), &[literal("sum", "amount + nope")]);
    begin(&mut world, r#"{"amount": 1}"#);
    world.assert_completed();
    assert_eq!(world.variable("rating"), "null");
}

#[test]
fn what_was_null_explains_a_failure() {
    let text = r#"assert(amount + nope, amount + nope != null, "an amount is needed")"#;
    let mut world = world(&one("sum"), &[literal("sum", text)]);
    begin(&mut world, r#"{"amount": 1}"#);
    let message = &world.incident().message;
    assert!(message.contains("an amount is needed") && message.contains("amount = 1"), "{message}");
    assert!(message.contains("there is no variable `nope` (decision `sum`, element"), "{message}");
    world.set(r#"{"nope": 2}"#);
    world.resolve();
    assert_eq!(world.variable("rating"), "3");
}

#[test]
fn a_decision_beyond_its_limits_is_the_operators() {
    let mut world = world(&one("long"), &[literal("long", "count(for i in 1..steps return i)")]);
    begin(&mut world, r#"{"steps": 1000000000}"#);
    assert_eq!(world.incident().kind, IncidentKind::LimitExceeded);
    world.set(r#"{"steps": 10}"#);
    world.resolve();
    assert_eq!(world.variable("rating"), "10");
}

/// Only deciding knows a clock. The world replays every step from its events, which evaluates nothing.
#[test]
fn a_decision_that_takes_too_long_is_tried_again() {
    let mut world = world(&one("long"), &[literal("long", "count(for i in 1..20000 return i)")]);
    world.slow(true);
    begin(&mut world, "{}");
    assert_eq!(world.incident().kind, IncidentKind::LimitExceeded);
    assert!(world.incident().message.contains("1000 ms"), "{}", world.incident().message);
    world.slow(false);
    world.resolve();
    world.assert_completed();
    assert_eq!(world.variable("rating"), "20000");
}

#[test]
fn an_expression_that_takes_too_long_is_an_incident() {
    let script = r#"<startEvent id="s"/><scriptTask id="t"><extensionElements><zeebe:script
        expression="=count(for i in 1..20000 return i)" resultVariable="n"/></extensionElements></scriptTask>
        <endEvent id="e"/>"#;
    let mut world = World::new(&process("p", script, "s -> t -> e"));
    world.slow(true);
    begin(&mut world, "{}");
    assert_eq!(world.incident().kind, IncidentKind::LimitExceeded);
    world.slow(false);
    world.resolve();
    assert_eq!(world.variable("n"), "20000");
}

#[test]
fn canceling_while_an_incident_waits_leaves_nothing() {
    let mut world = world(&one("greeting"), &[]);
    begin(&mut world, "{}");
    world.command(Command::Cancel { by: None }).unwrap();
    assert!(world.state().is_ended());
    assert_eq!(world.state().incidents().count(), 0);
}
