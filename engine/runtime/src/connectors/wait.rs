//! How long to wait before the next attempt: exponential back-off with jitter, from the model or the contract.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hosk_connector::{Backoff, header};
use jiff::{Span, SpanRelativeTo};

use super::Run;

/// Chance that repeats with its seed.
#[derive(Debug)]
pub(super) struct Chance(AtomicU64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Evenly in 0..1 (splitmix64).
    pub(super) fn next(&self) -> f64 {
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A wait moved by up to a fifth either way, so that what failed together is not repeated together.
    pub(super) fn jitter(&self, wait: Duration) -> Duration {
        wait.mul_f64(0.8 + 0.4 * self.next())
    }
}

/// The wait after that many failed attempts, without jitter: the header `retryBackoff` sets the first one.
pub(super) fn backoff(run: &Run, failed: u32) -> Duration {
    let defaults = run.binding.operation().defaults.backoff;
    let Some(initial) = run.header(header::RETRY_BACKOFF).and_then(iso_duration) else {
        return defaults.delay(failed);
    };
    Backoff { initial, maximum: defaults.maximum.max(initial) }.delay(failed)
}

/// An ISO 8601 duration; a day has 24 hours.
pub(super) fn iso_duration(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_iso_8601() {
        assert_eq!(iso_duration("PT5S"), Some(Duration::from_secs(5)));
        assert_eq!(iso_duration("P1DT1M"), Some(Duration::from_mins(24 * 60 + 1)));
        assert_eq!(iso_duration("5 apples"), None);
        assert_eq!(iso_duration("-PT5S"), None);
    }

    #[test]
    fn jitter_stays_within_a_fifth_and_repeats_with_its_seed() {
        let (one, two) = (Chance::new(7), Chance::new(7));
        for _ in 0..1_000 {
            let wait = one.jitter(Duration::from_secs(10));
            assert!((8.0..12.0).contains(&wait.as_secs_f64()));
            assert_eq!(wait, two.jitter(Duration::from_secs(10)));
        }
    }
}
