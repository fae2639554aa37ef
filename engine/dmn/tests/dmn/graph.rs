//! Requirements: decisions, input data, knowledge models, services, imports, types.

use hosk_dmn::DecisionModel;
use hosk_feel::{Environment, Limits};

use crate::common::{definitions, evaluate, model, variables};

const CHAIN: &str = "
<inputData id='i' name='Order Total'><variable name='Order Total' typeRef='number'/></inputData>
<decision id='tax' name='Tax-Rate'>
  <extensionElements><zeebe:versionTag value='v7'/></extensionElements>
  <variable name='Tax-Rate' typeRef='number'/>
  <informationRequirement><requiredInput href='#i'/></informationRequirement>
  <literalExpression><text>if Order Total > 100 then 0.2 else 0.1</text></literalExpression>
</decision>
<decision id='d' name='Sum'>
  <informationRequirement><requiredInput href='#i'/></informationRequirement>
  <informationRequirement><requiredDecision href='#tax'/></informationRequirement>
  <knowledgeRequirement><requiredKnowledge href='#round'/></knowledgeRequirement>
  <literalExpression><text>Round Up(n: Order Total * (1 + Tax-Rate))</text></literalExpression>
</decision>
<businessKnowledgeModel id='round' name='Round Up'>
  <variable name='Round Up' typeRef='number'/>
  <encapsulatedLogic>
    <formalParameter name='n' typeRef='number'/>
    <literalExpression><text>ceiling(n)</text></literalExpression>
  </encapsulatedLogic>
</businessKnowledgeModel>
<decisionService id='service' name='Totals'>
  <outputDecision href='#d'/>
  <inputDecision href='#tax'/>
  <inputData href='#i'/>
</decisionService>";

#[test]
fn required_decisions_come_first() {
    let model = model(CHAIN);
    let evaluation = evaluate(&model, "d", r#"{"Order Total": 101}"#).unwrap();
    assert_eq!(evaluation.output.text(), "122");
    let ids: Vec<_> = evaluation.decisions.iter().map(|d| (&*d.decision_id, d.output.text())).collect();
    assert_eq!(ids, [("tax", "0.2"), ("d", "122")]);
    let decisions: Vec<_> = model.decisions().collect();
    assert_eq!((&*decisions[0].id, decisions[0].version_tag.as_deref()), ("tax", Some("v7")));
    assert_eq!((model.id(), model.name()), ("m", "model"));
}

#[test]
fn services_take_their_input_decisions() {
    let given = r#"{"Order Total": 10, "Tax-Rate": 1}"#;
    assert_eq!(evaluate(&model(CHAIN), "service", given).unwrap().output.text(), "20");
    assert_eq!(evaluate(&model(CHAIN), "round", r#"{"n": 1.5}"#).unwrap().output.text(), "2");
}

#[test]
fn decisions_without_declared_inputs_read_variables_and_ids() {
    let model = model(
        "<decision id='first' name='The first one'><literalExpression><text>x + 1</text></literalExpression></decision>
         <decision id='d' name='d'>
           <informationRequirement><requiredDecision href='#first'/></informationRequirement>
           <literalExpression><text>first + The first one</text></literalExpression>
         </decision>",
    );
    assert_eq!(evaluate(&model, "d", r#"{"x": 1, "first": 50}"#).unwrap().output.text(), "4");
}

#[test]
fn knowledge_models_may_call_themselves_within_the_limit_of_depth() {
    let model = model(
        "<businessKnowledgeModel id='f' name='f'><encapsulatedLogic><formalParameter name='n'/>
           <literalExpression><text>if n &lt; 2 then 1 else n * f(n - 1)</text></literalExpression>
         </encapsulatedLogic></businessKnowledgeModel>",
    );
    assert_eq!(evaluate(&model, "f", r#"{"n": 20}"#).unwrap().output.text(), "2432902008176640000");
    let failure = evaluate(&model, "f", r#"{"n": 100000}"#).unwrap_err();
    assert!(failure.message.contains("deeper"), "{failure}");
}

#[test]
fn texts_become_dates_where_the_type_says_so() {
    let model = model(
        "<itemDefinition name='tPerson'><itemComponent name='born'><typeRef>date</typeRef></itemComponent></itemDefinition>
         <inputData id='p' name='person'><variable name='person' typeRef='tPerson'/></inputData>
         <decision id='d' name='d'>
           <informationRequirement><requiredInput href='#p'/></informationRequirement>
           <literalExpression><text>person.born + duration(\"P18Y\")</text></literalExpression>
         </decision>",
    );
    let evaluation = evaluate(&model, "d", r#"{"person": {"born": "2001-02-03"}}"#).unwrap();
    assert_eq!(evaluation.output.text(), "\"2019-02-03\"");
}

#[test]
fn values_are_checked_against_item_definitions() {
    let model = model(
        "<itemDefinition name='tGrade'><typeRef>string</typeRef>
           <allowedValues><text>\"A\", \"B\"</text></allowedValues></itemDefinition>
         <itemDefinition name='tGrades' isCollection='true'><typeRef>tGrade</typeRef></itemDefinition>
         <decision id='d' name='d'><variable name='d' typeRef='tGrades'/>
           <literalExpression><text>grades</text></literalExpression></decision>",
    );
    let of = |given: &str| {
        evaluate(&model, "d", &format!("{{\"grades\": {given}}}")).unwrap().output.text().to_owned()
    };
    assert_eq!(of(r#"["A", "B"]"#), r#"["A","B"]"#);
    assert_eq!(of(r#""A""#), r#"["A"]"#);
    assert_eq!(of(r#"["A", "C"]"#), "null");
}

#[test]
fn imported_models_have_their_own_inputs() {
    let library = definitions(
        "<itemDefinition name='t'><typeRef>number</typeRef></itemDefinition>
         <inputData id='rate' name='Rate'><variable name='Rate' typeRef='t'/></inputData>
         <decision id='twice' name='Twice Rate'>
           <informationRequirement><requiredInput href='#rate'/></informationRequirement>
           <literalExpression><text>Rate * 2</text></literalExpression>
         </decision>",
    )
    .replace("http://example.com/model", "http://example.com/library");
    let main = definitions(
        "<import name='my lib' namespace='http://example.com/library'
                 importType='https://www.omg.org/spec/DMN/20230324/MODEL/'/>
         <decision id='d' name='d'><variable name='d' typeRef='my lib.t'/>
           <informationRequirement><requiredDecision href='http://example.com/library#twice'/></informationRequirement>
           <literalExpression><text>my lib.Twice Rate + 1</text></literalExpression></decision>",
    );
    let model = DecisionModel::compile_with_imports(main.as_bytes(), &[library.as_bytes()]).unwrap().model;
    assert_eq!(evaluate(&model, "d", r#"{"my lib": {"Rate": 5}}"#).unwrap().output.text(), "11");
    assert_eq!(evaluate(&model, "d", r#"{"Rate": 7}"#).unwrap().output.text(), "15");
}

#[test]
fn the_limits_hold_for_all_decisions_together() {
    let mut environment = Environment::at(0);
    environment.limits = Limits { steps: 3, ..Limits::default() };
    let given = variables(r#"{"Order Total": 101}"#);
    let failure =
        model(CHAIN).evaluate("d", &given, &environment, hosk_dmn::Strictness::Standard).unwrap_err();
    assert!(failure.message.contains("steps"), "{failure}");
    let unknown = evaluate(&model(CHAIN), "nope", "{}").unwrap_err();
    assert_eq!(unknown.to_string(), "the decision `nope` has no output: the model has no decision `nope`");
}

#[test]
fn warnings_name_decision_element_and_place() {
    let model = model(
        "<decision id='a' name='a'><literalExpression id='text'><text>\n  1 + missing</text></literalExpression></decision>
         <decision id='d' name='d'><informationRequirement><requiredDecision href='#a'/></informationRequirement>
           <literalExpression><text>a</text></literalExpression></decision>",
    );
    let evaluation = evaluate(&model, "d", "{}").unwrap();
    let first = &evaluation.warnings[0];
    assert_eq!((&*first.decision_id, first.element_id.as_deref()), ("a", Some("text")));
    assert_eq!((first.position.line, first.position.column), (2, 7));
}
