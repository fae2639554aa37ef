//! For whom, from where, until when.

use std::collections::BTreeMap;
use std::time::Duration;

/// One attempt at one operation, without its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The tenant of the process instance.
    pub tenant: String,
    /// The id of the connection the call goes through.
    pub connection: String,
    /// The key of the process instance.
    pub process_instance: i64,
    /// The id of the element in the diagram.
    pub element_id: String,
    /// The key of the job.
    pub job_key: i64,
    /// From 1. With 1 nobody has tried before; with more an earlier attempt may have reached the target.
    pub attempt: u32,
    /// The same for every attempt of this job and different for every other job. The host sends it as the header
    /// `Idempotency-Key` with requests that may change something, unless the plugin sets that header itself.
    pub idempotency_key: String,
    /// What is left for this attempt; then the instance is ended wherever it is.
    pub time_left: Duration,
    /// W3C `traceparent` of the calling step; the host passes it on with requests.
    pub trace_parent: Option<String>,
    /// The step's task headers.
    pub headers: BTreeMap<String, String>,
}
