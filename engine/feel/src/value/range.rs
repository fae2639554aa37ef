//! Ranges (DMN 1.5, 10.3.2.7): two ends, each included, excluded or open.

use super::{Extent, Value};

/// One end of a range.
#[derive(Clone)]
pub enum Bound {
    /// No end on this side.
    Open,
    /// The value belongs to the range.
    Included(Value),
    /// The value does not belong to it.
    Excluded(Value),
}

impl Bound {
    /// The end's value.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Open => None,
            Self::Included(value) | Self::Excluded(value) => Some(value),
        }
    }

    /// Whether the end's value belongs to the range.
    pub fn is_included(&self) -> bool {
        matches!(self, Self::Included(_))
    }
}

/// All values between two ends.
#[derive(Clone)]
pub struct Range {
    /// The lower end.
    pub low: Bound,
    /// The upper end.
    pub high: Bound,
    /// Whether it stands for everything except the value both ends have, as `(!=10)` does.
    pub inverted: bool,
}

impl Range {
    /// A range from `low` to `high`.
    pub fn new(low: Bound, high: Bound) -> Self {
        Self { low, high, inverted: false }
    }

    pub(crate) fn extent(&self) -> Extent {
        [&self.low, &self.high].into_iter().filter_map(Bound::value).map(Value::extent).collect()
    }

    pub(crate) fn write(&self, out: &mut String, write: fn(&Value, &mut String)) {
        let sign = match (&self.low, &self.high) {
            _ if self.inverted => Some("!="),
            (Bound::Open, Bound::Included(_)) => Some("<="),
            (Bound::Open, Bound::Excluded(_)) => Some("<"),
            (Bound::Included(_), Bound::Open) => Some(">="),
            (Bound::Excluded(_), Bound::Open) => Some(">"),
            _ => None,
        };
        if let Some(sign) = sign {
            out.push_str(sign);
            out.push(' ');
            let end = self.low.value().or(self.high.value());
            return write(end.unwrap_or(&Value::Null), out);
        }
        out.push(if self.low.is_included() { '[' } else { '(' });
        write(self.low.value().unwrap_or(&Value::Null), out);
        out.push_str("..");
        write(self.high.value().unwrap_or(&Value::Null), out);
        out.push(if self.high.is_included() { ']' } else { ')' });
    }
}
