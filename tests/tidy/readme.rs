//! The README's map is the tree.

use crate::{crates, nothing_found, tree};

#[test]
fn the_map_lists_every_crate() {
    let root = tree::root();
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README.md");
    let root = root.canonicalize().expect("the root exists");
    let mut findings = Vec::new();
    for package in crates::packages() {
        let manifest = package["manifest_path"].as_str().expect("manifest_path");
        let folder = std::path::Path::new(manifest).parent().expect("a manifest lies in a folder");
        let folder = folder.strip_prefix(&root).unwrap_or(folder).to_string_lossy().replace('\\', "/");
        if !readme.contains(&format!("`{folder}`")) {
            findings.push(format!("`{folder}` ({})", package["name"].as_str().unwrap_or_default()));
        }
    }
    nothing_found(
        "The map in README.md lists every crate of the workspace, by its folder. Missing:",
        &findings,
    );
}
