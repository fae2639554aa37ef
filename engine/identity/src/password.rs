//! Passwords: Argon2id with the parameters OWASP recommends (19 MiB, two passes), salted, in PHC form.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// Shortest password where nothing else is set, in characters.
pub const MIN_PASSWORD: usize = 8;
/// Longest password, in bytes: longer ones only cost time.
const MAX_PASSWORD: usize = 1024;

/// Why a password was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// None, or nothing but blanks.
    #[error("a password must not be blank")]
    Blank,
    /// Too short: it must have so many characters.
    #[error("a password must have at least {0} characters")]
    TooShort(usize),
    /// Too long.
    #[error("a password may have {MAX_PASSWORD} bytes")]
    TooLong,
    /// The hash function failed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// The PHC string to store for a password. Takes tens of milliseconds.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    hash_password_of(password, MIN_PASSWORD)
}

/// The same for a password of at least so many characters.
pub fn hash_password_of(password: &str, least: usize) -> Result<String, PasswordError> {
    if password.trim().is_empty() {
        return Err(PasswordError::Blank);
    }
    if password.chars().count() < least {
        return Err(PasswordError::TooShort(least));
    }
    if password.len() > MAX_PASSWORD {
        return Err(PasswordError::TooLong);
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Hash(error.to_string()))
}

/// Whether a password fits a stored PHC string. Takes tens of milliseconds, whatever the answer.
pub fn verify_password(password: &str, hash: &str) -> bool {
    if password.len() > MAX_PASSWORD {
        return false;
    }
    PasswordHash::new(hash)
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct horsf", &hash));
        assert!(!verify_password("correct horse", "not a hash"));
        assert_ne!(hash, hash_password("correct horse").unwrap(), "salted");
    }

    #[test]
    fn blank_short_and_endless_passwords_are_refused() {
        for blank in ["", "          "] {
            assert_eq!(hash_password_of(blank, 0), Err(PasswordError::Blank));
        }
        assert_eq!(hash_password("1234567"), Err(PasswordError::TooShort(8)));
        assert!(verify_password("demo", &hash_password_of("demo", 4).unwrap()));
        assert_eq!(hash_password(&"x".repeat(2000)), Err(PasswordError::TooLong));
    }
}
