//! What follows an operand: members, properties, filters (DMN 1.5, 10.3.2.5 and 10.3.2.11).

use super::machine::{Evaluated, Machine, describe};
use crate::compile::node::{Filter, Node, Selector, StepNode};
use crate::temporal;
use crate::value::{Context, List, Value};

impl Machine<'_> {
    pub(super) fn steps(&mut self, base: &Node, steps: &[StepNode]) -> Evaluated {
        let mut value = self.run(base)?;
        for step in steps {
            self.charge(1)?;
            value = match step {
                StepNode::Member(name, at) => self.member(&value, name, *at)?,
                StepNode::Filter(filter) => self.filter(value, filter)?,
                StepNode::Call(call) => self.invocation(&value, call)?,
            };
        }
        Ok(value)
    }

    pub(crate) fn member(&mut self, value: &Value, name: &str, at: u32) -> Evaluated {
        match value {
            Value::Context(context) => match context.get(name) {
                Some(member) => Ok(member.clone()),
                None => self.null(at, || missing_member(context, name)),
            },
            Value::List(list) => self.members_of_items(list, name, at),
            Value::Null => self.null(at, || format!("null has no member `{name}`")),
            other => match property(other, name) {
                Some(property) => Ok(property),
                None => self.null(at, || format!("{} has no property `{name}`", describe(other))),
            },
        }
    }

    /// The member of every item.
    fn members_of_items(&mut self, list: &List, name: &str, at: u32) -> Evaluated {
        let mut values = Vec::with_capacity(list.len());
        for item in list.items() {
            values.push(match item {
                Value::Context(context) => match context.get(name) {
                    Some(member) => member.clone(),
                    None => self.null(at, || missing_member(context, name))?,
                },
                // A list of lists is not flattened, but looked into.
                Value::List(inner) => self.deeper(|machine| machine.members_of_items(inner, name, at))?,
                other => match property(other, name) {
                    Some(property) => property,
                    None => self.null(at, || format!("{} has no member `{name}`", describe(other)))?,
                },
            });
        }
        self.list(values)
    }

    fn filter(&mut self, base: Value, filter: &Filter) -> Evaluated {
        let list = match base {
            Value::List(list) => list,
            Value::Null => List::from(Vec::new()),
            single => List::from(vec![single]),
        };
        match &filter.selector {
            Selector::Constant(value) => self.select(&list, value, filter.at),
            // A selector that does not look at the items is the same for all.
            Selector::Condition(node) if !filter.item_used => {
                let value = self.run(node)?;
                self.select(&list, &value, filter.at)
            }
            Selector::Condition(node) => self.filtered(&list, node, filter),
        }
    }

    /// The item at a position, or all items, or none.
    fn select(&mut self, list: &List, selector: &Value, at: u32) -> Evaluated {
        match selector {
            Value::Boolean(true) => Ok(Value::List(list.clone())),
            Value::Boolean(false) | Value::Null => Ok(Value::List(List::from(Vec::new()))),
            other => match other.as_number() {
                Some(number) => self.item_at(list, number.to_i64(), at),
                None => self
                    .null(at, || format!("a filter is a position or a condition, not {}", describe(other))),
            },
        }
    }

    fn item_at(&mut self, list: &List, position: Option<i64>, at: u32) -> Evaluated {
        let length = list.len() as i64;
        let index = match position {
            Some(position @ 1..) => position - 1,
            Some(position @ ..=-1) => length.saturating_add(position),
            _ => -1,
        };
        match usize::try_from(index).ok().and_then(|index| list.items().get(index)) {
            Some(item) => Ok(item.clone()),
            None => self.null(at, || {
                let position = position.map_or_else(|| "no whole number".into(), |p| p.to_string());
                format!("the position is {position}, but the list has {length} items")
            }),
        }
    }

    fn filtered(&mut self, list: &List, condition: &Node, filter: &Filter) -> Evaluated {
        let mut kept = Vec::new();
        for (index, item) in list.items().iter().enumerate() {
            self.set(filter.item, item.clone());
            match self.run(condition)? {
                Value::Boolean(true) => kept.push(item.clone()),
                Value::Boolean(false) | Value::Null => {}
                other => match other.as_number() {
                    // A position computed from the names in scope: the same as without looking at items.
                    Some(number) if index == 0 => return self.item_at(list, number.to_i64(), filter.at),
                    _ => self
                        .warn(filter.at, || format!("the condition is {}, not a boolean", describe(&other))),
                },
            }
        }
        self.list(kept)
    }
}

fn missing_member(context: &Context, name: &str) -> String {
    let names: Vec<&str> = context.entries().iter().take(8).map(|(name, _)| &**name).collect();
    match names.len() {
        0 => format!("the context is empty, it has no member `{name}`"),
        _ if context.len() > names.len() => {
            format!("the context has no member `{name}`, but {}, …", names.join(", "))
        }
        _ => format!("the context has no member `{name}`, but {}", names.join(", ")),
    }
}

/// The property of a date, time, duration or range.
fn property(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Range(range) => Some(match name {
            "start" => range.low.value().filter(|_| !range.inverted).cloned().unwrap_or_default(),
            "end" => range.high.value().filter(|_| !range.inverted).cloned().unwrap_or_default(),
            "start included" => Value::Boolean(range.low.is_included()),
            "end included" => Value::Boolean(range.high.is_included()),
            _ => return None,
        }),
        other => temporal::property(other, name),
    }
}
