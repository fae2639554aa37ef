//! Variables of the whole installation: kept in the store, seen by every expression as `camunda.vars.cluster`,
//! `camunda.vars.tenant` and, both together and the tenant's first, `camunda.vars.env`.
//!
//! A change is seen by evaluations that begin after it was answered; on other servers within seconds. What a step decided
//! by them stands in its events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_feel::Json;
use hosk_store::{ClusterVariableStore, StoredClusterVariable, VariableAdded};
use parking_lot::RwLock;
use serde_json::value::RawValue;

use crate::kept::Kept;
use crate::value_maps::HeldMaps;
use crate::{Engine, Error};

/// How many there may be.
pub const CLUSTER_VARIABLES: usize = 5_000;

/// What expressions see of the installation, the same for all evaluations of an engine for a tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Globals {
    /// As `camunda`.
    shown: Arc<RwLock<Shown>>,
    /// As `hosk`.
    pub(crate) maps: HeldMaps,
}

#[derive(Debug, Default)]
struct Shown {
    /// To tenants with variables of their own.
    own: BTreeMap<Arc<str>, Json>,
    /// To all others; absent while nothing was read.
    others: Option<Json>,
}

impl Globals {
    /// With these dictionaries, and nothing else yet.
    pub(crate) fn with(maps: HeldMaps) -> Self {
        Self { maps, ..Self::default() }
    }

    /// What is seen as `camunda`.
    pub(crate) fn get(&self, tenant: &str) -> Option<Json> {
        let shown = self.shown.read();
        shown.own.get(tenant).or(shown.others.as_ref()).cloned()
    }

    pub(crate) fn set(&self, all: &[StoredClusterVariable]) {
        let tenants: BTreeSet<&Arc<str>> = all.iter().filter_map(|one| one.tenant.as_ref()).collect();
        let own = tenants.into_iter().map(|tenant| (tenant.clone(), seen(all, Some(tenant)))).collect();
        *self.shown.write() = Shown { own, others: Some(seen(all, None)) };
    }
}

/// Variables of the installation.
pub struct ClusterVariables {
    engine: Engine,
    store: Arc<dyn ClusterVariableStore>,
    /// What expressions see of them.
    shown: Arc<Kept>,
}

impl std::fmt::Debug for ClusterVariables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterVariables").finish_non_exhaustive()
    }
}

impl ClusterVariables {
    /// Shows those that are stored to the expressions of an engine.
    pub async fn start(engine: &Engine, store: Arc<dyn ClusterVariableStore>) -> Result<Self, Error> {
        let (kept, globals) = (store.clone(), engine.inner.globals.clone());
        let read = move || {
            let (store, globals) = (kept.clone(), globals.clone());
            async move {
                globals.set(&store.cluster_variables_all().await?);
                Ok(())
            }
        };
        let shown = Kept::start(engine, "cluster variables", read).await?;
        Ok(Self { engine: engine.clone(), store, shown })
    }

    /// Adds one.
    pub async fn add(&self, variable: StoredClusterVariable) -> Result<VariableAdded, Error> {
        let now = self.engine.now();
        let added = self.store.add_cluster_variable(variable, now, CLUSTER_VARIABLES).await?;
        self.shown.refresh().await?;
        Ok(added)
    }

    /// Changes one; `false` when there is none of that name.
    pub async fn put(&self, variable: StoredClusterVariable) -> Result<bool, Error> {
        let known = self.store.put_cluster_variable(variable, self.engine.now()).await?;
        self.shown.refresh().await?;
        Ok(known)
    }

    /// Removes one; whether there was one.
    pub async fn remove(&self, tenant: Option<Arc<str>>, name: Arc<str>) -> Result<bool, Error> {
        let removed = self.store.remove_cluster_variable(tenant, name).await?;
        self.shown.refresh().await?;
        Ok(removed)
    }
}

/// What expressions for a tenant, or one without variables of its own, see as `camunda`.
fn seen(all: &[StoredClusterVariable], tenant: Option<&str>) -> Json {
    let globals = || all.iter().filter(|variable| variable.tenant.is_none());
    let own = || all.iter().filter(|one| tenant.is_some() && one.tenant.as_deref() == tenant);
    let hidden: BTreeSet<&str> = own().map(|variable| &*variable.name).collect();
    let env = own().chain(globals().filter(|global| !hidden.contains(&*global.name)));
    let text = format!(
        r#"{{"vars":{{"cluster":{},"tenant":{},"env":{}}}}}"#,
        object(globals()),
        object(own()),
        object(env),
    );
    RawValue::from_string(text).map_or_else(|_| Json::null(), Json::from)
}

fn object<'v>(variables: impl Iterator<Item = &'v StoredClusterVariable>) -> String {
    let member = |variable: &StoredClusterVariable| {
        // A text can always be written as JSON.
        let name = serde_json::to_string(&*variable.name).unwrap_or_default();
        format!("{name}:{}", variable.value)
    };
    format!("{{{}}}", variables.map(member).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(tenant: Option<&str>, name: &str, value: &str) -> StoredClusterVariable {
        let tenant = tenant.map(Arc::from);
        StoredClusterVariable { tenant, name: name.into(), value: value.into(), metadata: None }
    }

    #[test]
    fn the_tenants_own_goes_first() {
        let all = [
            variable(None, "a", "1"),
            variable(None, "b", r#"{"c":[1]}"#),
            variable(Some("<default>"), "a", "2"),
            variable(Some("other"), "z", "3"),
        ];
        let expected =
            r#"{"vars":{"cluster":{"a":1,"b":{"c":[1]}},"tenant":{"a":2},"env":{"a":2,"b":{"c":[1]}}}}"#;
        assert_eq!(seen(&all, Some("<default>")).text(), expected);
        assert_eq!(seen(&[], None).text(), r#"{"vars":{"cluster":{},"tenant":{},"env":{}}}"#);
    }

    #[test]
    fn a_tenant_sees_its_own_and_no_other_s() {
        let globals = Globals::default();
        assert_eq!(globals.get("other"), None);
        globals.set(&[
            variable(None, "a", "1"),
            variable(Some("one"), "s", "2"),
            variable(Some("other"), "z", "3"),
        ]);
        let text = |tenant| globals.get(tenant).unwrap().text().to_owned();
        let expected = |tenant: &str, env: &str| {
            format!(r#"{{"vars":{{"cluster":{{"a":1}},"tenant":{{{tenant}}},"env":{{{env}}}}}}}"#)
        };
        assert_eq!(text("one"), expected(r#""s":2"#, r#""s":2,"a":1"#));
        assert_eq!(text("other"), expected(r#""z":3"#, r#""z":3,"a":1"#));
        assert_eq!(text("third"), expected("", r#""a":1"#));
    }
}
