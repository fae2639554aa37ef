//! Who belongs to what: members of groups, roles and tenants are assigned, unassigned and listed.

use std::sync::Arc;

use hosk_identity::Kind;
use hosk_store::read::{AuditOperation, Cell};

use super::mapping_rules::{self, MappingRuleAnswer};
use super::named::roles;
use super::{entity_type, proper_group, proper_id, proper_tenant};
use crate::answer::{answer, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, delete, post, put, tagged};
use crate::problem::Problem;
use crate::search::{Computed, Found, listed, sort_by};

/// Members of one kind in holders of one kind, and the operations over them.
struct Link {
    tag: &'static str,
    holder: Kind,
    member: Kind,
    one: &'static str,
    all: &'static str,
    assign: &'static str,
    unassign: &'static str,
    search: &'static str,
}

macro_rules! links {
    ($($tag:literal, $holder:ident, $member:ident: $one:literal, $all:literal, $assign:literal, $unassign:literal, $search:literal;)*) => {
        &[$(Link {
            tag: $tag,
            holder: Kind::$holder,
            member: Kind::$member,
            one: $one,
            all: $all,
            assign: $assign,
            unassign: $unassign,
            search: $search,
        }),*]
    };
}

static LINKS: &[Link] = links! {
    "Group", Group, User: "/v2/groups/{groupId}/users/{username}", "/v2/groups/{groupId}/users/search",
        "assignUserToGroup", "unassignUserFromGroup", "searchUsersForGroup";
    "Group", Group, Client: "/v2/groups/{groupId}/clients/{clientId}", "/v2/groups/{groupId}/clients/search",
        "assignClientToGroup", "unassignClientFromGroup", "searchClientsForGroup";
    "Group", Group, MappingRule: "/v2/groups/{groupId}/mapping-rules/{mappingRuleId}", "/v2/groups/{groupId}/mapping-rules/search",
        "assignMappingRuleToGroup", "unassignMappingRuleFromGroup", "searchMappingRulesForGroup";
    "Role", Role, User: "/v2/roles/{roleId}/users/{username}", "/v2/roles/{roleId}/users/search",
        "assignRoleToUser", "unassignRoleFromUser", "searchUsersForRole";
    "Role", Role, Client: "/v2/roles/{roleId}/clients/{clientId}", "/v2/roles/{roleId}/clients/search",
        "assignRoleToClient", "unassignRoleFromClient", "searchClientsForRole";
    "Role", Role, Group: "/v2/roles/{roleId}/groups/{groupId}", "/v2/roles/{roleId}/groups/search",
        "assignRoleToGroup", "unassignRoleFromGroup", "searchGroupsForRole";
    "Role", Role, MappingRule: "/v2/roles/{roleId}/mapping-rules/{mappingRuleId}", "/v2/roles/{roleId}/mapping-rules/search",
        "assignRoleToMappingRule", "unassignRoleFromMappingRule", "searchMappingRulesForRole";
    "Tenant", Tenant, User: "/v2/tenants/{tenantId}/users/{username}", "/v2/tenants/{tenantId}/users/search",
        "assignUserToTenant", "unassignUserFromTenant", "searchUsersForTenant";
    "Tenant", Tenant, Client: "/v2/tenants/{tenantId}/clients/{clientId}", "/v2/tenants/{tenantId}/clients/search",
        "assignClientToTenant", "unassignClientFromTenant", "searchClientsForTenant";
    "Tenant", Tenant, Group: "/v2/tenants/{tenantId}/groups/{groupId}", "/v2/tenants/{tenantId}/groups/search",
        "assignGroupToTenant", "unassignGroupFromTenant", "searchGroupIdsForTenant";
    "Tenant", Tenant, Role: "/v2/tenants/{tenantId}/roles/{roleId}", "/v2/tenants/{tenantId}/roles/search",
        "assignRoleToTenant", "unassignRoleFromTenant", "searchRolesForTenant";
    "Tenant", Tenant, MappingRule: "/v2/tenants/{tenantId}/mapping-rules/{mappingRuleId}", "/v2/tenants/{tenantId}/mapping-rules/search",
        "assignMappingRuleToTenant", "unassignMappingRuleFromTenant", "searchMappingRulesForTenant";
};

/// Lists of ids: the request and the answer.
macro_rules! ids {
    ($($search:ident $name:literal, $answer:ident { $field:ident = $wire:literal }, $about:literal;)*) => {$(
        static $search: Computed<Arc<str>> = Computed {
            name: $name,
            sorts: &[sort_by($wire, |id| Cell::Text(Arc::clone(id)))],
            identity: |id| vec![Cell::Text(Arc::clone(id))],
        };

        answer! {
            #[doc = $about]
            $answer {
                $field: Arc<str>,
            }
        }
    )*};
}

ids! {
    USERS "MemberUserSearch", MemberUser { username = "username" }, " A member.";
    CLIENTS "MemberClientSearch", MemberClient { client_id = "clientId" }, " A member.";
    GROUPS "MemberGroupSearch", MemberGroup { group_id = "groupId" }, " A member.";
}

pub(super) fn operations() -> Vec<Operation> {
    let mut operations: Vec<Operation> = LINKS.iter().flat_map(of_link).collect();
    let roles_of_group = post(
        "/v2/groups/{groupId}/roles/search",
        "searchRolesForGroup",
        "Search the roles of a group.",
        |mut call| async move {
            let id = call.path("groupId").to_owned();
            let held = call.app.identity.holders(Kind::Group, &id, Kind::Role);
            let body = call.optional_bytes().await?;
            let answer = found_roles(&call, &body, &held)?;
            call.within(&id)?;
            Ok(answer)
        },
    )
    .takes_schema(false, roles::SEARCH.schema(Some((roles::FILTER.schema(), false))))
    .answers::<Found<roles::RoleAnswer>>();
    operations.extend(tagged("Group", vec![roles_of_group]));
    operations
}

/// What is in the path for an identity of this kind.
fn parameter(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "username",
        Kind::Client => "clientId",
        Kind::Group => "groupId",
        Kind::Role => "roleId",
        Kind::Tenant => "tenantId",
        Kind::MappingRule => "mappingRuleId",
        Kind::Authorization | Kind::Token | Kind::EndedSession => "key",
    }
}

fn of_link(link: &'static Link) -> Vec<Operation> {
    let search = post(link.all, link.search, "Search its members of one kind.", move |call| find(call, link));
    let search = match link.member {
        Kind::User => search.takes_schema(false, USERS.schema(None)).answers::<Found<MemberUser>>(),
        Kind::Client => search.takes_schema(false, CLIENTS.schema(None)).answers::<Found<MemberClient>>(),
        Kind::Group => search.takes_schema(false, GROUPS.schema(None)).answers::<Found<MemberGroup>>(),
        Kind::Role => search
            .takes_schema(false, roles::SEARCH.schema(Some((roles::FILTER.schema(), false))))
            .answers::<Found<roles::RoleAnswer>>(),
        _ => search
            .takes_schema(false, mapping_rules::SEARCH.schema(Some((mapping_rules::FILTER.schema(), false))))
            .answers::<Found<MappingRuleAnswer>>(),
    };
    tagged(
        link.tag,
        vec![
            put(link.one, link.assign, "Make it a member.", move |call| assign(call, link))
                .noted(AuditOperation::Assign, entity_type(link.holder))
                .refuses(&[404, 409]),
            delete(link.one, link.unassign, "End the membership.", move |call| unassign(call, link))
                .noted(AuditOperation::Unassign, entity_type(link.holder))
                .refuses(&[404]),
            search,
        ],
    )
}

fn tell(call: &Call, link: &Link) {
    let (holder, member) = (call.path(parameter(link.holder)), call.path(parameter(link.member)));
    call.tells(|told| _ = told.about(holder).related(entity_type(link.member), member));
}

/// Refuses a path with what can be no id, before anything is looked for.
pub(super) fn proper(call: &Call, kind: Kind) -> Result<(), Problem> {
    let field = parameter(kind);
    match kind {
        Kind::Group => proper_group(call.path(field), field),
        Kind::Tenant => proper_tenant(call.path(field), field),
        _ => proper_id(call.path(field), field),
    }
}

async fn assign(call: Call, link: &'static Link) -> Outcome {
    tell(&call, link);
    proper(&call, link.holder)?;
    proper(&call, link.member)?;
    let holder = (link.holder, call.path(parameter(link.holder)));
    call.within(holder.1)?;
    call.app.identity.assign(holder, (link.member, call.path(parameter(link.member)))).await?;
    no_content()
}

async fn unassign(call: Call, link: &'static Link) -> Outcome {
    tell(&call, link);
    proper(&call, link.holder)?;
    proper(&call, link.member)?;
    let holder = (link.holder, call.path(parameter(link.holder)));
    call.within(holder.1)?;
    let member = (link.member, call.path(parameter(link.member)));
    call.app.identity.unassign(holder, member).await?;
    no_content()
}

async fn find(mut call: Call, link: &'static Link) -> Outcome {
    let holder = call.path(parameter(link.holder)).to_owned();
    let members = call.app.identity.members(link.holder, &holder, link.member);
    let body = call.optional_bytes().await?;
    let answer = page(&call, link, &body, members)?;
    // What is not there has no members.
    call.within(&holder)?;
    Ok(answer)
}

fn page(call: &Call, link: &'static Link, body: &[u8], members: Vec<Arc<str>>) -> Outcome {
    match link.member {
        Kind::User => {
            ok(&Found::of(listed(&USERS, None, body, members)?, |username| MemberUser { username }))
        }
        Kind::Client => {
            ok(&Found::of(listed(&CLIENTS, None, body, members)?, |client_id| MemberClient { client_id }))
        }
        Kind::Group => {
            ok(&Found::of(listed(&GROUPS, None, body, members)?, |group_id| MemberGroup { group_id }))
        }
        Kind::Role => found_roles(call, body, &members),
        _ => {
            let rules = members.iter().filter_map(|id| call.app.identity.rule(id)).collect();
            let page = listed(&mapping_rules::SEARCH, Some(&mapping_rules::FILTER), body, rules)?;
            ok(&Found::of(page, |rule| MappingRuleAnswer::from(&*rule)))
        }
    }
}

fn found_roles(call: &Call, body: &[u8], ids: &[Arc<str>]) -> Outcome {
    let rows = ids.iter().filter_map(|id| call.app.identity.named(Kind::Role, id)).collect();
    let page = listed(&roles::SEARCH, Some(&roles::FILTER), body, rows)?;
    ok(&Found::of(page, |role| roles::RoleAnswer::from(&*role)))
}
