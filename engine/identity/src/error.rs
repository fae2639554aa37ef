//! What can go wrong.

use std::sync::Arc;

use crate::{Kind, MappingRule};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such identity.
    #[error("there is no {} `{id}`", title(*kind))]
    NotFound {
        /// What was looked for.
        kind: Kind,
        /// Its id.
        id: Arc<str>,
    },
    /// There is one of that id.
    #[error("there is a {} `{id}` already", title(*kind))]
    AlreadyExists {
        /// What was to be added.
        kind: Kind,
        /// Its id.
        id: Arc<str>,
    },
    /// Another mapping rule is for this claim and value.
    #[error("the mapping rule `{by}` is for the claim `{}` with the value `{}` already", rule.claim_name, rule.claim_value)]
    ClaimTaken {
        /// What was to be added or changed.
        rule: MappingRule,
        /// The id of the one that has it.
        by: Arc<str>,
    },
    /// Its owner has an authorization for the same thing.
    #[error("`{owner}` has an authorization for `{thing}` already: change that one")]
    IsGranted {
        /// Who has it.
        owner: Arc<str>,
        /// What it is about.
        thing: Arc<str>,
    },
    /// It is a member already.
    #[error("the {} `{member}` is assigned to the {} `{holder}` already", title(*member_kind), title(*holder_kind))]
    IsMember {
        /// What has members.
        holder_kind: Kind,
        /// Its id.
        holder: Arc<str>,
        /// What was to become a member.
        member_kind: Kind,
        /// Its id.
        member: Arc<str>,
    },
    /// It is no member.
    #[error("the {} `{member}` is not assigned to the {} `{holder}`", title(*member_kind), title(*holder_kind))]
    NoMember {
        /// What has members.
        holder_kind: Kind,
        /// Its id.
        holder: Arc<str>,
        /// What was to leave.
        member_kind: Kind,
        /// Its id.
        member: Arc<str>,
    },
    /// It comes with the server and stays.
    #[error("the {} `{id}` comes with the server and cannot be removed", title(*kind))]
    BuiltIn {
        /// What it is.
        kind: Kind,
        /// Its id.
        id: Arc<str>,
    },
    /// There are as many as there may be.
    #[error("there are {limit} of the kind {} already, as many as there may be", title(*kind))]
    Full {
        /// What there is too much of.
        kind: Kind,
        /// The limit.
        limit: usize,
    },
    /// There are users already.
    #[error("this installation is set up already: it has users")]
    SetUp,
    /// A stored record cannot be read.
    #[error("the stored {} `{id}` cannot be read", title(*kind))]
    Corrupt {
        /// What it is.
        kind: Kind,
        /// Its id.
        id: Arc<str>,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] hosk_store::Error),
}

/// What people call it.
fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::MappingRule => "mapping rule",
        other => other.as_str(),
    }
}
