//! Exact decimals: an integer count of the smallest step. No floating point anywhere on the way.
//!
//! JSON numbers keep their digits (`serde_json` with `arbitrary_precision`), so `0.1` arrives as the text `0.1`
//! and becomes exactly one tenth. A number with more digits than the scale holds is refused, never rounded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A quantity in millionths of the product's unit.
pub type Quantity = Decimal<6>;
/// An amount of money in ten-thousandths of the currency.
pub type Money = Decimal<4>;

/// Largest count of whole units, so that sums of many stay far from the 64-bit limit.
const MAX_WHOLE: i128 = 1_000_000_000_000;
/// Longest accepted notation; more digits cannot be exact anyway.
const MAX_TEXT: usize = 64;
/// Largest exponent of a number in scientific notation.
const MAX_EXPONENT: i32 = 40;
/// Fraction digits of an amount on a document.
const AMOUNT_DIGITS: u32 = 2;

/// An exact decimal with `SCALE` fraction digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal<const SCALE: u32>(i64);

impl<const SCALE: u32> Decimal<SCALE> {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    const ONE: i64 = 10_i64.pow(SCALE);

    /// From a count of the smallest steps, as stored.
    pub const fn from_steps(steps: i64) -> Self {
        Self(steps)
    }

    /// The count of the smallest steps.
    pub const fn steps(self) -> i64 {
        self.0
    }

    /// Whether it is greater than zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// How many fraction digits are in use.
    pub fn fraction_digits(self) -> u32 {
        let fraction = (self.0 % Self::ONE).unsigned_abs();
        if fraction == 0 {
            return 0;
        }
        let mut unused = 0;
        let mut rest = fraction;
        while rest.is_multiple_of(10) {
            rest /= 10;
            unused += 1;
        }
        SCALE - unused
    }

    /// The sum, or `None` beyond the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::within(i128::from(self.0) + i128::from(other.0))
    }

    /// The difference, or `None` beyond the range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::within(i128::from(self.0) - i128::from(other.0))
    }

    /// Nothing is made that could not be read back.
    fn within(steps: i128) -> Option<Self> {
        if steps.abs() > MAX_WHOLE * i128::from(Self::ONE) {
            return None;
        }
        i64::try_from(steps).ok().map(Self)
    }
}

impl Money {
    /// Price times quantity, rounded half away from zero to hundredths; `None` beyond the range.
    pub fn times(self, quantity: Quantity) -> Option<Self> {
        let exact = i128::from(self.0) * i128::from(quantity.0);
        let step = 10_i128.pow(6 + 4 - AMOUNT_DIGITS);
        let half = if exact < 0 { -step / 2 } else { step / 2 };
        let hundredths = (exact + half) / step;
        Self::within(hundredths * 10_i128.pow(4 - AMOUNT_DIGITS))
    }
}

impl<const SCALE: u32> FromStr for Decimal<SCALE> {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        let form = || InvalidDecimal::Form(text.chars().take(MAX_TEXT).collect());
        if text.len() > MAX_TEXT {
            return Err(form());
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| form())?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !numeric(whole) || !numeric(fraction) || exponent.abs() > MAX_EXPONENT {
            return Err(form());
        }
        // value = significant × 10^shift
        let significant = format!("{whole}{fraction}");
        let significant = significant.trim_start_matches('0');
        let kept = significant.trim_end_matches('0');
        let shift = exponent - fraction.len() as i32 + (significant.len() - kept.len()) as i32 + SCALE as i32;
        if kept.is_empty() {
            return Ok(Self::ZERO);
        }
        if shift < 0 {
            return Err(InvalidDecimal::Digits { text: text.to_owned(), digits: SCALE });
        }
        let range = || InvalidDecimal::Range(text.to_owned());
        let steps = kept
            .parse::<i128>()
            .ok()
            .zip(10_i128.checked_pow(shift.unsigned_abs()))
            .and_then(|(kept, factor)| kept.checked_mul(factor))
            .and_then(Self::within)
            .ok_or_else(range)?;
        Ok(if negative { Self(-steps.0) } else { steps })
    }
}

impl<const SCALE: u32> fmt::Display for Decimal<SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = self.0.unsigned_abs() / Self::ONE.unsigned_abs();
        let fraction = self.0.unsigned_abs() % Self::ONE.unsigned_abs();
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:0width$}", width = SCALE as usize);
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl<const SCALE: u32> Serialize for Decimal<SCALE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = serde_json::Number::from_str(&self.to_string()).map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

impl<'de, const SCALE: u32> Deserialize<'de> for Decimal<SCALE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Number::deserialize(deserializer)?.to_string().parse().map_err(de::Error::custom)
    }
}

/// A number that cannot be kept exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDecimal {
    /// Not a decimal number.
    #[error("`{0}` is not a decimal number")]
    Form(String),
    /// More fraction digits than can be kept.
    #[error(
        "`{text}` has more than {digits} digits after the point; it is not rounded silently, so give fewer digits"
    )]
    Digits {
        /// As given.
        text: String,
        /// How many can be kept.
        digits: u32,
    },
    /// Beyond the range.
    #[error("`{0}` is larger than any quantity or amount that can be recorded")]
    Range(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_in_every_notation() {
        for (text, steps) in [
            ("0", 0),
            ("-0.0", 0),
            ("1", 1_000_000),
            ("0.1", 100_000),
            ("0.000001", 1),
            ("-2.5", -2_500_000),
            ("1e3", 1_000_000_000),
            ("12.5E-1", 1_250_000),
            ("100e-2", 1_000_000),
            ("1.5000000000", 1_500_000),
        ] {
            assert_eq!(text.parse::<Quantity>().unwrap().steps(), steps, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_exact_is_refused() {
        assert!(matches!("0.0000001".parse::<Quantity>(), Err(InvalidDecimal::Digits { .. })));
        assert!(matches!("1e-7".parse::<Quantity>(), Err(InvalidDecimal::Digits { .. })));
        for range in ["1e13", "9223372036854775807", "1e39"] {
            assert!(matches!(range.parse::<Quantity>(), Err(InvalidDecimal::Range(_))), "{range}");
        }
        for form in ["", "-", ".5", "1.2.3", "1e", "abc", "+1", "1e99999999999", " 1", "NaN"] {
            assert!(matches!(form.parse::<Quantity>(), Err(InvalidDecimal::Form(_))), "{form}");
        }
    }

    #[test]
    fn json_keeps_the_digits_both_ways() {
        let quantity: Quantity = serde_json::from_str("0.1").unwrap();
        assert_eq!(quantity.steps(), 100_000);
        assert_eq!(serde_json::to_string(&quantity).unwrap(), "0.1");
        assert_eq!(serde_json::to_value(Money::from_steps(12_345_600)).unwrap().to_string(), "1234.56");
        assert!(serde_json::from_str::<Quantity>("\"1\"").is_err());
    }

    #[test]
    fn amounts_round_half_away_from_zero_to_hundredths() {
        let amount = |price: &str, quantity: &str| {
            price.parse::<Money>().unwrap().times(quantity.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(amount("0.335", "1"), "0.34");
        assert_eq!(amount("0.3349", "1"), "0.33");
        assert_eq!(amount("19.99", "3"), "59.97");
        assert_eq!(amount("100", "0.333333"), "33.33");
        assert!(Money::from_steps(i64::MAX).times(Quantity::from_steps(i64::MAX)).is_none());
    }

    #[test]
    fn fraction_digits_are_counted_without_trailing_zeros() {
        assert_eq!("3".parse::<Quantity>().unwrap().fraction_digits(), 0);
        assert_eq!("3.250".parse::<Quantity>().unwrap().fraction_digits(), 2);
        assert_eq!("0.000001".parse::<Quantity>().unwrap().fraction_digits(), 6);
    }
}
