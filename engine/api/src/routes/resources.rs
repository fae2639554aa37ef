//! Deployments and what they brought.

mod search;

use std::sync::Arc;

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use hosk_core::{DecisionRequirementsKey, FormKey, ProcessDefinitionKey};
use hosk_identity::{Permission, ResourceType};
use hosk_runtime::{DeployedResource, DeployedResourceKind, Deployment, Error};
use hosk_store::read::{Filter, Page, ProcessInstanceField, ProcessInstanceState, Queries as _, Search};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::batch_operations::{BatchBegunAnswer, begin_deletion};
use crate::answer::{Key, answer, content, ok};
use crate::audited::made;
use crate::call::{Call, FORM, broken_form, too_large};
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::shape::{Object, boolean, operation_reference};
use crate::tenants::Tenant;
use hosk_store::read::{AuditEntityType, AuditOperation};

static DELETE: Object = Object {
    name: "DeleteResourceRequest",
    fields: &[
        operation_reference(),
        boolean("deleteHistory", "Whether the ended instances of a process definition go, too, one by one."),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = search::operations();
    operations.extend(vec![
        post("/v2/deployments", "createDeployment", "Deploy files: all or none.", deploy)
            .noted(AuditOperation::Create, AuditEntityType::Resource)
            .takes_media(
                FORM,
                Arc::new(|_| {
                    let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
                    let file = ObjectBuilder::new().schema_type(Type::String).format(Some(binary));
                    ObjectBuilder::new()
                        .property("resources", ArrayBuilder::new().items(file))
                        .property("tenantId", ObjectBuilder::new().schema_type(Type::String))
                        .required("resources")
                        .into()
                }),
            )
            .answers::<DeploymentAnswer>(),
        get("/v2/resources/{resourceKey}", "getResource", "A deployed file's name and version.", one)
            .answers::<ResourceAnswer>()
            .refuses(&[404]),
        get("/v2/resources/{resourceKey}/content", "getResourceContent", "A deployed file, verbatim.", file)
            .answers_media("application/octet-stream")
            .refuses(&[404]),
        post(
            "/v2/resources/{resourceKey}/deletion",
            "deleteResource",
            "Delete a version: no new instances of it.",
            delete,
        )
        .noted(AuditOperation::Delete, AuditEntityType::Resource)
        .may_take(&DELETE)
        .answers::<Deleted>()
        .refuses(&[404, 409]),
    ]);
    tagged("Resource", operations)
}

answer! {
    /// What was deployed.
    DeploymentAnswer {
        deployment_key: Key,
        tenant_id: Arc<str>,
        deployments: Vec<DeployedAnswer>,
    }
}

answer! {
    /// One of a deployment; exactly one property is set.
    DeployedAnswer {
        process_definition: Option<DeployedProcessAnswer>,
        decision_definition: Option<DeployedDecisionAnswer>,
        decision_requirements: Option<DeployedRequirementsAnswer>,
        form: Option<DeployedFormAnswer>,
        resource: Option<DeployedFileAnswer>,
    }
}

answer! {
    /// A deployed process.
    DeployedProcessAnswer {
        process_definition_id: Arc<str>,
        process_definition_version: u32,
        process_definition_key: Key,
        resource_name: Arc<str>,
        tenant_id: Arc<str>,
    }
}

answer! {
    /// A deployed decision.
    DeployedDecisionAnswer {
        decision_definition_id: Arc<str>,
        version: u32,
        name: Arc<str>,
        tenant_id: Arc<str>,
        decision_requirements_id: Arc<str>,
        decision_definition_key: Key,
        decision_requirements_key: Key,
    }
}

answer! {
    /// A deployed decision requirements graph.
    DeployedRequirementsAnswer {
        decision_requirements_id: Arc<str>,
        decision_requirements_name: Arc<str>,
        version: u32,
        resource_name: Arc<str>,
        tenant_id: Arc<str>,
        decision_requirements_key: Key,
    }
}

answer! {
    /// A deployed form.
    DeployedFormAnswer {
        form_id: Arc<str>,
        form_key: Key,
        version: u32,
        resource_name: Arc<str>,
        tenant_id: Arc<str>,
    }
}

answer! {
    /// Another deployed file.
    DeployedFileAnswer {
        resource_id: Arc<str>,
        resource_key: Key,
        version: u32,
        resource_name: Arc<str>,
        tenant_id: Arc<str>,
    }
}

impl DeployedAnswer {
    fn new(resource: DeployedResource, tenant: &Arc<str>) -> Self {
        let DeployedResource { kind, key, id, version, resource_name, decisions, .. } = resource;
        let (key, tenant_id) = (Key(key), Arc::clone(tenant));
        let mut answer = Self {
            process_definition: None,
            decision_definition: None,
            decision_requirements: None,
            form: None,
            resource: None,
        };
        match kind {
            DeployedResourceKind::Process => {
                answer.process_definition = Some(DeployedProcessAnswer {
                    process_definition_id: id,
                    process_definition_version: version,
                    process_definition_key: key,
                    resource_name,
                    tenant_id,
                });
            }
            DeployedResourceKind::Form => {
                answer.form = Some(DeployedFormAnswer {
                    form_id: id,
                    form_key: key,
                    version,
                    resource_name,
                    tenant_id,
                });
            }
            DeployedResourceKind::Decision => {
                answer.decision_definition = decisions.map(|of| DeployedDecisionAnswer {
                    decision_definition_id: id,
                    version,
                    name: of.name,
                    tenant_id,
                    decision_requirements_id: of.graph_id,
                    decision_definition_key: key,
                    decision_requirements_key: Key(of.graph.0),
                });
            }
            DeployedResourceKind::DecisionRequirements => {
                answer.decision_requirements = decisions.map(|of| DeployedRequirementsAnswer {
                    decision_requirements_id: id,
                    decision_requirements_name: of.name,
                    version,
                    resource_name,
                    tenant_id,
                    decision_requirements_key: key,
                });
            }
            DeployedResourceKind::Resource => {
                let resource_id = id;
                let file =
                    DeployedFileAnswer { resource_id, resource_key: key, version, resource_name, tenant_id };
                answer.resource = Some(file);
            }
        }
        answer
    }
}

answer! {
    /// A deployed file.
    ResourceAnswer {
        resource_key: Key,
        resource_id: Arc<str>,
        resource_name: Arc<str>,
        version: u32,
        version_tag: Option<Arc<str>>,
        tenant_id: Arc<str>,
    }
}

answer! {
    /// A deleted version.
    Deleted {
        resource_key: Key,
        /// What removes the ended instances, where that was asked for.
        batch_operation: Option<BatchBegunAnswer>,
    }
}

async fn deploy(mut call: Call) -> Outcome {
    let form = call.multipart().await?;
    let (files, tenant) = files(&call, form).await?;
    let Deployment { key, tenant, resources, warnings } = call.app.engine.deploy(&tenant, files).await?;
    for warning in warnings {
        let diagnostic = warning.diagnostic;
        tracing::warn!(file = &*warning.resource, element = diagnostic.element_id, "{}", diagnostic.message);
    }
    call.tells(|told| told.more().deployment = Some(key));
    let deployments = resources.into_iter().map(|resource| DeployedAnswer::new(resource, &tenant)).collect();
    made(&key.0, ok(&DeploymentAnswer { deployment_key: Key(key.0), tenant_id: tenant, deployments }))
}

/// Files by name, and the tenant that they are for.
type Form = (Vec<(String, Vec<u8>)>, Tenant);

/// What is in the form, within their bounds.
async fn files(call: &Call, mut form: Multipart) -> Result<Form, Problem> {
    let settings = &call.app.settings;
    let (mut files, mut tenant) = (Vec::new(), None);
    let mut left = settings.deployment_bytes;
    while let Some(mut field) = form.next_field().await.map_err(|error| broken_form(&error))? {
        let bytes = read(&mut field, &mut left, settings.deployment_bytes).await?;
        match field.name() {
            Some("resources") => {
                let name = field.file_name().filter(|name| !name.is_empty()).ok_or_else(|| {
                    Problem::missing_field(
                        "Every part `resources` needs a file name: its ending tells what it is.",
                    )
                })?;
                files.push((name.to_owned(), bytes));
                if files.len() > settings.deployment_files {
                    let limit = settings.deployment_files;
                    return Err(Problem::invalid_argument(format!("A deployment may have {limit} files.")));
                }
            }
            Some("tenantId") => {
                tenant = Some(call.tenant(Some(&String::from_utf8_lossy(&bytes)), "tenantId")?);
            }
            other => {
                let name = other.unwrap_or("(unnamed)");
                let detail = format!("The part `{name}` is not known; known here: resources, tenantId.");
                return Err(Problem::unknown_field(detail));
            }
        }
    }
    if files.is_empty() {
        return Err(Problem::missing_field(
            "No resources provided. `resources` is required: at least one file.",
        ));
    }
    let tenant = tenant.map_or_else(|| call.tenant(None, "tenantId"), Ok)?;
    Ok((files, tenant))
}

async fn read(field: &mut Field<'_>, left: &mut usize, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken_form(&error))? {
        *left = left.checked_sub(chunk.len()).ok_or_else(|| too_large(limit))?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn one(call: Call) -> Outcome {
    let row = search::resource(&call).await?;
    ok(&ResourceAnswer::from(row))
}

async fn file(call: Call) -> Outcome {
    let key = search::resource(&call).await?.key;
    let found = call.seen.content(key).await?.ok_or_else(|| missing("resource", key))?;
    let ending = found.name.rsplit('.').next().unwrap_or_default();
    // Only what a browser does not run; everything else is a download.
    let media_type = match ending {
        "json" | "rpa" => "application/json",
        _ => "application/octet-stream",
    };
    Ok(content(media_type, found.bytes.to_vec()))
}

async fn delete(mut call: Call) -> Outcome {
    let key = call.key("resourceKey")?;
    let with_history = call.optional_json(&DELETE).await?.boolean("deleteHistory") == Some(true);
    let deployed = call.seen_deployed(key).await?;
    tell(&call, key).await?;
    refuse_while_running(&call, key).await?;
    let history = if with_history { history(&call, key).await? } else { None };
    call.app.engine.delete_resource(deployed).await?;
    let batch_operation = match history {
        Some(ended) => Some(begin_deletion(&call, ended).await?),
        None => None,
    };
    ok(&Deleted { resource_key: Key(key), batch_operation })
}

/// The instances of a process definition, if it is one and the caller may delete them.
async fn history(call: &Call, key: u64) -> Result<Option<Filter<ProcessInstanceField>>, Problem> {
    let key = ProcessDefinitionKey(key);
    let Some(row) = call.seen.process_definition(key).await? else { return Ok(None) };
    let scope = call.scope_of(ResourceType::ProcessDefinition, Permission::DeleteProcessInstance);
    if !scope.holds(&row.process_definition_id) {
        return Err(call.may_not(&row.process_definition_id));
    }
    Ok(Some(Filter::eq(ProcessInstanceField::ProcessDefinitionKey, key)))
}

/// Tells the audit log what kind of thing has this key.
async fn tell(call: &Call, key: u64) -> Result<(), Problem> {
    let (form, graph) = (FormKey(key), DecisionRequirementsKey(key));
    let form = call.seen.form(form).await?.map(|_| form);
    let requirements = call.seen.decision_requirements(graph).await?.map(|_| graph);
    call.tells(|told| {
        let more = told.more();
        (more.resource, more.form, more.requirements) = (Some(key), form, requirements);
    });
    Ok(())
}

/// A definition stays while instances of it run. One that is started in between still ends well: definitions of
/// running instances are kept.
async fn refuse_while_running(call: &Call, key: u64) -> Result<(), Problem> {
    let of = Filter::eq(ProcessInstanceField::ProcessDefinitionKey, ProcessDefinitionKey(key));
    let active = Filter::eq(ProcessInstanceField::State, ProcessInstanceState::Active.as_str());
    let page = Page::Offset { from: 0, limit: 1 };
    let search = Search { filter: Filter::All(vec![of, active]), page, ..Search::default() };
    if call.seen.process_instances(search).await?.items.is_empty() {
        return Ok(());
    }
    Err(Error::ResourceInUse { key }.into())
}
