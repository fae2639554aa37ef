//! Contexts: ordered members with unique names, shared, either built or pointing into a JSON document.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node::Node;
use super::{Extent, Value};

/// Up to this many members are searched one by one.
const FEW: usize = 12;

/// An ordered map from names to values.
#[derive(Clone)]
pub struct Context(Repr);

#[derive(Clone)]
enum Repr {
    Built(Arc<Built>),
    Json(Arc<Node<Members>>),
}

struct Built {
    members: Members,
    extent: Extent,
}

/// The members in order, with an index when they are many.
#[derive(Clone, Default)]
pub(crate) struct Members {
    entries: Vec<(Arc<str>, Value)>,
    index: Option<BTreeMap<Arc<str>, usize>>,
}

impl Members {
    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|(key, _)| &**key == name),
            Some(index) => index.get(name).copied(),
        }
    }

    /// Adds a member or replaces its value, which keeps its place.
    pub(crate) fn put(&mut self, name: Arc<str>, value: Value) {
        if let Some(position) = self.position(&name) {
            self.entries[position].1 = value;
            return;
        }
        if let Some(index) = &mut self.index {
            index.insert(name.clone(), self.entries.len());
        } else if self.entries.len() == FEW {
            let mut index: BTreeMap<_, _> =
                self.entries.iter().enumerate().map(|(i, (key, _))| (key.clone(), i)).collect();
            index.insert(name.clone(), FEW);
            self.index = Some(index);
        }
        self.entries.push((name, value));
    }

    fn extent(&self) -> Extent {
        let member = |(name, value): &(Arc<str>, Value)| {
            let Extent { depth, bytes } = value.extent();
            Extent { depth, bytes: bytes.saturating_add(name.len() as u64 + 3) }
        };
        self.entries.iter().map(member).collect()
    }
}

impl Context {
    /// The member's value.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let members = self.members();
        members.position(name).map(|position| &members.entries[position].1)
    }

    /// The members in order.
    pub fn entries(&self) -> &[(Arc<str>, Value)] {
        &self.members().entries
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.members().entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn from_node(node: Node<Members>) -> Self {
        Self(Repr::Json(Arc::new(node)))
    }

    /// The JSON text it came from.
    pub(crate) fn json_text(&self) -> Option<&str> {
        if let Repr::Json(node) = &self.0 { Some(node.text()) } else { None }
    }

    pub(crate) fn extent(&self) -> Extent {
        match &self.0 {
            Repr::Built(built) => built.extent,
            Repr::Json(node) => node.extent(),
        }
    }

    fn members(&self) -> &Members {
        match &self.0 {
            Repr::Built(built) => &built.members,
            Repr::Json(node) => node.members(),
        }
    }
}

/// Collects the members of a new context; a name put twice keeps its place and gets the newer value.
#[derive(Default)]
pub struct ContextBuilder(Members);

impl ContextBuilder {
    /// Without members, with room for `count`.
    pub fn with_capacity(count: usize) -> Self {
        Self(Members { entries: Vec::with_capacity(count), index: None })
    }

    /// With the members of `context`.
    pub fn from_context(context: &Context) -> Self {
        Self(context.members().clone())
    }

    /// Adds or replaces a member.
    pub fn put(&mut self, name: impl Into<Arc<str>>, value: Value) {
        self.0.put(name.into(), value);
    }

    /// The context.
    pub fn build(self) -> Context {
        let extent = self.0.extent();
        Context(Repr::Built(Arc::new(Built { members: self.0, extent })))
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Context {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(members: I) -> Self {
        let mut builder = ContextBuilder::default();
        for (name, value) in members {
            builder.put(name, value);
        }
        builder.build()
    }
}
