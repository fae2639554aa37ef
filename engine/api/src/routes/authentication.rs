//! Who the caller is.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::answer::{answer, ok};
use crate::auth::{Access, Caller, Role};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, tagged};
use crate::shape::TENANT;

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Authentication",
        vec![
            get("/v2/authentication/me", "getAuthentication", "Who the caller is.", me)
                .access(Access::Employee)
                .answers::<Me>(),
        ],
    )
}

answer! {
    /// The caller.
    Me {
        username: Option<Arc<str>>,
        display_name: Option<Arc<str>>,
        email: Option<Arc<str>>,
        authorized_components: Vec<&'static str>,
        tenants: Vec<Tenant>,
        groups: Vec<Arc<str>>,
        roles: Vec<&'static str>,
        sales_plan_type: Option<String>,
        c8_links: BTreeMap<String, String>,
        can_logout: bool,
    }
}

answer! {
    /// A tenant.
    Tenant {
        tenant_id: &'static str,
        name: &'static str,
        description: Option<String>,
    }
}

/// What an unprotected API calls its caller.
const ANONYMOUS: &str = "anonymous";

async fn me(call: Call) -> Outcome {
    let user = match &call.caller {
        Caller::User(user) => Some(user),
        Caller::Anybody => None,
    };
    let has = |role: &Role| user.is_none_or(|user| user.has(*role));
    let anonymous = || Some(Arc::from(ANONYMOUS));
    ok(&Me {
        username: user.map_or_else(anonymous, |user| Some(Arc::clone(&user.name))),
        display_name: user.map_or_else(anonymous, |user| user.display_name.clone()),
        email: user.and_then(|user| user.email.clone()),
        authorized_components: vec!["*"],
        tenants: vec![Tenant { tenant_id: TENANT, name: "Default", description: None }],
        groups: user.map(|user| user.groups.clone()).unwrap_or_default(),
        roles: Role::ALL.into_iter().filter(has).map(Role::group).collect(),
        sales_plan_type: None,
        c8_links: BTreeMap::new(),
        can_logout: false,
    })
}
