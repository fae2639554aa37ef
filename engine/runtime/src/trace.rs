//! Spans of what is done for an instance: the command, its step, the call of a connector, and the command that tells
//! what came of it. Whoever collects traces finds them under one target; nobody collects them unless asked to, and
//! then they cost next to nothing.

use std::fmt;
use std::sync::Arc;

use tracing::Span;

/// The target of all spans that are meant for traces.
pub const TARGET: &str = "hosk::trace";

/// Tells how another system refers to a span: its W3C `traceparent`.
#[derive(Clone)]
pub struct Tracer(Arc<Parent>);

type Parent = dyn Fn(&Span) -> Option<String> + Send + Sync;

impl Tracer {
    /// From what knows the spans' identifiers; `None` for one that is not collected.
    pub fn new(parent: impl Fn(&Span) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(parent))
    }

    pub(crate) fn parent(&self, span: &Span) -> Option<String> {
        (self.0)(span)
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracer")
    }
}
