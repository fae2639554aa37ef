//! Lists: shared, either built or pointing into a JSON document.

use std::sync::Arc;

use super::node::Node;
use super::{Extent, Value};

/// A list of values.
#[derive(Clone)]
pub struct List(Repr);

#[derive(Clone)]
enum Repr {
    Built(Arc<Built>),
    Json(Arc<Node<Vec<Value>>>),
}

#[derive(Clone)]
struct Built {
    items: Vec<Value>,
    extent: Extent,
}

impl List {
    /// The items; those of a JSON list are read at the first call.
    #[inline]
    pub fn items(&self) -> &[Value] {
        match &self.0 {
            Repr::Built(built) => &built.items,
            Repr::Json(node) => node.items(),
        }
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.items().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    /// A list whose extent is known.
    pub(crate) fn with_extent(items: Vec<Value>, extent: Extent) -> Self {
        Self(Repr::Built(Arc::new(Built { items, extent })))
    }

    pub(crate) fn from_node(node: Node<Vec<Value>>) -> Self {
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

    /// The items, without copying when nobody else holds the list.
    pub(crate) fn into_items(self) -> Vec<Value> {
        match self.0 {
            Repr::Built(built) => {
                Arc::try_unwrap(built).map_or_else(|shared| shared.items.clone(), |own| own.items)
            }
            Repr::Json(node) => node.items().to_vec(),
        }
    }

    /// Whether [`List::into_items`] would have to copy.
    pub(crate) fn is_shared(&self) -> bool {
        match &self.0 {
            Repr::Built(built) => Arc::strong_count(built) > 1,
            Repr::Json(_) => true,
        }
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        let extent = items.iter().map(Value::extent).collect();
        Self::with_extent(items, extent)
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }
}
