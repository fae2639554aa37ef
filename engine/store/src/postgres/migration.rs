//! The rows of an instance that runs another definition from now on: what is over, or not taken along, says of which
//! definition its number is; what goes along gets its new number. An operator's act, hence one instance at a time.

use sqlx::postgres::PgConnection;

use super::array::Array;
use super::commit::bucket;
use super::execute;
use super::shape::values;
use super::statements::Prepared;
use crate::Error;
use crate::rows::{InstanceChange, Migrated};

const LEFT_ELEMENT: &str = "UPDATE element_instance t SET definition = p.definition FROM process_instance p \
     WHERE p.bucket = $1 AND p.key = $2 AND t.bucket = $1 AND t.instance = $2 AND t.definition IS NULL \
     AND t.ended IS NOT NULL";
const LEFT_SUBSCRIPTION: &str = "UPDATE message_subscription t SET definition = p.definition FROM process_instance p \
     WHERE p.bucket = $1 AND p.key = $2 AND t.bucket = $1 AND t.instance = $2 AND t.definition IS NULL \
     AND (t.state <> 0 OR t.element <> ALL ($3))";
/// What stands around repetitions, and activations, keep what tells them (see `definitions`).
const MOVED_ELEMENT: &str = "UPDATE element_instance t SET element = t.element + CASE WHEN t.element < 0 THEN m.before - m.now ELSE m.now - m.before END \
     FROM unnest($3, $4) AS m (before, now) \
     WHERE t.bucket = $1 AND t.instance = $2 AND t.definition IS NULL AND abs(t.element) % 16777216 = m.before";
const MOVED_SUBSCRIPTION: &str = "UPDATE message_subscription t SET element = m.now, process_id = $5 \
     FROM unnest($3, $4) AS m (before, now) \
     WHERE t.bucket = $1 AND t.instance = $2 AND t.definition IS NULL AND t.element = m.before";
const GONE_CONDITION: &str = "DELETE FROM condition_subscription t USING unnest($2, $3) AS u (owner, element) \
     WHERE t.bucket = $1 AND t.element_instance = u.owner AND t.element = u.element";
const MOVED_CONDITION: &str = "UPDATE condition_subscription t SET element = m.now, expression = m.expression, \
     on_create = m.on_create, on_update = m.on_update \
     FROM unnest($3, $4, $5, $6, $7) AS m (before, now, expression, on_create, on_update) \
     WHERE t.bucket = $1 AND t.instance = $2 AND t.element = m.before";

/// Changes the rows of every instance that is migrated here, while the old definition still stands in its own row.
pub(super) async fn run(tx: &mut PgConnection, sets: &[&Prepared<'_>]) -> Result<(), Error> {
    for p in sets {
        if let InstanceChange::Known { migrated: Some(migrated), .. } = &p.changes.instance {
            one(tx, p, migrated).await?;
        }
    }
    Ok(())
}

async fn one(tx: &mut PgConnection, p: &Prepared<'_>, migrated: &Migrated) -> Result<(), Error> {
    let doing = "migrating an instance";
    let (bucket, instance) = (i16::from(bucket(p.set.instance).0), p.set.instance.0 as i64);
    let before = || Array::from(migrated.elements.iter().map(|(before, _)| i64::from(before.0)));
    let now = || Array::from(migrated.elements.iter().map(|(_, now)| i64::from(now.0)));
    execute(tx, LEFT_ELEMENT, values![bucket, instance], doing).await?;
    execute(tx, LEFT_SUBSCRIPTION, values![bucket, instance, before()], doing).await?;
    execute(tx, MOVED_ELEMENT, values![bucket, instance, before(), now()], doing).await?;
    let mut moved = values![bucket, instance, before(), now()];
    moved.text(&migrated.process_id);
    execute(tx, MOVED_SUBSCRIPTION, moved, doing).await?;
    if !migrated.closed.is_empty() {
        let owners = Array::from(migrated.closed.iter().map(|(owner, _)| owner.0 as i64));
        let elements = Array::from(migrated.closed.iter().map(|(_, element)| i64::from(element.0)));
        execute(tx, GONE_CONDITION, values![bucket, owners, elements], doing).await?;
    }
    if !migrated.conditions.is_empty() {
        let of = || migrated.conditions.iter();
        let mut moved = values![bucket, instance];
        moved.add(Array::from(of().map(|row| i64::from(row.before.0))));
        moved.add(Array::from(of().map(|row| i64::from(row.now.0))));
        moved.add(Array::from(of().map(|row| &row.is.expression)));
        moved.add(Array::from(of().map(|row| row.is.on_create)));
        moved.add(Array::from(of().map(|row| row.is.on_update)));
        execute(tx, MOVED_CONDITION, moved, doing).await?;
    }
    Ok(())
}
