//! Mapping rules: whoever has a claim in his token is a member of something.

use std::sync::Arc;

use hosk_identity::{Error, Kind, MappingRule};
use hosk_store::read::{AuditEntityType, AuditOperation, Cell};

use super::members::proper;
use super::named::missing;
use super::{given, proper_id};
use crate::answer::{answer, created, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, SchemaOf, delete, get, post, put, tagged};
use crate::problem::Problem;
use crate::search::{Column, Columns, Computed, Form, Found, listed, sort_by, within};
use crate::shape::{Body, Object, name};

static CREATE: Object = Object {
    name: "MappingRuleCreationRequest",
    fields: &[
        name("mappingRuleId", 256, "The id.").required(),
        name("name", 256, "The name for people.").required(),
        name("claimName", 256, "The name of the claim.").required(),
        name("claimValue", 1024, "Its value.").required(),
    ],
};

static UPDATE: Object = Object {
    name: "MappingRuleUpdateRequest",
    fields: &[
        name("name", 256, "The name for people.").required(),
        name("claimName", 256, "The name of the claim.").required(),
        name("claimValue", 1024, "Its value.").required(),
    ],
};

pub(super) static SEARCH: Computed<Arc<MappingRule>> = Computed {
    name: "MappingRuleSearch",
    sorts: &[
        sort_by("mappingRuleId", |rule| Cell::Text(Arc::clone(&rule.id))),
        sort_by("claimName", |rule| Cell::Text(Arc::clone(&rule.claim_name))),
        sort_by("claimValue", |rule| Cell::Text(Arc::clone(&rule.claim_value))),
        sort_by("name", |rule| Cell::Text(Arc::clone(&rule.name))),
    ],
    identity: |rule| vec![Cell::Text(Arc::clone(&rule.id))],
};

pub(super) static FILTER: Columns<Arc<MappingRule>> = Columns {
    name: "MappingRuleSearchFilter",
    properties: &[
        Column { name: "mappingRuleId", form: Form::Text, of: |rule| Some(&rule.id) },
        Column { name: "name", form: Form::Text, of: |rule| Some(&rule.name) },
        Column { name: "claimName", form: Form::Plain, of: |rule| Some(&rule.claim_name) },
        Column { name: "claimValue", form: Form::Plain, of: |rule| Some(&rule.claim_value) },
    ],
    alternatives: true,
};

const ONE: &str = "/v2/mapping-rules/{mappingRuleId}";

pub(super) fn operations() -> Vec<Operation> {
    let search: SchemaOf = SEARCH.schema(Some((FILTER.schema(), false)));
    tagged(
        "Mapping rule",
        vec![
            post("/v2/mapping-rules", "createMappingRule", "Create a mapping rule.", create)
                .takes(&CREATE)
                .creates::<MappingRuleAnswer>()
                .noted(AuditOperation::Create, AuditEntityType::MappingRule)
                .refuses(&[409]),
            post("/v2/mapping-rules/search", "searchMappingRule", "Search mapping rules.", find)
                .takes_schema(false, search)
                .answers::<Found<MappingRuleAnswer>>(),
            get(ONE, "getMappingRule", "One mapping rule.", one)
                .answers::<MappingRuleAnswer>()
                .refuses(&[404]),
            put(ONE, "updateMappingRule", "Change a mapping rule.", update)
                .takes(&UPDATE)
                .answers::<MappingRuleAnswer>()
                .noted(AuditOperation::Update, AuditEntityType::MappingRule)
                .refuses(&[404, 409]),
            delete(ONE, "deleteMappingRule", "Remove a mapping rule with its memberships.", remove)
                .noted(AuditOperation::Delete, AuditEntityType::MappingRule)
                .refuses(&[404]),
        ],
    )
}

answer! {
    /// Whoever has this claim in his token is a member where the rule is one.
    MappingRuleAnswer {
        mapping_rule_id: Arc<str>,
        name: Arc<str>,
        claim_name: Arc<str>,
        claim_value: Arc<str>,
    }
}

impl From<&MappingRule> for MappingRuleAnswer {
    fn from(rule: &MappingRule) -> Self {
        Self {
            mapping_rule_id: Arc::clone(&rule.id),
            name: Arc::clone(&rule.name),
            claim_name: Arc::clone(&rule.claim_name),
            claim_value: Arc::clone(&rule.claim_value),
        }
    }
}

fn of(id: &str, body: &mut Body) -> Result<MappingRule, Problem> {
    Ok(MappingRule {
        id: id.into(),
        name: given(body, "name")?,
        claim_name: given(body, "claimName")?,
        claim_value: given(body, "claimValue")?,
    })
}

/// That another rule is for the same claim, in the words that clients look for.
fn refused(error: Error, what: &str) -> Problem {
    let Error::ClaimTaken { rule, by } = &error else { return error.into() };
    Problem::already_exists(format!(
        "Expected to {what} mapping rule with claimName '{}' and claimValue '{}', but a mapping rule with this claim already \
         exists. It is `{by}`: change that one, or make it a member instead.",
        rule.claim_name, rule.claim_value
    ))
}

async fn create(mut call: Call) -> Outcome {
    let mut body = call.json(&CREATE).await?;
    let id = body.required_text("mappingRuleId");
    proper_id(&id, "mappingRuleId")?;
    let rule = of(&id, &mut body)?;
    call.tells(|told| _ = told.about(&rule.id).after(&MappingRuleAnswer::from(&rule)));
    call.app.identity.add_rule(&rule).await.map_err(|error| refused(error, "create"))?;
    created(&MappingRuleAnswer::from(&rule))
}

async fn one(call: Call) -> Outcome {
    let id = call.path("mappingRuleId");
    call.within(id)?;
    let rule = call.app.identity.rule(id).ok_or_else(|| missing(Kind::MappingRule, id))?;
    ok(&MappingRuleAnswer::from(&*rule))
}

async fn update(mut call: Call) -> Outcome {
    let mut body = call.json(&UPDATE).await?;
    proper(&call, Kind::MappingRule)?;
    call.within(call.path("mappingRuleId"))?;
    let rule = of(call.path("mappingRuleId"), &mut body)?;
    tell_before(&call);
    call.tells(|told| _ = told.after(&MappingRuleAnswer::from(&rule)));
    call.app.identity.replace_rule(&rule).await.map_err(|error| refused(error, "update"))?;
    ok(&MappingRuleAnswer::from(&rule))
}

async fn remove(call: Call) -> Outcome {
    call.within(call.path("mappingRuleId"))?;
    tell_before(&call);
    call.app.identity.remove(Kind::MappingRule, call.path("mappingRuleId")).await?;
    no_content()
}

fn tell_before(call: &Call) {
    if let Some(before) = call.app.identity.rule(call.path("mappingRuleId")) {
        call.tells(|told| _ = told.before(&MappingRuleAnswer::from(&*before)));
    }
}

async fn find(mut call: Call) -> Outcome {
    let body = call.optional_bytes().await?;
    let scope = call.scope();
    let mut rows = call.app.identity.rules();
    within(&mut rows, scope, |rule| &rule.id);
    let page = listed(&SEARCH, Some(&FILTER), &body, rows)?;
    ok(&Found::of(page, |rule| MappingRuleAnswer::from(&*rule)))
}
