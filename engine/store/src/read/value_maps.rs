//! The rows of dictionaries and of what stands in them.

use std::sync::Arc;

use hosk_core::Timestamp;

use super::field::entity;

entity! {
    /// A dictionary: which value of one system is which value of another.
    ValueMap / ValueMapField, key key, instance None, element None,
    from "value_map t"
    {
        /// Tells it apart.
        Key key: u64 = "t.key";
        /// Its id.
        MapId id: Arc<str> = "t.id";
        /// The tenant whose it is; absent: everybody's.
        TenantId tenant_id: Option<Arc<str>> = "nullif(t.tenant, '')";
        /// Its name.
        Name name: Arc<str> = "t.name";
        /// What it is for.
        Description description: Arc<str> = "t.description";
        /// What the values are that are translated.
        SourceName source_name: Arc<str> = "t.source_name";
        /// What the values are that they become.
        TargetName target_name: Arc<str> = "t.target_name";
        /// Counts its changes.
        Version version: i64 = "t.version";
        /// How many entries it has.
        Entries entries: i64 = "t.entries";
        /// When it was made.
        Created created: Timestamp = "t.created";
        /// When it or an entry was changed last.
        Updated updated: Timestamp = "t.updated";
        /// By whom.
        UpdatedBy updated_by: Option<Arc<str>> = "t.updated_by";
    }
}

entity! {
    /// What one value becomes.
    ValueMapEntry / ValueMapEntryField, key key, instance None, element None,
    from "value_map_entry t LEFT JOIN value_map m ON m.key = t.map"
    {
        /// Tells it apart.
        Key key: u64 = "t.key";
        /// The key of its map.
        Map map: u64 = "t.map";
        /// The tenant whose its map is; absent: everybody's.
        TenantId tenant_id: Option<Arc<str>> = "nullif(m.tenant, '')";
        /// The value.
        Source source: Arc<str> = "t.source";
        /// What it becomes.
        Target target: Arc<str> = "t.target";
        /// When it was set.
        Updated updated: Timestamp = "t.updated";
        /// By whom.
        UpdatedBy updated_by: Option<Arc<str>> = "t.updated_by";
    }
}
