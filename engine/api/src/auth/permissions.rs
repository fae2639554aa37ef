//! What each operation needs of its caller, by the operation's id. An operation that is not here, and is not open to
//! all or to everybody who is signed in, needs the right to change the system.

use hosk_identity::Permission as P;
use hosk_identity::ResourceType as R;

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: anybody who reaches the address.
    Nothing,
    /// Anybody who is signed in.
    SignedIn,
    /// All of these, with every thing of the type.
    Every(&'static [(R, P)]),
    /// This, with the things that the operation is about: it narrows itself to them.
    Within(R, P),
    /// One of these, or that the task is the caller's or his groups': the operation narrows itself.
    Own(&'static [(R, P)]),
}

/// What is needed where nothing else is said.
pub(crate) const OPERATOR: Need = Need::Every(&[(R::System, P::Update)]);

const READ_TASK: Need = Need::Own(&[(R::ProcessDefinition, P::ReadUserTask), (R::UserTask, P::Read)]);
const UPDATE_TASK: Need = Need::Own(&[(R::ProcessDefinition, P::UpdateUserTask), (R::UserTask, P::Update)]);
const CLAIM_TASK: Need = Need::Own(&[
    (R::ProcessDefinition, P::UpdateUserTask),
    (R::ProcessDefinition, P::ClaimUserTask),
    (R::UserTask, P::Update),
    (R::UserTask, P::Claim),
]);
const COMPLETE_TASK: Need = Need::Own(&[
    (R::ProcessDefinition, P::UpdateUserTask),
    (R::ProcessDefinition, P::CompleteUserTask),
    (R::UserTask, P::Update),
    (R::UserTask, P::Complete),
]);

const fn process(permission: P) -> Need {
    Need::Within(R::ProcessDefinition, permission)
}

/// The needs, by what they are about.
const NEEDS: &[(Need, &[&str])] = &[
    (
        process(P::ReadProcessDefinition),
        &[
            "searchProcessDefinitions",
            "getProcessDefinition",
            "getProcessDefinitionXml",
            "getStartProcessForm",
        ],
    ),
    (Need::Every(&[(R::ProcessDefinition, P::ReadProcessDefinition)]), &["getFormByKey"]),
    (
        process(P::ReadProcessInstance),
        &[
            "searchProcessInstances",
            "getProcessInstance",
            "searchProcessInstanceIncidents",
            "getProcessInstanceSequenceFlows",
            "getProcessInstanceStatistics",
            "getProcessInstanceWaitStateStatistics",
            "searchElementInstanceWaitStates",
            "getProcessDefinitionStatistics",
            "searchProcessDefinitionVariableNames",
            "searchElementInstances",
            "getElementInstance",
            "searchElementInstanceIncidents",
            "searchVariables",
            "getVariable",
            "searchIncidents",
            "getIncident",
            "searchJobs",
            "searchMessageSubscriptions",
            "searchCorrelatedMessageSubscriptions",
            "getProcessInstanceStatisticsByDefinition",
            "getProcessInstanceStatisticsByError",
            "getProcessDefinitionMessageSubscriptionStatistics",
            "getProcessDefinitionInstanceStatistics",
            "getProcessDefinitionInstanceVersionStatistics",
        ],
    ),
    (
        Need::Every(&[(R::ProcessDefinition, P::ReadProcessInstance)]),
        // It leads to instances of other processes.
        &["getProcessInstanceCallHierarchy"],
    ),
    (process(P::CreateProcessInstance), &["createProcessInstance"]),
    (Need::Every(&[(R::ProcessDefinition, P::CreateProcessInstance)]), &["evaluateConditionals"]),
    (process(P::CancelProcessInstance), &["cancelProcessInstance"]),
    (process(P::ModifyProcessInstance), &["modifyProcessInstance"]),
    (process(P::SuspendProcessInstance), &["suspendProcessInstance", "resumeProcessInstance"]),
    (
        process(P::UpdateProcessInstance),
        &[
            "migrateProcessInstance",
            "checkProcessInstanceMigration",
            "createElementInstanceVariables",
            "resolveIncident",
            "resolveProcessInstanceIncidents",
            "updateJob",
            "completeJob",
            "throwJobError",
            "failJob",
        ],
    ),
    (
        Need::Every(&[(R::ProcessDefinition, P::UpdateProcessInstance)]),
        // Jobs of a type may be of any process.
        &["activateJobs", "activateAdHocSubProcessActivities"],
    ),
    (
        READ_TASK,
        &[
            "searchUserTasks",
            "getUserTask",
            "getUserTaskForm",
            "getUserTaskView",
            "searchUserTaskVariables",
            "searchUserTaskEffectiveVariables",
            "searchUserTaskAuditLogs",
        ],
    ),
    (CLAIM_TASK, &["assignUserTask", "unassignUserTask"]),
    (UPDATE_TASK, &["updateUserTask"]),
    (COMPLETE_TASK, &["completeUserTask", "completeUserTaskToRest"]),
    (
        Need::Within(R::DecisionDefinition, P::ReadDecisionDefinition),
        &["searchDecisionDefinitions", "getDecisionDefinition", "getDecisionDefinitionXml"],
    ),
    (
        Need::Within(R::DecisionDefinition, P::ReadDecisionInstance),
        &["searchDecisionInstances", "getDecisionInstance"],
    ),
    (Need::Every(&[(R::DecisionDefinition, P::CreateDecisionInstance)]), &["evaluateDecision"]),
    (
        Need::Within(R::DecisionRequirementsDefinition, P::Read),
        &["searchDecisionRequirements", "getDecisionRequirements", "getDecisionRequirementsXml"],
    ),
    (Need::Every(&[(R::Expression, P::Evaluate)]), &["evaluateExpression"]),
    (Need::Every(&[(R::Message, P::Create)]), &["publishMessage", "correlateMessage", "broadcastSignal"]),
    (Need::Every(&[(R::Resource, P::Create)]), &["createDeployment"]),
    (
        Need::Every(&[(R::Resource, P::Read)]),
        &["searchResources", "getResource", "getResourceContent", "getResourceContentBinary"],
    ),
    (
        // What a key stands for is known only afterwards.
        Need::Every(&[
            (R::Resource, P::DeleteProcess),
            (R::Resource, P::DeleteDrd),
            (R::Resource, P::DeleteForm),
            (R::Resource, P::DeleteResource),
        ]),
        &["deleteResource"],
    ),
    (
        // Figures of nothing for whoever has it not.
        Need::Within(R::System, P::ReadJobMetric),
        &[
            "getGlobalJobStatistics",
            "getJobTypeStatistics",
            "getJobWorkerStatistics",
            "getJobTimeSeriesStatistics",
            "getJobErrorStatistics",
        ],
    ),
    (Need::Within(R::Batch, P::Read), &["searchBatchOperations", "searchBatchOperationItems"]),
    (Need::Every(&[(R::Batch, P::Read)]), &["getBatchOperation"]),
    (
        Need::Every(&[(R::Batch, P::Update)]),
        &["cancelBatchOperation", "suspendBatchOperation", "resumeBatchOperation"],
    ),
    (
        Need::Every(&[(R::Batch, P::CreateBatchOperationCancelProcessInstance)]),
        &["cancelProcessInstancesBatchOperation"],
    ),
    (Need::Every(&[(R::Batch, P::CreateBatchOperationResolveIncident)]), &["resolveIncidentsBatchOperation"]),
    (
        Need::Every(&[(R::Batch, P::CreateBatchOperationMigrateProcessInstance)]),
        &["migrateProcessInstancesBatchOperation"],
    ),
    (
        Need::Every(&[(R::Batch, P::CreateBatchOperationModifyProcessInstance)]),
        &["modifyProcessInstancesBatchOperation"],
    ),
    (
        Need::Every(&[(R::Batch, P::CreateBatchOperationDeleteProcessInstance)]),
        &["deleteProcessInstancesBatchOperation"],
    ),
    (
        Need::Every(&[(R::Batch, P::CreateBatchOperationDeleteDecisionInstance)]),
        &["deleteDecisionInstancesBatchOperation"],
    ),
    (
        Need::Every(&[(R::Batch, P::CreateBatchOperationSuspendProcessInstance)]),
        &["suspendProcessInstancesBatchOperation", "resumeProcessInstancesBatchOperation"],
    ),
    (Need::Every(&[(R::Batch, P::CreateBatchOperationUpdateJob)]), &["updateJobsBatchOperation"]),
    (Need::Every(&[(R::ProcessDefinition, P::DeleteProcessInstance)]), &["deleteProcessInstance"]),
    (Need::Every(&[(R::DecisionDefinition, P::DeleteDecisionInstance)]), &["deleteDecisionInstance"]),
    (Need::Within(R::AuditLog, P::Read), &["searchAuditLogs"]),
    (Need::Every(&[(R::AuditLog, P::Read)]), &["getAuditLog", "getAuditLogOrigin"]),
    (
        Need::Within(R::ClusterVariable, P::Read),
        &["searchClusterVariables", "getGlobalClusterVariable", "getTenantClusterVariable"],
    ),
    (
        Need::Every(&[(R::ClusterVariable, P::Create)]),
        &["createGlobalClusterVariable", "createTenantClusterVariable"],
    ),
    (
        Need::Within(R::ClusterVariable, P::Update),
        &["updateGlobalClusterVariable", "updateTenantClusterVariable"],
    ),
    (
        Need::Within(R::ClusterVariable, P::Delete),
        &["deleteGlobalClusterVariable", "deleteTenantClusterVariable"],
    ),
    (Need::Every(&[(R::ClusterVariable, P::Create)]), &["createValueMap"]),
    (
        Need::Within(R::ClusterVariable, P::Read),
        &["searchValueMaps", "getValueMap", "searchValueMapEntries", "getValueMapCsv", "translateValues"],
    ),
    (
        Need::Within(R::ClusterVariable, P::Update),
        &["updateValueMap", "putValueMapEntry", "deleteValueMapEntry", "putValueMapCsv"],
    ),
    (Need::Within(R::ClusterVariable, P::Delete), &["deleteValueMap"]),
    (Need::Every(&[(R::GlobalListener, P::CreateTaskListener)]), &["createGlobalTaskListener"]),
    (
        Need::Within(R::GlobalListener, P::ReadTaskListener),
        &["searchGlobalTaskListeners", "getGlobalTaskListener"],
    ),
    (Need::Every(&[(R::GlobalListener, P::UpdateTaskListener)]), &["updateGlobalTaskListener"]),
    (Need::Every(&[(R::GlobalListener, P::DeleteTaskListener)]), &["deleteGlobalTaskListener"]),
    (Need::Every(&[(R::Document, P::Create)]), &["createDocument", "createDocuments"]),
    (Need::Every(&[(R::Document, P::Read)]), &["getDocument", "createDocumentLink"]),
    (Need::Every(&[(R::Document, P::Delete)]), &["deleteDocument"]),
    (OPERATOR, &["pinClock", "resetClock"]),
    (Need::Every(&[(R::User, P::Create)]), &["createUser"]),
    (Need::Within(R::User, P::Read), &["searchUsers", "getUser"]),
    (Need::Within(R::User, P::Update), &["updateUser"]),
    (Need::Within(R::User, P::Delete), &["deleteUser"]),
    (Need::Every(&[(R::Group, P::Create)]), &["createGroup"]),
    (
        Need::Within(R::Group, P::Read),
        &[
            "searchGroups",
            "getGroup",
            "searchUsersForGroup",
            "searchClientsForGroup",
            "searchMappingRulesForGroup",
            "searchRolesForGroup",
        ],
    ),
    (
        Need::Within(R::Group, P::Update),
        &[
            "updateGroup",
            "assignUserToGroup",
            "unassignUserFromGroup",
            "assignClientToGroup",
            "unassignClientFromGroup",
            "assignMappingRuleToGroup",
            "unassignMappingRuleFromGroup",
        ],
    ),
    (Need::Within(R::Group, P::Delete), &["deleteGroup"]),
    (Need::Every(&[(R::Role, P::Create)]), &["createRole"]),
    (
        Need::Within(R::Role, P::Read),
        &[
            "searchRoles",
            "getRole",
            "searchUsersForRole",
            "searchClientsForRole",
            "searchGroupsForRole",
            "searchMappingRulesForRole",
        ],
    ),
    (
        Need::Within(R::Role, P::Update),
        &[
            "updateRole",
            "assignRoleToUser",
            "unassignRoleFromUser",
            "assignRoleToClient",
            "unassignRoleFromClient",
            "assignRoleToGroup",
            "unassignRoleFromGroup",
            "assignRoleToMappingRule",
            "unassignRoleFromMappingRule",
        ],
    ),
    (Need::Within(R::Role, P::Delete), &["deleteRole"]),
    (Need::Every(&[(R::Tenant, P::Create)]), &["createTenant"]),
    (
        Need::Within(R::Tenant, P::Read),
        &[
            "searchTenants",
            "getTenant",
            "searchUsersForTenant",
            "searchClientsForTenant",
            "searchGroupIdsForTenant",
            "searchRolesForTenant",
            "searchMappingRulesForTenant",
        ],
    ),
    (
        Need::Within(R::Tenant, P::Update),
        &[
            "updateTenant",
            "assignUserToTenant",
            "unassignUserFromTenant",
            "assignClientToTenant",
            "unassignClientFromTenant",
            "assignGroupToTenant",
            "unassignGroupFromTenant",
            "assignRoleToTenant",
            "unassignRoleFromTenant",
            "assignMappingRuleToTenant",
            "unassignMappingRuleFromTenant",
        ],
    ),
    (Need::Within(R::Tenant, P::Delete), &["deleteTenant"]),
    (Need::Every(&[(R::MappingRule, P::Create)]), &["createMappingRule"]),
    (Need::Within(R::MappingRule, P::Read), &["searchMappingRule", "getMappingRule"]),
    (Need::Within(R::MappingRule, P::Update), &["updateMappingRule"]),
    (Need::Within(R::MappingRule, P::Delete), &["deleteMappingRule"]),
    (Need::Every(&[(R::Authorization, P::Create)]), &["createAuthorization"]),
    (Need::Within(R::Authorization, P::Read), &["searchAuthorizations", "getAuthorization"]),
    (Need::Within(R::Authorization, P::Update), &["updateAuthorization"]),
    (Need::Within(R::Authorization, P::Delete), &["deleteAuthorization"]),
];

/// What the operation of an id needs, if it stands here.
pub(crate) fn need(operation: &str) -> Option<Need> {
    NEEDS.iter().find(|(_, operations)| operations.contains(&operation)).map(|(need, _)| *need)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::auth::Access;
    use crate::routes::operations;

    #[test]
    fn every_operation_of_v2_has_one_need_and_every_need_an_operation() {
        let all: BTreeSet<&str> = operations().iter().map(|operation| operation.id).collect();
        let mut seen = BTreeSet::new();
        for (need, ids) in NEEDS {
            for id in *ids {
                assert!(all.contains(id), "{id}: there is no such operation");
                assert!(seen.insert(*id), "{id}: it stands here twice");
            }
            let pairs = match need {
                Need::Every(pairs) | Need::Own(pairs) => pairs.to_vec(),
                Need::Within(resource, permission) => vec![(*resource, *permission)],
                Need::Nothing | Need::SignedIn => Vec::new(),
            };
            for (resource, permission) in pairs {
                assert!(resource.permissions().contains(&permission), "{permission} of {resource}");
            }
        }
        for operation in operations() {
            let signed_in = matches!(operation.access, Access::Open | Access::Employee);
            let known = seen.contains(operation.id) || signed_in || !operation.path.starts_with("/v2/");
            assert!(known, "{}: say in auth/permissions.rs what it needs", operation.id);
        }
    }
}
