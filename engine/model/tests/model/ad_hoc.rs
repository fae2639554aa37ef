//! Ad-hoc sub-processes that a worker leads, and what is told about the elements in one.

use hosk_model::{Dynamic, ElementKind};
use serde_json::json;

use crate::common::{check, clean, element, row};

fn led(attributes: &str, extensions: &str, inside: &str) -> String {
    row(
        &["x"],
        &format!(
            r#"<bpmn:adHocSubProcess id="x" {attributes}><bpmn:extensionElements>
               <zeebe:taskDefinition type="=agent" retries="5"/>{extensions}</bpmn:extensionElements>
               <bpmn:task id="a"/>{inside}</bpmn:adHocSubProcess>"#
        ),
    )
}

#[test]
fn a_job_may_lead_one() {
    let process = clean(&led(
        r#"cancelRemainingInstances="true" ordering="Sequential""#,
        r#"<zeebe:adHoc outputCollection="results" outputElement="=result"/><zeebe:jobPriorityDefinition priority="7"/>
           <zeebe:taskHeaders><zeebe:header key="model" value="small"/></zeebe:taskHeaders>"#,
        "<bpmn:completionCondition/>",
    ));
    let x = element(&process, "x");
    let ElementKind::AdHocSubProcess(ad_hoc) = &x.kind else { panic!("{:?}", x.kind) };
    let job = ad_hoc.job.as_ref().unwrap();
    assert!(matches!(&job.job_type, Dynamic::Expression(text) if text.text() == "agent"));
    assert!(matches!(&job.retries, Dynamic::Static(text) if **text == *"5"));
    assert!(matches!(&job.priority, Some(Dynamic::Static(text)) if **text == *"7"));
    assert_eq!(*x.headers, [("model".to_owned(), "small".to_owned())]);
    assert_eq!(ad_hoc.output_collection.as_deref(), Some("results"));
}

#[test]
fn what_the_worker_says_the_model_cannot_say() {
    let condition = "<bpmn:completionCondition>=true</bpmn:completionCondition>";
    let active = r#"<zeebe:adHoc activeElementsCollection="=[]"/>"#;
    let kept = r#"cancelRemainingInstances="false""#;
    let without = row(
        &["x"],
        r#"<bpmn:adHocSubProcess id="x"><bpmn:extensionElements><zeebe:taskHeaders/></bpmn:extensionElements>
           <bpmn:task id="a"/></bpmn:adHocSubProcess>"#,
    );
    check(&[
        ("condition", led("", "", condition), &["conflicting-extensions x"]),
        ("collection", led("", active, ""), &["conflicting-extensions x"]),
        ("kept", led(kept, "", ""), &["conflicting-extensions x"]),
        ("all", led(kept, active, condition), &["conflicting-extensions x"; 3]),
        ("twice", led("", r#"<zeebe:taskDefinition type="b"/>"#, ""), &["conflicting-extensions x"]),
        ("headers of no job", without, &["extension-without-effect x"]),
    ]);
    let found = hosk_model::compile(led(kept, active, condition).as_bytes(), "bad.bpmn").diagnostics;
    let places: Vec<_> = found.iter().map(|found| (found.position.line, found.message.as_str())).collect();
    assert!(places.is_sorted() && places[0].0 < places[2].0, "each at its place: {places:?}");
    assert!(places[2].1.ends_with("is led by a job and has a `completionCondition`."), "{places:?}");
    assert!(found.iter().all(|found| found.remedy.contains("zeebe:taskDefinition")));
}

fn described(inside: &str) -> serde_json::Value {
    let model = format!(r#"<bpmn:adHocSubProcess id="x">{inside}</bpmn:adHocSubProcess>"#);
    let process = clean(&row(&["x"], &model));
    let ElementKind::AdHocSubProcess(ad_hoc) = &element(&process, "x").kind else { panic!("x is none") };
    ad_hoc.described.value().clone()
}

#[test]
fn what_can_be_activated_is_described() {
    let found = described(
        r#"<bpmn:serviceTask id="a" name="Look up"><bpmn:documentation>Finds a customer.</bpmn:documentation>
           <bpmn:extensionElements><zeebe:taskDefinition type="t"/>
             <zeebe:properties><zeebe:property name="shop" value="b2b"/><zeebe:property name="none" value=""/></zeebe:properties>
             <zeebe:ioMapping>
               <zeebe:input source="=fromAi(toolCall.name, &#34;Who&#34;, &#34;string&#34;, {maxLength: 20}, {required: false})" target="name"/>
               <zeebe:input source="=[1, fromAi(description: &#34;A&#34; + &#34;B&#34;, value: second)]" target="list"/>
               <zeebe:input source="fixed" target="fixed"/>
             </zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>
           <bpmn:task id="b"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="b"/><bpmn:task id="c"/>"#,
    );
    let nothing = json!(null);
    let first = json!({
        "name": "toolCall.name", "description": "Who", "type": "string", "schema": {"maxLength": 20},
        "options": {"required": false},
    });
    let second =
        json!({"name": "second", "description": "AB", "type": null, "schema": null, "options": null});
    let a = json!({
        "elementId": "a", "elementName": "Look up", "documentation": "Finds a customer.",
        "properties": {"shop": "b2b", "none": null}, "parameters": [first, second],
    });
    let c = json!({
        "elementId": "c", "elementName": nothing, "documentation": nothing, "properties": {}, "parameters": [],
    });
    assert_eq!(found, json!([a, c]));
}

#[test]
fn parameters_that_nobody_could_give_are_noticed() {
    let model = |source: &str| {
        row(
            &["x"],
            &format!(
                r#"<bpmn:adHocSubProcess id="x"><bpmn:serviceTask id="a"><bpmn:extensionElements><zeebe:taskDefinition type="t"/><zeebe:ioMapping>
                   <zeebe:input source="={source}" target="v"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>
                   </bpmn:adHocSubProcess>"#
            ),
        )
    };
    check(&[
        ("no path", model("fromAi(1 + 1)"), &["invalid-attribute a"]),
        ("no argument", model("fromAi()"), &["invalid-attribute a"]),
        ("no constant", model("fromAi(a.b, c)"), &["invalid-attribute a"]),
        ("fine", model("fromAi(a.b)"), &[]),
    ]);
}
