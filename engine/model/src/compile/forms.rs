//! `zeebe:formDefinition` and the binding attributes.

use super::context::Context;
use crate::definition::{Binding, Dynamic, Form};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// `bindingType` with `versionTag`; `None` when wrong.
pub(super) fn binding<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<Binding> {
    match node.value("bindingType") {
        None | Some("latest") => Some(Binding::Latest),
        Some("deployment") => Some(Binding::Deployment),
        Some("versionTag") => cx.required(node, "versionTag").map(|tag| Binding::VersionTag(tag.into())),
        Some(other) => {
            let message = format!("`bindingType` of the {} is `{other}`.", cx.owner_label(node));
            let remedy = "Write `latest`, `deployment` or `versionTag`.";
            cx.error_at(DiagnosticCode::InvalidAttribute, node, "bindingType", message, remedy);
            None
        }
    }
}

/// A form definition with exactly one of the `allowed` attributes.
pub(super) fn form<'d>(cx: &mut Context<'d>, node: &'d Node, allowed: &[&str]) -> Option<Form> {
    const WAYS: [&str; 3] = ["formId", "externalReference", "formKey"];
    let given: Vec<&str> = WAYS.into_iter().filter(|way| node.value(way).is_some()).collect();
    let one_of = allowed.iter().map(|a| format!("`{a}`")).collect::<Vec<_>>().join(" or ");
    let [way] = given[..] else {
        let (code, what) = if given.is_empty() {
            (DiagnosticCode::MissingAttribute, "names no form")
        } else {
            (DiagnosticCode::ConflictingExtensions, "names more than one form")
        };
        let message = format!("The form definition of the {} {what}.", cx.owner_label(node));
        cx.error(code, node, message, format!("Set exactly one of {one_of}."));
        return None;
    };
    if !allowed.contains(&way) {
        let message = format!("`{way}` is not read on the {}.", cx.owner_label(node));
        cx.error_at(
            DiagnosticCode::ConflictingExtensions,
            node,
            way,
            message,
            format!("Set {one_of} instead."),
        );
        return None;
    }
    if way != "formId" && node.value("bindingType").is_some() {
        let message = format!("`bindingType` of the {} goes with `formId` only.", cx.owner_label(node));
        let remedy = "Remove `bindingType`.";
        cx.error_at(DiagnosticCode::ConflictingExtensions, node, "bindingType", message, remedy);
        return None;
    }
    match way {
        "formId" => {
            let binding = binding(cx, node)?;
            Some(Form::Linked { form_id: node.value("formId")?.into(), binding })
        }
        "externalReference" => cx.dynamic(node, way).map(Form::External),
        _ => match cx.dynamic(node, way)? {
            Dynamic::Static(key) => Some(Form::Key(key)),
            Dynamic::Expression(_) => {
                let message = format!("`formKey` of the {} is an expression.", cx.owner_label(node));
                let remedy = "Write the key itself, or add `zeebe:userTask` and use `externalReference`.";
                cx.error_at(DiagnosticCode::UnsupportedElement, node, way, message, remedy);
                None
            }
        },
    }
}
