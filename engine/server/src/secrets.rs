//! The key that secrets of connections are encrypted with: from the configuration, or a file in the data folder that is
//! made when it is missing.

use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;
use hosk_connections::Vault;
use serde::{Deserialize, Serialize, Serializer};

use crate::config::Config;
use crate::failure::Failure;

/// Name of the file in the data folder.
const FILE: &str = "secret.key";
/// Only the owner may read it.
const MODE: u32 = 0o600;

/// A key in the configuration; it is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretKey(String);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(***)")
    }
}

impl Serialize for SecretKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl SecretKey {
    /// Refuses what is no key.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.open().map(drop)
    }

    fn open(&self) -> Result<Vault, Failure> {
        Vault::open(&self.0).map_err(|error| Failure::Refused(format!("secret_key is wrong: {error}")))
    }
}

/// The vault of a configuration.
pub(crate) fn vault(config: &Config) -> Result<Vault, Failure> {
    if let Some(key) = &config.secret_key {
        return key.open();
    }
    let file = config.data.join(FILE);
    let key = match std::fs::read_to_string(&file) {
        Ok(key) => key,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(&file)
                .with_context(|| format!("the key for secrets cannot be written to {}", file.display()))?;
            std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?
        }
        Err(error) => {
            return Err(anyhow::Error::new(error)
                .context(format!("{} cannot be read", file.display()))
                .into());
        }
    };
    let others = std::fs::metadata(&file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
    if others {
        tracing::warn!(file = %file.display(), "others can read the key for secrets: chmod 600 it");
    }
    Vault::open(&key).map_err(|error| Failure::Refused(format!("{}: {error}", file.display())))
}

/// Writes a new key. It appears whole or not at all, and never replaces one that another server has just written.
fn make(file: &Path) -> anyhow::Result<()> {
    let fresh = file.with_extension(format!("key.{}", std::process::id()));
    let _ = std::fs::remove_file(&fresh);
    let mut options = std::fs::OpenOptions::new();
    let mut written = options.write(true).create_new(true).mode(MODE).open(&fresh)?;
    written.write_all(Vault::new_key()?.as_bytes())?;
    written.write_all(b"\n")?;
    written.sync_all()?;
    let linked = std::fs::hard_link(&fresh, file);
    std::fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        vault(&config).unwrap();
        let file = folder.path().join(FILE);
        let key = std::fs::read_to_string(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, MODE);
        vault(&config).unwrap();
        make(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), key, "it stays");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        std::fs::write(&file, "damaged").unwrap();
        assert!(vault(&config).unwrap_err().to_string().contains("secret.key"));
    }

    #[test]
    fn a_configured_key_is_used_and_not_shown() {
        let key = Vault::new_key().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        let config = Config { data, secret_key: Some(SecretKey(key.clone())), ..Config::default() };
        vault(&config).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file is needed");
        assert!(!serde_json::to_string(&config).unwrap().contains(&key));
        assert!(!format!("{config:?}").contains(&key));
        let refused = SecretKey("sesame".to_owned()).check().unwrap_err().to_string();
        assert!(refused.contains("Base64") && !refused.contains("sesame"), "{refused}");
    }
}
