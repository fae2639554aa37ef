//! The file that an author hands over: a component alone, or a package, which is a tar archive of
//!
//! - `manifest.json`: id, release and the SHA-256 of the component;
//! - `plugin.wasm`: the component;
//! - `signature.json`, when it is signed: a public key and its Ed25519 signature (RFC 8032) of `manifest.json`.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hosk_wasm::{Limits, content_hash};
use serde::{Deserialize, Serialize};

/// Names of the files in a package.
const MANIFEST: &str = "manifest.json";
const COMPONENT: &str = "plugin.wasm";
const SIGNATURE: &str = "signature.json";
/// What a WebAssembly file begins with.
const WASM: &[u8] = b"\0asm";
/// Most bytes of the manifest, and of the signature.
const SMALL: u64 = 64 * 1024;
/// Longest name of a release, in characters.
const RELEASE: usize = 64;
/// Bytes of a key.
const KEY: usize = 32;

/// Largest file that is taken, package and component, in bytes.
pub fn largest_file(limits: &Limits) -> usize {
    // A package has little beside the component.
    limits.file + 256 * 1024
}

/// What an author says of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The id of the contract.
    pub id: String,
    /// What the author calls this version, e.g. `1.4.0`.
    pub version: String,
    /// The SHA-256 of the component, in hexadecimal digits.
    pub sha256: String,
}

/// A package, taken apart and checked.
#[derive(Clone, Debug)]
pub struct Package {
    /// The component.
    pub wasm: Vec<u8>,
    /// What its author says of it; `None` for a component alone.
    pub manifest: Option<Manifest>,
    /// The public key it was signed with, in Base64.
    pub signer: Option<String>,
}

/// Whose plugins are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust(Vec<[u8; KEY]>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    key: String,
    signature: String,
}

impl Trust {
    /// Only what is signed with one of these public keys, in Base64; everything when there are none.
    ///
    /// # Errors
    /// [`PackageError::Key`] names the first that is no key.
    pub fn keys(keys: &[String]) -> Result<Self, PackageError> {
        let key = |text: &String| {
            let bytes = bytes(text).ok_or_else(|| PackageError::Key(text.clone()))?;
            VerifyingKey::from_bytes(&bytes).map_err(|_| PackageError::Key(text.clone()))?;
            Ok(bytes)
        };
        Ok(Self(keys.iter().map(key).collect::<Result<_, PackageError>>()?))
    }

    fn check(&self, signer: Option<&str>) -> Result<(), PackageError> {
        let known = signer.and_then(bytes).is_some_and(|key| self.0.contains(&key));
        if self.0.is_empty() || known {
            return Ok(());
        }
        Err(PackageError::NotTrusted { signer: signer.map(str::to_owned) })
    }
}

impl Package {
    /// Takes a file apart, of which the component has at most `limit` bytes, and checks hash, signature and trust.
    ///
    /// # Errors
    /// [`PackageError`] says what is wrong.
    pub fn read(file: &[u8], limit: usize, trust: &Trust) -> Result<Self, PackageError> {
        let package = if file.starts_with(WASM) {
            Self { wasm: file.to_vec(), manifest: None, signer: None }
        } else {
            Self::unpack(file, limit)?
        };
        trust.check(package.signer.as_deref())?;
        Ok(package)
    }

    fn unpack(file: &[u8], limit: usize) -> Result<Self, PackageError> {
        let mut entries = entries(file, limit)?;
        let mut take = |name: &'static str| entries.remove(name);
        let text = take(MANIFEST).ok_or(PackageError::Missing(MANIFEST))?;
        let wasm = take(COMPONENT).ok_or(PackageError::Missing(COMPONENT))?;
        let signature = take(SIGNATURE);
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|error| PackageError::Broken(format!("`{MANIFEST}`: {error}")))?;
        if manifest.version.is_empty() || manifest.version.chars().count() > RELEASE {
            let problem = format!("`{MANIFEST}`: `version` must have 1 to {RELEASE} characters");
            return Err(PackageError::Broken(problem));
        }
        if manifest.sha256 != content_hash(&wasm) {
            return Err(PackageError::Hash);
        }
        let signer = signature.map(|signature| verified(&signature, &text)).transpose()?;
        Ok(Self { wasm, manifest: Some(manifest), signer })
    }
}

/// The files of the archive, each within its bound.
fn entries(file: &[u8], limit: usize) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let unreadable = |error: std::io::Error| {
        PackageError::Broken(format!("it is neither a component nor a tar archive: {error}"))
    };
    let mut found = BTreeMap::new();
    let mut archive = tar::Archive::new(file);
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        let bound = match name.as_str() {
            MANIFEST | SIGNATURE => SMALL,
            COMPONENT => limit as u64,
            _ => return Err(PackageError::Broken(format!("it has a file `{name}` that is not known"))),
        };
        if entry.size() > bound {
            return Err(PackageError::Broken(format!("`{name}` has more than {bound} bytes")));
        }
        let mut bytes = Vec::new();
        entry.take(bound).read_to_end(&mut bytes).map_err(unreadable)?;
        if found.insert(name.clone(), bytes).is_some() {
            return Err(PackageError::Broken(format!("it has `{name}` twice")));
        }
    }
    Ok(found)
}

/// The key of a signature that fits.
fn verified(signature: &[u8], manifest: &[u8]) -> Result<String, PackageError> {
    let signed: Signed = serde_json::from_slice(signature)
        .map_err(|error| PackageError::Broken(format!("`{SIGNATURE}`: {error}")))?;
    let key = bytes(&signed.key).and_then(|key| VerifyingKey::from_bytes(&key).ok());
    let key = key.ok_or_else(|| PackageError::Key(signed.key.clone()))?;
    let signature = STANDARD.decode(&signed.signature).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let signature = signature.ok_or(PackageError::Signature)?;
    key.verify_strict(manifest, &signature).map_err(|_| PackageError::Signature)?;
    Ok(STANDARD.encode(key.as_bytes()))
}

fn bytes(key: &str) -> Option<[u8; KEY]> {
    STANDARD.decode(key.trim()).ok()?.try_into().ok()
}

fn signing(secret: &str) -> Result<SigningKey, PackageError> {
    bytes(secret).map(|seed| SigningKey::from_bytes(&seed)).ok_or(PackageError::SecretKey)
}

/// The public key of a secret one; both in Base64.
///
/// # Errors
/// [`PackageError::SecretKey`].
pub fn public_key(secret: &str) -> Result<String, PackageError> {
    Ok(STANDARD.encode(signing(secret)?.verifying_key().as_bytes()))
}

/// A package of a component, signed when there is a secret key: 32 bytes in Base64.
///
/// # Errors
/// [`PackageError::SecretKey`].
pub fn sign(id: &str, version: &str, wasm: &[u8], secret: Option<&str>) -> Result<Vec<u8>, PackageError> {
    let manifest = Manifest { id: id.to_owned(), version: version.to_owned(), sha256: content_hash(wasm) };
    let manifest = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    let mut files = vec![(MANIFEST, manifest.clone())];
    if let Some(secret) = secret {
        let key = signing(secret)?;
        let signed = Signed {
            key: STANDARD.encode(key.verifying_key().as_bytes()),
            signature: STANDARD.encode(key.sign(&manifest).to_bytes()),
        };
        files.push((SIGNATURE, serde_json::to_vec_pretty(&signed).unwrap_or_default()));
    }
    files.push((COMPONENT, wasm.to_vec()));
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let added = archive.append_data(&mut header, name, content.as_slice());
        added.map_err(|error| PackageError::Broken(error.to_string()))?;
    }
    archive.into_inner().map_err(|error| PackageError::Broken(error.to_string()))
}

/// Why a package was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// It is no package.
    #[error("the package cannot be read: {0}")]
    Broken(String),
    /// A file is not there.
    #[error("the package has no `{0}`: make it with `hosk plugin sign`")]
    Missing(&'static str),
    /// The component is another than the manifest says.
    #[error("the component is not the one of the manifest: its SHA-256 is another; make the package anew")]
    Hash,
    /// The signature does not fit.
    #[error("the signature does not fit the manifest: the package was changed after it was signed")]
    Signature,
    /// The manifest is that of another plugin.
    #[error("the manifest is that of `{manifest}`, and the component is `{contract}`")]
    Other {
        /// The manifest's id.
        manifest: String,
        /// The contract's id.
        contract: String,
    },
    /// A public key has another form.
    #[error("`{0}` is no public key: it must be 32 bytes in Base64, as `hosk plugin key` prints it")]
    Key(String),
    /// A secret key has another form.
    #[error("the secret key must be 32 bytes in Base64: `hosk plugin key FILE` makes one")]
    SecretKey,
    /// Nobody trusts who made it.
    #[error(
        "{} this server takes only plugins that are signed with one of its `plugin_keys`",
        signer.as_ref().map_or("the plugin is not signed:".to_owned(), |key| format!("the plugin is signed with {key}:"))
    )]
    NotTrusted {
        /// The public key it was signed with.
        signer: Option<String>,
    },
}

impl PackageError {
    /// The code, which names the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) | Self::Missing(_) | Self::Hash | Self::Other { .. } => "plugin-package-invalid",
            Self::Signature | Self::Key(_) | Self::SecretKey => "plugin-signature-invalid",
            Self::NotTrusted { .. } => "plugin-not-trusted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1024;

    fn secret() -> String {
        STANDARD.encode([7; KEY])
    }

    fn read(file: &[u8]) -> Result<Package, PackageError> {
        Package::read(file, LIMIT, &Trust::default())
    }

    #[test]
    fn a_component_alone_is_a_package() {
        let package = read(b"\0asm1234").unwrap();
        assert_eq!(
            (package.wasm.as_slice(), package.manifest, package.signer),
            (&b"\0asm1234"[..], None, None)
        );
    }

    #[test]
    fn what_is_signed_comes_back_with_its_signer() {
        let file = sign("erp", "1.2.3", b"\0asm1234", Some(&secret())).unwrap();
        let package = read(&file).unwrap();
        let manifest = package.manifest.unwrap();
        assert_eq!((manifest.id.as_str(), manifest.version.as_str()), ("erp", "1.2.3"));
        assert_eq!(package.signer, Some(public_key(&secret()).unwrap()));
        assert_eq!(package.wasm, b"\0asm1234");
    }

    #[test]
    fn any_change_is_noticed() {
        let file = sign("erp", "1.2.3", b"\0asm1234", Some(&secret())).unwrap();
        let mut refused = 0;
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            // A change in the archive's own words may leave the files as they are.
            match read(&changed) {
                Ok(package) => {
                    assert_eq!(package.wasm, b"\0asm1234", "at {at}");
                    assert_eq!(package.manifest.unwrap().version, "1.2.3", "at {at}");
                }
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 500, "{refused}");
        for cut in [0, 1, 511, 512, 600, 1_024] {
            assert!(read(&file[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn only_trusted_signers_are_taken_where_there_are_keys() {
        let trust = Trust::keys(&[public_key(&secret()).unwrap()]).unwrap();
        let signed = sign("erp", "1", b"\0asm", Some(&secret())).unwrap();
        assert!(Package::read(&signed, LIMIT, &trust).is_ok());
        let other = sign("erp", "1", b"\0asm", Some(&STANDARD.encode([8; KEY]))).unwrap();
        for file in [other, sign("erp", "1", b"\0asm", None).unwrap(), b"\0asm".to_vec()] {
            let error = Package::read(&file, LIMIT, &trust).unwrap_err();
            assert_eq!(error.code(), "plugin-not-trusted", "{error}");
        }
        assert_eq!(Trust::keys(&["x".to_owned()]).unwrap_err().code(), "plugin-signature-invalid");
        assert_eq!(sign("erp", "1", b"", Some("x")).unwrap_err(), PackageError::SecretKey);
    }

    #[test]
    fn large_and_strange_files_are_refused() {
        let large = sign("erp", "1", &[0; LIMIT + 1], None).unwrap();
        assert!(read(&large).unwrap_err().to_string().contains("`plugin.wasm` has more than 1024 bytes"));
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(1);
        archive.append_data(&mut header, "../etc", &b"x"[..]).unwrap_err();
        let mut header = tar::Header::new_ustar();
        header.set_size(1);
        archive.append_data(&mut header, "other", &b"x"[..]).unwrap();
        let file = archive.into_inner().unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("`other`"));
        let unnamed = sign("erp", "", b"\0asm", None).unwrap();
        assert!(read(&unnamed).unwrap_err().to_string().contains("1 to 64 characters"));
    }
}
