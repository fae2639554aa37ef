//! Checks of what comes in, each with the field and the remedy.

use crate::Error;

/// Longest code of a client, product or warehouse, in bytes.
const MAX_CODE: usize = 32;
/// Longest name, reference or reason, in characters.
const MAX_TEXT: usize = 500;

/// Codes go into URLs, document texts and search: letters, digits, `.`, `_` and `-` only.
pub(crate) fn check_code(field: &str, code: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !code.is_empty() && code.len() <= MAX_CODE && code.bytes().all(allowed) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("a code has 1 to {MAX_CODE} Latin letters, digits, `.`, `_` or `-`")))
}

/// A text that must say something, in a bounded length and without control characters.
pub(crate) fn check_text(field: &str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Error::invalid(field, format!("must not be longer than {MAX_TEXT} characters")));
    }
    if text.chars().any(|letter| letter.is_control() && letter != '\n') {
        return Err(Error::invalid(field, "must not contain control characters"));
    }
    Ok(())
}
