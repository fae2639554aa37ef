//! What a user will notice is written down with the change.

use crate::{nothing_found, tree};

const KINDS: &[&str] = &["Added: ", "Changed: ", "Fixed: ", "Removed: ", "Security: "];

#[test]
fn unreleased_notes_are_there_and_have_a_kind() {
    let mut notes = tree::files_with("md");
    notes.retain(|file| file.path.starts_with("docs/releases/unreleased/") && file.name() != "README.md");
    assert!(
        !notes.is_empty(),
        "docs/releases/unreleased has no note: a change that users notice adds one file (see its README.md)"
    );
    let mut findings = Vec::new();
    for note in notes {
        if !KINDS.iter().any(|kind| note.text.starts_with(kind)) {
            findings.push(format!("{}: begin with one of {}", note.path, KINDS.join(", ")));
        }
    }
    nothing_found("A release note begins with its kind.", &findings);
}
