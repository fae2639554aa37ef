//! What the filter of instances says about batch operations and errors.
//!
//! The hash of an error stands in no column: it is looked up which messages have it, and they take its place
//! ([`with_messages`]).

use std::sync::Arc;

use hosk_store::read::{
    BatchItemField, Condition, Filter, IncidentField, IncidentState, ProcessInstanceField as F, Queries as _,
    Related, Scalar, TallyOf,
};

use super::super::conditions::{holds, on_number};
use super::super::statistics::{error_hash, text};
use crate::call::Call;
use crate::problem::Problem;
use crate::search::{Value, conditions_of};

/// Instances that are items of a batch operation. Its key is compared as a text: one that is no key is nobody's.
pub(super) fn in_batch(value: &Value<'_>) -> Result<Filter<F>, Problem> {
    // The field stands in for the key only to have the conditions read as those on a text.
    let conditions = conditions_of(BatchItemField::ErrorMessage, value)?.into_iter().map(|filter| {
        let Filter::Is(_, condition) = filter else { return Ok(filter) };
        on_key(condition).map_or_else(
            || {
                let path = value.path();
                let detail =
                    format!("`{path}` knows `$like` with a pattern of `*` only: a key is not searched in.");
                Err(Problem::invalid_argument(detail))
            },
            Ok,
        )
    });
    let conditions = conditions.collect::<Result<_, _>>()?;
    Ok(Filter::Has(Related::BatchItem(Box::new(Filter::All(conditions)))))
}

fn on_key(condition: Condition) -> Option<Filter<BatchItemField>> {
    let field = BatchItemField::BatchOperationKey;
    let keys = |scalars: Vec<Scalar>| {
        let key = |scalar| if let Scalar::Text(text) = scalar { text.parse().ok() } else { None };
        scalars.into_iter().filter_map(key).map(Scalar::Key).collect::<Vec<_>>()
    };
    Some(Filter::Is(
        field,
        match condition {
            Condition::Eq(one) => Condition::In(keys(vec![one])),
            Condition::In(several) => Condition::In(keys(several)),
            Condition::Neq(one) => Condition::NotIn(keys(vec![one])),
            Condition::NotIn(several) => Condition::NotIn(keys(several)),
            Condition::Like(pattern) if pattern.bytes().all(|byte| byte == b'*') => {
                Condition::Exists(!pattern.is_empty())
            }
            Condition::Exists(_) => condition,
            Condition::Like(_)
            | Condition::Gt(_)
            | Condition::Gte(_)
            | Condition::Lt(_)
            | Condition::Lte(_) => return None,
        },
    ))
}

/// Instances with an incident whose message has this hash. Until [`with_messages`] the hash stands for the messages.
pub(super) fn with_error(value: &Value<'_>) -> Result<Filter<F>, Problem> {
    let mut conditions = vec![Filter::eq(IncidentField::State, IncidentState::Active.as_str())];
    let hashes = on_number(value)?.into_iter();
    conditions.extend(hashes.map(|condition| Filter::Is(IncidentField::ErrorMessage, condition)));
    Ok(Filter::Has(Related::Incident(Box::new(Filter::All(conditions)))))
}

/// The filter with the messages of active incidents that have a hash in the place of the hash.
pub(in crate::routes) async fn with_messages(call: &Call, filter: Filter<F>) -> Result<Filter<F>, Problem> {
    if !has_hash(&filter) {
        return Ok(filter);
    }
    let active = Filter::eq(IncidentField::State, IncidentState::Active.as_str());
    let tallies = call.seen.tally(TallyOf::Incidents(active, vec![IncidentField::ErrorMessage])).await?;
    let messages: Vec<_> = tallies.iter().map(|tally| text(tally, 0)).collect();
    let messages: Vec<_> = messages.into_iter().map(|text| (i64::from(error_hash(&text)), text)).collect();
    Ok(looked_up(filter, &messages))
}

fn has_hash(filter: &Filter<F>) -> bool {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(has_hash),
        Filter::Has(Related::Incident(incident)) => {
            matches!(&**incident, Filter::All(parts) if parts.iter().any(is_hash))
        }
        Filter::Is(..) | Filter::Has(_) => false,
    }
}

/// A number where a message is meant.
fn is_hash(filter: &Filter<IncidentField>) -> bool {
    let Filter::Is(IncidentField::ErrorMessage, condition) = filter else { return false };
    match condition {
        Condition::Eq(one)
        | Condition::Neq(one)
        | Condition::Gt(one)
        | Condition::Gte(one)
        | Condition::Lt(one)
        | Condition::Lte(one) => matches!(one, Scalar::Int(_)),
        Condition::In(several) | Condition::NotIn(several) => {
            several.iter().any(|one| matches!(one, Scalar::Int(_)))
        }
        Condition::Exists(_) | Condition::Like(_) => false,
    }
}

fn looked_up(filter: Filter<F>, messages: &[(i64, Arc<str>)]) -> Filter<F> {
    let each = |parts: Vec<Filter<F>>| parts.into_iter().map(|part| looked_up(part, messages)).collect();
    match filter {
        Filter::All(parts) => Filter::All(each(parts)),
        Filter::Any(parts) => Filter::Any(each(parts)),
        Filter::Has(Related::Incident(incident)) => {
            let incident = match *incident {
                Filter::All(parts) => {
                    Filter::All(parts.into_iter().map(|part| of_hash(part, messages)).collect())
                }
                other => other,
            };
            Filter::Has(Related::Incident(Box::new(incident)))
        }
        Filter::Is(..) | Filter::Has(_) => filter,
    }
}

/// The messages whose hash satisfies a condition, or all but the others: whichever are fewer.
fn of_hash(filter: Filter<IncidentField>, messages: &[(i64, Arc<str>)]) -> Filter<IncidentField> {
    if !is_hash(&filter) {
        return filter;
    }
    let Filter::Is(field, condition) = filter else { return filter };
    let (those, others): (Vec<_>, Vec<_>) = messages.iter().partition(|(hash, _)| holds(&condition, *hash));
    let texts =
        |of: Vec<&(i64, Arc<str>)>| of.into_iter().map(|(_, text)| Scalar::Text(text.clone())).collect();
    let condition = if those.len() <= others.len() {
        Condition::In(texts(those))
    } else {
        Condition::NotIn(texts(others))
    };
    Filter::Is(field, condition)
}
