//! Every bound of the core in one place: name, unit, and what happens when it is reached.
//!
//! Reaching a bound never ends in an endless step, an abort or a silent cut: a command is refused, a step pauses
//! (and goes on with [`Continue`](crate::Command::Continue)), or an incident waits for a person.

/// Pieces of work (an element entered, activated, completed, terminated …) done in one step. The rest is left in
/// [`Paused`](crate::Event::Paused): a cycle without a wait state goes on in slices and never holds up others.
pub const WORK_PER_STEP: usize = 1_000;

/// Children of parallel multi-instance bodies created in one step; the rest is left in
/// [`Paused`](crate::Event::Paused).
pub const LOOP_CHILDREN_PER_STEP: u32 = 100;

/// Items of one multi-instance body; more raise an incident on the body.
pub const LOOP_ITEMS: usize = 100_000;

/// Element instances alive in one process instance; beyond it a token waits on its flow with an incident on the scope.
pub const ELEMENT_INSTANCES: usize = 200_000;

/// Activations that one command, or one collection of active elements, may ask for in an ad-hoc sub-process; more are
/// refused, or an incident.
pub const AD_HOC_ACTIVATIONS: usize = 1_000;

/// Process instances calling one another in one chain; a deeper call raises an incident on the call activity.
pub const CALL_DEPTH: u32 = 100;

/// Bytes of a variable's name; a longer one is refused, or an incident when a mapping makes it.
pub const VARIABLE_NAME_BYTES: usize = 256;

/// Bytes of one variable's JSON text; a larger one is refused, or an incident when a mapping makes it.
pub const VARIABLE_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of all variables of one instance; beyond it refused, or an incident when a mapping does it.
pub const VARIABLES_BYTES: usize = 64 * 1024 * 1024;

/// Message keys a subscription that stays open remembers, to refuse a message delivered twice.
pub const MESSAGES_REMEMBERED: usize = 64;

/// Messages of one definition that an event with several triggers keeps until the others come; more are refused.
pub const TRIGGERS_GATHERED: usize = 100;

/// Escalations of its called process a call activity remembers, to refuse one delivered twice.
pub const ESCALATIONS_REMEMBERED: usize = 64;

/// Runs of a cycle that were missed and are skipped one by one to find the next; beyond it the cycle restarts now.
pub const MISSED_RUNS: u32 = 10_000;

/// Retries a job may be given; more are refused, or an incident when an expression asks for them.
pub const RETRIES: u32 = 1_000_000;

/// Bytes of an incident's sentence and of a worker's error message; the rest is cut off, marked with `…`.
pub const MESSAGE_BYTES: usize = 10_000;

/// Bytes recorded of each input and output of an evaluated decision; a longer value is recorded as a text that begins
/// like it and ends with `…`.
pub const DECISION_VALUE_BYTES: usize = 8 * 1024;

/// Why parts of the value of an evaluated decision are null: this many reasons are kept, each of at most
/// [`DECISION_WARNING_BYTES`].
pub const DECISION_WARNINGS: usize = 20;
/// Longest of these reasons.
pub const DECISION_WARNING_BYTES: usize = 1_000;

/// Bytes shown of each value that a failing expression has read.
pub const SHOWN_VALUE_BYTES: usize = 200;

/// Completed activities of one scope that wait to be compensated; one more is an incident.
pub const COMPENSATION_RECORDS: usize = 10_000;
