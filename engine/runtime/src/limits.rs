//! Every bound of the runtime that is not a setting: name, unit, and what happens when it is reached.

use std::time::Duration;

/// Things from callers that a lane takes from its queue before they are done.
pub const CALLS_AT_HAND: usize = 128;

/// Things from the engine itself that a lane takes from their queue before they are done: more than connector calls of one
/// node may end at once, so that nobody's result stands in the queue behind another instance's thousands.
pub const AT_HAND: usize = 16_384;

/// Connector jobs of the lane's third queue that it takes before they are done.
pub const RUNS_AT_HAND: usize = 32;

/// Instances a lane loads from the store at the same time.
pub const LOADS_AT_ONCE: usize = 8;

/// Times a caller's command is stepped when the store keeps refusing the result; then the caller is told.
pub const ATTEMPTS: u8 = 16;

/// How long a commit should take at most; batches get smaller when it takes longer.
pub const COMMIT_TIME: Duration = Duration::from_millis(20);

/// What a batch has room for, however long commits take; an ordinary command weighs 1.
pub const LEAST_ROOM: usize = 128;

/// What a batch has room for before it is known how long commits take.
pub const FIRST_ROOM: usize = 512;

/// Events of a step that weigh as much as an ordinary command.
pub const EVENTS_PER_WEIGHT: usize = 16;

/// Bytes of a snapshot that weigh as much as an ordinary command.
pub const SNAPSHOT_PER_WEIGHT: usize = 32 * 1024;

/// Spare keys a batch may reserve for the store: the sequence of one millisecond.
pub const KEYS_PER_RANGE: u32 = 4_096;

/// Keys reserved for what one message may create.
pub const KEYS_PER_MESSAGE: u32 = 128;

/// A draft that wants this many spare keys is closed: one more step must not overrun [`KEYS_PER_RANGE`].
pub const DRAFT_KEYS: u32 = 2_048;

/// Bytes of events from which on an instance may get its first snapshot.
pub const FIRST_SNAPSHOT_BYTES: u64 = 32 * 1024;

/// Timers fired in one slice; the next slice is read when these are committed.
pub const TIMERS_PER_SLICE: usize = 256;

/// Subscriptions that a signal reaches in one slice; the next slice is read when these are committed.
pub const SIGNALS_PER_SLICE: usize = 256;

/// How often the store is asked for broadcasts that nobody announced (other nodes).
pub const SIGNAL_SWEEP: Duration = Duration::from_secs(10);

/// Items of a batch operation done in one slice, all at the same time; then it is another one's turn.
pub const BATCH_ITEMS_PER_SLICE: usize = 64;

/// Rows of a batch operation's selection that become items in one slice.
pub const BATCH_SELECTED_PER_SLICE: usize = 1_000;

/// How often the store is asked for batch operations that nobody announced (other nodes).
pub const BATCH_SWEEP: Duration = Duration::from_secs(2);

/// How long a slice of a batch operation is left to the node that works on it; then others do.
pub const BATCH_LEASE: Duration = Duration::from_secs(30);

/// How long a batch operation rests when an item of it could not be done for lack of room or a failing store.
pub const BATCH_PAUSE: Duration = Duration::from_millis(200);

/// Shortest time between two looks at due timers.
pub const TIMER_GRAIN: Duration = Duration::from_millis(5);

/// How often the store is asked for timers that nobody announced (other nodes, a restart).
pub const TIMER_SWEEP: Duration = Duration::from_secs(10);

/// How long a timer that could not be fired is left alone.
pub const TIMER_PAUSE: Duration = Duration::from_secs(10);

/// How often things that only need to be done some time are done.
pub const HOUSEKEEPING: Duration = Duration::from_secs(1);

/// Expired messages removed at once.
pub const EXPIRED_PER_SLICE: usize = 1_000;

/// How often the store is asked for jobs of a type whose queue in memory is empty while a worker waits.
pub const STORE_CHECK: Duration = Duration::from_secs(1);

/// How often the store is asked for connector jobs that nobody runs (a restart, another node's death); those that found no
/// place in memory are looked for as soon as there is room.
pub const CONNECTOR_SWEEP: Duration = Duration::from_secs(2);

/// Connector jobs claimed from the store at once, per type.
pub const CLAIMED_PER_SWEEP: usize = 256;

/// Outbox entries read from the store at once.
pub const OUTBOX_PAGE: usize = 1_000;

/// How long a node number is leased; renewed after a third of it.
pub const NODE_LEASE: Duration = Duration::from_secs(30);

/// How long outbox entries are carried by the node that wrote or read them; then others take them up.
pub const ENTRY_LEASE: Duration = Duration::from_secs(4);

/// How often the store is asked for outbox entries that nobody carries any more.
pub const ENTRY_SWEEP: Duration = Duration::from_secs(2);

/// How long timers are left to the node that fires them; then others do.
pub const TIMER_LEASE: Duration = Duration::from_secs(5);

/// How long a slice of a broadcast is left to the node that spreads it; then others do.
pub const SIGNAL_LEASE: Duration = Duration::from_secs(5);

/// How often other nodes' deployments, and ends of instances that are waited for, are looked for in the store, in case
/// the news did not come.
pub const LOOK_AROUND: Duration = Duration::from_millis(500);

/// Instances whose end is looked for at once.
pub const AWAITED_PER_LOOK: usize = 1_000;

/// How long news are collected before they are told.
pub const NEWS_PAUSE: Duration = Duration::from_millis(5);

/// How often a node says that it is there.
pub const HERE: Duration = Duration::from_secs(3);

/// How long other nodes count as there after they said so.
pub const COMPANY: Duration = Duration::from_secs(10);

/// News of one kind told at once; with more the others are told to look for themselves.
pub const NEWS_AT_ONCE: usize = 2_000;

/// How often it is looked for what has outlived its time.
pub const RETENTION_SWEEP: Duration = Duration::from_mins(1);

/// Instances that are removed at once for that, and the rest after them: about a thousand a second at most.
pub const RETENTION_PAGE: usize = 50;
/// See [`RETENTION_PAGE`].
pub const RETENTION_PAUSE: Duration = Duration::from_millis(50);

/// Bytes that are written to the archive at once, about.
pub const ARCHIVE_BYTES: usize = 4 * 1024 * 1024;
/// Commits of a history that are read at once for it.
pub const ARCHIVE_COMMITS: usize = 256;

/// How long a lane waits before it looks again whether the fate of an instance's steps is known.
pub const SETTLING_PAUSE: Duration = Duration::from_millis(1);

/// How long a command waits until what its instance sent has arrived from another node, and how often it does.
pub const OVERTAKING_PAUSE: Duration = Duration::from_millis(10);

/// Times that a command waits so; then it goes on.
pub const OVERTAKING_WAITS: u16 = 1_000;

/// Longest pause between commits while the store keeps failing.
pub const COMMIT_PAUSE: Duration = Duration::from_secs(2);

/// Job types with a queue in memory; the empty ones are forgotten beyond it.
pub const JOB_TYPES: usize = 10_000;

/// Compiled header expressions kept; all are forgotten beyond it.
pub const HEADER_EXPRESSIONS: usize = 4_096;

/// Facts a watch keeps; later ones are left out and the answer says so.
pub const WATCHED_FACTS: usize = 1_000;

/// Instances of one call hierarchy looked at to say where it rests.
pub const RESTING_INSTANCES: usize = 200;

/// A retry that is due within this time is waited for instead of reported.
pub const DUE_SOON: Duration = Duration::from_secs(1);

/// Files of one deployment; more are refused.
pub const DEPLOYED_FILES: usize = 200;

/// Bytes of one deployed file; a larger one is refused.
pub const DEPLOYED_FILE_BYTES: usize = 8 * 1024 * 1024;

/// Longest lease a worker may ask for.
pub const LONGEST_LEASE: Duration = Duration::from_hours(24 * 7);

/// How long a question to the store that failed is not repeated.
pub const STORE_FAILURE_PAUSE: Duration = Duration::from_millis(200);

/// How soon something is tried again that could not be done for lack of room or a failing store.
pub const SOON: Duration = Duration::from_millis(250);
