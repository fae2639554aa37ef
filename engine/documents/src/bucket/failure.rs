//! What a bucket's refusals mean.

use std::error::Error as Cause;
use std::fmt::Write as _;

use object_store::client::HttpError;

use crate::error::Error;

/// Letters of a cause that are kept.
const LONGEST: usize = 600;

/// What went wrong, from the library's error. That there is no such object is [`Error::Damaged`]: the list of documents
/// says that there is one.
pub(super) fn failed(bucket: &str, error: &object_store::Error) -> Error {
    let told = chain(error);
    let code = element(&told, "Code");
    let why = || shown(&told);
    match (error, code) {
        (_, Some("NoSuchBucket")) => Error::BucketMissing(bucket.to_owned()),
        (_, Some("NoSuchUpload")) => Error::TookTooLong,
        (object_store::Error::NotFound { .. }, _) | (_, Some("InvalidRange")) => Error::Damaged,
        // A region that is another one is refused like a wrong key, with another status.
        (object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }, _)
        | (_, Some("AuthorizationHeaderMalformed")) => Error::Denied(why()),
        _ => Error::Unavailable(why()),
    }
}

/// What went wrong, from an answer.
pub(super) fn refused(bucket: &str, status: u16, text: &str) -> Error {
    match (status, element(text, "Code")) {
        (_, Some("NoSuchBucket")) => Error::BucketMissing(bucket.to_owned()),
        (401 | 403, _) | (_, Some("AuthorizationHeaderMalformed")) => Error::Denied(shown(text)),
        _ => Error::Unavailable(format!("status {status}: {}", shown(text))),
    }
}

/// That nothing came back.
pub(super) fn unreachable(error: &HttpError) -> Error {
    Error::Unavailable(shown(&chain(error)))
}

/// An error with its causes, each once.
fn chain(error: &(dyn Cause + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !told.contains(&text) {
            // Writing to a string cannot fail.
            let _ = write!(told, ": {text}");
        }
        cause = error.source();
    }
    told
}

/// The text of an element, in an answer of the store or in an error that cites it.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// What a person is to read of it: the store's own words if it had any.
fn shown(told: &str) -> String {
    let text = match (element(told, "Code"), element(told, "Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => told.to_owned(),
    };
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The signature \
        we calculated does not match.</Message></Error>";

    #[test]
    fn refusals_are_told_apart() {
        let missing = refused("files", 404, "<Error><Code>NoSuchBucket</Code></Error>");
        assert!(matches!(&missing, Error::BucketMissing(bucket) if bucket == "files"), "{missing:?}");
        let denied = refused("files", 403, DENIED);
        assert_eq!(denied.code(), "document-store-denied");
        assert!(denied.to_string().contains("SignatureDoesNotMatch: The signature"), "{denied}");
        assert_eq!(refused("files", 403, "").code(), "document-store-denied");
        let other = refused("files", 400, "<Error><Code>AuthorizationHeaderMalformed</Code></Error>");
        assert_eq!(other.code(), "document-store-denied");
        assert_eq!(refused("files", 502, "<html>bad gateway").code(), "document-store-unavailable");
    }

    #[test]
    fn errors_of_the_library_are_told_apart() {
        let cited = |code: &str| -> Box<dyn Cause + Send + Sync> {
            format!("status 4xx: <Error><Code>{code}</Code></Error>").into()
        };
        let not_found = |source| object_store::Error::NotFound { path: "a".to_owned(), source };
        let generic = |source| object_store::Error::Generic { store: "S3", source };
        for (error, code) in [
            (not_found(cited("NoSuchKey")), "document-damaged"),
            (not_found(cited("NoSuchBucket")), "document-bucket-missing"),
            (not_found(cited("NoSuchUpload")), "document-upload-slow"),
            (generic(cited("InvalidRange")), "document-damaged"),
            (generic("connection refused".into()), "document-store-unavailable"),
        ] {
            let told = format!("{error:?}");
            assert_eq!(failed("files", &error).code(), code, "{told}");
        }
    }
}
