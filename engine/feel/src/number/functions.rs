//! Rounding to a scale, roots, powers, exponential and logarithm.
//!
//! The transcendental functions are computed with 76 digits and rounded to 34, so that all digits are right but in
//! the rarest cases the last.

use fastnum::bint::UInt;
use fastnum::decimal::{Context, Sign};
use fastnum::{D256, dec256};

use super::wide::{POWERS, Wide};
use super::{Number, Parts};

/// Beyond it e^x is no number any more, below its opposite it is zero.
const MAX_EXP: i64 = 14_200;
/// Beyond it 10^x is no number any more.
const MAX_LOG10: f64 = 6_150.0;

/// Where a discarded fraction goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, ties to the even neighbour.
    HalfEven,
    /// To the nearest, ties away from zero.
    HalfUp,
    /// To the nearest, ties towards zero.
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceiling,
}

impl Number {
    /// Rounded to `scale` digits after the decimal point (before it, when negative). `None` when too large.
    pub fn round(self, scale: i32, rounding: Rounding) -> Option<Self> {
        let Parts { negative, coefficient, exponent } = self.parts();
        let excess = -scale - exponent;
        if excess <= 0 || coefficient == 0 {
            return Some(self.normalized());
        }
        let (mut quotient, rest, half) = match POWERS.get(excess as usize) {
            Some(power) => (coefficient / power, coefficient % power, power / 2),
            // More places than digits: the fraction is less than a half.
            None => (0, coefficient, u128::MAX),
        };
        let up = match rounding {
            Rounding::HalfEven => rest > half || (rest == half && quotient & 1 == 1),
            Rounding::HalfUp => rest >= half,
            Rounding::HalfDown => rest > half,
            Rounding::Up => rest != 0,
            Rounding::Down => false,
            Rounding::Floor => negative && rest != 0,
            Rounding::Ceiling => !negative && rest != 0,
        };
        quotient += u128::from(up);
        Some(Self::rounded(negative, Wide::from(quotient), -scale, false)?.normalized())
    }

    /// The square root; `None` of a negative number.
    pub fn sqrt(self) -> Option<Self> {
        if self.is_negative() || self.is_zero() {
            return self.is_zero().then_some(self);
        }
        // The root of a number between 1 and 100, and the root of the power of ten.
        let Parts { coefficient, exponent, .. } = self.parts();
        let half = (super::wide::digits(coefficient) - 1 + exponent).div_euclid(2);
        let leading = long(Self::pack(false, coefficient, exponent - 2 * half));
        let root = from_long(leading.sqrt())?.parts();
        Some(Self::rounded(false, Wide::from(root.coefficient), root.exponent + half, false)?.normalized())
    }

    /// e to the power of `self`; `None` when too large.
    pub fn exp(self) -> Option<Self> {
        if self > Self::from(MAX_EXP) {
            return None;
        }
        if self < Self::from(-MAX_EXP) {
            return Some(Self::ZERO);
        }
        exp_of(long(self))
    }

    /// The natural logarithm; `None` of zero and negative numbers.
    pub fn ln(self) -> Option<Self> {
        if self.is_zero() || self.is_negative() {
            return None;
        }
        from_long(ln_of(self))
    }

    /// `self` to the power of `exponent`. `None` when too large, for a zero with a negative exponent, and for negative
    /// numbers with a fraction in the exponent.
    pub fn power(self, exponent: Self) -> Option<Self> {
        if exponent.is_zero() {
            return Some(Self::ONE);
        }
        if self.is_zero() {
            return if exponent.is_negative() { None } else { Some(Self::ZERO) };
        }
        if let (Some(base), Some(exponent)) = (self.small(), exponent.small())
            && let Ok(exponent) = u32::try_from(exponent)
            && let Some(result) = base.checked_pow(exponent)
        {
            return Some(Self::from(result));
        }
        let odd = exponent.is_integer() && !exponent.modulo(Self::from(2))?.is_zero();
        if self.is_negative() && !exponent.is_integer() {
            return None;
        }
        let base = self.magnitude();
        if base == Self::ONE {
            return Some(if odd { self.normalized() } else { Self::ONE });
        }
        let size = exponent.to_f64() * base.approximate_log10();
        if size > MAX_LOG10 {
            return None;
        }
        if size < -MAX_LOG10 - 50.0 {
            return Some(Self::ZERO);
        }
        let result = match exponent.magnitude().to_i64() {
            Some(count) if count <= 1 << 20 => base.whole_power(count, exponent.is_negative())?,
            _ => exp_of(long(exponent) * ln_of(base))?,
        };
        Some(if self.is_negative() && odd { result.negated() } else { result })
    }

    /// About how many steps of an evaluation [`Number::power`] takes: whole exponents are multiplications, others an
    /// exponential and a logarithm.
    pub(crate) fn steps_of_power(self, exponent: Self) -> usize {
        match exponent.small() {
            Some(0..=3) if self.small().is_some() => 0,
            _ if exponent.is_integer() => 200,
            _ => 3_500,
        }
    }

    /// A positive number to the power of `count` or its opposite, by squaring.
    fn whole_power(self, count: i64, inverse: bool) -> Option<Self> {
        let (mut result, mut base, mut left) = (dec256!(1), long(self), count);
        while left > 0 {
            if left & 1 == 1 {
                result *= base;
            }
            left >>= 1;
            if left > 0 {
                base *= base;
            }
        }
        from_long(if inverse { dec256!(1) / result } else { result })
    }

    /// log10 of a positive number to some 15 digits.
    fn approximate_log10(self) -> f64 {
        let Parts { coefficient, exponent, .. } = self.parts();
        (coefficient as f64).log10() + f64::from(exponent)
    }
}

const LN_10: D256 = dec256!(2.302585092994045684017991454684364207601101488628772976033327900967572609677);

/// e^x as e^r · 10^n with r close to zero.
fn exp_of(x: D256) -> Option<Number> {
    let tens = (x / LN_10).round(0);
    let shift = i32::try_from(from_long(tens)?.to_i64()?).ok()?;
    let Parts { coefficient, exponent, .. } = from_long((x - tens * LN_10).exp())?.parts();
    Some(Number::rounded(false, Wide::from(coefficient), exponent + shift, false)?.normalized())
}

/// ln of a positive number as ln of a number between 1 and 10, plus tens · ln 10.
fn ln_of(number: Number) -> D256 {
    let Parts { coefficient, exponent, .. } = number.parts();
    let places = super::wide::digits(coefficient) - 1;
    let leading = long(Number::pack(false, coefficient, -places));
    leading.ln() + D256::from(exponent + places) * LN_10
}

/// With 76 digits.
fn long(number: Number) -> D256 {
    let Parts { negative, coefficient, exponent } = number.parts();
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    D256::from_parts(
        UInt::from_digits([coefficient as u64, (coefficient >> 64) as u64, 0, 0]),
        exponent,
        sign,
        Context::default().without_traps(),
    )
}

fn from_long(long: D256) -> Option<Number> {
    if long.is_nan() || long.is_infinite() {
        return None;
    }
    Some(Number::parse(&format!("{long:e}"))?.normalized())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str, scale: i32, rounding: Rounding) -> String {
        Number::parse(text).unwrap().round(scale, rounding).map_or_else(|| "none".into(), |n| n.to_string())
    }

    #[test]
    fn ties_and_signs() {
        use Rounding::{Ceiling, Down, Floor, HalfDown, HalfEven, HalfUp, Up};
        for (text, expected) in [
            ("5.5", ["6", "6", "5", "6", "5", "5", "6"]),
            ("2.5", ["2", "3", "2", "3", "2", "2", "3"]),
            ("1.1", ["1", "1", "1", "2", "1", "1", "2"]),
            ("-1.1", ["-1", "-1", "-1", "-2", "-1", "-2", "-1"]),
            ("-2.5", ["-2", "-3", "-2", "-3", "-2", "-3", "-2"]),
            ("-5.5", ["-6", "-6", "-5", "-6", "-5", "-6", "-5"]),
        ] {
            for (rounding, expected) in
                [HalfEven, HalfUp, HalfDown, Up, Down, Floor, Ceiling].into_iter().zip(expected)
            {
                assert_eq!(round(text, 0, rounding), expected, "{text} {rounding:?}");
            }
        }
    }

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn powers() {
        for (base, exponent, expected) in [
            ("2", "10", "1024"),
            ("3", "1024", "3.733918487410200435329597541848666e488"),
            ("0.5", "-2", "4"),
            ("-2", "3", "-8"),
            ("-2", "2", "4"),
            ("-2", "-1", "-0.5"),
            ("2", "0.5", "1.414213562373095048801688724209698"),
            ("1", "1e30", "1"),
            ("-1", "1000000000000000000001", "-1"),
            ("0", "0", "1"),
            ("1.0000001", "10000000", "2.718281692544966271198550225777813"),
        ] {
            let got = number(base).power(number(exponent)).unwrap();
            assert_eq!(got, number(expected), "{base} ** {exponent}");
        }
        for (base, exponent) in [("-2", "0.5"), ("0", "-1"), ("10", "6145"), ("10", "1e33"), ("0.1", "-1e33")]
        {
            assert!(number(base).power(number(exponent)).is_none(), "{base} ** {exponent}");
        }
        assert!(number("10").power(number("-1e33")).unwrap().is_zero());
        assert!(number("0.1").power(number("6200")).unwrap().is_zero());
    }

    #[test]
    fn transcendental_functions() {
        assert_eq!(number("2").sqrt(), Some(number("1.414213562373095048801688724209698")));
        assert_eq!(number("16").sqrt().unwrap().to_string(), "4");
        assert_eq!(number("1").exp(), Some(number("2.718281828459045235360287471352662")));
        assert_eq!(number("10").ln(), Some(number("2.302585092994045684017991454684364")));
        assert_eq!(number("-1").sqrt(), None);
        assert_eq!(number("0").ln(), None);
        assert_eq!(number("1e6000").exp(), None);
        assert_eq!(number("-1e6000").exp(), Some(Number::ZERO));
        let back = number("1e6000").ln().unwrap().exp().unwrap();
        assert!(back > number("9.99e5999") && back < number("1.01e6000"));
        assert!(number("1e-6000").ln().unwrap().is_negative());
        assert!(number("1e-6000").sqrt().unwrap() == number("1e-3000"));
    }

    #[test]
    fn scales() {
        assert_eq!(round("0.515", 2, Rounding::HalfEven), "0.52");
        assert_eq!(round("125", -1, Rounding::HalfEven), "120");
        assert_eq!(round("1.005", 6000, Rounding::HalfEven), "1.005");
        assert_eq!(round("1.5", -6000, Rounding::HalfEven), "0");
        assert_eq!(round("1.5", -6100, Rounding::Up).len(), 6101);
        assert_eq!(round("1.5", -6145, Rounding::Up), "none");
    }
}
