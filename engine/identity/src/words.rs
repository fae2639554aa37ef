//! The words that authorizations are made of.

use std::fmt;

/// Declares an enum of the wire's words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// From the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Self::parse(&word).ok_or_else(|| serde::de::Error::unknown_variant(&word, Self::WORDS))
            }
        }
    };
}

words! {
    /// What identities there are.
    Kind {
        /// A person, or a program with a password.
        User = "user",
        /// Users that belong together; tasks are offered to groups.
        Group = "group",
        /// Permissions that go together.
        Role = "role",
        /// A closed circle of data.
        Tenant = "tenant",
        /// Whom a claim in a token makes a member.
        MappingRule = "mapping-rule",
        /// A program that signs in with a token of its own. Only its id is known.
        Client = "client",
        /// What somebody may.
        Authorization = "authorization",
        /// A token for programs, instead of a password.
        Token = "token",
        /// A session of pages that was ended before its time.
        EndedSession = "ended-session",
    }
}

words! {
    /// Who has an authorization.
    OwnerType {
        /// A user.
        User = "USER",
        /// A client.
        Client = "CLIENT",
        /// Everybody in a role.
        Role = "ROLE",
        /// Everybody in a group.
        Group = "GROUP",
        /// Everybody whom a mapping rule fits.
        MappingRule = "MAPPING_RULE",
    }
}

impl OwnerType {
    /// The kind of identity.
    pub fn kind(self) -> Kind {
        match self {
            Self::User => Kind::User,
            Self::Client => Kind::Client,
            Self::Role => Kind::Role,
            Self::Group => Kind::Group,
            Self::MappingRule => Kind::MappingRule,
        }
    }

    /// The type of owners of this kind.
    pub fn of(kind: Kind) -> Option<Self> {
        Self::ALL.iter().copied().find(|owner| owner.kind() == kind)
    }
}

words! {
    /// What a permission is about.
    ResourceType {
        /// The audit log.
        AuditLog = "AUDIT_LOG",
        /// Authorizations.
        Authorization = "AUTHORIZATION",
        /// Backups.
        Backup = "BACKUP",
        /// Batch operations.
        Batch = "BATCH",
        /// Variables of the cluster and of tenants.
        ClusterVariable = "CLUSTER_VARIABLE",
        /// Web applications.
        Component = "COMPONENT",
        /// Decisions, by their id.
        DecisionDefinition = "DECISION_DEFINITION",
        /// Decision requirements graphs, by their id.
        DecisionRequirementsDefinition = "DECISION_REQUIREMENTS_DEFINITION",
        /// Documents.
        Document = "DOCUMENT",
        /// Exporters.
        Exporter = "EXPORTER",
        /// Expressions.
        Expression = "EXPRESSION",
        /// Listeners to the tasks of all processes.
        GlobalListener = "GLOBAL_LISTENER",
        /// Groups.
        Group = "GROUP",
        /// Mapping rules.
        MappingRule = "MAPPING_RULE",
        /// Messages and signals.
        Message = "MESSAGE",
        /// Processes, by their id.
        ProcessDefinition = "PROCESS_DEFINITION",
        /// Deployed files.
        Resource = "RESOURCE",
        /// Roles.
        Role = "ROLE",
        /// Secrets.
        Secret = "SECRET",
        /// The server itself.
        System = "SYSTEM",
        /// Tenants.
        Tenant = "TENANT",
        /// Users.
        User = "USER",
        /// User tasks, by their key or by what stands in them.
        UserTask = "USER_TASK",
    }
}

words! {
    /// What may be done.
    Permission {
        /// Use.
        Access = "ACCESS",
        /// Cancel instances.
        CancelProcessInstance = "CANCEL_PROCESS_INSTANCE",
        /// Take a task.
        Claim = "CLAIM",
        /// Take tasks of a process.
        ClaimUserTask = "CLAIM_USER_TASK",
        /// Finish a task.
        Complete = "COMPLETE",
        /// Finish tasks of a process.
        CompleteUserTask = "COMPLETE_USER_TASK",
        /// Create.
        Create = "CREATE",
        /// Cancel many instances.
        CreateBatchOperationCancelProcessInstance = "CREATE_BATCH_OPERATION_CANCEL_PROCESS_INSTANCE",
        /// Delete many decisions.
        CreateBatchOperationDeleteDecisionDefinition = "CREATE_BATCH_OPERATION_DELETE_DECISION_DEFINITION",
        /// Delete many evaluations.
        CreateBatchOperationDeleteDecisionInstance = "CREATE_BATCH_OPERATION_DELETE_DECISION_INSTANCE",
        /// Delete many processes.
        CreateBatchOperationDeleteProcessDefinition = "CREATE_BATCH_OPERATION_DELETE_PROCESS_DEFINITION",
        /// Delete many instances.
        CreateBatchOperationDeleteProcessInstance = "CREATE_BATCH_OPERATION_DELETE_PROCESS_INSTANCE",
        /// Migrate many instances.
        CreateBatchOperationMigrateProcessInstance = "CREATE_BATCH_OPERATION_MIGRATE_PROCESS_INSTANCE",
        /// Modify many instances.
        CreateBatchOperationModifyProcessInstance = "CREATE_BATCH_OPERATION_MODIFY_PROCESS_INSTANCE",
        /// Resolve many incidents.
        CreateBatchOperationResolveIncident = "CREATE_BATCH_OPERATION_RESOLVE_INCIDENT",
        /// Suspend many instances.
        CreateBatchOperationSuspendProcessInstance = "CREATE_BATCH_OPERATION_SUSPEND_PROCESS_INSTANCE",
        /// Change many jobs.
        CreateBatchOperationUpdateJob = "CREATE_BATCH_OPERATION_UPDATE_JOB",
        /// Evaluate decisions.
        CreateDecisionInstance = "CREATE_DECISION_INSTANCE",
        /// Start instances.
        CreateProcessInstance = "CREATE_PROCESS_INSTANCE",
        /// Create listeners to tasks.
        CreateTaskListener = "CREATE_TASK_LISTENER",
        /// Delete.
        Delete = "DELETE",
        /// Delete evaluations.
        DeleteDecisionInstance = "DELETE_DECISION_INSTANCE",
        /// Delete decision requirements graphs.
        DeleteDrd = "DELETE_DRD",
        /// Delete forms.
        DeleteForm = "DELETE_FORM",
        /// Delete processes.
        DeleteProcess = "DELETE_PROCESS",
        /// Delete instances.
        DeleteProcessInstance = "DELETE_PROCESS_INSTANCE",
        /// Delete other files.
        DeleteResource = "DELETE_RESOURCE",
        /// Delete listeners to tasks.
        DeleteTaskListener = "DELETE_TASK_LISTENER",
        /// Evaluate.
        Evaluate = "EVALUATE",
        /// Modify instances.
        ModifyProcessInstance = "MODIFY_PROCESS_INSTANCE",
        /// Pause.
        Pause = "PAUSE",
        /// See.
        Read = "READ",
        /// See decisions.
        ReadDecisionDefinition = "READ_DECISION_DEFINITION",
        /// See evaluations.
        ReadDecisionInstance = "READ_DECISION_INSTANCE",
        /// See figures about jobs.
        ReadJobMetric = "READ_JOB_METRIC",
        /// See processes.
        ReadProcessDefinition = "READ_PROCESS_DEFINITION",
        /// See instances and what is in them.
        ReadProcessInstance = "READ_PROCESS_INSTANCE",
        /// See listeners to tasks.
        ReadTaskListener = "READ_TASK_LISTENER",
        /// See figures about use.
        ReadUsageMetric = "READ_USAGE_METRIC",
        /// See tasks of a process.
        ReadUserTask = "READ_USER_TASK",
        /// Restore.
        Restore = "RESTORE",
        /// Show in plain text.
        Reveal = "REVEAL",
        /// Suspend and resume instances.
        SuspendProcessInstance = "SUSPEND_PROCESS_INSTANCE",
        /// Change.
        Update = "UPDATE",
        /// Change instances, their jobs, incidents and variables.
        UpdateProcessInstance = "UPDATE_PROCESS_INSTANCE",
        /// Change listeners to tasks.
        UpdateTaskListener = "UPDATE_TASK_LISTENER",
        /// Assign, change and finish tasks of a process.
        UpdateUserTask = "UPDATE_USER_TASK",
    }
}

/// The words of many identities: create, see, change, delete.
const ALL_FOUR: &[Permission] =
    &[Permission::Create, Permission::Read, Permission::Update, Permission::Delete];

impl ResourceType {
    /// The permissions there are for it.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::AuditLog | Self::DecisionRequirementsDefinition => &[P::Read],
            Self::Authorization
            | Self::ClusterVariable
            | Self::Group
            | Self::MappingRule
            | Self::Role
            | Self::Tenant
            | Self::User => ALL_FOUR,
            Self::Backup => &[P::Create, P::Read, P::Delete, P::Restore],
            Self::Batch => &[
                P::Create,
                P::CreateBatchOperationCancelProcessInstance,
                P::CreateBatchOperationDeleteDecisionDefinition,
                P::CreateBatchOperationDeleteDecisionInstance,
                P::CreateBatchOperationDeleteProcessDefinition,
                P::CreateBatchOperationDeleteProcessInstance,
                P::CreateBatchOperationMigrateProcessInstance,
                P::CreateBatchOperationModifyProcessInstance,
                P::CreateBatchOperationResolveIncident,
                P::CreateBatchOperationSuspendProcessInstance,
                P::CreateBatchOperationUpdateJob,
                P::Read,
                P::Update,
            ],
            Self::Component => &[P::Access],
            Self::DecisionDefinition => &[
                P::CreateDecisionInstance,
                P::ReadDecisionDefinition,
                P::ReadDecisionInstance,
                P::DeleteDecisionInstance,
            ],
            Self::Document => &[P::Create, P::Read, P::Delete],
            Self::Exporter => &[P::Read, P::Pause, P::Update],
            Self::Expression => &[P::Evaluate],
            Self::GlobalListener => {
                &[P::CreateTaskListener, P::ReadTaskListener, P::UpdateTaskListener, P::DeleteTaskListener]
            }
            Self::Message => &[P::Create, P::Read],
            Self::ProcessDefinition => &[
                P::CreateProcessInstance,
                P::ReadProcessDefinition,
                P::ReadProcessInstance,
                P::UpdateProcessInstance,
                P::ModifyProcessInstance,
                P::SuspendProcessInstance,
                P::CancelProcessInstance,
                P::DeleteProcessInstance,
                P::ReadUserTask,
                P::UpdateUserTask,
                P::ClaimUserTask,
                P::CompleteUserTask,
            ],
            Self::Resource => {
                &[P::Create, P::Read, P::DeleteDrd, P::DeleteForm, P::DeleteProcess, P::DeleteResource]
            }
            Self::Secret => &[P::Read, P::Reveal],
            Self::System => &[P::Read, P::ReadUsageMetric, P::ReadJobMetric, P::Update],
            Self::UserTask => &[P::Read, P::Update, P::Claim, P::Complete],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_every_permission_has_a_use() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(*permission));
            let used = ResourceType::ALL.iter().any(|resource| resource.permissions().contains(permission));
            assert!(used, "{permission}");
        }
        assert_eq!(ResourceType::parse("process_definition"), None);
        assert_eq!(serde_json::to_string(&Kind::MappingRule).unwrap(), "\"mapping-rule\"");
        assert!(serde_json::from_str::<OwnerType>("\"TENANT\"").is_err());
    }
}
