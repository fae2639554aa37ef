//! Where a name comes from: a local slot, a value a function captured, the members of a filtered item, a variable.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node::{Node, Scoped};

/// The scopes around the expression being compiled: one level per function literal, the root first.
pub(super) struct Scopes {
    levels: Vec<Level>,
    variables: BTreeMap<Arc<str>, u32>,
    order: Vec<Arc<str>>,
    uses_of_input: usize,
}

#[derive(Default)]
struct Level {
    /// The function's own name, if it has one.
    itself: Option<Arc<str>>,
    bindings: Vec<Binding>,
    /// How many bindings each name has, so that looking for one that is not there is quick.
    declared: BTreeMap<Arc<str>, usize>,
    items: Vec<usize>,
    /// Slots in use, and the most that ever were.
    used: u32,
    slots: u32,
    /// What the function takes from outside, as seen from outside.
    captures: Vec<Node>,
    captured: BTreeMap<Arc<str>, u32>,
}

struct Binding {
    /// None for the item of a filter.
    name: Option<Arc<str>>,
    slot: u32,
    used: bool,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Self {
            levels: vec![Level::default()],
            variables: BTreeMap::new(),
            order: Vec::new(),
            uses_of_input: 0,
        }
    }

    /// Slots of the root, and the variables by index.
    pub(super) fn finish(mut self) -> (usize, Vec<Arc<str>>) {
        (self.levels.pop().map_or(0, |level| level.slots as usize), self.order)
    }

    fn top(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    pub(super) fn push_local(&mut self, name: &str) -> u32 {
        self.top().push(Some(name.into()))
    }

    /// The scope of a filter: `item` and the item's members.
    pub(super) fn push_item(&mut self) -> u32 {
        self.top().push(None)
    }

    /// Ends the innermost binding; says whether it was used.
    pub(super) fn pop(&mut self) -> bool {
        self.top().pop()
    }

    pub(super) fn enter_function(&mut self, name: Option<&Arc<str>>) {
        self.levels.push(Level { itself: name.cloned(), ..Level::default() });
    }

    /// Slots and captures of the function.
    pub(super) fn leave_function(&mut self) -> (usize, Vec<Node>) {
        let level = self.levels.pop().unwrap_or_default();
        (level.slots as usize, level.captures)
    }

    /// Whether the text declares the name.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.levels
            .iter()
            .any(|level| level.declared.contains_key(name) || level.itself.as_deref() == Some(name))
    }

    /// How often `?` was read so far.
    pub(super) fn uses_of_input(&self) -> usize {
        self.uses_of_input
    }

    pub(super) fn resolve(&mut self, name: &str, at: u32) -> Node {
        if name == "?" {
            self.uses_of_input += 1;
        }
        self.resolve_in(self.levels.len() - 1, name, at)
    }

    fn resolve_in(&mut self, depth: usize, name: &str, at: u32) -> Node {
        let (items, own) = self.levels[depth].find(name);
        let otherwise = if let Some(node) = own {
            node
        } else if depth == 0 {
            Node::Variable(self.variable(name), at)
        } else if let Some(index) = self.levels[depth].captured.get(name) {
            Node::Captured(*index)
        } else {
            let outer = self.resolve_in(depth - 1, name, at);
            self.capture(depth, name, outer)
        };
        if items.is_empty() {
            return otherwise;
        }
        Node::Scoped(Box::new(Scoped { name: name.into(), items, otherwise }))
    }

    fn capture(&mut self, depth: usize, name: &str, outer: Node) -> Node {
        let level = &mut self.levels[depth];
        let index = level.captures.len() as u32;
        level.captures.push(outer);
        level.captured.insert(name.into(), index);
        Node::Captured(index)
    }

    fn variable(&mut self, name: &str) -> u32 {
        if let Some(index) = self.variables.get(name) {
            return *index;
        }
        let (name, index): (Arc<str>, u32) = (name.into(), self.order.len() as u32);
        self.variables.insert(name.clone(), index);
        self.order.push(name);
        index
    }
}

impl Level {
    fn push(&mut self, name: Option<Arc<str>>) -> u32 {
        let slot = self.used;
        self.used += 1;
        self.slots = self.slots.max(self.used);
        match &name {
            Some(name) => *self.declared.entry(name.clone()).or_default() += 1,
            None => self.items.push(self.bindings.len()),
        }
        self.bindings.push(Binding { name, slot, used: false });
        slot
    }

    fn pop(&mut self) -> bool {
        let Some(binding) = self.bindings.pop() else { return false };
        self.used -= 1;
        match binding.name {
            Some(name) => {
                if let Some(count) = self.declared.get_mut(&name) {
                    *count -= 1;
                    if *count == 0 {
                        self.declared.remove(&name);
                    }
                }
            }
            None => {
                self.items.pop();
            }
        }
        binding.used
    }

    /// The filtered items that may have a member of that name, innermost first, and the local binding behind them.
    fn find(&mut self, name: &str) -> (Vec<u32>, Option<Node>) {
        let mut items = Vec::new();
        if self.declared.contains_key(name) {
            for binding in self.bindings.iter_mut().rev() {
                if binding.name.is_none() {
                    binding.used = true;
                    items.push(binding.slot);
                }
                let is_item = name == "item" && binding.name.is_none();
                if is_item || binding.name.as_deref() == Some(name) {
                    binding.used = true;
                    return (items, Some(Node::Local(binding.slot)));
                }
            }
        }
        for index in self.items.iter().rev() {
            let binding = &mut self.bindings[*index];
            binding.used = true;
            items.push(binding.slot);
            if name == "item" {
                return (items, Some(Node::Local(binding.slot)));
            }
        }
        (items, (self.itself.as_deref() == Some(name)).then_some(Node::Itself))
    }
}
