//! The README's map is the tree.

use crate::{crates, nothing_found, tree};

fn readme() -> String {
    std::fs::read_to_string(tree::root().join("README.md")).expect("there is a README.md")
}

#[test]
fn the_map_lists_every_crate() {
    let root = tree::root();
    let readme = readme();
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

#[test]
fn what_the_map_lists_is_there() {
    let readme = readme();
    let rows =
        readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(folder, _)| folder));
    let root = tree::root();
    let missing: Vec<String> = rows.filter(|folder| !root.join(folder).is_dir()).map(str::to_owned).collect();
    nothing_found("The map in README.md lists what is in the tree. Not there:", &missing);
}
