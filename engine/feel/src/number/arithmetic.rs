//! The four operations and the remainder. All but the remainder are correctly rounded; it is exact.

use std::cmp::Ordering;

use super::wide::{POWERS, Wide, digits};
use super::{Number, Parts};

impl Number {
    /// `self + other`; `None` when too large.
    #[inline]
    pub fn plus(self, other: Self) -> Option<Self> {
        if let (Some(a), Some(b)) = (self.small(), other.small())
            && let Some(sum) = a.checked_add(b)
        {
            return Some(Self::from(sum));
        }
        self.add_slowly(other)
    }

    /// `self − other`; `None` when too large.
    #[inline]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    /// `self · other`; `None` when too large.
    #[inline]
    pub fn multiply(self, other: Self) -> Option<Self> {
        if let (Some(a), Some(b)) = (self.small(), other.small())
            && let Some(product) = a.checked_mul(b)
        {
            return Some(Self::from(product));
        }
        let (a, b) = (self.parts(), other.parts());
        let negative = a.negative != b.negative;
        let exponent = a.exponent + b.exponent;
        let wide = Wide::product(a.coefficient, b.coefficient);
        Some(Self::rounded(negative, wide, exponent, false)?.normalized())
    }

    /// `self / other`; `None` when `other` is zero or the result too large.
    pub fn divide(self, other: Self) -> Option<Self> {
        let (a, b) = (self.parts(), other.parts());
        if b.coefficient == 0 {
            return None;
        }
        if let (Some(x), Some(y)) = (self.small(), other.small())
            && x % y == 0
        {
            return Some(Self::from(x / y));
        }
        // 35 or 36 digits of quotient, one more than needed, and whether something is left over.
        let shift = (35 + digits(b.coefficient) - digits(a.coefficient)).max(0);
        let (quotient, rest) = Wide::from(a.coefficient).scaled(shift as usize).divided(b.coefficient);
        let exponent = a.exponent - b.exponent - shift;
        Some(Self::rounded(a.negative != b.negative, quotient, exponent, rest != 0)?.normalized())
    }

    /// `self − other · floor(self / other)`, with the sign of `other`; `None` when `other` is zero.
    pub fn modulo(self, other: Self) -> Option<Self> {
        let rest = self.remainder(other)?;
        if rest.is_zero() || rest.is_negative() == other.is_negative() {
            Some(rest)
        } else {
            rest.plus(other)
        }
    }

    /// What is left after taking `other` away as often as possible, with the sign of `self`; exact.
    pub fn remainder(self, other: Self) -> Option<Self> {
        let (a, b) = (self.parts(), other.parts());
        if b.coefficient == 0 {
            return None;
        }
        if let (Some(x), Some(y)) = (self.small(), other.small()) {
            return Some(Self::from(x % y));
        }
        if self.magnitude() < other.magnitude() {
            return Some(self.normalized());
        }
        let exponent = a.exponent.min(b.exponent);
        // |self| ≥ |other|: if `other` has to be scaled down to the exponent of `self`, it stays below 10^34.
        let divisor = b.coefficient * POWERS[(b.exponent - exponent) as usize];
        let rest = power_rest(a.coefficient, (a.exponent - exponent) as u32, divisor);
        Some(Self::rounded(a.negative, Wide::from(rest), exponent, false)?.normalized())
    }

    /// `−self`.
    #[must_use]
    #[inline]
    pub fn negated(self) -> Self {
        if self.is_zero() { self } else { Self { low: self.low, high: self.high ^ super::SIGN } }
    }

    /// `|self|`.
    #[must_use]
    pub fn magnitude(self) -> Self {
        Self { low: self.low, high: self.high & !super::SIGN }
    }

    fn add_slowly(self, other: Self) -> Option<Self> {
        let (mut a, mut b) = (self.parts(), other.parts());
        if a.coefficient == 0 {
            return Some(other.normalized());
        }
        if b.coefficient == 0 {
            return Some(self.normalized());
        }
        if a.exponent < b.exponent {
            std::mem::swap(&mut a, &mut b);
        }
        let distance = (a.exponent - b.exponent) as usize;
        if distance <= 4 {
            return add_near(a, b, distance);
        }
        // Scaled up by 38 digits at most, the larger exponent's number keeps more digits than any result;
        // what of the other one lies below that only decides about rounding.
        let shift = distance.min(38);
        let left = Wide::from(a.coefficient).scaled(shift);
        let exponent = a.exponent - shift as i32;
        let (right, sticky) = match distance - shift {
            0 => (Wide::from(b.coefficient), false),
            below => match POWERS.get(below) {
                Some(power) => (Wide::from(b.coefficient / power), b.coefficient % power != 0),
                None => (Wide::ZERO, true),
            },
        };
        if a.negative == b.negative {
            return Some(Self::rounded(a.negative, left.plus(right), exponent, sticky)?.normalized());
        }
        let (negative, difference) = match left.cmp(&right) {
            Ordering::Less => (b.negative, right.minus(left)),
            _ => (a.negative, left.minus(right)),
        };
        let difference = if sticky { difference.minus(Wide::from(1)) } else { difference };
        Some(Self::rounded(negative, difference, exponent, sticky)?.normalized())
    }
}

/// The sum of numbers whose exponents differ by at most 4, in 128 bits.
fn add_near(a: Parts, b: Parts, distance: usize) -> Option<Number> {
    let left = a.coefficient * POWERS[distance];
    let (negative, sum) = if a.negative == b.negative {
        (a.negative, left + b.coefficient)
    } else if left >= b.coefficient {
        (a.negative, left - b.coefficient)
    } else {
        (b.negative, b.coefficient - left)
    };
    Some(Number::rounded(negative, Wide::from(sum), b.exponent, false)?.normalized())
}

/// `coefficient · 10^power mod divisor`, by squaring.
fn power_rest(coefficient: u128, power: u32, divisor: u128) -> u128 {
    let times = |a: u128, b: u128| Wide::product(a, b).divided(divisor).1;
    let (mut result, mut base, mut left) = (coefficient % divisor, 10 % divisor, power);
    while left > 0 {
        if left & 1 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        left >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    fn check(operation: fn(Number, Number) -> Option<Number>, cases: &[(&str, &str, &str)]) {
        for (a, b, expected) in cases {
            let got = operation(number(a), number(b)).map_or_else(|| "none".into(), |n| n.to_string());
            assert_eq!(&got, expected, "{a} ∘ {b}");
        }
    }

    #[test]
    fn sums() {
        check(
            Number::plus,
            &[
                ("1", "2", "3"),
                ("0.1", "0.2", "0.3"),
                ("1.5", "1.5", "3"),
                ("9223372036854775807", "1", "9223372036854775808"),
                ("1e33", "0.1", "1000000000000000000000000000000000"),
                ("1e33", "0.6", "1000000000000000000000000000000001"),
                ("1e60", "-1", "1000000000000000000000000000000000000000000000000000000000000"),
                ("1e6144", "9e6144", "none"),
                ("0.0000000001", "-0.0000000001", "0"),
                ("1e40", "-9999999999999999999999999999999999", "9999990000000000000000000000000000000000"),
            ],
        );
        let nearly = number("1e36").minus(number("1")).unwrap();
        assert_eq!(nearly.to_string(), format!("1{:0<36}", ""), "half an ulp and less rounds away");
        let below = number("1e34").minus(number("0.5")).unwrap();
        assert_eq!(below.to_string(), "10000000000000000000000000000000000");
    }

    #[test]
    fn products() {
        check(
            Number::multiply,
            &[
                ("3", "-4", "-12"),
                ("1.10", "2", "2.2"),
                ("9223372036854775807", "9223372036854775807", "85070591730234615847396907784232500000"),
                ("1e3072", "1e3074", "none"),
                ("1e-4000", "1e-4000", "0"),
                ("0.1", "0.1", "0.01"),
            ],
        );
    }

    #[test]
    fn quotients() {
        check(
            Number::divide,
            &[
                ("10", "4", "2.5"),
                ("1", "3", "0.3333333333333333333333333333333333"),
                ("2", "3", "0.6666666666666666666666666666666667"),
                ("-1", "8", "-0.125"),
                ("1", "0", "none"),
                ("0", "5", "0"),
                ("1e6144", "0.01", "none"),
            ],
        );
    }

    #[test]
    fn remainders() {
        check(
            Number::modulo,
            &[
                ("12", "5", "2"),
                ("-12", "5", "3"),
                ("12", "-5", "-3"),
                ("-12", "-5", "-2"),
                ("10.1", "4.5", "1.1"),
                ("-10.1", "4.5", "3.4"),
                ("5", "0", "none"),
                ("1e6000", "7", "1"),
                ("7", "1e6000", "7"),
                ("1000000000000000000000000000000001", "1e30", "1"),
            ],
        );
    }
}
