//! Where the programs of PostgreSQL are: on the path, or where Debian and others put them.

use std::path::{Path, PathBuf};

/// What to do when there are none.
const REMEDY: &str = "PostgreSQL is not installed. Install it (Debian, Ubuntu: sudo apt-get install postgresql), or name \
                      a running server that tests may make schemas in: DATABASE_URL=postgres://user:password@host/database";

/// Folders of one version each.
const VERSIONED: &str = "/usr/lib/postgresql";
/// Folders of the only version.
const FOLDERS: [&str; 3] = ["/usr/pgsql/bin", "/opt/homebrew/bin", "/usr/local/pgsql/bin"];

/// A program of the newest version.
///
/// # Panics
/// When it is not installed.
pub(crate) fn find(name: &str) -> PathBuf {
    look_for(name).unwrap_or_else(|| panic!("{name} is missing. {REMEDY}"))
}

/// A program of the newest version, if there is one.
pub(crate) fn look_for(name: &str) -> Option<PathBuf> {
    let newest = newest(Path::new(VERSIONED)).map(|folder| folder.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = newest.into_iter().chain(std::env::split_paths(&path)).chain(FOLDERS.map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn newest(folder: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path()))
    });
    versions.max().map(|(_, folder)| folder)
}
