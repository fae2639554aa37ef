//! Instants: milliseconds since 1970 inside, RFC 3339 text in UTC outside.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer, de, ser};

/// The present, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
pub(crate) fn serialize<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    let instant = Timestamp::from_millisecond(*millis).map_err(ser::Error::custom)?;
    serializer.collect_str(&instant)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<Timestamp>().map(Timestamp::as_millisecond).map_err(de::Error::custom)
}

/// The same for an instant that may be missing.
pub(crate) mod optional {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[expect(clippy::ref_option, reason = "the signature is serde's")]
    pub(crate) fn serialize<S: Serializer>(millis: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        match millis {
            Some(millis) => super::serialize(millis, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond))
            .transpose()
            .map_err(de::Error::custom)
    }
}
