//! What is known of each identity. The stored form is JSON; members that are added get a default, so that what older
//! releases wrote is read.

use std::sync::Arc;

use hosk_store::{IdentityEntry, Membership};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Kind, OwnerType, Permission, ResourceType};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The name to sign in with.
    #[serde(skip)]
    pub username: Arc<str>,
    /// For people.
    #[serde(default)]
    pub name: Option<Arc<str>>,
    /// Address.
    #[serde(default)]
    pub email: Option<Arc<str>>,
    /// See [`hash_password`](crate::hash_password).
    pub password_hash: Arc<str>,
}

/// A group, a role or a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    /// Its id.
    #[serde(skip)]
    pub id: Arc<str>,
    /// For people.
    pub name: Arc<str>,
    /// For people.
    #[serde(default)]
    pub description: Option<Arc<str>>,
}

/// Whoever has this claim in his token is a member where the rule is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingRule {
    /// Its id.
    #[serde(skip)]
    pub id: Arc<str>,
    /// For people.
    pub name: Arc<str>,
    /// Name of the claim.
    pub claim_name: Arc<str>,
    /// Its value.
    pub claim_value: Arc<str>,
}

impl MappingRule {
    /// The claim and its value.
    pub(crate) fn claims(&self) -> (&str, &str) {
        (&self.claim_name, &self.claim_value)
    }
}

/// What somebody may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// Its key.
    #[serde(skip)]
    pub key: u64,
    /// Who has it.
    pub owner_type: OwnerType,
    /// His id.
    pub owner_id: Arc<str>,
    /// What it is about.
    pub resource_type: ResourceType,
    /// Of one thing, or of all when it is `*`. Either this or a property.
    #[serde(default)]
    pub resource_id: Option<Arc<str>>,
    /// Of those things whose property names the owner.
    #[serde(default)]
    pub resource_property_name: Option<Arc<str>>,
    /// What may be done.
    pub permission_types: Vec<Permission>,
}

/// What a program shows instead of a password. The secret itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Its id.
    #[serde(skip)]
    pub id: Arc<str>,
    /// What it is for.
    pub name: Arc<str>,
    /// The user it stands for.
    pub owner: Arc<str>,
    /// Hash of the secret, in hexadecimal digits.
    pub hash: Arc<str>,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When it ends, in milliseconds since 1970.
    #[serde(default)]
    pub expires: Option<i64>,
}

/// A session of pages that was ended before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndedSession {
    /// When it would have ended by itself, in milliseconds since 1970: no longer does it matter.
    pub(crate) expires: i64,
}

impl Authorization {
    /// The id it is stored with.
    pub(crate) fn id(key: u64) -> Arc<str> {
        key.to_string().into()
    }

    /// What it is about, in a word.
    pub(crate) fn thing(&self) -> Arc<str> {
        self.resource_id.as_ref().or(self.resource_property_name.as_ref()).cloned().unwrap_or_default()
    }

    /// Its stored form.
    pub(crate) fn entry(&self) -> IdentityEntry {
        entry(Kind::Authorization, &Self::id(self.key), self)
    }

    /// That it belongs to its owner.
    pub(crate) fn ownership(&self) -> Membership {
        membership((Kind::Authorization, &Self::id(self.key)), (self.owner_type.kind(), &self.owner_id))
    }
}

/// The stored form of something.
pub(crate) fn entry(kind: Kind, id: &str, record: &impl Serialize) -> IdentityEntry {
    // Records of texts have no way to fail.
    let document = serde_json::to_string(record).unwrap_or_default();
    IdentityEntry { kind: kind.as_str().into(), id: id.into(), document: document.into() }
}

/// A membership as it is stored.
pub(crate) fn membership(holder: (Kind, &str), member: (Kind, &str)) -> Membership {
    Membership {
        holder_kind: holder.0.as_str().into(),
        holder: holder.1.into(),
        member_kind: member.0.as_str().into(),
        member: member.1.into(),
    }
}

/// Reads a stored form.
pub(crate) fn read<T: DeserializeOwned>(kind: Kind, id: &Arc<str>, document: &str) -> Result<T, Error> {
    serde_json::from_str(document).map_err(|source| Error::Corrupt { kind, id: Arc::clone(id), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let id: Arc<str> = "anna".into();
        let written = r#"{"name":"Anna","email":null,"passwordHash":"$argon2id$"}"#;
        let user: User = read(Kind::User, &id, written).unwrap();
        assert_eq!(entry(Kind::User, "anna", &user).document.as_ref(), written);
        let least: User = read(Kind::User, &id, r#"{"passwordHash":"x"}"#).unwrap();
        assert_eq!(least.name, None);
        let group: Named = read(Kind::Group, &id, r#"{"name":"night \"shift\""}"#).unwrap();
        assert_eq!((&*group.name, group.description), ("night \"shift\"", None));
        let written = r#"{"ownerType":"ROLE","ownerId":"admin","resourceType":"BATCH","resourceId":"*","resourcePropertyName":null,"permissionTypes":["READ"]}"#;
        let authorization: Authorization = read(Kind::Authorization, &"7".into(), written).unwrap();
        assert_eq!(entry(Kind::Authorization, "7", &authorization).document.as_ref(), written);
        let broken = read::<User>(Kind::User, &id, "{}").unwrap_err();
        assert_eq!(broken.to_string(), "the stored user `anna` cannot be read");
    }
}
