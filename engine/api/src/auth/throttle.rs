//! Slows down guessing: after some wrong passwords an account rests, longer each time.
//!
//! Counted per user name and address, so that a stranger cannot lock a person out from another place, and per
//! address, so that trying many names does not help.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Wrong passwords for one name before it rests.
const FREE_PER_NAME: u32 = 5;
/// Wrong passwords from one address before it rests.
const FREE_PER_ADDRESS: u32 = 50;
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_mins(5);
/// After so long without a failure the count starts again.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(15);
/// Counted names and addresses; when full, the oldest are forgotten.
const ENTRIES_MAX: usize = 20_000;

/// Counts failures.
#[derive(Default)]
pub(super) struct Throttle {
    failures: Mutex<HashMap<Subject, Failures>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Subject {
    Name(String, Option<IpAddr>),
    Address(IpAddr),
}

struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    /// How long after the last failure nothing is tried.
    fn rest(&self, free: u32) -> Duration {
        let beyond = self.count.saturating_sub(free);
        if self.count < free {
            return Duration::ZERO;
        }
        Duration::from_secs(1_u64.checked_shl(beyond).unwrap_or(u64::MAX)).min(LONGEST_REST)
    }
}

impl Throttle {
    /// How long to wait before a try for this name from this address; `None`: try now.
    pub(super) fn wait(&self, name: &str, peer: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let failures = self.failures.lock();
        let left = |subject: &Subject, free| {
            let entry = failures.get(subject)?;
            let rested = now.saturating_duration_since(entry.last);
            entry.rest(free).checked_sub(rested).filter(|left| !left.is_zero())
        };
        let by_name = left(&Subject::Name(name.to_owned(), peer), FREE_PER_NAME);
        let by_address = peer.and_then(|peer| left(&Subject::Address(peer), FREE_PER_ADDRESS));
        by_name.max(by_address)
    }

    /// A wrong password.
    pub(super) fn failed(&self, name: &str, peer: Option<IpAddr>, now: Instant) {
        let mut failures = self.failures.lock();
        if failures.len() >= ENTRIES_MAX {
            failures.retain(|_, entry| now.saturating_duration_since(entry.last) < LONGEST_REST);
            if failures.len() >= ENTRIES_MAX {
                failures.clear();
            }
        }
        let subjects = [Some(Subject::Name(name.to_owned(), peer)), peer.map(Subject::Address)];
        for subject in subjects.into_iter().flatten() {
            let entry = failures.entry(subject).or_insert(Failures { count: 0, last: now });
            if now.saturating_duration_since(entry.last) > FORGOTTEN_AFTER {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
        }
    }

    /// The right password: the name starts afresh.
    pub(super) fn succeeded(&self, name: &str, peer: Option<IpAddr>) {
        self.failures.lock().remove(&Subject::Name(name.to_owned(), peer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[test]
    fn a_name_rests_longer_each_time_and_only_for_that_address() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..4 {
            throttle.failed("anna", HERE, now);
        }
        assert_eq!(throttle.wait("anna", HERE, now), None);
        throttle.failed("anna", HERE, now);
        assert_eq!(throttle.wait("anna", HERE, now), Some(Duration::from_secs(1)));
        throttle.failed("anna", HERE, now);
        assert_eq!(throttle.wait("anna", HERE, now), Some(Duration::from_secs(2)));
        assert_eq!(throttle.wait("anna", HERE, now + Duration::from_secs(2)), None);
        assert_eq!(throttle.wait("anna", Some(IpAddr::V4([10, 0, 0, 1].into())), now), None);
        throttle.succeeded("anna", HERE);
        assert_eq!(throttle.wait("anna", HERE, now), None);
    }

    #[test]
    fn many_names_from_one_address_rest_too() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for number in 0..FREE_PER_ADDRESS {
            throttle.failed(&format!("user{number}"), HERE, now);
        }
        assert!(throttle.wait("somebody", HERE, now).is_some());
        let much_later = (0..40).fold(now, |at, _| {
            throttle.failed("anna", HERE, at);
            at
        });
        assert_eq!(throttle.wait("anna", HERE, much_later), Some(LONGEST_REST));
    }
}
