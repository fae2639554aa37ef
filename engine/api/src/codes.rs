//! Codes that are more telling than those of the constructors in [`Problem`](crate::Problem): the same status and
//! title, another page.

/// Declares the codes, for [`Problem::coded`](crate::Problem) and for the test that each has a page.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $code;)*

        /// All of them.
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}

codes! {
    /// The condition of a start event cannot be decided.
    CONDITION_FAILED = "condition-failed";
    /// No such decision is deployed.
    DECISION_NOT_FOUND = "decision-not-found";
    /// An expression cannot be evaluated within its limits.
    FEEL_EVALUATION = "feel-evaluation";
    /// An expression is not FEEL.
    FEEL_SYNTAX_ERROR = "feel-syntax-error";
    /// The database did not answer; whether the command was stored is not known.
    FATE_UNKNOWN = "fate-unknown";
    /// The instance whose result was awaited was canceled.
    INSTANCE_CANCELED = "instance-canceled";
    /// A living message has the same id.
    MESSAGE_EXISTS = "message-exists";
    /// Nothing waits for the message.
    NOTHING_CORRELATED = "nothing-correlated";
    /// Instances of the resource still run.
    RESOURCE_IN_USE = "resource-in-use";
    /// The task is somebody else's.
    TASK_OF_ANOTHER = "task-of-another";
    /// A task listener said no.
    TASK_CHANGE_DENIED = "task-change-denied";
}
