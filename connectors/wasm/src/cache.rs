//! Compiled plugins on disk. Only what this host compiled itself is ever read back: a file's name holds the hash of the
//! plugin and of everything that decides how it is compiled, its beginning the hash of the rest.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::Error;

/// Bytes of a SHA-256.
const DIGEST: usize = 32;

/// A folder of compiled plugins.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn open(folder: PathBuf) -> Result<Self, Error> {
        let what = || format!("the folder of compiled plugins {} cannot be made", folder.display());
        std::fs::create_dir_all(&folder).map_err(Error::host(what()))?;
        Ok(Self { folder })
    }

    /// Where the compiled form of a plugin belongs.
    pub(crate) fn place(&self, engine: &Engine, wasm: &[u8]) -> PathBuf {
        let mut settings = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        self.folder.join(format!("{}-{:016x}.compiled", content_hash(wasm), settings.finish()))
    }

    /// The compiled plugin, if it is there and whole.
    pub(crate) fn read(place: &Path) -> Option<Vec<u8>> {
        let mut file = std::fs::read(place).ok()?;
        let compiled = file.split_off(DIGEST.min(file.len()));
        if Sha256::digest(&compiled)[..] != *file {
            tracing::warn!(file = %place.display(), "a compiled plugin is damaged; it is compiled again");
            return None;
        }
        Some(compiled)
    }

    /// Keeps a compiled plugin. It takes the place of another at once, or not at all.
    pub(crate) fn write(place: &Path, compiled: &[u8]) -> Result<(), Error> {
        let what = || format!("the compiled plugin {} cannot be written", place.display());
        let new = place.with_extension(format!("{}.new", std::process::id()));
        let file = [&Sha256::digest(compiled)[..], compiled].concat();
        std::fs::write(&new, file).map_err(Error::host(what()))?;
        std::fs::rename(&new, place).map_err(Error::host(what()))
    }
}

/// The SHA-256 of a plugin's file, in hexadecimal digits.
pub fn content_hash(wasm: &[u8]) -> String {
    let mut hash = String::with_capacity(2 * DIGEST);
    for byte in Sha256::digest(wasm) {
        // Writing to a text cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

/// The component of bytes that our own compiler wrote.
#[expect(
    unsafe_code,
    reason = "compiled code can only be taken as it is; these bytes are our own compiler's"
)]
pub(crate) fn component(engine: &Engine, compiled: &[u8]) -> Option<Component> {
    // SAFETY: the bytes come from `Engine::precompile_component` in a process of ours, through a pipe or a file whose
    // hash was checked. wasmtime refuses those of another version or other settings.
    unsafe { Component::deserialize(engine, compiled) }.ok()
}
