//! The built-in functions: one table entry and one Rust function each.
//!
//! A function gets its arguments evaluated. Where it wants a single value and gets a list of one item it takes the
//! item; where it wants a list and gets a single value it takes a list of it (DMN 1.5, 10.3.2.9.4). What it cannot
//! work with makes it null, with a warning that says why.

mod arguments;
mod contexts;
mod conversion;
mod lists;
mod lists_statistics;
mod miscellaneous;
mod numbers;
mod patterns;
mod ranges;
mod strings;
mod temporal;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

pub(crate) use arguments::{Arguments, Refusal, Result};
pub(crate) use patterns::Patterns;

use crate::compile::node::Node;
use crate::eval::{Evaluated, Machine};
use crate::value::Value;

/// A built-in function.
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    /// Parameter names, one text per form. `?` after a name: may be left out; `*`: may be repeated.
    forms: &'static [&'static str],
    /// Arguments it takes at least and at most.
    arity: (usize, usize),
    pub(crate) run: fn(&mut Arguments<'_, '_, '_>) -> Result<Value>,
    /// Same arguments, same result.
    pub(crate) pure: bool,
    /// For functions that look at an argument's expression rather than its value.
    pub(crate) special: Option<Special>,
}

/// Evaluates a call from the unevaluated arguments.
pub(crate) type Special = fn(&mut Machine<'_>, &[Node], u32) -> Evaluated;

impl fmt::Debug for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A table entry.
const fn function(
    name: &'static str,
    forms: &'static [&'static str],
    run: fn(&mut Arguments<'_, '_, '_>) -> Result<Value>,
) -> BuiltIn {
    BuiltIn { name, forms, arity: arity(forms), run, pure: true, special: None }
}

impl BuiltIn {
    /// Its result depends on the environment.
    const fn impure(mut self) -> Self {
        self.pure = false;
        self
    }

    const fn special(mut self, special: Special) -> Self {
        self.special = Some(special);
        self.pure = false;
        self
    }

    /// Why it cannot be called with so many arguments.
    pub(crate) fn refuses(&self, count: usize) -> Option<String> {
        if (self.arity.0..=self.arity.1).contains(&count) {
            return None;
        }
        let forms: Vec<String> = self.forms.iter().map(|form| format!("{}({form})", self.name)).collect();
        Some(format!("it is called with {count} arguments, but is {}", forms.join(" or ")))
    }

    /// For each parameter of the form that has all the names, where its argument stands.
    pub(crate) fn order(&self, names: &[&str]) -> std::result::Result<Vec<Option<usize>>, String> {
        let mut why = None;
        for form in self.forms {
            let parameters = || form.split(", ").filter(|parameter| !parameter.is_empty());
            let plain = |parameter: &'static str| parameter.trim_end_matches(['?', '*']);
            let unknown = names.iter().find(|name| !parameters().any(|parameter| plain(parameter) == **name));
            if let Some(unknown) = unknown {
                why.get_or_insert_with(|| format!("{}({form}) has no parameter `{unknown}`", self.name));
                continue;
            }
            let mut order: Vec<Option<usize>> = Vec::new();
            let mut missing = None;
            for parameter in parameters() {
                let position = names.iter().position(|name| *name == plain(parameter));
                if position.is_none() && !parameter.ends_with(['?', '*']) {
                    missing = Some(plain(parameter));
                }
                order.push(position);
            }
            while order.last() == Some(&None) {
                order.pop();
            }
            match missing {
                None => return Ok(order),
                Some(missing) => {
                    why.get_or_insert_with(|| {
                        format!("{}({form}) lacks the argument `{missing}`", self.name)
                    });
                }
            }
        }
        Err(why.unwrap_or_else(|| format!("{} takes no arguments", self.name)))
    }
}

/// The least and greatest number of arguments over all forms.
const fn arity(forms: &[&str]) -> (usize, usize) {
    let (mut least, mut most) = (usize::MAX, 0);
    let mut i = 0;
    while i < forms.len() {
        let bytes = forms[i].as_bytes();
        let mut all = if bytes.is_empty() { 0 } else { 1 };
        let (mut optional, mut repeated) = (0, false);
        let mut j = 0;
        while j < bytes.len() {
            match bytes[j] {
                b',' => all += 1,
                b'?' => optional += 1,
                b'*' => repeated = true,
                _ => {}
            }
            j += 1;
        }
        if all - optional < least {
            least = all - optional;
        }
        if repeated {
            most = usize::MAX;
        } else if all > most {
            most = all;
        }
        i += 1;
    }
    (least, most)
}

static TABLE: LazyLock<BTreeMap<&'static str, &'static BuiltIn>> = LazyLock::new(|| {
    let groups: [&'static [BuiltIn]; 10] = [
        conversion::FUNCTIONS,
        strings::FUNCTIONS,
        numbers::FUNCTIONS,
        lists::FUNCTIONS,
        lists_statistics::FUNCTIONS,
        contexts::FUNCTIONS,
        temporal::FUNCTIONS,
        ranges::FUNCTIONS,
        miscellaneous::FUNCTIONS,
        patterns::FUNCTIONS,
    ];
    groups.into_iter().flatten().map(|function| (function.name, function)).collect()
});

/// The function of that name.
pub(crate) fn find(name: &str) -> Option<&'static BuiltIn> {
    TABLE.get(name).copied()
}

/// All names, sorted.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

/// A built-in function as documentation and editors show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltInDescription {
    /// Its name.
    pub name: &'static str,
    /// Parameter names, one text per form. `?` after a name: may be left out; `*`: may be repeated.
    pub forms: &'static [&'static str],
}

/// All built-in functions, sorted by name.
pub fn built_in_functions() -> impl Iterator<Item = BuiltInDescription> {
    TABLE.values().map(|function| BuiltInDescription { name: function.name, forms: function.forms })
}
