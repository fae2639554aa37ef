//! Takes the pages under `docs/problems` into the binary, so that every problem's `type` leads somewhere.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Where it is built now, not where this program was: it may come from elsewhere with its build folder.
    let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let folder = here.join("../../docs/problems");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    pages.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    let mut table = String::from("&[\n");
    for path in &pages {
        let code = path.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(table, "({code:?}, include_str!({:?})),", path.display().to_string());
    }
    table.push_str("]\n");
    let target = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default().join("problem_pages.rs");
    fs::write(target, table)
}
