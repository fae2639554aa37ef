//! 256-bit unsigned integers, as far as exact intermediate results of 34-digit decimals need them.

use std::cmp::Ordering;

/// `10^n` for n ≤ 38, all that fit in 128 bits.
pub(super) const POWERS: [u128; 39] = {
    let mut table = [1u128; 39];
    let mut i = 1;
    while i < 39 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

/// Decimal digits of `value`; 0 has none.
pub(super) fn digits(value: u128) -> i32 {
    if value == 0 {
        return 0;
    }
    // log10(2) ≈ 1233/4096, corrected by one comparison.
    let bits = 128 - value.leading_zeros() as usize;
    let guess = bits * 1233 / 4096;
    if guess < 39 && value >= POWERS[guess] { guess as i32 + 1 } else { guess as i32 }
}

/// `high · 2^128 + low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide {
    pub(super) high: u128,
    pub(super) low: u128,
}

impl From<u128> for Wide {
    fn from(low: u128) -> Self {
        Self { high: 0, low }
    }
}

impl Wide {
    pub(super) const ZERO: Self = Self { high: 0, low: 0 };

    /// The full product.
    pub(super) fn product(a: u128, b: u128) -> Self {
        const MASK: u128 = u64::MAX as u128;
        let (a_high, a_low) = (a >> 64, a & MASK);
        let (b_high, b_low) = (b >> 64, b & MASK);
        let low = a_low * b_low;
        let middle = a_low * b_high + (low >> 64);
        let (middle, carry) = middle.overflowing_add(a_high * b_low);
        Self {
            high: a_high * b_high + (middle >> 64) + (u128::from(carry) << 64),
            low: (middle << 64) | (low & MASK),
        }
    }

    /// `self · factor`; the caller knows that it fits in 256 bits.
    pub(super) fn times(self, factor: u128) -> Self {
        let low = Self::product(self.low, factor);
        Self { high: low.high.wrapping_add(self.high.wrapping_mul(factor)), low: low.low }
    }

    /// `self · 10^power`, power ≤ 76; the caller knows that it fits.
    pub(super) fn scaled(self, power: usize) -> Self {
        let first = power.min(38);
        self.times(POWERS[first]).times(POWERS[(power - first).min(38)])
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high.wrapping_add(other.high).wrapping_add(u128::from(carry)), low }
    }

    /// `self − other`, other ≤ self.
    pub(super) fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high.wrapping_sub(other.high).wrapping_sub(u128::from(borrow)), low }
    }

    /// Quotient and remainder; the divisor is not zero.
    pub(super) fn divided(self, divisor: u128) -> (Self, u128) {
        if self.high == 0 {
            return (Self::from(self.low / divisor), self.low % divisor);
        }
        if let Ok(small) = u64::try_from(divisor) {
            return self.divided_small(small);
        }
        let high = self.high / divisor;
        let (low, rest) = divide_wide(self.high % divisor, self.low, divisor);
        (Self { high, low }, rest)
    }

    fn divided_small(self, divisor: u64) -> (Self, u128) {
        let divisor = u128::from(divisor);
        let (high, mut rest) = (self.high / divisor, self.high % divisor);
        let upper = (rest << 64) | (self.low >> 64);
        rest = upper % divisor;
        let lower = (rest << 64) | (self.low & u128::from(u64::MAX));
        (Self { high, low: ((upper / divisor) << 64) | (lower / divisor) }, lower % divisor)
    }

    /// Decimal digits.
    pub(super) fn digits(self) -> i32 {
        if self.high == 0 {
            return digits(self.low);
        }
        let upper = self.divided(POWERS[38]).0;
        38 + if upper.high == 0 { digits(upper.low) } else { 38 + digits(upper.divided(POWERS[38]).0.low) }
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.high, self.low).cmp(&(other.high, other.low))
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `(high · 2^128 + low) / divisor` for high < divisor and divisor ≥ 2^64 (Knuth, algorithm D, two 64-bit steps).
fn divide_wide(high: u128, low: u128, divisor: u128) -> (u128, u128) {
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let high = if shift == 0 { high } else { (high << shift) | (low >> (128 - shift)) };
    let low = low << shift;
    let (upper, rest) = divide_step(high, (low >> 64) as u64, divisor);
    let (lower, rest) = divide_step(rest, low as u64, divisor);
    ((u128::from(upper) << 64) | u128::from(lower), rest >> shift)
}

/// One digit in base 2^64: `(rest · 2^64 + next) / divisor`, divisor normalised, rest < divisor.
fn divide_step(rest: u128, next: u64, divisor: u128) -> (u64, u128) {
    let (divisor_high, divisor_low) = (divisor >> 64, divisor & u128::from(u64::MAX));
    let mut quotient = (rest / divisor_high).min(u128::from(u64::MAX));
    let mut over = rest - quotient * divisor_high;
    while over >> 64 == 0 && quotient * divisor_low > (over << 64 | u128::from(next)) {
        quotient -= 1;
        over += divisor_high;
    }
    let numerator = (rest << 64) | u128::from(next);
    (quotient as u64, numerator.wrapping_sub(quotient.wrapping_mul(divisor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_at_every_power() {
        assert_eq!(digits(0), 0);
        for (power, value) in POWERS.iter().enumerate() {
            assert_eq!(digits(*value), power as i32 + 1);
            assert_eq!(digits(*value - 1), power as i32, "{value} - 1");
        }
        assert_eq!(digits(u128::MAX), 39);
        assert_eq!(Wide::from(1).scaled(70).digits(), 71);
        assert_eq!(Wide::from(1).scaled(76).digits(), 77);
    }

    #[test]
    fn division_undoes_multiplication() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for round in 0..20_000 {
            let a = (u128::from(next()) << 64 | u128::from(next())) >> (round % 127);
            let b = ((u128::from(next()) << 64 | u128::from(next())) >> (round / 127 % 127)).max(1);
            let rest = u128::from(next()) % b;
            let wide = Wide::product(a, b).plus(Wide::from(rest));
            assert_eq!(wide.divided(b), (Wide::from(a), rest), "{a} {b} {rest}");
        }
    }
}
