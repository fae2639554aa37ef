//! Every route of the router, and what is asked of it about a foreign tenant's things. A route that is in none of these
//! lists fails the tests.

use reqwest::Method;
use serde_json::Value;

/// What a route is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row {
    /// It tells something and changes nothing; with this body.
    Asks(&'static str),
    /// It does something; with this body.
    Does(&'static str),
    /// It is about what belongs to the installation, not to a tenant.
    Installation,
}

/// A span of time with everything in it.
const SPAN: &str = r#"{"filter": {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}}"#;
const SPAN_OF_TYPE: &str =
    r#"{"filter": {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "jobType": "do"}}"#;

const ASKS: &[(&str, &str)] = &[
    ("getAuditLogOrigin", ""),
    ("getUserTaskView", ""),
    ("searchAuditLogs", r#"{"filter": {"category": {"$neq": "ADMIN"}}}"#),
    ("getAuditLog", ""),
    ("searchBatchOperationItems", "{}"),
    ("searchBatchOperations", "{}"),
    ("getBatchOperation", ""),
    ("searchClusterVariables", "{}"),
    ("getTenantClusterVariable", ""),
    ("searchValueMaps", "{}"),
    ("getValueMap", ""),
    ("getValueMapCsv", ""),
    ("searchValueMapEntries", "{}"),
    ("translateValues", r#"{"values": ["southern boss"]}"#),
    ("searchCorrelatedMessageSubscriptions", "{}"),
    ("searchDecisionDefinitions", "{}"),
    ("getDecisionDefinition", ""),
    ("getDecisionDefinitionXml", ""),
    ("searchDecisionInstances", "{}"),
    ("getDecisionInstance", ""),
    ("searchDecisionRequirements", "{}"),
    ("getDecisionRequirements", ""),
    ("getDecisionRequirementsXml", ""),
    ("searchElementInstances", "{}"),
    ("searchElementInstanceWaitStates", "{}"),
    ("getElementInstance", ""),
    ("searchElementInstanceIncidents", "{}"),
    ("getFormByKey", ""),
    ("searchIncidents", "{}"),
    ("getProcessInstanceStatisticsByDefinition", r#"{"filter": {"errorHashCode": {errorHashCode}}}"#),
    ("getProcessInstanceStatisticsByError", "{}"),
    ("getIncident", ""),
    ("searchJobs", "{}"),
    ("getJobTypeStatistics", SPAN),
    ("getJobWorkerStatistics", SPAN_OF_TYPE),
    ("getJobErrorStatistics", SPAN_OF_TYPE),
    ("getGlobalJobStatistics", ""),
    ("getJobTimeSeriesStatistics", SPAN_OF_TYPE),
    ("searchMessageSubscriptions", "{}"),
    ("searchProcessDefinitions", "{}"),
    ("getProcessDefinitionMessageSubscriptionStatistics", "{}"),
    ("getProcessDefinitionInstanceStatistics", "{}"),
    ("getProcessDefinitionInstanceVersionStatistics", r#"{"filter": {"processDefinitionId": "review"}}"#),
    ("getProcessDefinition", ""),
    ("getStartProcessForm", ""),
    ("getProcessDefinitionStatistics", "{}"),
    ("searchProcessDefinitionVariableNames", "{}"),
    ("getProcessDefinitionXml", ""),
    ("searchProcessInstances", "{}"),
    ("getProcessInstance", ""),
    ("getProcessInstanceCallHierarchy", ""),
    ("searchProcessInstanceIncidents", "{}"),
    ("getProcessInstanceSequenceFlows", ""),
    ("getProcessInstanceStatistics", ""),
    ("getProcessInstanceWaitStateStatistics", ""),
    ("checkProcessInstanceMigration", MIGRATION),
    ("searchResources", "{}"),
    ("getResource", ""),
    ("getResourceContent", ""),
    ("getResourceContentBinary", ""),
    ("getUsageMetrics", ""),
    ("searchUserTasks", "{}"),
    ("getUserTask", ""),
    ("searchUserTaskAuditLogs", "{}"),
    ("searchUserTaskEffectiveVariables", "{}"),
    ("getUserTaskForm", ""),
    ("searchUserTaskVariables", "{}"),
    ("searchVariables", "{}"),
    ("getVariable", ""),
    (
        "evaluateExpression",
        r#"{"expression": "what", "scopeKey": "{elementInstanceKey}", "tenantId": "{tenantId}"}"#,
    ),
];

/// Questions whose answers have no key, name or value of a tenant's, but numbers and elements.
pub(super) const COUNTS: &[&str] = &[
    "getJobTypeStatistics",
    "getJobWorkerStatistics",
    "getJobErrorStatistics",
    "getGlobalJobStatistics",
    "getJobTimeSeriesStatistics",
    "getProcessDefinitionStatistics",
    "getProcessInstanceStatistics",
    "getProcessInstanceWaitStateStatistics",
    "getProcessInstanceStatisticsByError",
    "searchProcessDefinitionVariableNames",
    "checkProcessInstanceMigration",
    "getUsageMetrics",
    "getProcessDefinitionXml",
    "getDecisionDefinitionXml",
    "getDecisionRequirementsXml",
    "searchElementInstanceIncidents",
    "searchProcessInstanceIncidents",
    "searchUserTaskAuditLogs",
    "getAuditLogOrigin",
];

const MIGRATION: &str = r#"{
    "targetProcessDefinitionKey": "{processDefinitionKey}",
    "mappingInstructions": [{"sourceElementId": "look", "targetElementId": "look"}]
}"#;
const FILTER: &str = r#"{"filter": {"processInstanceKey": "{processInstanceKey}"}}"#;

const DOES: &[(&str, &str)] = &[
    ("completeUserTaskToRest", r#"{"variables": {"a": 1}, "requestTimeout": 1}"#),
    ("cancelBatchOperation", ""),
    ("resumeBatchOperation", ""),
    ("suspendBatchOperation", ""),
    ("createTenantClusterVariable", r#"{"name": "mine", "value": 1}"#),
    ("updateTenantClusterVariable", r#"{"value": 2}"#),
    ("deleteTenantClusterVariable", ""),
    ("createValueMap", r#"{"mapId": "mine", "name": "mine", "tenantId": "{tenantId}"}"#),
    ("updateValueMap", r#"{"name": "mine"}"#),
    ("putValueMapEntry", r#"{"source": "boss", "target": "head"}"#),
    ("deleteValueMapEntry", ""),
    ("putValueMapCsv", "csv:source,target"),
    ("deleteValueMap", ""),
    (
        "evaluateConditionals",
        r#"{"processDefinitionKey": "{processDefinitionKey}", "variables": {}, "tenantId": "{tenantId}"}"#,
    ),
    (
        "evaluateDecision",
        r#"{"decisionDefinitionKey": "{decisionDefinitionKey}", "variables": {}, "tenantId": "{tenantId}"}"#,
    ),
    ("deleteDecisionInstancesBatchOperation", r#"{"filter": {"tenantId": "{tenantId}"}}"#),
    ("deleteDecisionInstance", ""),
    ("createDeployment", "form:{tenantId}"),
    ("activateAdHocSubProcessActivities", r#"{"elements": [{"elementId": "look"}]}"#),
    ("createElementInstanceVariables", r#"{"variables": {"a": 1}}"#),
    ("resolveIncident", "{}"),
    (
        "activateJobs",
        r#"{"type": "do", "timeout": 60000, "maxJobsToActivate": 9, "requestTimeout": -1,
            "tenantIds": ["{tenantId}"]}"#,
    ),
    ("updateJobsBatchOperation", r#"{"filter": {"jobKey": "{jobKey}"}, "changeset": {"retries": 9}}"#),
    ("updateJob", r#"{"changeset": {"retries": 9}}"#),
    ("completeJob", r#"{"variables": {"a": 1}}"#),
    ("throwJobError", r#"{"errorCode": "NO_STOCK"}"#),
    ("failJob", r#"{"retries": 0}"#),
    ("correlateMessage", r#"{"name": "answer", "correlationKey": "7", "tenantId": "{tenantId}"}"#),
    ("publishMessage", r#"{"name": "answer", "correlationKey": "7", "tenantId": "{tenantId}"}"#),
    ("broadcastSignal", r#"{"signalName": "fire", "tenantId": "{tenantId}"}"#),
    (
        "createProcessInstance",
        r#"{"processDefinitionKey": "{processDefinitionKey}", "tenantId": "{tenantId}"}"#,
    ),
    ("cancelProcessInstancesBatchOperation", FILTER),
    ("deleteProcessInstancesBatchOperation", FILTER),
    ("resolveIncidentsBatchOperation", r#"{"filter": {"hasIncident": true}}"#),
    (
        "migrateProcessInstancesBatchOperation",
        r#"{"filter": {"processInstanceKey": "{processInstanceKey}"}, "migrationPlan": {
            "targetProcessDefinitionKey": "{processDefinitionKey}",
            "mappingInstructions": [{"sourceElementId": "look", "targetElementId": "look"}]}}"#,
    ),
    (
        "modifyProcessInstancesBatchOperation",
        r#"{"filter": {"processInstanceKey": "{processInstanceKey}"},
            "moveInstructions": [{"sourceElementId": "look", "targetElementId": "look"}]}"#,
    ),
    ("resumeProcessInstancesBatchOperation", FILTER),
    ("suspendProcessInstancesBatchOperation", FILTER),
    ("cancelProcessInstance", "{}"),
    ("deleteProcessInstance", "{}"),
    ("resolveProcessInstanceIncidents", ""),
    ("migrateProcessInstance", MIGRATION),
    ("modifyProcessInstance", r#"{"activateInstructions": [{"elementId": "look"}]}"#),
    ("resumeProcessInstance", "{}"),
    ("suspendProcessInstance", "{}"),
    ("deleteResource", "{}"),
    ("updateUserTask", r#"{"changeset": {"priority": 7}}"#),
    ("unassignUserTask", ""),
    ("assignUserTask", r#"{"assignee": "anna"}"#),
    ("completeUserTask", "{}"),
];

/// What the owner of a thing is answered to the same request: not that he may not.
pub(super) const OUTCOMES: &[(&str, u16)] = &[
    ("completeUserTaskToRest", 200),
    // It is over.
    ("cancelBatchOperation", 404),
    ("resumeBatchOperation", 404),
    ("suspendBatchOperation", 404),
    ("createTenantClusterVariable", 200),
    ("updateTenantClusterVariable", 200),
    ("deleteTenantClusterVariable", 204),
    ("createValueMap", 201),
    ("updateValueMap", 200),
    ("putValueMapEntry", 200),
    ("deleteValueMapEntry", 200),
    ("putValueMapCsv", 200),
    ("deleteValueMap", 204),
    ("evaluateConditionals", 200),
    ("evaluateDecision", 200),
    ("deleteDecisionInstancesBatchOperation", 200),
    ("deleteDecisionInstance", 204),
    ("createDeployment", 200),
    ("activateAdHocSubProcessActivities", 204),
    ("createElementInstanceVariables", 204),
    // Its job has no retries left.
    ("resolveIncident", 409),
    ("activateJobs", 200),
    ("updateJobsBatchOperation", 200),
    ("updateJob", 204),
    ("completeJob", 204),
    ("throwJobError", 204),
    ("failJob", 204),
    ("correlateMessage", 200),
    ("publishMessage", 200),
    ("broadcastSignal", 200),
    ("createProcessInstance", 200),
    ("cancelProcessInstancesBatchOperation", 200),
    ("deleteProcessInstancesBatchOperation", 200),
    ("resolveIncidentsBatchOperation", 200),
    ("migrateProcessInstancesBatchOperation", 200),
    ("modifyProcessInstancesBatchOperation", 200),
    ("resumeProcessInstancesBatchOperation", 200),
    ("suspendProcessInstancesBatchOperation", 200),
    ("cancelProcessInstance", 204),
    ("deleteProcessInstance", 409),
    ("resolveProcessInstanceIncidents", 200),
    // It runs that definition already.
    ("migrateProcessInstance", 409),
    ("modifyProcessInstance", 204),
    ("resumeProcessInstance", 409),
    ("suspendProcessInstance", 204),
    ("deleteResource", 200),
    ("updateUserTask", 204),
    ("unassignUserTask", 204),
    ("assignUserTask", 204),
    ("completeUserTask", 204),
];

/// Routes about who there is and what he may: authorizations say who sees and changes it.
const IDENTITIES: &[&str] = &[
    "/v2/authorizations",
    "/v2/groups",
    "/v2/mapping-rules",
    "/v2/roles",
    "/v2/tenants",
    "/v2/users",
    "/v2/authentication/me",
];

/// Operations about what else belongs to the installation.
const INSTALLATION: &[&str] = &[
    "getPage",
    "getApiPage",
    "getPageScript",
    "getPageFormScript",
    "getPageStyle",
    "getLiveness",
    "getReadiness",
    "getOpenApi",
    "getProblemPage",
    "getStatus",
    "getTopology",
    "getLicense",
    "getSystemConfiguration",
    "createBackup",
    "getConnections",
    "createConnection",
    "getConnection",
    "updateConnection",
    "deleteConnection",
    "putConnectionSecret",
    "deleteConnectionSecret",
    "testConnection",
    "getConnectors",
    "getConnectorElementTemplates",
    "getCsrfToken",
    "getPlugins",
    "installPlugin",
    "getPlugin",
    "deletePlugin",
    "activatePlugin",
    "rollBackPlugin",
    "getPluginVersion",
    "deletePluginVersion",
    "createSession",
    "deleteSession",
    "getTokens",
    "createToken",
    "deleteToken",
    "pinClock",
    "resetClock",
    "createGlobalClusterVariable",
    "getGlobalClusterVariable",
    "updateGlobalClusterVariable",
    "deleteGlobalClusterVariable",
    "createGlobalTaskListener",
    "searchGlobalTaskListeners",
    "getGlobalTaskListener",
    "updateGlobalTaskListener",
    "deleteGlobalTaskListener",
    "createAdminUser",
    "createDocument",
    "createDocuments",
    "getDocument",
    "deleteDocument",
    "createDocumentLink",
    "getLinkedDocument",
    // What it tells comes later; `events.rs` has a stranger.
    "streamEvents",
];

/// Every operation: method, path with its query, id.
pub(super) fn operations() -> Vec<(Method, String, &'static str)> {
    let document: Value = serde_json::from_str(hosk_api::openapi_json()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = known(operation["operationId"].as_str().unwrap(), path);
            let query = match id {
                "getGlobalJobStatistics" => "?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z",
                "getUsageMetrics" => {
                    "?startTime=2020-01-01T00:00:00Z&endTime=2100-01-01T00:00:00Z&withTenants=true"
                }
                "deleteValueMapEntry" => "?tenantId={tenantId}&source=boss",
                _ if path.contains("/value-maps/{mapId}") => "?tenantId={tenantId}",
                _ => "",
            };
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            found.push((method, format!("{path}{query}"), id));
        }
    }
    assert!(found.len() > 190, "all of them: {}", found.len());
    found
}

fn known(id: &str, path: &str) -> &'static str {
    let ids = ASKS.iter().chain(DOES).map(|(id, _)| *id).chain(INSTALLATION.iter().copied());
    if let Some(known) = ids.into_iter().find(|one| *one == id) {
        return known;
    }
    let identity = IDENTITIES.iter().any(|under| path.starts_with(under));
    assert!(identity, "{id} at {path}: say in this table what a stranger is answered there");
    IDENTITY
}

/// Stands for all operations about identities.
const IDENTITY: &str = "(identities)";

/// What an operation is.
pub(super) fn row(id: &str) -> Row {
    let of = |rows: &[(&str, &'static str)]| rows.iter().find(|(one, _)| *one == id).map(|(_, body)| *body);
    match (of(ASKS), of(DOES)) {
        (Some(body), None) => Row::Asks(body),
        (None, Some(body)) => Row::Does(body),
        (None, None) => Row::Installation,
        (Some(_), Some(_)) => panic!("{id} is in two lists"),
    }
}
