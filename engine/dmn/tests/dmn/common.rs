//! Short ways to write a model and to evaluate it.

use std::collections::BTreeMap;

use hosk_dmn::{DecisionModel, Evaluation, Failure, Strictness};
use hosk_feel::{Environment, Json};

/// A file with the given content of `definitions`.
pub(crate) fn definitions(body: &str) -> String {
    format!(
        "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' id='m' name='model' \
         namespace='http://example.com/model' xmlns:zeebe='http://camunda.org/schema/zeebe/1.0'>\n{body}\n</definitions>"
    )
}

/// The model with the given content, which must have no errors.
pub(crate) fn model(body: &str) -> DecisionModel {
    match DecisionModel::compile(definitions(body).as_bytes()) {
        Ok(compiled) => compiled.model,
        Err(found) => panic!("{found:#?}"),
    }
}

/// A decision with the id and name `d`.
pub(crate) fn decision(logic: &str) -> String {
    format!("<decision id='d' name='d'>{logic}</decision>")
}

pub(crate) fn variables(json: &str) -> BTreeMap<String, Json> {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), Json::from(value.clone()))).collect()
}

pub(crate) fn evaluate(model: &DecisionModel, id: &str, json: &str) -> Result<Evaluation, Box<Failure>> {
    model.evaluate(id, &variables(json), &Environment::at(0), Strictness::Standard)
}

/// The output of the decision `d` as JSON text.
pub(crate) fn output(body: &str, json: &str) -> String {
    evaluate(&model(body), "d", json).unwrap().output.text().to_owned()
}

/// A decision table `d`: hit policy and more attributes, columns as `<expression>` texts, output names, rules as
/// `tests -> outputs` with `;` between cells.
pub(crate) fn table(attributes: &str, inputs: &[&str], outputs: &str, rules: &[&str]) -> String {
    let escape = |text: &str| text.trim().replace('&', "&amp;").replace('<', "&lt;");
    let mut xml = format!("<decisionTable id='t' {attributes}>");
    for (number, input) in inputs.iter().enumerate() {
        xml += &format!(
            "<input id='i{number}'><inputExpression><text>{}</text></inputExpression></input>",
            escape(input)
        );
    }
    xml += outputs;
    for (number, rule) in rules.iter().enumerate() {
        let (tests, results) = rule.split_once("->").unwrap();
        xml += &format!("<rule id='r{}'>", number + 1);
        for test in tests.split(';').filter(|_| !inputs.is_empty()) {
            xml += &format!("<inputEntry><text>{}</text></inputEntry>", escape(test));
        }
        for result in results.split(';') {
            xml += &format!("<outputEntry><text>{}</text></outputEntry>", escape(result));
        }
        xml += "</rule>";
    }
    decision(&(xml + "</decisionTable>"))
}
