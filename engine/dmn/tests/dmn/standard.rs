//! What the standard says of whole models: types of results, closures, scopes, imports, local references.

use hosk_dmn::DecisionModel;
use hosk_feel::Environment;

use crate::common::{definitions, evaluate, model, output, variables};

const TYPES: &str = "
<itemDefinition name='tNumbers' isCollection='true'><typeRef>number</typeRef></itemDefinition>
<itemDefinition name='tPerson'><itemComponent name='name'><typeRef>string</typeRef></itemComponent>
  <itemComponent name='age'><typeRef>number</typeRef></itemComponent></itemDefinition>
<itemDefinition name='tText'><functionItem outputTypeRef='string'/></itemDefinition>";

fn typed(of: &str, text: &str) -> String {
    let decision = format!(
        "{TYPES}<decision id='d' name='d'><variable name='d' typeRef='{of}'/>\
         <literalExpression><text>{text}</text></literalExpression></decision>"
    );
    output(&decision, "{}")
}

/// DMN 1.5, 10.3.2.9.4.
#[test]
fn a_result_is_made_to_conform_or_is_null() {
    for (of, text, expected) in [
        ("string", "1 + 1", "null"),
        ("number", "1 + 1", "2"),
        ("tNumbers", "[1, 2, \"a\"]", "null"),
        ("tNumbers", "7", "[7]"),
        ("tNumbers", "\"a\"", "null"),
        ("tNumbers", "null", "null"),
        ("string", "[\"a\"]", "\"a\""),
        ("string", "[1]", "null"),
        ("string", "[\"a\", \"b\"]", "null"),
        ("tPerson", "{name: \"a\", age: 1, more: 2}", r#"{"name":"a","age":1,"more":2}"#),
        ("tPerson", "{name: \"a\"}", "null"),
        ("tPerson", "{name: \"a\", age: null}", r#"{"name":"a","age":null}"#),
        ("tPerson", "{name: \"a\", age: \"x\"}", "null"),
        ("date and time", "date(\"2020-01-02\")", "\"2020-01-02T00:00:00Z\""),
        ("Any", "1", "1"),
    ] {
        assert_eq!(typed(of, text), expected, "{text} as {of}");
    }
}

#[test]
fn parameters_and_results_of_knowledge_models_conform() {
    let knowledge = |result: &str, body: &str| {
        format!(
            "{TYPES}<businessKnowledgeModel id='k' name='k'><encapsulatedLogic>\
             <formalParameter name='person' typeRef='tPerson'/>\
             <literalExpression typeRef='{result}'><text>{body}</text></literalExpression>\
             </encapsulatedLogic></businessKnowledgeModel>"
        )
    };
    let asks = |result: &str, body: &str, argument: &str| {
        let decision = format!(
            "{}<decision id='d' name='d'><knowledgeRequirement><requiredKnowledge href='#k'/>\
             </knowledgeRequirement><literalExpression><text>k({argument})</text></literalExpression></decision>",
            knowledge(result, body)
        );
        output(&decision, "{}")
    };
    assert_eq!(asks("boolean", "person != null", "{name: \"a\", age: 1}"), "true");
    assert_eq!(asks("boolean", "person != null", "{name: \"a\"}"), "false");
    assert_eq!(asks("tPerson", "person != null", "{name: \"a\", age: 1}"), "null");
    assert_eq!(asks("tNumbers", "person.age", "{name: \"a\", age: 1}"), "[1]");
    assert_eq!(asks("number", "[person.age]", "{name: \"a\", age: 1}"), "1");
}

#[test]
fn functions_are_values_with_what_they_saw() {
    let body = "
<inputData id='i' name='factor'><variable name='factor' typeRef='number'/></inputData>
<businessKnowledgeModel id='k' name='times'><encapsulatedLogic><formalParameter name='a' typeRef='number'/>
  <functionDefinition><formalParameter name='b' typeRef='number'/>
    <literalExpression><text>a * b</text></literalExpression></functionDefinition></encapsulatedLogic>
</businessKnowledgeModel>
<businessKnowledgeModel id='both' name='both'><encapsulatedLogic>
  <formalParameter name='f'/><formalParameter name='g'/>
  <literalExpression><text>f(2) + g(3)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id='scale' name='scale'>
  <informationRequirement><requiredInput href='#i'/></informationRequirement>
  <literalExpression><text>function(x) x * factor</text></literalExpression></decision>
<decision id='d' name='d'>
  <informationRequirement><requiredDecision href='#scale'/></informationRequirement>
  <knowledgeRequirement><requiredKnowledge href='#k'/></knowledgeRequirement>
  <knowledgeRequirement><requiredKnowledge href='#both'/></knowledgeRequirement>
  <context><contextEntry><variable name='a'/><literalExpression><text>1000</text></literalExpression></contextEntry>
    <contextEntry><literalExpression><text>both(scale, times(100))</text></literalExpression></contextEntry></context>
</decision>";
    assert_eq!(output(body, r#"{"factor": 10}"#), "320");
}

/// A service that is called takes its inputs by order or by name, and sees nothing else.
#[test]
fn services_are_functions() {
    let body = "
<inputData id='i' name='amount'><variable name='amount' typeRef='string'/></inputData>
<decision id='echo' name='echo'><informationRequirement><requiredInput href='#i'/></informationRequirement>
  <literalExpression><text>amount</text></literalExpression></decision>
<decision id='length' name='length'><informationRequirement><requiredInput href='#i'/></informationRequirement>
  <literalExpression><text>string length(amount)</text></literalExpression></decision>
<decisionService id='s' name='service'><outputDecision href='#echo'/><outputDecision href='#length'/>
  <inputData href='#i'/></decisionService>
<decision id='d' name='d'><knowledgeRequirement><requiredKnowledge href='#s'/></knowledgeRequirement>
  <literalExpression><text>[service(\"abc\"), service(amount: \"z\"), service(1)]</text></literalExpression></decision>";
    assert_eq!(
        output(body, r#"{"amount": "other"}"#),
        r#"[{"echo":"abc","length":3},{"echo":"z","length":1},null]"#
    );
}

/// A decision sees what it requires, not what those require.
#[test]
fn requirements_are_the_scope() {
    let body = "
<decision id='a' name='a'><literalExpression><text>1</text></literalExpression></decision>
<decision id='b' name='b'><informationRequirement><requiredDecision href='#a'/></informationRequirement>
  <literalExpression><text>{a: a + 1, c: a}</text></literalExpression></decision>
<decision id='d' name='d'><informationRequirement><requiredDecision href='#b'/></informationRequirement>
  <literalExpression><text>[a, b.a, b.c]</text></literalExpression></decision>";
    assert_eq!(output(body, "{}"), "[null,2,2]");
}

#[test]
fn a_decision_without_logic_is_null() {
    let body = "<decision id='no' name='no'/>\
        <decision id='d' name='d'><informationRequirement><requiredDecision href='#no'/></informationRequirement>\
        <literalExpression><text>no = null</text></literalExpression></decision>";
    assert_eq!(output(body, "{}"), "true");
}

/// References may carry the namespace of their own file.
#[test]
fn references_may_name_their_own_file() {
    let body = "<decision id='a' name='a'><literalExpression><text>4</text></literalExpression></decision>\
        <decision id='d' name='d'><informationRequirement>\
        <requiredDecision href='http://example.com/model#a'/></informationRequirement>\
        <literalExpression><text>a + 1</text></literalExpression></decision>";
    assert_eq!(output(body, "{}"), "5");
}

/// `main` imports `left` and `right`, which both import `base`: its input has a value per way.
#[test]
fn the_input_of_an_import_of_imports_has_a_value_per_way() {
    let namespace = |name: &str| format!("http://example.com/{name}");
    let file =
        |name: &str, body: &str| definitions(body).replace("http://example.com/model", &namespace(name));
    let import = |name: &str| {
        format!(
            "<import name='{name}' namespace='{}' importType='https://www.omg.org/spec/DMN/20230324/MODEL/'/>",
            namespace(name)
        )
    };
    let base = file(
        "base",
        "<inputData id='i' name='who'><variable name='who' typeRef='string'/></inputData>
         <decision id='hello' name='hello'><informationRequirement><requiredInput href='#i'/></informationRequirement>
           <literalExpression><text>\"hello \" + who</text></literalExpression></decision>",
    );
    let middle = |name: &str| {
        let body = "<decision id='say' name='say'><informationRequirement>
             <requiredDecision href='http://example.com/base#hello'/></informationRequirement>
             <literalExpression><text>base.hello</text></literalExpression></decision>";
        file(name, &format!("{}{body}", import("base")))
    };
    let main = file(
        "main",
        &format!(
            "{}{}<decision id='d' name='d'>
               <informationRequirement><requiredDecision href='http://example.com/left#say'/></informationRequirement>
               <informationRequirement><requiredDecision href='http://example.com/right#say'/></informationRequirement>
               <literalExpression><text>[left.say, right.say]</text></literalExpression></decision>",
            import("left"),
            import("right")
        ),
    );
    let (left, right) = (middle("left"), middle("right"));
    let others = [base.as_bytes(), left.as_bytes(), right.as_bytes()];
    let model = DecisionModel::compile_with_imports(main.as_bytes(), &others).unwrap().model;
    let given = r#"{"left": {"base": {"who": "l"}}, "right": {"base": {"who": "r"}}}"#;
    let of = |json: &str| {
        let evaluated =
            model.evaluate("d", &variables(json), &Environment::at(0), hosk_dmn::Strictness::Standard);
        evaluated.unwrap().output.text().to_owned()
    };
    assert_eq!(of(given), r#"["hello l","hello r"]"#);
    // Its own name will do where the ways do not matter.
    assert_eq!(of(r#"{"who": "x"}"#), r#"["hello x","hello x"]"#);
}

/// Boxed iterators and conditions know their items by name, and `partial` the results so far.
#[test]
fn a_boxed_loop_sees_its_results_so_far() {
    let body =
        "<decision id='d' name='d'><for iteratorVariable='i'><in><literalExpression><text>[1..4]</text>
        </literalExpression></in><return><literalExpression><text>if i = 1 then 1 else i * partial[-1]</text>
        </literalExpression></return></for></decision>";
    assert_eq!(output(body, "{}"), "[1,2,6,24]");
}

#[test]
fn the_model_is_evaluated_by_id_whatever_its_kind() {
    let model = model(
        "<decision id='d' name='a decision'><literalExpression><text>1</text></literalExpression></decision>
         <businessKnowledgeModel id='k' name='k'><encapsulatedLogic><formalParameter name='n'/>
           <literalExpression><text>n</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>",
    );
    assert_eq!(evaluate(&model, "k", r#"{"n": [1]}"#).unwrap().output.text(), "[1]");
    assert!(evaluate(&model, "a decision", "{}").is_err());
}
