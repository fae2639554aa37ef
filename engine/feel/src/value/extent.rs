//! How deep a value nests and how long its JSON text is.
//!
//! Values share their parts, so a few steps can make one that stands for more than any memory holds: a list of twice a
//! list of twice a list. Whoever walks over a value, or writes it, pays for all of it; so the extent is known when a
//! value is made, and one that is too large is not made.

use super::Value;

/// Bytes of what has a short text.
const SHORT: u64 = 8;

/// The depth and length of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Levels of lists, contexts, ranges and functions.
    pub(crate) depth: u16,
    /// Bytes of its JSON text, about.
    pub(crate) bytes: u64,
}

impl Extent {
    /// Of a text or another thing without parts.
    pub(crate) fn flat(bytes: usize) -> Self {
        Self { depth: 0, bytes: bytes as u64 }
    }

    /// Of a part of a JSON document.
    pub(crate) fn of_json(depth: u16, bytes: usize) -> Self {
        Self { depth, bytes: bytes as u64 }
    }

    /// Of what holds parts, before there are any.
    pub(crate) fn empty() -> Self {
        Self { depth: 1, bytes: 2 }
    }

    /// With one part more.
    pub(crate) fn add(&mut self, part: Self) {
        self.depth = self.depth.max(part.depth.saturating_add(1));
        self.bytes = self.bytes.saturating_add(part.bytes).saturating_add(1);
    }
}

impl FromIterator<Extent> for Extent {
    /// Of what holds these parts.
    fn from_iter<I: IntoIterator<Item = Extent>>(parts: I) -> Self {
        let mut whole = Self::empty();
        parts.into_iter().for_each(|part| whole.add(part));
        whole
    }
}

impl Value {
    /// Its depth and length.
    #[inline]
    pub(crate) fn extent(&self) -> Extent {
        match self {
            Self::Number(number) => Extent { depth: 0, bytes: number.text_length() },
            Self::Digits(digits) => Extent::flat(digits.text.len()),
            Self::String(text) => Extent::flat(text.len() + 2),
            Self::List(list) => list.extent(),
            Self::Context(context) => context.extent(),
            Self::Range(range) => range.extent(),
            Self::Function(function) => function.extent(),
            _ => Extent { depth: 0, bytes: SHORT },
        }
    }
}
