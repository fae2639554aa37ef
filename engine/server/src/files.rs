//! Files named on the command line: folders stand for the files of the wanted kinds in them.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use futures::{Stream, stream};
use tokio::io::AsyncReadExt as _;

use crate::failure::Failure;

/// Folders inside folders that are looked into.
const MAX_DEPTH: usize = 16;
/// How much of a file is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// The files meant by `paths`, in order; those in folders are sorted by name.
///
/// # Errors
/// When a path cannot be read, or nothing of the wanted kinds is there.
pub(crate) fn collect(paths: &[PathBuf], endings: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let about = std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?;
        if about.is_dir() {
            walk(path, endings, MAX_DEPTH, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        return Err(Failure::Refused(format!("no file ending in {} was found there", endings.join(", "))));
    }
    Ok(found)
}

fn walk(folder: &Path, endings: &[&str], depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("{} cannot be listed", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() && depth > 0 {
            walk(&path, endings, depth - 1, found)?;
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            found.push(path);
        }
    }
    Ok(())
}

/// Reads a file with a sentence when that fails.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?)
}

/// The bytes of a file and how many they are: exactly so many, or an error when it changes meanwhile.
pub(crate) async fn pieces(
    path: &Path,
) -> Result<(u64, impl Stream<Item = io::Result<Bytes>> + Send + 'static), Failure> {
    let trouble = || format!("{} cannot be read", path.display());
    let file = tokio::fs::File::open(path).await.with_context(trouble)?;
    let about = file.metadata().await.with_context(trouble)?;
    if !about.is_file() {
        return Err(Failure::Refused(format!("{} is no file", path.display())));
    }
    let next = async move |(mut file, left): (tokio::fs::File, u64)| {
        if left == 0 {
            return Ok(None);
        }
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = (&mut file).take(left).read_buf(&mut piece).await?;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(Some((piece.freeze(), (file, left - read as u64))))
    };
    Ok((about.len(), stream::try_unfold((file, about.len()), next)))
}

/// The name a file is deployed under: its last part.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// A JSON object given on the command line, or in the file after `@`; `{}` when there is none.
pub(crate) fn object(argument: Option<&str>) -> Result<serde_json::Value, Failure> {
    object_called("the variables", argument)
}

/// The same, for an argument of another name.
pub(crate) fn object_called(what: &str, argument: Option<&str>) -> Result<serde_json::Value, Failure> {
    let text = match argument {
        None => return Ok(serde_json::json!({})),
        Some(argument) => match argument.strip_prefix('@') {
            Some(file) => String::from_utf8(read(Path::new(file))?)?,
            None => argument.to_owned(),
        },
    };
    let value: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Refused(format!("{what} are not JSON: {error}")))?;
    if value.is_object() {
        return Ok(value);
    }
    Err(Failure::Refused(format!("{what} are not a JSON object: write {{\"name\": value, …}}")))
}
