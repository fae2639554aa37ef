//! Numbers read from and written as text.

use std::fmt;
use std::str::FromStr;

use super::wide::Wide;
use super::{Number, Parts};

/// Exponents beyond it are as good as infinite; keeps the arithmetic on them from overflowing.
const FAR: i32 = 1_000_000;

impl Number {
    /// Reads `[-]digits[.digits][e[+-]digits]`, also `.5`; rounds what has more than 34 digits. `None` for other texts
    /// and for numbers that are too large.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).map(|(number, _)| number)
    }

    /// As [`Number::parse`]; says also whether nothing was rounded away.
    pub(crate) fn read(text: &str) -> Option<(Self, bool)> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes.first()? {
            b'-' => (true, &bytes[1..]),
            _ => (false, bytes),
        };
        let mut coefficient = 0u128;
        let (mut exponent, mut sticky, mut seen, mut point) = (0i32, false, false, false);
        let mut dropped = false;
        let mut i = 0;
        while let Some(byte) = bytes.get(i) {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    let digit = u128::from(byte - b'0');
                    // 36 digits are kept and the rest remembered as "a bit more", which rounds correctly.
                    if coefficient < super::POWERS[36] {
                        coefficient = coefficient * 10 + digit;
                        exponent -= i32::from(point);
                    } else {
                        dropped = true;
                        sticky |= digit != 0;
                        exponent = (exponent + i32::from(!point)).min(FAR);
                    }
                }
                b'.' if !point => point = true,
                _ => break,
            }
            i += 1;
        }
        if !seen || bytes[..i].ends_with(b".") {
            return None;
        }
        if let Some(b'e' | b'E') = bytes.get(i) {
            exponent = exponent.saturating_add(read_exponent(&bytes[i + 1..])?);
        } else if i < bytes.len() {
            return None;
        }
        let exact = !dropped && coefficient < super::COEFFICIENT_END;
        let exponent = exponent.clamp(-FAR, FAR);
        Some((Self::rounded(negative, Wide::from(coefficient), exponent, sticky)?, exact))
    }

    /// Bytes of its text, about: it is written without exponent, so up to 6,200.
    #[inline]
    pub(crate) fn text_length(self) -> u64 {
        if self.small().is_some() {
            return 8;
        }
        let Parts { coefficient, exponent, .. } = self.parts();
        u64::from(coefficient.checked_ilog2().unwrap_or_default() / 3)
            + 3
            + u64::from(exponent.unsigned_abs())
    }
}

fn read_exponent(bytes: &[u8]) -> Option<i32> {
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        b'+' => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0i32, |sum, d| (sum * 10 + i32::from(d - b'0')).min(FAR));
    Some(if negative { -value } else { value })
}

impl FromStr for Number {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::parse(text).ok_or(())
    }
}

/// Plain digits without exponent, with the zeros it was written with.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(small) = self.small() {
            return write!(f, "{small}");
        }
        let Parts { negative, coefficient, exponent } = self.parts();
        let sign = if negative { "-" } else { "" };
        if exponent >= 0 {
            return write!(f, "{sign}{coefficient}{:0<1$}", "", exponent as usize);
        }
        let digits = coefficient.to_string();
        let places = -exponent as usize;
        if digits.len() > places {
            let (whole, fraction) = digits.split_at(digits.len() - places);
            write!(f, "{sign}{whole}.{fraction}")
        } else {
            write!(f, "{sign}0.{digits:0>places$}")
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        Number::parse(text).map_or_else(|| "none".into(), |n| n.to_string())
    }

    #[test]
    fn texts_come_back() {
        for text in
            ["0", "1", "-1", "1.10", "0.001", "-0.50", "12345678901234567890.123", "9223372036854775808"]
        {
            assert_eq!(show(text), text);
        }
        assert_eq!(show(".5"), "0.5");
        assert_eq!(show("1e3"), "1000");
        assert_eq!(show("1.5E-2"), "0.015");
    }

    #[test]
    fn rounds_half_to_even_at_34_digits() {
        assert_eq!(show("1.0000000000000000000000000000000005"), "1.000000000000000000000000000000000");
        assert_eq!(show("1.0000000000000000000000000000000015"), "1.000000000000000000000000000000002");
        assert_eq!(
            show("1.00000000000000000000000000000000050000000001"),
            "1.000000000000000000000000000000001"
        );
        assert_eq!(show("99999999999999999999999999999999995"), "100000000000000000000000000000000000");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "-", ".", "1.", "1.e5", "e5", "1e", "1e+", "--1", "1.2.3", " 1", "1 ", "0x1", "1_0", "+1"]
        {
            assert_eq!(show(text), "none", "{text}");
        }
        assert_eq!(show("1e6144").len(), 6145, "the largest power of ten is kept");
        assert_eq!(show("1e6145"), "none");
        assert_eq!(show("1e-6177"), "0");
        assert_eq!(show("1e99999999999999999999"), "none");
        assert_eq!(show("1e-99999999999999999999"), "0");
        assert_eq!(show("0e99999999999"), "0");
    }
}
