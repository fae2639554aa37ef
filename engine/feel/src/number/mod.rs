//! FEEL numbers: decimals of up to 34 digits, as IEEE 754 decimal128 (DMN 1.5, 10.3.2.3.1), rounded half to even.
//!
//! A number is `coefficient · 10^exponent`, packed into 16 bytes: sign, 14 bits of exponent, 113 bits of coefficient.
//! There is no infinity and no NaN: operations that would give one answer `None`. Results drop trailing zeros after
//! the decimal point (`1.5 + 1.5` is `3`), while literals and JSON numbers keep the digits they were written with.

mod arithmetic;
mod functions;
mod text;
mod wide;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

pub use functions::Rounding;

use wide::{POWERS, Wide, digits};

/// A decimal of up to 34 digits between ±10^-6176 and ±10^6145.
#[derive(Clone, Copy)]
pub struct Number {
    low: u64,
    high: u64,
}

/// Digits of the coefficient.
const PRECISION: i32 = 34;
/// The largest coefficient is one less.
const COEFFICIENT_END: u128 = POWERS[34];
const MIN_EXPONENT: i32 = -6176;
const MAX_EXPONENT: i32 = 6111;

const SIGN: u64 = 1 << 63;
const EXPONENT_SHIFT: u32 = 49;
const COEFFICIENT_HIGH: u64 = (1 << EXPONENT_SHIFT) - 1;
/// The upper half of a non-negative integer below 2^64.
const PLAIN: u64 = (-MIN_EXPONENT as u64) << EXPONENT_SHIFT;

/// A number taken apart.
#[derive(Clone, Copy, Debug)]
struct Parts {
    negative: bool,
    coefficient: u128,
    exponent: i32,
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self { low: 0, high: PLAIN };
    /// One.
    pub const ONE: Self = Self { low: 1, high: PLAIN };

    /// The caller has checked that coefficient and exponent are in range.
    fn pack(negative: bool, coefficient: u128, exponent: i32) -> Self {
        if coefficient == 0 {
            return Self::ZERO;
        }
        let sign = if negative { SIGN } else { 0 };
        let exponent = ((exponent - MIN_EXPONENT) as u64) << EXPONENT_SHIFT;
        Self { low: coefficient as u64, high: sign | exponent | (coefficient >> 64) as u64 }
    }

    fn parts(self) -> Parts {
        Parts {
            negative: self.high & SIGN != 0,
            coefficient: (u128::from(self.high & COEFFICIENT_HIGH) << 64) | u128::from(self.low),
            exponent: ((self.high & !SIGN) >> EXPONENT_SHIFT) as i32 + MIN_EXPONENT,
        }
    }

    /// The value if it is stored as an integer of at most 63 bits: the road most numbers take.
    #[inline]
    fn small(self) -> Option<i64> {
        if self.low >> 63 != 0 || self.high & !SIGN != PLAIN {
            return None;
        }
        Some(if self.high == PLAIN { self.low as i64 } else { -(self.low as i64) })
    }

    /// `coefficient · 10^exponent`, plus something less than one unit of the coefficient if `sticky`; rounded to 34
    /// digits. `None` when it is too large; what is too small becomes zero.
    fn rounded(negative: bool, mut wide: Wide, mut exponent: i32, mut sticky: bool) -> Option<Self> {
        let excess = (wide.digits() - PRECISION).max(MIN_EXPONENT - exponent);
        if excess > 0 {
            if excess > 77 {
                return Some(Self::ZERO);
            }
            (wide, sticky) = shifted_right(wide, excess as usize, sticky);
            exponent += excess;
            if wide == Wide::from(COEFFICIENT_END) {
                wide = Wide::from(POWERS[33]);
                exponent += 1;
            }
        }
        let _ = sticky;
        let mut coefficient = wide.low;
        if coefficient == 0 {
            return Some(Self::ZERO);
        }
        if exponent > MAX_EXPONENT {
            let missing = exponent - MAX_EXPONENT;
            if digits(coefficient) + missing > PRECISION {
                return None;
            }
            coefficient *= POWERS[missing as usize];
            exponent = MAX_EXPONENT;
        }
        Some(Self::pack(negative, coefficient, exponent))
    }

    /// Without trailing zeros after the decimal point.
    #[must_use]
    pub fn normalized(self) -> Self {
        let Parts { negative, mut coefficient, mut exponent } = self.parts();
        if exponent >= 0 {
            return self;
        }
        for step in [16, 8, 4, 2, 1] {
            while exponent <= -step && coefficient.is_multiple_of(POWERS[step as usize]) {
                coefficient /= POWERS[step as usize];
                exponent += step;
            }
        }
        Self::pack(negative, coefficient, exponent)
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.low == 0 && self.high & COEFFICIENT_HIGH == 0
    }

    /// Whether it is less than zero.
    pub fn is_negative(self) -> bool {
        self.high & SIGN != 0
    }

    /// Whether it has no fraction.
    pub fn is_integer(self) -> bool {
        self.small().is_some() || self.normalized().parts().exponent >= 0
    }

    /// The value if it is an integer that fits.
    pub fn to_i64(self) -> Option<i64> {
        if let Some(small) = self.small() {
            return Some(small);
        }
        i64::try_from(self.to_i128()?).ok()
    }

    /// The value if it is an integer that fits.
    pub fn to_i128(self) -> Option<i128> {
        let Parts { negative, coefficient, exponent } = self.normalized().parts();
        let power = POWERS.get(usize::try_from(exponent).ok()?)?;
        let value = i128::try_from(coefficient.checked_mul(*power)?).ok()?;
        Some(if negative { -value } else { value })
    }

    /// The nearest binary floating point number.
    pub fn to_f64(self) -> f64 {
        let Parts { negative, coefficient, exponent } = self.parts();
        // The standard library rounds decimal texts correctly; powers of ten as floats would not be exact.
        let value: f64 = format!("{coefficient}e{exponent}").parse().unwrap_or(f64::MAX);
        if negative { -value } else { value }
    }

    /// The decimal of at most 17 digits that reads back as `value`; `None` for infinities and NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { Self::parse(&format!("{value:e}")) } else { None }
    }
}

/// Divides by `10^count`, rounding half to even.
fn shifted_right(wide: Wide, count: usize, sticky: bool) -> (Wide, bool) {
    let mut quotient = wide;
    let mut inexact = sticky;
    let mut left = count;
    // All but the last digit are dropped into `inexact`.
    while left > 1 {
        let step = (left - 1).min(38);
        let (next, rest) = quotient.divided(POWERS[step]);
        inexact |= rest != 0;
        quotient = next;
        left -= step;
    }
    let (quotient, last) = quotient.divided(10);
    let up = last > 5 || (last == 5 && (inexact || quotient.low & 1 == 1));
    (if up { quotient.plus(Wide::from(1)) } else { quotient }, inexact || last != 0)
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        if value >= 0 {
            Self { low: value as u64, high: PLAIN }
        } else {
            Self { low: value.unsigned_abs(), high: PLAIN | SIGN }
        }
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self { low: value as u64, high: PLAIN }
    }
}

impl From<i128> for Number {
    /// Rounded to 34 digits.
    fn from(value: i128) -> Self {
        Self::rounded(value < 0, Wide::from(value.unsigned_abs()), 0, false).unwrap_or(Self::ZERO)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some(a), Some(b)) = (self.small(), other.small()) {
            return a.cmp(&b);
        }
        let (a, b) = (self.parts(), other.parts());
        match (a.negative, b.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => compare_magnitudes(a, b),
            (true, true) => compare_magnitudes(b, a),
        }
    }
}

fn compare_magnitudes(a: Parts, b: Parts) -> Ordering {
    if a.coefficient == 0 || b.coefficient == 0 {
        return a.coefficient.cmp(&b.coefficient);
    }
    let top = |p: Parts| digits(p.coefficient) + p.exponent;
    top(a).cmp(&top(b)).then_with(|| {
        // With equal leading places the exponents differ by 33 at most.
        let least = a.exponent.min(b.exponent);
        let scaled = |p: Parts| Wide::from(p.coefficient).scaled((p.exponent - least) as usize);
        scaled(a).cmp(&scaled(b))
    })
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        (self.low == other.low && self.high == other.high) || self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Parts { negative, mut coefficient, mut exponent } = self.parts();
        while coefficient != 0 && coefficient.is_multiple_of(10) {
            coefficient /= 10;
            exponent += 1;
        }
        (negative, coefficient, exponent).hash(state);
    }
}
