//! Texts with a form of their own: ids of processes and decisions, evaluated decisions, tags.

use std::sync::Arc;

use hosk_store::read::{Field, Filter};

use crate::problem::Problem;
use crate::search::{Value, conditions_of};

/// Tags of an instance, and the length of one in characters.
const TAGS_MAX: usize = 10;
const TAG_MAX: usize = 100;

/// Refuses what cannot be the id of a process or decision.
pub(super) fn check_id(id: &str, path: &str) -> Result<(), Problem> {
    let mut letters = id.chars();
    let begins = letters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    if begins && letters.all(|letter| letter.is_alphanumeric() || "_-.".contains(letter)) {
        return Ok(());
    }
    let name = path.rsplit('.').next().unwrap_or(path);
    Err(Problem::invalid_argument(format!(
        "The provided {name} contains illegal characters. It must match the pattern '^[\\p{{L}}_][\\p{{L}}\\p{{N}}_\\-\\.]*$'."
    )))
}

/// The conditions on an id. A bare one must be one; operators compare with any text.
pub(super) fn of_id<F: Field>(field: F, value: &Value<'_>) -> Result<Filter<F>, Problem> {
    if let Ok(id) = value.text() {
        check_id(&id, value.path())?;
    }
    Ok(Filter::All(conditions_of(field, value)?))
}

/// The conditions on an evaluated decision: the key of the evaluation, a hyphen and a number.
pub(super) fn of_evaluated<F: Field>(field: F, value: &Value<'_>) -> Result<Filter<F>, Problem> {
    if let Ok(id) = value.text() {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !id.split_once('-').is_some_and(|(key, number)| digits(key) && digits(number)) {
            return Err(no_evaluated(&id));
        }
    }
    Ok(Filter::All(conditions_of(field, value)?))
}

/// The refusal of what is no evaluated decision.
pub(super) fn no_evaluated(id: &str) -> Problem {
    Problem::invalid_argument(format!(
        "The provided decisionEvaluationInstanceKey '{id}' is not a valid decision evaluation instance key. It is the key of \
         an evaluation, a hyphen and a number, as in `2251799813685249-1`."
    ))
}

/// Tags, none of which is malformed.
pub(super) fn tags(given: Vec<String>) -> Result<Vec<Arc<str>>, Problem> {
    if given.len() > TAGS_MAX {
        return Err(Problem::invalid_argument(format!("`tags` may have {TAGS_MAX} entries.")));
    }
    let fits = |tag: &str| {
        tag.len() <= TAG_MAX
            && tag.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte))
    };
    if let Some(wrong) = given.iter().find(|tag| !fits(tag)) {
        return Err(Problem::invalid_argument(format!(
            "The tag `{wrong}` must begin with a letter and have up to {TAG_MAX} letters, digits, `_`, `-`, `:`, `.`."
        )));
    }
    Ok(given.into_iter().map(Arc::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_a_letter() {
        for (id, good) in [
            ("order", true),
            ("_1", true),
            ("պատվեր-2.1", true),
            ("", false),
            ("1 a", false),
            ("a b", false),
            ("-a", false),
            ("a/b", false),
        ] {
            assert_eq!(check_id(id, "filter.processDefinitionId").is_ok(), good, "{id}");
        }
        let refused = check_id("1 a", "filter.processDefinitionId").unwrap_err();
        assert!(refused.detail().starts_with("The provided processDefinitionId contains"), "{refused:?}");
    }
}
