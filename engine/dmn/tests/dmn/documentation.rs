//! Runs every table of `docs/dmn.md`.

use crate::common::{evaluate, model, table};

const PAGE: &str = include_str!("../../../../docs/dmn.md");

#[test]
fn every_table_gives_what_the_page_says() {
    let mut examples = 0;
    for block in PAGE.split("\n```table").skip(1) {
        let (attributes, rest) = block.split_once('\n').unwrap();
        let (body, _) = rest.split_once("\n```").unwrap();
        let (attributes, listed) = attributes.split_once("outputValues=").unwrap_or((attributes, ""));
        let allowed: Vec<String> = listed
            .trim_matches('"')
            .split(", ")
            .filter(|v| !v.is_empty())
            .map(|v| format!("\"{v}\""))
            .collect();
        let allowed = match &*allowed {
            [] => String::new(),
            some => format!("<outputValues><text>{}</text></outputValues>", some.join(", ")),
        };
        let mut lines = body.lines();
        let (inputs, outputs) = lines.next().unwrap().split_once("->").unwrap();
        let inputs: Vec<&str> = inputs.split(';').map(str::trim).collect();
        let outputs: String = outputs
            .split(';')
            .map(|name| format!("<output name='{}'>{allowed}</output>", name.trim()))
            .collect();
        let (given, rules): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains(" → "));
        let model = model(&table(attributes, &inputs, &outputs, &rules));
        for example in given {
            let (variables, expected) = example.split_once(" → ").unwrap();
            let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
            let evaluation = evaluate(&model, "d", variables).unwrap();
            assert_eq!(*evaluation.output.value(), expected, "{example} in {attributes}");
            examples += 1;
        }
    }
    assert!(examples >= 15, "only {examples} examples were found");
}
