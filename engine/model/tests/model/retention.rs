//! How long ended instances of a process are kept.

use crate::common::{clean, definitions};

#[test]
fn a_process_says_how_long_its_history_is_kept() {
    let model = |value: &str| {
        let property = format!(
            "<bpmn:extensionElements><zeebe:properties><zeebe:property name='other' value='x'/>\
             <zeebe:property name='historyTimeToLive' value='{value}'/></zeebe:properties></bpmn:extensionElements>\
             <bpmn:startEvent id='s'/>"
        );
        definitions(&format!("<bpmn:process id='p' isExecutable='true'>{property}</bpmn:process>"))
    };
    assert_eq!(clean(&model("P90D")).history_time_to_live.map(|span| span.get_days()), Some(90));
    let compiled = hosk_model::compile(model("90 days").as_bytes(), "test.bpmn");
    assert_eq!(crate::common::findings(&compiled), ["invalid-attribute p"]);
}
