//! Changes of a text by place: collected in any order, made at once.

use std::ops::Range;

/// Replacements; an insertion replaces an empty range.
#[derive(Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.0.push((range, text.into()));
    }

    pub(super) fn delete(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Removes an element with the white space before it, so that no empty line stays.
    pub(super) fn delete_element(&mut self, source: &str, span: &Range<usize>) {
        let start = source[..span.start].trim_end_matches([' ', '\t', '\r', '\n']).len();
        // Text right before it is not ours to join.
        let start = if source[..start].ends_with('>') { start } else { span.start };
        self.delete(start..span.end);
    }

    /// The text with every change; of overlapping ones the outer wins.
    pub(super) fn apply(mut self, source: &str) -> String {
        // Insertions first, in the order they came; then outer before inner.
        self.0.sort_by_key(|(range, _)| (range.start, !range.is_empty(), std::cmp::Reverse(range.end)));
        let mut text = String::with_capacity(source.len() + source.len() / 4);
        let mut at = 0;
        for (range, replacement) in self.0 {
            if range.start < at {
                continue;
            }
            text.push_str(&source[at..range.start]);
            text.push_str(&replacement);
            at = range.end;
        }
        text.push_str(&source[at..]);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_changes_win_over_inner_ones() {
        let mut edits = Edits::default();
        edits.delete(3..5);
        edits.replace(2..8, "X");
        edits.insert(8, "Y");
        edits.insert(0, "Z");
        assert_eq!(edits.apply("0123456789"), "Z01XY89");
    }
}
