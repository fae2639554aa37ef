//! Rounding to a scale.

use super::wide::{POWERS, Wide};
use super::{Number, Parts};

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
