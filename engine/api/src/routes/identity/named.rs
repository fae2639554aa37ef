//! Groups, roles and tenants: an id, a name, a description.

use std::sync::Arc;

use hosk_identity::{Error, Kind, Named};
use hosk_store::read::{AuditEntityType, AuditOperation, Cell};

use super::members::proper;
use super::{given, proper_id, proper_tenant};
use crate::answer::{answer, created, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, SchemaOf, delete, get, post, put, tagged};
use crate::problem::{Opening, Problem};
use crate::search::{Column, Columns, Computed, Form, Found, listed, sort_by, within};
use crate::shape::{Object, name, text};

/// Everything one kind has of its own.
macro_rules! family {
    (
        $module:ident, $kind:ident, $tag:literal, $answer:ident { $id:ident = $wire:literal }, check $check:path,
        at $all:literal, $one:literal, $search_at:literal,
        called $create_id:literal, $search_id:literal, $get_id:literal, $update_id:literal, $delete_id:literal,
        shapes $create_shape:literal, $update_shape:literal, $search_shape:literal, $filter_shape:literal,
        name $name_form:expr, id $id_form:expr, $alternatives:literal, sorts [$($sort:expr),*],
        $about:literal
    ) => {
        pub(in crate::routes) mod $module {
            use super::*;

            static CREATE: Object = Object {
                name: $create_shape,
                fields: &[
                    name($wire, 256, "The id.").required(),
                    name("name", 256, "The name for people.").required(),
                    text("description", "What it is for."),
                ],
            };
            static UPDATE: Object = Object {
                name: $update_shape,
                fields: &[
                    name("name", 256, "The name for people.").required(),
                    text("description", "What it is for."),
                ],
            };
            pub(crate) static SEARCH: Computed<Arc<Named>> = Computed {
                name: $search_shape,
                sorts: &[
                    $($sort,)*
                    sort_by("name", |named| Cell::Text(Arc::clone(&named.name))),
                    sort_by($wire, |named| Cell::Text(Arc::clone(&named.id))),
                ],
                identity: |named| vec![Cell::Text(Arc::clone(&named.id))],
            };
            pub(crate) static FILTER: Columns<Arc<Named>> = Columns {
                name: $filter_shape,
                properties: &[
                    Column { name: $wire, form: $id_form, of: |named| Some(&named.id) },
                    Column { name: "name", form: $name_form, of: |named| Some(&named.name) },
                ],
                alternatives: $alternatives,
            };

            answer! {
                #[doc = $about]
                $answer {
                    name: Arc<str>,
                    $id: Arc<str>,
                    description: Arc<str>,
                }
            }

            impl From<&Named> for $answer {
                fn from(named: &Named) -> Self {
                    Self {
                        name: Arc::clone(&named.name),
                        $id: Arc::clone(&named.id),
                        description: named.description.clone().unwrap_or_default(),
                    }
                }
            }

            pub(super) fn operations() -> Vec<Operation> {
                let search: SchemaOf = SEARCH.schema(Some((FILTER.schema(), false)));
                tagged(
                    $tag,
                    vec![
                        post($all, $create_id, concat!("Create a ", stringify!($kind), "."), create)
                            .takes(&CREATE)
                            .creates::<$answer>()
                            .noted(AuditOperation::Create, AuditEntityType::$kind)
                            .refuses(&[409]),
                        post($search_at, $search_id, concat!("Search ", stringify!($module), "."), find)
                            .takes_schema(false, search)
                            .answers::<Found<$answer>>(),
                        get($one, $get_id, concat!("One ", stringify!($kind), "."), one)
                            .answers::<$answer>()
                            .refuses(&[404]),
                        put($one, $update_id, concat!("Change a ", stringify!($kind), "."), update)
                            .takes(&UPDATE)
                            .answers::<$answer>()
                            .noted(AuditOperation::Update, AuditEntityType::$kind)
                            .refuses(&[404]),
                        delete($one, $delete_id, "Remove it with all its memberships.", remove)
                            .noted(AuditOperation::Delete, AuditEntityType::$kind)
                            .refuses(&[404, 409]),
                    ],
                )
            }

            async fn create(mut call: Call) -> Outcome {
                let mut body = call.json(&CREATE).await?;
                let id = body.required_text($wire);
                $check(&id, $wire)?;
                let named = Named {
                    id: id.into(),
                    name: given(&mut body, "name")?,
                    description: body.text("description").map(Into::into),
                };
                call.tells(|told| _ = told.about(&named.id).after(&$answer::from(&named)));
                call.app.identity.add_named(Kind::$kind, &named).await?;
                created(&$answer::from(&named))
            }

            async fn one(call: Call) -> Outcome {
                let id = call.path($wire);
                call.within(id)?;
                let found = call.app.identity.named(Kind::$kind, id);
                ok(&$answer::from(&*found.ok_or_else(|| missing(Kind::$kind, id))?))
            }

            async fn update(mut call: Call) -> Outcome {
                let mut body = call.json(&UPDATE).await?;
                proper(&call, Kind::$kind)?;
                call.within(call.path($wire))?;
                let named = Named {
                    id: call.path($wire).into(),
                    name: given(&mut body, "name")?,
                    description: body.text("description").map(Into::into),
                };
                tell_before(&call);
                call.tells(|told| _ = told.after(&$answer::from(&named)));
                call.app.identity.replace_named(Kind::$kind, &named).await?;
                ok(&$answer::from(&named))
            }

            async fn remove(call: Call) -> Outcome {
                call.within(call.path($wire))?;
                tell_before(&call);
                call.app.identity.remove(Kind::$kind, call.path($wire)).await?;
                no_content()
            }

            fn tell_before(call: &Call) {
                if let Some(before) = call.app.identity.named(Kind::$kind, call.path($wire)) {
                    call.tells(|told| _ = told.before(&$answer::from(&*before)));
                }
            }

            async fn find(mut call: Call) -> Outcome {
                let body = call.optional_bytes().await?;
                let scope = call.scope();
                let mut rows = call.app.identity.all_named(Kind::$kind);
                within(&mut rows, scope, |named| &named.id);
                let page = listed(&SEARCH, Some(&FILTER), &body, rows)?;
                ok(&Found::of(page, |named| $answer::from(&*named)))
            }
        }
    };
}

family! {
    groups, Group, "Group", GroupAnswer { group_id = "groupId" }, check proper_id,
    at "/v2/groups", "/v2/groups/{groupId}", "/v2/groups/search",
    called "createGroup", "searchGroups", "getGroup", "updateGroup", "deleteGroup",
    shapes "GroupCreationRequest", "GroupUpdateRequest", "GroupSearch", "GroupSearchFilter",
    name Form::Text, id Form::Text, true, sorts [],
    " Users that belong together."
}

family! {
    roles, Role, "Role", RoleAnswer { role_id = "roleId" }, check proper_id,
    at "/v2/roles", "/v2/roles/{roleId}", "/v2/roles/search",
    called "createRole", "searchRoles", "getRole", "updateRole", "deleteRole",
    shapes "RoleCreationRequest", "RoleUpdateRequest", "RoleSearch", "RoleSearchFilter",
    name Form::Text, id Form::Text, true, sorts [],
    " Permissions that go together."
}

family! {
    tenants, Tenant, "Tenant", TenantAnswer { tenant_id = "tenantId" }, check proper_tenant,
    at "/v2/tenants", "/v2/tenants/{tenantId}", "/v2/tenants/search",
    called "createTenant", "searchTenants", "getTenant", "updateTenant", "deleteTenant",
    shapes "TenantCreationRequest", "TenantUpdateRequest", "TenantSearch", "TenantSearchFilter",
    name Form::Plain, id Form::Plain, false,
    // Tenants have no key; the id is what identifies them.
    sorts [sort_by("key", |named| Cell::Text(Arc::clone(&named.id)))],
    " A closed circle of data."
}

pub(super) fn operations() -> Vec<Operation> {
    [groups::operations(), roles::operations(), tenants::operations()].into_iter().flatten().collect()
}

/// The refusal when there is none of that id.
pub(super) fn missing(kind: Kind, id: &str) -> Problem {
    let (thing, by) = match kind {
        Kind::User => ("User", "username"),
        Kind::Group => ("Group", "id"),
        Kind::Role => ("Role", "id"),
        Kind::Tenant => ("Tenant", "id"),
        Kind::MappingRule => ("Mapping Rule", "id"),
        Kind::Authorization => ("Authorization", "key"),
        Kind::Client => ("Client", "id"),
        Kind::Token | Kind::EndedSession => ("Token", "id"),
    };
    let problem = Problem::from(Error::NotFound { kind, id: id.into() });
    problem.opens(Opening::Absent { thing, by, id: id.to_owned() })
}
