//! Why a call ended without a word of the plugin's own. Each has a page under `docs/problems`.

use hosk_connector::{Failure, FailureKind};

/// Why the host ended a call, or could make nothing of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// The call's time was over.
    #[error("did not answer before the call's deadline")]
    Deadline,
    /// No turn came before the deadline: too many calls of plugins at once.
    #[error("got no turn before the call's deadline: too many plugin calls run at once")]
    Busy,
    /// It wanted more memory than a call may have.
    #[error("wanted more memory than a call may have")]
    Memory,
    /// It wanted larger tables, or more of them, than a call may have.
    #[error("wanted larger tables than a call may have")]
    Table,
    /// It called itself too deep.
    #[error("ran out of stack: it calls itself too deep")]
    Stack,
    /// It ended itself: a panic, an unreachable instruction, a wrong address.
    #[error("trapped")]
    Trap,
    /// It handed over more at once than it may: its output, a request, a log line.
    #[error("handed over more than it may at once")]
    Output,
    /// It wrote more log lines than a call may.
    #[error("wrote more log lines than a call may")]
    Logs,
    /// Its answer is not what the interface asks for.
    #[error("answered with something that is not JSON")]
    Answer,
}

impl Fault {
    /// The code, as it stands in a failure and names the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Deadline => "plugin-deadline",
            Self::Busy => "plugin-busy",
            Self::Memory => "plugin-memory",
            Self::Table => "plugin-table",
            Self::Stack => "plugin-stack",
            Self::Trap => "plugin-trap",
            Self::Output => "plugin-output",
            Self::Logs => "plugin-logs",
            Self::Answer => "plugin-answer",
        }
    }

    /// Whether a repeat may go better: only when it was a matter of time.
    pub fn kind(self) -> FailureKind {
        match self {
            Self::Deadline | Self::Busy => FailureKind::Transient,
            Self::Memory
            | Self::Table
            | Self::Stack
            | Self::Trap
            | Self::Output
            | Self::Logs
            | Self::Answer => FailureKind::Permanent,
        }
    }

    /// The failure of a plugin's call.
    pub(crate) fn failure(self, plugin: &str) -> Failure {
        Failure::new(self.kind(), format!("the plugin `{plugin}` {self}")).code(self.code())
    }

    /// What a failed call tells: a fault that the host raised itself, or a trap of the guest's.
    pub(crate) fn of(error: &wasmtime::Error) -> Self {
        if let Some(fault) = error.downcast_ref::<Self>() {
            return *fault;
        }
        // There are as many slots as turns; if one were missing all the same, a later attempt would find it.
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            return Self::Busy;
        }
        match error.downcast_ref::<wasmtime::Trap>() {
            Some(wasmtime::Trap::StackOverflow) => Self::Stack,
            Some(wasmtime::Trap::Interrupt) => Self::Deadline,
            // The type of this error is wasmtime's own; a test keeps the words.
            _ if format!("{error:?}").contains("fuel allocated for hostcalls") => Self::Output,
            _ => Self::Trap,
        }
    }
}
