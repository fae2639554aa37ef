//! Batch operations: one thing done with many instances, jobs or decisions, in slices that survive.
//!
//! What it is for is written as a filter and turned into items by a cursor, slice by slice; then the items are done,
//! slice by slice. An item is marked before it is done, so that whoever takes it up after a crash looks first whether it
//! was. What filter and plan mean is not this layer's business: they are JSON here.

mod sql;

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{ProcessInstanceKey, Timestamp};

use crate::removal::RemovalStore;
use crate::{BatchItemState, BatchOperationState, BatchOperationType, Claim, Error};

/// A batch operation that begins.
#[derive(Clone, Debug)]
pub struct NewBatchOperation {
    /// Its key.
    pub key: u64,
    /// What is done.
    pub kind: BatchOperationType,
    /// When.
    pub started: Timestamp,
    /// Who asked for it; `None` when nobody had to say.
    pub actor: Option<Arc<str>>,
    /// Whose things it is done with.
    pub tenant: Arc<str>,
    /// With what, as JSON.
    pub selection: Arc<str>,
    /// How, as JSON.
    pub plan: Arc<str>,
}

/// What is to be done next for a batch operation.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchSlice {
    /// Its key.
    pub batch: u64,
    /// Who asked for it.
    pub actor: Option<Arc<str>>,
    /// With what.
    pub selection: Arc<str>,
    /// How.
    pub plan: Arc<str>,
    /// Up to which key the selection has become items.
    pub cursor: u64,
    /// Whether all of it has. Until then there are no items here.
    pub selected: bool,
    /// Whether the items are not to be done any more.
    pub canceled: bool,
    /// The next items.
    pub items: Vec<OpenItem>,
}

/// An item that is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenItem {
    /// Its key.
    pub key: u64,
    /// The key of what it is about: an instance, incident, job or evaluation.
    pub item: u64,
    /// The process instance that belongs to.
    pub instance: Option<ProcessInstanceKey>,
    /// Whether somebody began with it before and did not come to tell.
    pub begun: bool,
}

/// A piece of a selection that became items.
#[derive(Clone, Debug)]
pub struct SelectedItems {
    /// The batch operation.
    pub batch: u64,
    /// Where the cursor was; if it is not there any more, somebody else was faster and nothing is written.
    pub before: u64,
    /// Where it is now.
    pub cursor: u64,
    /// Whether that was the last piece.
    pub last: bool,
    /// When.
    pub at: Timestamp,
    /// The items. Those that are there already are left out.
    pub items: Vec<NewItem>,
}

/// An item.
#[derive(Clone, Copy, Debug)]
pub struct NewItem {
    /// Its key.
    pub key: u64,
    /// The key of what it is about.
    pub item: u64,
    /// The process instance that belongs to.
    pub instance: Option<ProcessInstanceKey>,
    /// The instance at the top of the hierarchy.
    pub root: Option<ProcessInstanceKey>,
}

/// What became of an item.
#[derive(Clone, Debug)]
pub struct ItemResult {
    /// Its key.
    pub key: u64,
    /// How it ended.
    pub state: BatchItemState,
    /// Why it failed.
    pub message: Option<Arc<str>>,
}

/// What an operator does with a batch operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchChange {
    /// No further items until it is resumed.
    Suspend,
    /// On it goes.
    Resume,
    /// No further items, ever.
    Cancel,
}

/// What became of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchChanged {
    /// It is done.
    Done,
    /// There is no such batch operation.
    Unknown,
    /// It is in this state, which does not allow it.
    Refused(BatchOperationState),
}

impl BatchChange {
    /// The states from which it can be done.
    pub(crate) fn allowed_in(self) -> &'static [BatchOperationState] {
        use BatchOperationState::{Active, Created, Suspended};
        match self {
            Self::Suspend => &[Created, Active],
            Self::Resume => &[Suspended],
            Self::Cancel => &[Created, Active, Suspended],
        }
    }
}

/// Where batch operations are kept. Each change is one transaction.
#[async_trait]
pub trait BatchStore: RemovalStore {
    /// Begins one.
    async fn add_batch(&self, batch: NewBatchOperation) -> Result<(), Error>;

    /// The next batch operation with something to do that nobody else works on, claimed now: of those with a key above
    /// `after` the first, else of all, so that asking with the last one's key takes them in turn. At most `limit` items,
    /// which count as begun from now on.
    async fn claim_batch(&self, after: u64, claim: Claim, limit: usize) -> Result<Option<BatchSlice>, Error>;

    /// A piece of the selection became items; whether it was written.
    async fn items_selected(&self, selected: SelectedItems) -> Result<bool, Error>;

    /// Items came to their end; of those that had one before, nothing changes. After the last one the batch operation is
    /// over.
    async fn items_done(&self, batch: u64, results: Vec<ItemResult>, at: Timestamp) -> Result<(), Error>;

    /// It cannot be carried out.
    async fn fail_batch(&self, batch: u64, message: Arc<str>, at: Timestamp) -> Result<(), Error>;

    /// An operator suspends, resumes or cancels it.
    async fn change_batch(
        &self,
        batch: u64,
        change: BatchChange,
        at: Timestamp,
    ) -> Result<BatchChanged, Error>;
}
