//! The page a search asks for.

use hosk_store::read::{PAGE_LIMIT, Page};

use crate::problem::Problem;
use crate::shape::{self, Object, entries_of, integer, read_object, text};

/// Items on a page when nothing is said.
const LIMIT_DEFAULT: usize = 100;

/// The shape; which properties go together is checked here.
pub(super) static PAGE: Object = Object {
    name: "PageRequest",
    fields: &[
        integer("from", 0, i32::MAX as i64, "How many to skip; not together with a cursor."),
        integer("limit", 1, PAGE_LIMIT as i64, "How many at most; 100 when absent."),
        text("after", "The `endCursor` of the page before; not together with `from` or `before`."),
        text("before", "The `startCursor` of the page behind; not together with `from` or `after`."),
    ],
};

/// Reads the page.
pub(super) fn read(text: &str) -> Result<Page, Problem> {
    let mut body: shape::Body = read_object(text, &PAGE, "page")?;
    if !body.says_anything() {
        return Err(Problem::incomplete(
            "At least one of [from, after, before, limit] is required. Leave `page` out for the first page.",
        ));
    }
    let limit = body.integer("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT);
    let from = body.integer("from").and_then(|from| u64::try_from(from).ok());
    match (from, body.text("after"), body.text("before")) {
        (from, None, None) => Ok(Page::Offset { from: from.unwrap_or(0), limit }),
        (None, Some(cursor), None) => Ok(Page::After { cursor, limit }),
        (None, None, Some(cursor)) => Ok(Page::Before { cursor, limit }),
        _ => Err(Problem::unreadable(
            "Only one of [from, after, before] is allowed. `page` may have one of `from`, `after` and `before`, not several.",
        )),
    }
}

/// Whether a search that was read asks for its page by number.
pub(super) fn is_by_number(search: &str) -> Result<bool, Problem> {
    let Some((_, page)) = entries_of(search, "")?.into_iter().find(|(name, _)| name == "page") else {
        return Ok(false);
    };
    if page.get() == "null" {
        return Ok(false);
    }
    Ok(entries_of(page.get(), "page")?.iter().any(|(name, raw)| name == "from" && raw.get() != "null"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_by_number_when_a_number_is_named() {
        for (text, expected) in [
            ("{}", false),
            (r#"{"page": null}"#, false),
            (r#"{"page": {"limit": 1, "from": null}}"#, false),
            (r#"{"page": {"limit": 1, "from": 0}}"#, true),
        ] {
            assert_eq!(is_by_number(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_four_forms_and_their_bounds() {
        assert!(matches!(read(r#"{"from": 0}"#).unwrap(), Page::Offset { from: 0, limit: 100 }));
        assert!(matches!(read(r#"{"from": 5, "limit": 1}"#).unwrap(), Page::Offset { from: 5, limit: 1 }));
        assert!(matches!(
            read(r#"{"after": "x", "limit": 10000}"#).unwrap(),
            Page::After { limit: 10_000, .. }
        ));
        assert!(matches!(read(r#"{"before": "x"}"#).unwrap(), Page::Before { limit: 100, .. }));
        for (text, code) in [
            (r#"{"limit": 10001}"#, "invalid-argument"),
            (r#"{"limit": 0}"#, "invalid-argument"),
            (r#"{"limit": -1}"#, "invalid-argument"),
            (r#"{"limit": "5"}"#, "wrong-type"),
            (r#"{"limit": 1.5}"#, "wrong-type"),
            (r#"{"from": -1}"#, "invalid-argument"),
            (r#"{"from": 1, "after": "x"}"#, "invalid-argument"),
            (r#"{"before": "y", "after": "x"}"#, "invalid-argument"),
            (r#"{"size": 1}"#, "unknown-field"),
            ("{}", "missing-field"),
            (r#"{"limit": null}"#, "missing-field"),
            ("[]", "wrong-type"),
        ] {
            assert_eq!(read(text).unwrap_err().code(), code, "{text}");
        }
    }
}
