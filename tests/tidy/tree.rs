//! The files of the tree.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold what was built or installed, not what was written.
const NOT_OURS: &[&str] = &["target", "node_modules", ".git", "dist", "mutants.out"];

/// The folder of the workspace manifest.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

/// A file of the tree.
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// What follows the last dot of the name; empty without one.
    pub(crate) fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
    }

    /// The name without its folders.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Every text file of the tree, in the order of the paths.
pub(crate) fn files() -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let entry = entry.expect("the folder can be read");
            let name = entry.file_name();
            let kind = entry.file_type().expect("the kind of a file can be read");
            if NOT_OURS.contains(&name.to_string_lossy().as_ref()) {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file()
                // What is not UTF-8 is no text.
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                let path = entry.path();
                let path =
                    path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 50, "the tree at {} was not found", root.display());
    files
}

/// Every file with this extension.
pub(crate) fn files_with(extension: &str) -> Vec<File> {
    files().into_iter().filter(|file| file.extension() == extension).collect()
}
