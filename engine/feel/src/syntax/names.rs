//! Which runs of words are one name.
//!
//! A name of several words, or with signs inside, is recognised if it is a built-in function, was given with
//! `Names`, or is declared earlier in the text as parameter, iterator or context member. The longest
//! one wins. Scopes do not matter: two words in a row mean nothing else in FEEL.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::lexer::{continues_name, is_keyword, is_space};

/// Bytes of the longest name that is recognised; longer ones need back-ticks.
const MAX_NAME: usize = 256;

/// Known names of more than one word.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameTable {
    /// By [`canonical`] form.
    names: BTreeMap<Box<str>, Arc<str>>,
    /// The length of the longest canonical form by first word.
    longest: BTreeMap<Box<str>, usize>,
}

/// Those that every text knows: built-in functions and properties.
static COMMON: LazyLock<NameTable> = LazyLock::new(|| {
    let mut table = NameTable::default();
    let properties = ["time offset", "start included", "end included"];
    for name in crate::builtins::names().chain(properties) {
        table.insert(name);
    }
    table
});

impl NameTable {
    /// Adds a name with any space in it.
    pub(crate) fn add(&mut self, name: &str) {
        self.insert(&normalized(name));
    }

    fn insert(&mut self, name: &str) {
        if is_plain_name(name) || name.len() > MAX_NAME {
            return;
        }
        let canonical = canonical(name);
        let longest = self.longest.entry(first_word(name).into()).or_default();
        *longest = canonical.len().max(*longest);
        self.names.entry(canonical.into()).or_insert_with(|| name.into());
    }

    /// The longest known name at the start of `text`, and its length there.
    fn find(&self, text: &str, first: &str) -> Option<(&Arc<str>, usize)> {
        let longest = *self.longest.get(first)?;
        let (mut read, mut found) = (String::new(), None);
        let mut chars = text.char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            if !push(&mut read, c) {
                continue;
            }
            if read.len() > longest {
                break;
            }
            let word_goes_on =
                continues_name(c) && chars.peek().is_some_and(|(_, next)| continues_name(*next));
            if !word_goes_on && let Some(name) = self.names.get(read.as_str()) {
                found = Some((name, offset + c.len_utf8()));
            }
        }
        found
    }
}

/// Appends `c` to a canonical form; false when it is a space, which waits for what follows.
fn push(read: &mut String, c: char) -> bool {
    if is_space(c) {
        if read.ends_with(continues_name) {
            read.push(' ');
        }
        return false;
    }
    if !continues_name(c) && read.ends_with(' ') {
        read.pop();
    }
    read.push(c);
    true
}

/// The name with one space where words meet and none around signs.
fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        push(&mut out, c);
    }
    out
}

fn first_word(name: &str) -> &str {
    &name[..name.find(|c| !continues_name(c)).unwrap_or(name.len())]
}

/// Whether the lexer takes `name` for one word.
pub(crate) fn is_plain_name(name: &str) -> bool {
    name.chars().all(continues_name)
}

/// The name with single spaces between its parts.
pub(super) fn normalized(name: &str) -> String {
    let parts: Vec<&str> = name.split(is_space).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The names given and those declared in the text so far.
pub(super) struct NamesInScope<'t> {
    given: &'t NameTable,
    declared: NameTable,
}

impl<'t> NamesInScope<'t> {
    pub(super) fn new(given: &'t NameTable) -> Self {
        Self { given, declared: NameTable::default() }
    }

    /// Makes `name` known from here on.
    pub(crate) fn declare(&mut self, name: &str) {
        self.declared.insert(name);
    }

    /// The longest known name at `offset` that is more than the word `first` there, and where it ends.
    pub(crate) fn longest(&self, text: &str, offset: usize, first: &str) -> Option<(Arc<str>, usize)> {
        let rest = &text[offset..];
        let common =
            COMMON.find(rest, first).filter(|(name, end)| !has_keyword(name) || is_called(&rest[*end..]));
        let best = longer(longer(self.declared.find(rest, first), self.given.find(rest, first)), common);
        best.map(|(name, end)| (name.clone(), offset + end))
    }
}

type Found<'t> = Option<(&'t Arc<str>, usize)>;

/// The longer of two names; the first if they are equally long.
fn longer<'t>(first: Found<'t>, second: Found<'t>) -> Found<'t> {
    match (first, second) {
        (Some(first), Some(second)) if first.1 < second.1 => Some(second),
        (first, second) => first.or(second),
    }
}

/// `date and time` is a name only before its arguments; elsewhere it may be the conjunction of two variables.
fn has_keyword(name: &str) -> bool {
    name.split(' ').any(is_keyword)
}

fn is_called(rest: &str) -> bool {
    rest.trim_start_matches(is_space).starts_with('(')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Names;

    fn end_of(name: &str, text: &str) -> Option<usize> {
        let names = Names::new([name]);
        NamesInScope::new(names.names()).longest(text, 0, first_word(text)).map(|(_, end)| end)
    }

    #[test]
    fn names_are_matched_with_any_space() {
        assert_eq!(end_of("Monthly Fee", "Monthly \n Fee * 2"), Some(13));
        assert_eq!(end_of("Monthly Fee", "Monthly Fees"), None);
        assert_eq!(end_of("Monthly Fee", "MonthlyFee"), None);
        assert_eq!(end_of("Pre-Bureau Risk", "Pre-Bureau Risk"), Some(15));
        assert_eq!(end_of("Pre-Bureau Risk", "Pre - Bureau Risk"), Some(17));
        assert_eq!(end_of("Monthly Fee", "Month ly Fee"), None);
    }

    #[test]
    fn the_longest_name_wins() {
        let names = Names::new(["a b", "a b c"]);
        let table = NamesInScope::new(names.names());
        let (name, end) = table.longest("a b c d", 0, "a").unwrap();
        assert_eq!((&*name, end), ("a b c", 5));
        assert!(table.longest("date and time = 1", 0, "date").is_none());
        assert!(table.longest("date and time (x)", 0, "date").is_some());
    }
}
