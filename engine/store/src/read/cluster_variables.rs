//! The rows of variables of the whole installation.

use std::sync::Arc;

use super::field::{codes, entity};

codes! {
    /// Who sees a variable of the installation.
    ClusterVariableScope {
        /// Everybody.
        Global = "GLOBAL",
        /// One tenant.
        Tenant = "TENANT",
    }
}

entity! {
    /// A variable of the installation, or of a tenant.
    ClusterVariable / ClusterVariableField, key key, instance None, element None,
    from "cluster_variable t"
    {
        /// Tells it apart.
        Key key: u64 = "t.key";
        /// Its name.
        Name name: Arc<str> = "t.name";
        /// Its value, JSON text.
        Value value: Arc<str> = "t.value";
        /// Who sees it.
        Scope scope: ClusterVariableScope = "(CASE WHEN t.tenant = '' THEN 0 ELSE 1 END)";
        /// The tenant who sees it.
        TenantId tenant_id: Option<Arc<str>> = "nullif(t.tenant, '')";
        /// What else is known of it, a JSON object.
        Metadata metadata: Arc<str> = "t.metadata";
        /// Whether searches cut its value.
        IsTruncated is_truncated: bool = "(length(t.value) > 8191)";
    }
}
