//! Secrets at rest: XChaCha20-Poly1305 with a random nonce each, bound to the place where they belong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hosk_connector::Secret;

use crate::Error;

/// The first byte of what is sealed, so that another cipher can follow.
const FORMAT: u8 = 1;
/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a nonce: long enough that random ones do not meet (192 bits).
const NONCE: usize = 24;

/// Encrypts and decrypts secrets with one key.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    /// A vault with the key of this text: 32 bytes in Base64, white space around it aside.
    ///
    /// # Errors
    /// [`InvalidKey`] when it is anything else.
    pub fn open(key: &str) -> Result<Self, InvalidKey> {
        let bytes = STANDARD.decode(key.trim()).map_err(|_| InvalidKey)?;
        let bytes: [u8; KEY] = bytes.try_into().map_err(|_| InvalidKey)?;
        Ok(Self(XChaCha20Poly1305::new(&Key::from(bytes))))
    }

    /// A new random key, as [`open`](Self::open) takes it.
    ///
    /// # Errors
    /// [`Error::Random`] when the system gives no random numbers.
    pub fn new_key() -> Result<String, Error> {
        Ok(STANDARD.encode(Key::try_generate().map_err(|_| Error::Random)?))
    }

    /// Another key, made of this one for a purpose: who has it knows neither this one nor those of other purposes.
    pub fn derive(&self, purpose: [u8; NONCE]) -> [u8; KEY] {
        // The key stream under a nonce of its own; random ones do not meet it.
        let sealed = self.0.encrypt(&XNonce::from(purpose), [0; KEY].as_slice()).unwrap_or_default();
        let mut key = [0; KEY];
        key.iter_mut().zip(sealed).for_each(|(byte, sealed)| *byte = sealed);
        key
    }

    /// Encrypts a secret. What is sealed opens only in the same place: moved to another row it is worthless.
    pub(crate) fn seal(&self, place: &str, secret: &Secret) -> Result<Vec<u8>, Error> {
        let nonce = XNonce::try_generate().map_err(|_| Error::Random)?;
        let payload = Payload { msg: secret.expose().as_bytes(), aad: place.as_bytes() };
        // Only a text of more than 256 GiB is too long.
        let sealed = self.0.encrypt(&nonce, payload).map_err(|_| Error::Random)?;
        Ok([&[FORMAT], nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts; `None` when it was sealed with another key or in another place, or was damaged.
    pub(crate) fn unseal(&self, place: &str, sealed: &[u8]) -> Option<Secret> {
        let (&format, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        if format != FORMAT {
            return None;
        }
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let opened = self.0.decrypt(&XNonce::from(nonce), payload).ok()?;
        String::from_utf8(opened).ok().map(Secret::from)
    }
}

/// The key of the vault has another form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key for secrets must be 32 bytes in Base64: `openssl rand -base64 32` makes one")]
pub struct InvalidKey;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_derived_for_a_purpose() {
        let (one, other) = (Vault::new_key().unwrap(), Vault::new_key().unwrap());
        let derive = |key: &str, purpose: u8| Vault::open(key).unwrap().derive([purpose; NONCE]);
        assert_eq!(derive(&one, 1), derive(&one, 1));
        assert_ne!(derive(&one, 1), derive(&one, 2));
        assert_ne!(derive(&one, 1), derive(&other, 1));
        assert_ne!(derive(&one, 1), [0; KEY]);
    }

    fn vault() -> Vault {
        Vault::open(&Vault::new_key().unwrap()).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_in_its_place_only() {
        let (vault, secret) = (vault(), Secret::from("sesame, \u{1f511}"));
        let sealed = vault.seal("erp/TOKEN", &secret).unwrap();
        assert_eq!(vault.unseal("erp/TOKEN", &sealed), Some(secret.clone()));
        assert_eq!(vault.unseal("crm/TOKEN", &sealed), None);
        assert_eq!(self::vault().unseal("erp/TOKEN", &sealed), None, "another key");
        assert_ne!(vault.seal("erp/TOKEN", &secret).unwrap(), sealed, "another nonce");
        assert!(!sealed.windows(6).any(|window| window == b"sesame"));
    }

    #[test]
    fn damage_is_noticed_and_never_panics() {
        let vault = vault();
        let sealed = vault.seal("a/b", &Secret::from("x")).unwrap();
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(vault.unseal("a/b", &damaged), None);
            assert_eq!(vault.unseal("a/b", &sealed[..at]), None);
        }
    }

    #[test]
    fn only_keys_are_taken_as_keys() {
        let key = Vault::new_key().unwrap();
        assert!(Vault::open(&format!(" {key}\n")).is_ok());
        for wrong in ["", "sesame", "c2VzYW1l", &key[1..], &format!("{key}{key}")] {
            assert_eq!(Vault::open(wrong).unwrap_err(), InvalidKey, "{wrong}");
        }
    }
}
