//! Buckets: what a database that is spread over several machines is spread by.

use hosk_core::ProcessInstanceKey;

/// Number of buckets.
pub const BUCKETS: u16 = 256;

/// The bucket of an instance: a hash of its key, spread evenly over time-ordered keys.
pub fn bucket_of(instance: ProcessInstanceKey) -> u8 {
    (instance.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}
