//! Who the caller is.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_identity::{Kind, Permission, ResourceType, Scope, Standing};

use super::identity::{AuthorizationAnswer, FILTER, SEARCH, TenantAnswer, is_known};
use crate::answer::{answer, ok};
use crate::auth::{Access, Caller};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::search::{Found, listed};
use crate::tenants::TENANT;

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Authentication",
        vec![
            get("/v2/authentication/me", "getAuthentication", "Who the caller is.", me)
                .access(Access::Employee)
                .answers::<Me>(),
            post(
                "/v2/authentication/me/authorizations/search",
                "searchOwnAuthorizations",
                "What the caller may: his authorizations and those of his groups and roles.",
                own,
            )
            .access(Access::Employee)
            .takes_schema(false, SEARCH.schema(Some((FILTER.schema(), false))))
            .answers::<Found<AuthorizationAnswer>>(),
        ],
    )
}

answer! {
    /// The caller.
    Me {
        username: Option<Arc<str>>,
        display_name: Option<Arc<str>>,
        email: Option<Arc<str>>,
        authorized_components: Vec<Arc<str>>,
        tenants: Vec<TenantAnswer>,
        groups: Vec<Arc<str>>,
        roles: Vec<Arc<str>>,
        sales_plan_type: Option<String>,
        c8_links: BTreeMap<String, String>,
        can_logout: bool,
    }
}

/// What an unprotected API calls its caller.
const ANONYMOUS: &str = "anonymous";

/// The web applications that somebody may use.
fn components(call: &Call, standing: &Standing) -> Vec<Arc<str>> {
    let scope = standing.rights.scope(ResourceType::Component, Permission::Access);
    match scope {
        Scope::Of(ids) if call.app.auth.has_authorizations() => ids,
        Scope::All | Scope::Of(_) => vec!["*".into()],
    }
}

async fn own(mut call: Call) -> Outcome {
    let body = call.optional_bytes().await?;
    let identity = &call.app.identity;
    let rows = match &call.caller {
        Caller::User(user) => {
            let keys = user.standing.authorizations.iter();
            let rows = keys.filter_map(|key| identity.authorization(*key));
            rows.filter(|one| is_known(&call, one)).collect()
        }
        Caller::Anybody => Vec::new(),
    };
    ok(&Found::of(listed(&SEARCH, Some(&FILTER), &body, rows)?, |one| AuthorizationAnswer::from(&*one)))
}

async fn me(call: Call) -> Outcome {
    let identity = &call.app.identity;
    let (user, standing) = match &call.caller {
        Caller::User(user) => (Some(user), Arc::clone(&user.standing)),
        Caller::Anybody => (None, Arc::default()),
    };
    let anonymous = || Some(Arc::from(ANONYMOUS));
    let tenants = standing.tenants.iter().filter_map(|id| identity.named(Kind::Tenant, id));
    let mut tenants: Vec<TenantAnswer> = tenants.map(|tenant| TenantAnswer::from(&*tenant)).collect();
    if user.is_none() {
        // Where nobody says who he is there is one tenant, and it is everybody's.
        tenants.extend(identity.named(Kind::Tenant, TENANT).map(|tenant| TenantAnswer::from(&*tenant)));
    }
    ok(&Me {
        username: user.map_or_else(anonymous, |user| Some(Arc::clone(&user.name))),
        display_name: user.map_or_else(anonymous, |user| user.display_name.clone()),
        email: user.and_then(|user| user.email.clone()),
        authorized_components: components(&call, &standing),
        tenants,
        groups: standing.groups.clone(),
        roles: standing.roles.clone(),
        sales_plan_type: None,
        c8_links: BTreeMap::new(),
        can_logout: call.app.auth.is_protected(),
    })
}
