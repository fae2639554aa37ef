//! Parameters that are arrays, written in PostgreSQL's binary form while the rows are gone through: no list of values
//! is built first, and a column knows its type even when all its values are absent.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

/// What the members of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// `SMALLINT`
    Small,
    /// `BIGINT`
    Number,
    /// `BOOLEAN`
    Truth,
    /// `TEXT`
    Text,
    /// `BYTEA`
    Bytes,
}

impl Member {
    /// The type's number, fixed by PostgreSQL for its own types.
    fn oid(self) -> u32 {
        match self {
            Self::Small => 21,
            Self::Number => 20,
            Self::Truth => 16,
            Self::Text => 25,
            Self::Bytes => 17,
        }
    }

    fn array(self) -> PgTypeInfo {
        match self {
            Self::Small => <Vec<i16> as Type<Postgres>>::type_info(),
            Self::Number => <Vec<i64> as Type<Postgres>>::type_info(),
            Self::Truth => <Vec<bool> as Type<Postgres>>::type_info(),
            Self::Text => <Vec<String> as Type<Postgres>>::type_info(),
            Self::Bytes => <Vec<Vec<u8>> as Type<Postgres>>::type_info(),
        }
    }
}

/// A value that can stand in an array.
pub(super) trait Value {
    /// What it is.
    const MEMBER: Member;
    /// Writes it with its length in front.
    fn write(self, bytes: &mut Vec<u8>);
}

/// The bucket of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket(pub(super) u8);

fn sized(bytes: &mut Vec<u8>, value: &[u8]) {
    // The protocol's lengths are 32 bits wide; rows are far smaller by the limits above the store.
    bytes.extend_from_slice(&(value.len() as i32).to_be_bytes());
    bytes.extend_from_slice(value);
}

impl Value for Bucket {
    const MEMBER: Member = Member::Small;
    fn write(self, bytes: &mut Vec<u8>) {
        sized(bytes, &i16::from(self.0).to_be_bytes());
    }
}

impl Value for i64 {
    const MEMBER: Member = Member::Number;
    fn write(self, bytes: &mut Vec<u8>) {
        sized(bytes, &self.to_be_bytes());
    }
}

impl Value for bool {
    const MEMBER: Member = Member::Truth;
    fn write(self, bytes: &mut Vec<u8>) {
        sized(bytes, &[u8::from(self)]);
    }
}

impl Value for &str {
    const MEMBER: Member = Member::Text;
    fn write(self, bytes: &mut Vec<u8>) {
        sized(bytes, storable(self).as_bytes());
    }
}

impl Value for &Arc<str> {
    const MEMBER: Member = Member::Text;
    fn write(self, bytes: &mut Vec<u8>) {
        (&**self).write(bytes);
    }
}

impl Value for String {
    const MEMBER: Member = Member::Text;
    fn write(self, bytes: &mut Vec<u8>) {
        self.as_str().write(bytes);
    }
}

impl Value for &[u8] {
    const MEMBER: Member = Member::Bytes;
    fn write(self, bytes: &mut Vec<u8>) {
        sized(bytes, self);
    }
}

impl<V: Value> Value for Option<V> {
    const MEMBER: Member = V::MEMBER;
    fn write(self, bytes: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(bytes),
            None => bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }
}

/// A text as PostgreSQL can store it: it knows no NUL, so the symbol for it stands there instead. What is compared is
/// written and asked for in this form alike; the history keeps the text as it was.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{2400}").into() } else { text.into() }
}

/// One array.
#[derive(Debug)]
pub(super) struct Array {
    member: Member,
    count: i32,
    bytes: Vec<u8>,
}

impl Array {
    /// An empty one.
    pub(super) fn of(member: Member) -> Self {
        Self { member, count: 0, bytes: Vec::new() }
    }

    /// An array of the values.
    pub(super) fn from<V: Value>(values: impl IntoIterator<Item = V>) -> Self {
        let mut array = Self::of(V::MEMBER);
        for value in values {
            array.push(value);
        }
        array
    }

    /// One more member, of the kind the array was made for.
    pub(super) fn push<V: Value>(&mut self, value: V) {
        debug_assert_eq!(V::MEMBER, self.member, "a column has values of one type");
        value.write(&mut self.bytes);
        self.count += 1;
    }

    /// Whether it has no members.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Type<Postgres> for Array {
    fn type_info() -> PgTypeInfo {
        Member::Number.array()
    }
    fn compatible(_: &PgTypeInfo) -> bool {
        true
    }
}

impl Encode<'_, Postgres> for Array {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let dimensions = i32::from(self.count > 0);
        buffer.extend(dimensions.to_be_bytes());
        // Whether members may be absent; saying so when none is costs nothing.
        buffer.extend(1_i32.to_be_bytes());
        buffer.extend(self.member.oid().to_be_bytes());
        if self.count > 0 {
            buffer.extend(self.count.to_be_bytes());
            // The index of the first member.
            buffer.extend(1_i32.to_be_bytes());
            buffer.extend_from_slice(&self.bytes);
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.member.array())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_becomes_its_symbol() {
        assert_eq!(storable("a\0b"), "a\u{2400}b");
        assert_eq!(storable("plain"), "plain");
    }

    #[test]
    fn members_are_written_with_their_length() {
        let array = Array::from([Some(1_i64), None]);
        let expected = [&[0, 0, 0, 8][..], &[0, 0, 0, 0, 0, 0, 0, 1], &[255, 255, 255, 255]].concat();
        assert_eq!((array.count, array.bytes), (2, expected));
        let array = Array::from([Bucket(255)]);
        assert_eq!(array.bytes, [0, 0, 0, 2, 0, 255]);
    }
}
