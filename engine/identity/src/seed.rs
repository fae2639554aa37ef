//! What every installation begins with: the default tenant, the roles that clients know by name, and two groups of
//! ours. All of it is written once and may be changed afterwards.

use hosk_store::{IdentityChange, IdentityEntry, Membership};

use crate::records::{Named, entry, membership};
use crate::service::new_key;
use crate::{Authorization, Kind, OwnerType, Permission as P, ResourceType as R};

/// Members of this group may do everything.
pub const OPERATORS: &str = "operators";
/// Members of this group work jobs, start and look at instances, publish messages.
pub const WORKERS: &str = "workers";
/// Whoever has this role may do everything.
pub(crate) const ADMIN: &str = "admin";
/// The tenant that is always there.
pub(crate) const DEFAULT_TENANT: &str = "<default>";

/// Id, name, what it is for.
const ROLES: [(&str, &str, &str); 7] = [
    (ADMIN, "Admin", "May do everything."),
    ("readonly-admin", "Read-only admin", "May see everything and change nothing."),
    ("connectors", "Connectors", "For connectors that run beside the server."),
    ("rpa", "RPA", "For robots."),
    (
        "app-integrations",
        "App integrations",
        "For chat and office programs that start processes and show tasks.",
    ),
    ("task-worker", "Task worker", "Sees and does the tasks that are his or his groups'."),
    ("worker", "Worker", "Works jobs, starts and looks at instances, publishes messages."),
];

/// What a role may with everything of a type.
fn permissions(role: &str) -> Vec<(R, Vec<P>)> {
    let process = |permissions: &[P]| (R::ProcessDefinition, permissions.to_vec());
    let document = (R::Document, vec![P::Create, P::Read, P::Delete]);
    match role {
        ADMIN => R::ALL.iter().map(|resource| (*resource, resource.permissions().to_vec())).collect(),
        "readonly-admin" => readable(),
        "connectors" => vec![
            process(&[P::ReadProcessDefinition, P::ReadProcessInstance, P::UpdateProcessInstance]),
            (R::Message, vec![P::Create, P::Read]),
            document,
        ],
        "rpa" => vec![
            process(&[P::ReadProcessInstance, P::UpdateProcessInstance]),
            (R::Resource, vec![P::Read]),
            document,
        ],
        "app-integrations" => vec![
            process(&[
                P::CreateProcessInstance,
                P::ReadProcessDefinition,
                P::ReadProcessInstance,
                P::ReadUserTask,
                P::UpdateUserTask,
            ]),
            (R::Message, vec![P::Create, P::Read]),
            document,
        ],
        "worker" => vec![
            process(&[
                P::CreateProcessInstance,
                P::ReadProcessDefinition,
                P::ReadProcessInstance,
                P::UpdateProcessInstance,
            ]),
            (R::DecisionDefinition, vec![P::ReadDecisionDefinition, P::CreateDecisionInstance]),
            (R::DecisionRequirementsDefinition, vec![P::Read]),
            (R::Message, vec![P::Create, P::Read]),
            (R::Expression, vec![P::Evaluate]),
            document,
        ],
        // Tasks that are his need no authorization. Forms upload files and show them; removing those of others is not his.
        "task-worker" => vec![(R::Document, vec![P::Create, P::Read])],
        _ => Vec::new(),
    }
}

/// Every permission that shows something and changes nothing.
fn readable() -> Vec<(R, Vec<P>)> {
    let reads = |permission: &&P| permission.as_str().starts_with("READ") || **permission == P::Access;
    let of =
        |resource: &R| (*resource, resource.permissions().iter().filter(reads).copied().collect::<Vec<_>>());
    // What is secret is no reading matter.
    R::ALL
        .iter()
        .filter(|resource| **resource != R::Secret)
        .map(of)
        .filter(|(_, some)| !some.is_empty())
        .collect()
}

/// What is done once.
pub(crate) fn changes() -> Vec<IdentityChange> {
    let named = |kind: Kind, id: &str, name: &str, about: Option<&str>| {
        let named = Named { id: id.into(), name: name.into(), description: about.map(Into::into) };
        IdentityChange::Ensure(entry(kind, id, &named))
    };
    let mut changes = vec![
        named(Kind::Tenant, DEFAULT_TENANT, "Default", None),
        named(Kind::Group, OPERATORS, "Operators", Some("May do everything.")),
        named(Kind::Group, WORKERS, "Workers", Some("Programs that work jobs.")),
    ];
    for (id, name, about) in ROLES {
        changes.push(named(Kind::Role, id, name, Some(about)));
        for (resource_type, permission_types) in permissions(id) {
            changes.extend(grant(id, resource_type, permission_types));
        }
    }
    let in_role = |role, group| IdentityChange::Join(membership((Kind::Role, role), (Kind::Group, group)));
    changes.extend([in_role(ADMIN, OPERATORS), in_role("worker", WORKERS)]);
    let tenant = |role| IdentityChange::Join(membership((Kind::Tenant, DEFAULT_TENANT), (Kind::Role, role)));
    changes.extend(ROLES.iter().map(|(role, ..)| tenant(role)));
    changes
}

fn grant(role: &str, resource_type: R, permission_types: Vec<P>) -> [IdentityChange; 2] {
    let authorization = Authorization {
        key: new_key(),
        owner_type: OwnerType::Role,
        owner_id: role.into(),
        resource_type,
        resource_id: Some("*".into()),
        resource_property_name: None,
        permission_types,
    };
    let (entry, ownership): (IdentityEntry, Membership) = (authorization.entry(), authorization.ownership());
    [IdentityChange::Put(entry), IdentityChange::Join(ownership)]
}
