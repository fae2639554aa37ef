//! The tree names no place where it was written and speaks of the product only.

use crate::{nothing_found, tree};

/// Written in two halves, so that this file does not contain them itself.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine; make it relative to the tree"),
    (concat!("/ro", "ot/"), "a path of one machine; use the home or cache folder of the account"),
    (concat!("/ho", "me/"), "a path of one machine; use the home or cache folder of the account"),
    (concat!("../sha", "red"), "outside of the tree; the project stands without it"),
    (concat!("as an ", "AI"), "speak of the product"),
    (concat!("language ", "model"), "speak of the product"),
];

/// Hosts that begin like this serve packages; which one a machine uses is its own setting.
const PACKAGE_HOSTS: &[&str] = &["index.", "static.", "registry.", "proxy.", "mirror.", "mirrors.", "repo."];

/// Lock files name the registry in their own format.
const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json"];

#[test]
fn forbidden_words_do_not_occur() {
    let mut findings = Vec::new();
    for file in tree::files().iter().filter(|file| !LOCK_FILES.contains(&file.name())) {
        for (number, line) in file.text.lines().enumerate() {
            for (word, instead) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
                findings.push(format!("{}:{} `{word}`: {instead}", file.path, number + 1));
            }
            if let Some(host) = package_host(line) {
                findings.push(format!("{}:{} {host}: name no package server", file.path, number + 1));
            }
        }
    }
    nothing_found("Words and addresses that do not belong into the tree.", &findings);
}

fn package_host(line: &str) -> Option<&str> {
    line.match_indices("://").find_map(|(at, mark)| {
        let address = &line[at + mark.len()..];
        let host = address.split(['/', '"', '\'', ' ', ')', '>']).next().unwrap_or_default();
        PACKAGE_HOSTS.iter().any(|begin| host.starts_with(begin)).then_some(host)
    })
}

#[test]
fn package_hosts_are_seen() {
    assert_eq!(
        package_host(concat!("at https://regi", "stry.example.com/x")),
        Some(concat!("regi", "stry.example.com"))
    );
    assert_eq!(package_host("at https://example.com/registry."), None);
}
