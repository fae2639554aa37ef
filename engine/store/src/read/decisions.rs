//! The rows of decisions: deployed graphs and decisions, and what was evaluated.
//!
//! An evaluated decision holds only its own: id, name and version come from its definition (x), that of the process
//! from `process_instance` (p), which is missing when the decision was evaluated for no instance.

use std::sync::Arc;

use hosk_core::{
    DecisionDefinitionKey, DecisionEvaluationKey, DecisionInstanceKey, DecisionRequirementsKey,
    DeploymentKey, ElementInstanceKey, EvaluatedInput, MatchedRule, ProcessDefinitionKey, ProcessInstanceKey,
    Timestamp,
};

use super::codes::{DecisionInstanceState, DecisionType};
use super::field::entity;

entity! {
    /// A deployed version of a decision requirements graph: one DMN file.
    DecisionRequirements / DecisionRequirementsField, key key, instance None, element None,
    from "decision_requirements t"
    {
        /// Its key.
        Key key: DecisionRequirementsKey = "t.key";
        /// `id` of the DMN definitions.
        DecisionRequirementsId decision_requirements_id: Arc<str> = "t.id";
        /// Its name.
        DecisionRequirementsName decision_requirements_name: Arc<str> = "t.name";
        /// 1, 2, 3 ….
        Version version: u32 = "t.version";
        /// Name of the file.
        ResourceName resource_name: Arc<str> = "t.resource_name";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
        /// The deployment it came with.
        DeploymentKey deployment_key: DeploymentKey = "t.deployment";
        /// Whether it is the newest version of its id and tenant.
        IsLatestVersion is_latest_version: bool = "t.latest";
        /// Whether it was deleted; searches find only those that were not.
        IsDeleted is_deleted: bool = "t.deleted";
    }
}

entity! {
    /// A deployed version of a decision.
    DecisionDefinition / DecisionDefinitionField, key key, instance None, element None,
    from "decision_definition t LEFT JOIN decision_requirements r ON r.key = t.requirements"
    {
        /// Its key.
        Key key: DecisionDefinitionKey = "t.key";
        /// Its id.
        DecisionDefinitionId decision_definition_id: Arc<str> = "t.decision_id";
        /// Its name.
        Name name: Arc<str> = "t.name";
        /// 1, 2, 3 ….
        Version version: u32 = "t.version";
        /// Version tag.
        VersionTag version_tag: Option<Arc<str>> = "t.version_tag";
        /// The graph it belongs to: key.
        DecisionRequirementsKey decision_requirements_key: DecisionRequirementsKey = "t.requirements";
        /// The graph: id.
        DecisionRequirementsId decision_requirements_id: Arc<str> = "r.id";
        /// The graph: name.
        DecisionRequirementsName decision_requirements_name: Arc<str> = "r.name";
        /// The graph: version.
        DecisionRequirementsVersion decision_requirements_version: u32 = "r.version";
        /// Name of the file.
        ResourceName resource_name: Arc<str> = "r.resource_name";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
        /// The deployment it came with.
        DeploymentKey deployment_key: DeploymentKey = "r.deployment";
        /// Whether it is the newest version of its id and tenant.
        IsLatestVersion is_latest_version: bool = "t.latest";
        /// Whether it was deleted; searches find only those that were not.
        IsDeleted is_deleted: bool = "t.deleted";
    }
}

entity! {
    /// A decision that was evaluated.
    DecisionInstance / DecisionInstanceField, key key,
    instance Some(DecisionInstanceField::ProcessInstanceKey),
    element Some(DecisionInstanceField::ElementInstanceKey),
    from "decision_instance t LEFT JOIN decision_definition x ON x.key = t.decision \
          LEFT JOIN process_instance p ON p.key = t.instance"
    {
        /// Its key.
        Key key: DecisionInstanceKey = "t.key";
        /// `<evaluation>-<number>`, as the API names it.
        Id id: Arc<str> = "(t.evaluation || '-' || t.number)";
        /// The evaluation it was part of.
        DecisionEvaluationKey decision_evaluation_key: DecisionEvaluationKey = "t.evaluation";
        /// Its place in that evaluation, from 1.
        Number number: u32 = "t.number";
        /// State.
        State state: DecisionInstanceState = "t.state";
        /// When.
        EvaluationDate evaluation_date: Timestamp = "t.evaluated";
        /// Why it has no result.
        EvaluationFailure evaluation_failure: Option<Arc<str>> = "t.failure";
        /// The decision: id.
        DecisionDefinitionId decision_definition_id: Arc<str> = "x.decision_id";
        /// The decision: key.
        DecisionDefinitionKey decision_definition_key: DecisionDefinitionKey = "t.decision";
        /// The decision: name.
        DecisionDefinitionName decision_definition_name: Arc<str> = "x.name";
        /// The decision: version.
        DecisionDefinitionVersion decision_definition_version: u32 = "x.version";
        /// The decision: what its logic is.
        DecisionDefinitionType decision_definition_type: DecisionType = "t.kind";
        /// The graph.
        DecisionRequirementsKey decision_requirements_key: DecisionRequirementsKey = "x.requirements";
        /// The decision that was asked for.
        RootDecisionDefinitionKey root_decision_definition_key: DecisionDefinitionKey = "t.root";
        /// What it gave, JSON text.
        Result result: Arc<str> = "t.result";
        /// What its inputs gave.
        EvaluatedInputs evaluated_inputs: Arc<Vec<EvaluatedInput>> = "t.inputs";
        /// The rules that matched.
        MatchedRules matched_rules: Arc<Vec<MatchedRule>> = "t.rules";
        /// Why parts of the result are null.
        Warnings warnings: Vec<Arc<str>> = "t.warnings";
        /// The element instance it was evaluated for.
        ElementInstanceKey element_instance_key: Option<ElementInstanceKey> = "t.element_instance";
        /// Its process instance.
        ProcessInstanceKey process_instance_key: Option<ProcessInstanceKey> = "t.instance";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: Option<ProcessDefinitionKey> = "p.definition";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: Option<ProcessInstanceKey> = "p.root";
        /// Business id of the process instance.
        BusinessId business_id: Option<Arc<str>> = "p.business_id";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "x.tenant";
    }
}
