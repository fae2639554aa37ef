//! Gateways: the kind and its listeners; their conditions belong to the flows.

use super::context::Context;
use super::element::Body;
use super::extensions::Extensions;
use crate::definition::ElementKind;
use crate::xml::Node;

pub(super) fn gateway<'d>(cx: &mut Context<'d>, node: &'d Node, kind: ElementKind) -> Body {
    let extensions = Extensions::of(cx, node, &["executionListeners"]);
    Body::plain(kind).with(cx, &extensions, false)
}
