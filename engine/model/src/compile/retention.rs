//! How long ended instances of a process are kept: its property `historyTimeToLive` (`zeebe:properties`), an ISO 8601
//! duration. What is kept beyond is a matter of the installation.

use jiff::Span;

use super::context::Context;
use super::extensions::parts;
use crate::diagnostic_code::DiagnosticCode;
use crate::timer::parse_duration;
use crate::xml::{Namespace, Node};

/// Name of the property that says how long ended instances of a process are kept.
pub const HISTORY_TIME_TO_LIVE: &str = "historyTimeToLive";

pub(super) fn time_to_live<'d>(cx: &mut Context<'d>, process: &'d Node) -> Option<Span> {
    let doc = cx.doc;
    let wrappers = doc.bpmn_children(process, "extensionElements");
    let lists = wrappers
        .flat_map(|wrapper| doc.children(wrapper))
        .filter(|c| c.namespace == Namespace::Zeebe && &*c.tag == "properties");
    let properties: Vec<&Node> = lists.flat_map(|list| parts(cx, list, "property")).collect();
    let property =
        properties.into_iter().find(|property| property.value("name") == Some(HISTORY_TIME_TO_LIVE))?;
    let value = property.value("value").unwrap_or_default();
    let found = parse_duration(value.trim());
    if found.is_err() {
        let message = format!(
            "`{HISTORY_TIME_TO_LIVE}` of the {} is `{value}`, which is no duration.",
            cx.label(process)
        );
        let remedy = "Write an ISO 8601 duration such as `P90D` or `P1Y`, or remove the property.";
        cx.error(DiagnosticCode::InvalidAttribute, property, message, remedy);
    }
    found.ok()
}
