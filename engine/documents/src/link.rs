//! Links that need no sign-in: whoever has one may fetch the document until the time in it.
//!
//! The signature covers the document, its bytes and the time. Nothing is stored for a link, so all of a document's end
//! with it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hosk_core::Timestamp;
use hosk_store::StoredDocument;
use ring::hmac;

/// How long a link lasts when nobody says.
pub const LINK_TIME: Duration = Duration::from_hours(1);
/// The longest that may be asked for.
pub const LONGEST_LINK: Duration = Duration::from_hours(7 * 24);

/// Makes and checks signatures.
pub(crate) struct Signer(hmac::Key);

impl Signer {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// What is signed, with lengths so that no two run together.
    fn signed(document: &StoredDocument, expires: Timestamp) -> Vec<u8> {
        let mut signed = Vec::new();
        for part in [&document.id, &document.content, &document.hash] {
            signed.extend_from_slice(&(part.len() as u64).to_le_bytes());
            signed.extend_from_slice(part.as_bytes());
        }
        signed.extend_from_slice(&expires.0.to_le_bytes());
        signed
    }

    pub(crate) fn sign(&self, document: &StoredDocument, expires: Timestamp) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &Self::signed(document, expires)))
    }

    /// Whether it was signed so, compared in constant time.
    pub(crate) fn is_signed(&self, document: &StoredDocument, expires: Timestamp, signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        hmac::verify(&self.0, &Self::signed(document, expires), &signature).is_ok()
    }
}
