//! Authorizations as they are kept: each belongs to its owner and goes with him. What one is about must be there, where
//! that can be known; one owner has one for one thing.

use std::sync::Arc;

use hosk_store::IdentityChange;

use crate::directory::Directory;
use crate::service::new_key;
use crate::standing::EVERY;
use crate::{Authorization, Error, Identity, Kind, OwnerType, Permission, ResourceType};

/// That a user may see himself.
pub(crate) fn of_oneself(name: &Arc<str>) -> [IdentityChange; 2] {
    let authorization = Authorization {
        key: new_key(),
        owner_type: OwnerType::User,
        owner_id: Arc::clone(name),
        resource_type: ResourceType::User,
        resource_id: Some(Arc::clone(name)),
        resource_property_name: None,
        permission_types: vec![Permission::Read],
    };
    [IdentityChange::Put(authorization.entry()), IdentityChange::Join(authorization.ownership())]
}

/// The identity that an authorization is about, where it names one.
fn subject(authorization: &Authorization) -> Option<(Kind, &Arc<str>)> {
    let kind = match authorization.resource_type {
        ResourceType::User => Kind::User,
        ResourceType::Group => Kind::Group,
        ResourceType::Role => Kind::Role,
        ResourceType::Tenant => Kind::Tenant,
        ResourceType::MappingRule => Kind::MappingRule,
        ResourceType::AuditLog
        | ResourceType::Authorization
        | ResourceType::Backup
        | ResourceType::Batch
        | ResourceType::ClusterVariable
        | ResourceType::Component
        | ResourceType::DecisionDefinition
        | ResourceType::DecisionRequirementsDefinition
        | ResourceType::Document
        | ResourceType::Exporter
        | ResourceType::Expression
        | ResourceType::GlobalListener
        | ResourceType::Message
        | ResourceType::ProcessDefinition
        | ResourceType::Resource
        | ResourceType::Secret
        | ResourceType::System
        | ResourceType::UserTask => return None,
    };
    let id = authorization.resource_id.as_ref()?;
    (**id != *EVERY).then_some((kind, id))
}

/// Whether its owner has one for the same thing.
fn is_had(directory: &Directory, authorization: &Authorization) -> bool {
    let owner = (authorization.owner_type.kind(), &authorization.owner_id);
    let keys = directory.holders_of(owner.0, owner.1, Kind::Authorization);
    keys.iter().filter_map(|id| directory.authorizations.get(&id.parse().ok()?)).any(|had| {
        had.resource_type == authorization.resource_type
            && had.resource_id == authorization.resource_id
            && had.resource_property_name == authorization.resource_property_name
    })
}

impl Identity {
    /// What must be there for an authorization: its owner, and what it is about.
    fn concerned<'a>(
        &self,
        authorization: &'a Authorization,
    ) -> (Vec<IdentityChange>, Vec<(Kind, &'a Arc<str>)>) {
        let owner = (authorization.owner_type.kind(), &authorization.owner_id);
        let named = std::iter::once(owner).chain(subject(authorization));
        let of = |(kind, id)| self.require(kind, id).pop().map(|change| (change, (kind, id)));
        named.filter_map(of).unzip()
    }

    /// Adds an authorization; its key.
    ///
    /// # Errors
    /// [`Error::NotFound`] when its owner or what it is about is not known, [`Error::IsGranted`], [`Error::Full`],
    /// [`Error::Store`].
    pub async fn add_authorization(&self, authorization: Authorization) -> Result<u64, Error> {
        self.room(Kind::Authorization)?;
        let authorization = Authorization { key: new_key(), ..authorization };
        let (mut changes, concerned) = self.concerned(&authorization);
        changes.push(IdentityChange::Add(authorization.entry()));
        changes.push(IdentityChange::Join(authorization.ownership()));
        let refused = |place: usize| match concerned.get(place) {
            Some((kind, id)) => Error::NotFound { kind: *kind, id: Arc::clone(id) },
            None => {
                Error::AlreadyExists { kind: Kind::Authorization, id: Authorization::id(authorization.key) }
            }
        };
        let may = |directory: &Directory| {
            if !is_had(directory, &authorization) {
                return Ok(());
            }
            Err(Error::IsGranted { owner: Arc::clone(&authorization.owner_id), thing: authorization.thing() })
        };
        self.change_if(may, changes, refused).await?;
        Ok(authorization.key)
    }

    /// Replaces an authorization.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it, its owner or what it is about is not known, [`Error::Store`].
    pub async fn replace_authorization(&self, authorization: &Authorization) -> Result<(), Error> {
        let id = Authorization::id(authorization.key);
        let (required, concerned) = self.concerned(authorization);
        let mut changes = vec![IdentityChange::Replace(authorization.entry())];
        changes.extend(required);
        for member_kind in OwnerType::ALL.iter().map(|owner| owner.kind()) {
            for member in self.members(Kind::Authorization, &id, member_kind) {
                let before = crate::records::membership((Kind::Authorization, &id), (member_kind, &member));
                changes.push(IdentityChange::Unassign(before));
            }
        }
        changes.push(IdentityChange::Join(authorization.ownership()));
        let refused = |place: usize| match place.checked_sub(1).and_then(|place| concerned.get(place)) {
            Some((kind, id)) => Error::NotFound { kind: *kind, id: Arc::clone(id) },
            None => Error::NotFound { kind: Kind::Authorization, id: Arc::clone(&id) },
        };
        self.change(changes, refused).await
    }
}

#[cfg(test)]
mod tests {
    use hosk_store::Memory;

    use super::*;
    use crate::{Principal, Scope, User};

    async fn anna() -> Identity {
        let identity = Identity::start(Arc::new(Memory::new())).await.unwrap();
        let anna = User { username: "anna".into(), name: None, email: None, password_hash: "x".into() };
        identity.add_user(&anna).await.unwrap();
        identity
    }

    fn about(resource_type: ResourceType, id: &str) -> Authorization {
        Authorization {
            key: 0,
            owner_type: OwnerType::User,
            owner_id: "anna".into(),
            resource_type,
            resource_id: Some(id.into()),
            resource_property_name: None,
            permission_types: vec![Permission::Read],
        }
    }

    #[tokio::test]
    async fn a_user_sees_himself() {
        let identity = anna().await;
        let standing = identity.standing(&Principal::user("anna".into()));
        let scope = standing.rights.scope(ResourceType::User, Permission::Read);
        assert_eq!(scope, Scope::Of(vec!["anna".into()]));
        identity.remove(Kind::User, "anna").await.unwrap();
        assert!(identity.standing(&Principal::user("anna".into())).authorizations.is_empty());
    }

    #[tokio::test]
    async fn an_owner_has_one_for_a_thing() {
        let identity = anna().await;
        let all = about(ResourceType::Batch, EVERY);
        identity.add_authorization(all.clone()).await.unwrap();
        let again = identity.add_authorization(all.clone()).await.unwrap_err();
        assert!(matches!(again, Error::IsGranted { .. }), "{again}");
        let of_another_type = Authorization { resource_type: ResourceType::Component, ..all.clone() };
        identity.add_authorization(of_another_type).await.unwrap();
        let (here, client) = (&identity, OwnerType::Client);
        here.add_authorization(Authorization { owner_type: client, ..all }).await.unwrap();
    }

    #[tokio::test]
    async fn what_it_is_about_must_be_there() {
        use ResourceType as R;
        let identity = anna().await;
        for resource_type in [R::User, R::Group, R::Role, R::Tenant, R::MappingRule] {
            let missing = identity.add_authorization(about(resource_type, "nobody")).await.unwrap_err();
            assert!(matches!(&missing, Error::NotFound { id, .. } if **id == *"nobody"), "{missing}");
            identity.add_authorization(about(resource_type, EVERY)).await.unwrap();
        }
        let key = identity.add_authorization(about(R::Role, "admin")).await.unwrap();
        let elsewhere = Authorization { key, ..about(R::Role, "nothing") };
        let missing = identity.replace_authorization(&elsewhere).await.unwrap_err();
        assert!(matches!(missing, Error::NotFound { kind: Kind::Role, .. }));
        assert_eq!(identity.authorization(key).unwrap().resource_id.as_deref(), Some("admin"));
        let known = Authorization { key, ..about(R::Role, "worker") };
        identity.replace_authorization(&known).await.unwrap();
        identity.add_authorization(about(R::ProcessDefinition, "not-deployed-yet")).await.unwrap();
    }
}
