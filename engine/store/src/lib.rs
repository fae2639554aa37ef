//! Durable state: the write side, the read side, SQLite, PostgreSQL and memory.
//!
//! [`Store`] is what the runtime writes through, [`Queries`] what the API reads through. All stores give the same
//! answers; one conformance suite holds them to it.

mod audit;
mod batches;
mod bucket;
mod cluster_variables;
mod codec;
mod commits;
mod connections;
mod definitions;
mod documents;
mod error;
mod faulty;
mod global_listeners;
#[cfg(test)]
mod golden;
mod identity;
pub mod memory;
mod plain;
mod plugins;
pub mod postgres;
pub mod read;
mod removal;
mod rendezvous;
mod rows;
pub mod sqlite;
mod transfer;
mod value_maps;
mod write;

pub use audit::{AuditMore, AuditStore, NewAudit};
pub use batches::{
    BatchChange, BatchChanged, BatchSlice, BatchStore, ItemResult, NewBatchOperation, NewItem, OpenItem,
    SelectedItems,
};
pub use bucket::{BUCKETS, bucket_of};
pub use cluster_variables::{ClusterVariableStore, StoredClusterVariable, VariableAdded};
pub use codec::encode_snapshot;
pub use commits::{Commit, CommitLog, CommitPlace};
pub use connections::{ConnectionStore, StoredConnection, StoredSecret};
pub use documents::{DOCUMENT_PART, DocumentAdded, DocumentStore, LooseContent, StoredDocument};
pub use error::Error;
pub use faulty::{Faults, Faulty};
pub use global_listeners::{ListenerAdded, StoredTaskListener, TaskListenerStore};
pub use identity::{
    IdentityChange, IdentityChanged, IdentityEntry, IdentityState, IdentityStore, Membership,
};
pub use memory::Memory;
pub use plugins::{
    AddedPluginVersion, NewPluginVersion, PLUGIN_PART, PluginActivation, PluginStore, StoredPlugin,
    StoredPluginVersion,
};
pub use postgres::{Postgres, PostgresIdentity};
pub use read::*;
pub use removal::{EndedPage, Removal, RemovalStore};
pub use sqlite::Sqlite;
pub use transfer::{
    Place, Progress, Told, add_records, back_up_file, check_back_up, drop_engine_tables, forget_servers,
    is_in_use, transfer,
};
pub use value_maps::{
    MapEntry, StoredValueMap, ValueMapAddress, ValueMapChange, ValueMapChanged, ValueMapDone,
    ValueMapEntries, ValueMapLimits, ValueMapNames, ValueMapStore,
};
pub use write::*;
