//! What the tests of this program have asked of every operation. The program runs once more, itself writing down each
//! request and its status, and no operation of the document may lack a success, an input that is refused, or, where it
//! asks who is there, somebody who is turned away.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::server::SEEN;

/// What is to be seen of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Success,
    BadInput,
    Forbidden,
}

impl Outcome {
    fn of(status: u16) -> Option<Self> {
        match status {
            200..=299 => Some(Self::Success),
            401 | 403 => Some(Self::Forbidden),
            400..=499 => Some(Self::BadInput),
            _ => None,
        }
    }
}

/// An operation of the document: method, parts of its path, and whether it asks who is there.
struct Operation {
    method: String,
    path: String,
    protected: bool,
}

impl Operation {
    fn all() -> Vec<Self> {
        let document: Value = serde_json::from_str(hosk_api::openapi_json()).unwrap();
        let mut all = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let protected = operation["responses"].get("401").is_some();
                all.push(Self { method: method.to_uppercase(), path: path.clone(), protected });
            }
        }
        all
    }

    /// How many parts of a path are said as they are, if it is this operation's.
    fn fits(&self, method: &str, path: &str) -> Option<usize> {
        let (mine, theirs): (Vec<_>, Vec<_>) = (self.path.split('/').collect(), path.split('/').collect());
        if self.method != method || mine.len() != theirs.len() {
            return None;
        }
        let pairs = mine.iter().zip(&theirs);
        let same = |(mine, theirs): &(&&str, &&str)| mine == theirs;
        let any = |(mine, theirs): (&&str, &&str)| mine.starts_with('{') && !theirs.is_empty();
        pairs.clone().all(|pair| same(&pair) || any(pair)).then(|| pairs.filter(same).count())
    }
}

/// Runs all other tests of this program, which write down what they ask.
fn requests() -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let run = Command::new(std::env::current_exe().expect("this program"))
        // What is made from the document for every operation is no test of one.
        .args(["--skip", "seen::", "--skip", "negatives::"])
        .env(SEEN, file.path())
        .stdin(Stdio::null())
        .output()
        .expect("this program runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    std::fs::read_to_string(file.path()).expect("what is seen")
}

#[test]
fn every_operation_is_seen_to_succeed_to_refuse_and_to_forbid() {
    let operations = Operation::all();
    let mut seen: BTreeMap<usize, BTreeSet<Outcome>> = BTreeMap::new();
    for line in requests().lines() {
        let [method, path, status] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let fitting = operations.iter().enumerate();
        let fitting = fitting.filter_map(|(index, one)| Some((one.fits(method, path)?, index)));
        let (Some((_, index)), Some(outcome)) = (fitting.max(), Outcome::of(status.parse().unwrap())) else {
            continue;
        };
        seen.entry(index).or_default().insert(outcome);
    }
    let mut lacks = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let had = seen.remove(&index).unwrap_or_default();
        let needed = [Outcome::Success, Outcome::BadInput, Outcome::Forbidden];
        let needed = needed.into_iter().filter(|one| *one != Outcome::Forbidden || operation.protected);
        let missing: Vec<_> = needed.filter(|one| !had.contains(one)).collect();
        if !missing.is_empty() {
            lacks.push(format!("{} {}: no test of {missing:?}", operation.method, operation.path));
        }
    }
    assert!(lacks.is_empty(), "{} of {}:\n{}", lacks.len(), operations.len(), lacks.join("\n"));
}
