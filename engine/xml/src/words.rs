//! Texts of diagnostics are cut: models can hold megabytes where a word is expected.

use crate::limits::MAX_SENTENCE;

/// A text cut to `limit` characters.
pub fn quoted(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text as long as a sentence of a diagnostic may be.
pub fn sentence(text: String) -> String {
    if text.len() > MAX_SENTENCE { quoted(&text, MAX_SENTENCE) } else { text }
}
