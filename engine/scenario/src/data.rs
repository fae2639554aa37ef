//! Data of standard BPMN in the notation: `property=NAME`, `reads.INPUT=DATA` and `writes.OUTPUT=DATA`, where `DATA` is
//! the id of a `dataObject`. Inputs and outputs are required, as in an input set without optional ones.

use std::fmt::Write as _;

use crate::drawing::Node;
use crate::xml::escape;

/// Writes the properties, the input and output specification and the data associations of an element.
pub(crate) fn write(out: &mut String, node: &Node) {
    let id = escape(&node.id);
    let of = |prefix: &str| -> Vec<(String, String)> {
        let options = node.options.iter();
        options.filter_map(|(name, data)| Some((escape(name.strip_prefix(prefix)?), escape(data)))).collect()
    };
    let (reads, writes) = (of("reads."), of("writes."));
    if !reads.is_empty() || !writes.is_empty() {
        out.push_str("<bpmn:ioSpecification>");
        for (tag, sides) in [("dataInput", &reads), ("dataOutput", &writes)] {
            for (name, _) in sides {
                let _ = write!(out, "<bpmn:{tag} id=\"{id}.{name}\" name=\"{name}\"/>");
            }
        }
        for (set, tag, sides) in
            [("inputSet", "dataInputRefs", &reads), ("outputSet", "dataOutputRefs", &writes)]
        {
            let _ = write!(out, "<bpmn:{set}>");
            for (name, _) in sides {
                let _ = write!(out, "<bpmn:{tag}>{id}.{name}</bpmn:{tag}>");
            }
            let _ = write!(out, "</bpmn:{set}>");
        }
        out.push_str("</bpmn:ioSpecification>\n");
    }
    if let Some(name) = node.option("property") {
        let name = escape(name);
        let _ = writeln!(out, "<bpmn:property id=\"{id}.{name}\" name=\"{name}\"/>");
    }
    for (name, data) in &reads {
        association(out, "dataInputAssociation", data, &format!("{id}.{name}"));
    }
    for (name, data) in &writes {
        association(out, "dataOutputAssociation", &format!("{id}.{name}"), data);
    }
}

fn association(out: &mut String, tag: &str, source: &str, target: &str) {
    let _ = writeln!(
        out,
        "<bpmn:{tag}><bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef></bpmn:{tag}>"
    );
}
