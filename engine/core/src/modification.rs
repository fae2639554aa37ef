//! What an operator may change about where a running instance stands: begin before elements, stop element instances,
//! move tokens. What it does is decided in `commands/modify.rs`.

use std::sync::Arc;

use crate::command::Variables;
use crate::keys::ElementInstanceKey;

/// Changes that take place together, or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modification {
    /// Elements to begin before.
    pub activate: Vec<Activation>,
    /// Tokens to take from one element and to put before another.
    pub moves: Vec<Move>,
    /// Element instances to stop.
    pub terminate: Vec<Chosen>,
}

/// An element to begin before.
#[derive(Clone, Debug, PartialEq)]
pub struct Activation {
    /// Its id.
    pub element: Arc<str>,
    /// The element instance to begin in: of the container around the element, or of one further out (then the
    /// containers between are begun anew). `None`: the one that is there; what is not there is begun.
    pub ancestor: Option<ElementInstanceKey>,
    /// Variables to set before it begins.
    pub variables: Vec<VariablesAt>,
}

/// Variables and where to set them.
#[derive(Clone, Debug, PartialEq)]
pub struct VariablesAt {
    /// The id of the element that begins, or of a container around it; `None`: the process instance.
    pub scope: Option<Arc<str>>,
    /// The variables.
    pub variables: Variables,
}

/// Which element instances are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Every one of an element; of a multi-instance activity the body, with its children.
    Id(Arc<str>),
    /// This one.
    Key(ElementInstanceKey),
}

/// A token to move: what it stands on is stopped, and the target begins once for each that was.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// From where.
    pub from: Chosen,
    /// The id of the element to begin before.
    pub to: Arc<str>,
    /// Where to begin it.
    pub ancestor: Ancestor,
    /// Variables to set before it begins.
    pub variables: Vec<VariablesAt>,
}

/// The element instance in which the target of a move begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ancestor {
    /// The one that is there, as for [`Activation::ancestor`] `None`.
    #[default]
    Existing,
    /// This one.
    Key(ElementInstanceKey),
    /// The nearest one around the source that is also a container of the target.
    Inferred,
    /// The one the source stands in.
    SourceParent,
}
