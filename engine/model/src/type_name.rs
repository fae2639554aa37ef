//! Element types as the REST API spells them.

use crate::definition::ElementKind;

/// The type of the instance that a multi-instance activity's children hang under.
pub const MULTI_INSTANCE_BODY: &str = "MULTI_INSTANCE_BODY";

impl ElementKind {
    /// `SERVICE_TASK`, `PROCESS`, …; `UNKNOWN` for what is not executed.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Process { .. } => "PROCESS",
            Self::StartEvent { .. } => "START_EVENT",
            Self::EndEvent { .. } => "END_EVENT",
            Self::IntermediateCatchEvent { .. } => "INTERMEDIATE_CATCH_EVENT",
            Self::IntermediateThrowEvent { .. } => "INTERMEDIATE_THROW_EVENT",
            Self::BoundaryEvent { .. } => "BOUNDARY_EVENT",
            Self::Task => "TASK",
            Self::ManualTask => "MANUAL_TASK",
            Self::ServiceTask(_) => "SERVICE_TASK",
            Self::SendTask(_) => "SEND_TASK",
            Self::BusinessRuleTask(_) => "BUSINESS_RULE_TASK",
            Self::ScriptTask(_) => "SCRIPT_TASK",
            Self::UserTask(_) => "USER_TASK",
            Self::ReceiveTask(_) => "RECEIVE_TASK",
            Self::CallActivity(_) => "CALL_ACTIVITY",
            Self::SubProcess => "SUB_PROCESS",
            Self::Transaction => "TRANSACTION",
            Self::AdHocSubProcess(_) => "AD_HOC_SUB_PROCESS",
            Self::EventSubProcess => "EVENT_SUB_PROCESS",
            Self::ExclusiveGateway => "EXCLUSIVE_GATEWAY",
            Self::ParallelGateway => "PARALLEL_GATEWAY",
            Self::InclusiveGateway => "INCLUSIVE_GATEWAY",
            Self::ComplexGateway { .. } => "COMPLEX_GATEWAY",
            Self::EventBasedGateway { .. } => "EVENT_BASED_GATEWAY",
            Self::SequenceFlow => "SEQUENCE_FLOW",
            // It stands for its event, and never alone.
            Self::EventDefinition { .. } | Self::NotExecuted { .. } => "UNKNOWN",
        }
    }
}
