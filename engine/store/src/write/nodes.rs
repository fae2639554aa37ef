//! What nodes that share a database tell each other through it: who has which number, who works on what for how long,
//! what is new.
//!
//! Nobody leads. Work is claimed by guarded updates, each claim ends by itself, and whatever two nodes do twice in spite
//! of it is settled by versions: the first one wins.

use std::collections::BTreeSet;

use hosk_core::{ProcessInstanceKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::StoredResource;
use crate::Error;

/// Who takes work, and until when it is theirs. The default claims nothing: whoever comes may take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The node's token: another one each time a node starts.
    pub owner: u64,
    /// Real time now.
    pub now: Timestamp,
    /// Real time at which the claim ends.
    pub until: Timestamp,
}

/// A wish for a node number.
#[derive(Clone, Copy, Debug)]
pub struct NodeLease {
    /// The number to be renewed, if it is still this owner's.
    pub held: Option<u16>,
    /// The node's token.
    pub owner: u64,
    /// Real time now.
    pub now: Timestamp,
    /// Real time until which the number is wanted.
    pub until: Timestamp,
}

/// Where an instance stands in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its version; 0 when there is no such instance.
    pub version: u64,
    /// Whether it is over.
    pub ended: bool,
}

/// What was deployed and deleted since a look at the definitions.
#[derive(Debug, Default)]
pub struct DefinitionChanges {
    /// The last change there is: the next look begins after it.
    pub last: u64,
    /// Files stored since.
    pub resources: Vec<StoredResource>,
    /// Versions deleted since.
    pub deleted: Vec<u64>,
}

/// What one node tells the others. It may be lost, and come twice: whoever acts on it looks into the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum News {
    /// A node is there.
    Here(u64),
    /// Jobs of a type can be worked on.
    Jobs(String),
    /// An instance is over.
    Ended(ProcessInstanceKey),
    /// Definitions were deployed or deleted.
    Deployed,
    /// Some news did not get through: look at everything.
    Missed,
}

/// Node numbers are below this.
const NODES: u16 = 1_024;

/// The number that a lease gets, when these are known with their ends and owners: the one held if it still has this
/// owner, else one that was never given, else the free one that rested for longest.
pub(crate) fn choose_node(lease: &NodeLease, known: &[(u16, Timestamp, u64)]) -> Result<u16, Error> {
    let ours = |held: &u16| known.iter().any(|(number, _, owner)| number == held && *owner == lease.owner);
    if let Some(held) = lease.held.filter(ours) {
        return Ok(held);
    }
    let given: BTreeSet<u16> = known.iter().map(|(number, ..)| *number).collect();
    if let Some(new) = (0..NODES).find(|number| !given.contains(number)) {
        return Ok(new);
    }
    let free = known.iter().filter(|(_, until, _)| *until <= lease.now);
    let rested = free.min_by_key(|(number, until, _)| (*until, *number)).map(|(number, ..)| *number);
    rested.ok_or_else(|| Error::Invalid { what: format!("all {NODES} node numbers are taken") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(held: Option<u16>, owner: u64) -> NodeLease {
        NodeLease { held, owner, now: Timestamp(100), until: Timestamp(200) }
    }

    #[test]
    fn a_number_is_kept_by_its_owner_only() {
        let known = [(0, Timestamp(90), 1), (1, Timestamp(150), 2)];
        assert_eq!(choose_node(&lease(Some(0), 1), &known).unwrap(), 0);
        assert_eq!(choose_node(&lease(Some(0), 3), &known).unwrap(), 2);
    }

    #[test]
    fn what_was_given_rests_as_long_as_it_can() {
        let mut known: Vec<_> = (0..NODES).map(|n| (n, Timestamp(150), 9)).collect();
        assert!(choose_node(&lease(None, 1), &known).is_err());
        (known[7].1, known[8].1) = (Timestamp(99), Timestamp(50));
        assert_eq!(choose_node(&lease(None, 1), &known).unwrap(), 8);
    }
}
