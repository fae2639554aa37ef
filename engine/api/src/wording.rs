//! The phrases by which clients of Camunda 8's API tell refusals apart. Where there is one, the detail begins with it; hosk's
//! own sentence, which says what to do, follows. What a phrase says of the operation is known when the answer is made.

use std::borrow::Cow;

use hosk_core::RejectionCode;
use hosk_identity::{Permission, ResourceType};

use crate::auth::Need;
use crate::problem::{Opening, Problem};

/// What the phrase of a rejected command begins with.
const COMMAND: &str = "Command ";
/// Characters of a value that are repeated to its sender.
const SHOWN_MAX: usize = 256;
/// Words that tell which form an object has, and what such an object is called.
const FORMS: &[(&str, &str)] =
    &[("ancestorScopeType", "ancestorScopeInstruction"), ("sourceType", "sourceElementInstruction")];

/// A property that is not known, or of another type.
pub(crate) fn not_parsed(path: &str, help: &str) -> String {
    if path.is_empty() {
        return help.to_owned();
    }
    format!("Request property [{}] cannot be parsed. {help}", without_places(path))
}

/// A property that must be there and say something.
pub(crate) fn not_given(path: &str, help: &str) -> String {
    format!("No {} provided. {help}", name_in(path))
}

/// A word that is none of those that are known.
pub(crate) fn not_a_word(path: &str, given: &str, words: &[&str]) -> String {
    let (name, given, words) = (name_in(path), shown(given), words.join(", "));
    let phrase = match FORMS.iter().find(|(word, _)| *word == name) {
        Some((_, form)) => format!("Cannot map value '{given}' for type '{form}'"),
        None => format!("Unexpected value '{given}' for enum field '{name}'"),
    };
    format!("{phrase}. Use any of the following values: [{words}]. It stands in `{path}`.")
}

/// A text in a body that is no key.
pub(crate) fn not_a_key(path: &str, given: &str, rule: &str) -> String {
    format!(
        "The provided {} '{}' is not a valid key. Expected a numeric value. Did you pass an entity id instead of an entity \
         key?. `{path}` {rule}.",
        name_in(path),
        shown(given)
    )
}

/// A parameter of the path or the query that is not of its type.
pub(crate) fn not_converted(name: &str, given: &str, rule: &str) -> String {
    format!("Failed to convert '{name}' with value: '{}'. It {rule}.", shown(given))
}

/// A query parameter that must be there.
pub(crate) fn not_present(name: &str, help: &str) -> String {
    format!("Required parameter '{name}' is not present. {help}")
}

/// A text that is no date and time; the phrase alone.
pub(crate) fn not_a_date(path: &str, given: &str) -> String {
    let (name, given) = (name_in(path), shown(given));
    format!("The provided {name} '{given}' cannot be parsed as a date according to RFC 3339, section 5.6.")
}

/// A number out of its bounds.
pub(crate) fn out_of_bounds(path: &str, given: i64, (min, max): (i64, i64)) -> String {
    let open_ended = max >= i64::from(i32::MAX);
    let rule = match min {
        _ if given < 0 && path.starts_with("page.") => "a non-negative number".to_owned(),
        0 if given < min && open_ended => "a non-negative number".to_owned(),
        1 if given < min => "greater than 0".to_owned(),
        _ => format!("within the [{min},{max}] range"),
    };
    let place = without_places(path);
    format!(
        "The value for {place} is '{given}' but must be {rule}. `{path}` must be from {min} to {max}, but is {given}."
    )
}

/// A text that is longer than it may be.
pub(crate) fn too_long(path: &str, limit: usize, help: &str) -> String {
    format!("The provided {} exceeds the limit of {limit} characters. {help}", name_in(path))
}

/// The path without places in lists.
fn without_places(path: &str) -> Cow<'_, str> {
    if !path.contains('[') {
        return path.into();
    }
    let mut inside = false;
    let keep = |letter: &char| {
        inside = (inside || *letter == '[') && *letter != ']';
        !inside && *letter != ']'
    };
    path.chars().filter(keep).collect::<String>().into()
}

/// The name of the property that a path ends with; operators are not names.
fn name_in(path: &str) -> String {
    let path = without_places(path);
    path.rsplit('.').find(|name| !name.starts_with('$')).unwrap_or(&path).to_owned()
}

fn shown(given: &str) -> Cow<'_, str> {
    match given.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &given[..end]).into(),
        None => given.into(),
    }
}

/// What commands are called when they are rejected, by the operation's id; and what was expected of the thing that the last
/// parameter of the path names, should it not be there. Empty where the refusal says so itself.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("completeJob", "COMPLETE", "Expected to complete job with key '{}', but no such job was found"),
    ("failJob", "FAIL", "Expected to fail job with key '{}', but no such job was found"),
    (
        "throwJobError",
        "THROW_ERROR",
        "Expected to throw an error for job with key '{}', but no such job was found",
    ),
    ("updateJob", "UPDATE", "Expected to update job with key '{}', but no such job was found"),
    (
        "completeUserTask",
        "COMPLETE",
        "Expected to complete user task with key '{}', but no such user task was found",
    ),
    (
        "updateUserTask",
        "UPDATE",
        "Expected to update user task with key '{}', but no such user task was found",
    ),
    (
        "assignUserTask",
        "ASSIGN",
        "Expected to assign user task with key '{}', but no such user task was found",
    ),
    (
        "unassignUserTask",
        "ASSIGN",
        "Expected to assign user task with key '{}', but no such user task was found",
    ),
    (
        "resolveIncident",
        "RESOLVE",
        "Expected to resolve incident with key '{}', but no such incident was found",
    ),
    (
        "cancelProcessInstance",
        "CANCEL",
        "Expected to cancel a process instance with key '{}', but no such process was found",
    ),
    (
        "modifyProcessInstance",
        "MODIFY",
        "Expected to modify process instance but no process instance found with key '{}'",
    ),
    (
        "migrateProcessInstance",
        "MIGRATE",
        "Expected to migrate process instance but no process instance found with key '{}'",
    ),
    (
        "suspendProcessInstance",
        "SUSPEND",
        "Expected to suspend process instance but no process instance found with key '{}'",
    ),
    (
        "resumeProcessInstance",
        "RESUME",
        "Expected to resume process instance but no process instance found with key '{}'",
    ),
    ("deleteResource", "DELETE", "Expected to delete resource but no resource found with key `{}`"),
    (
        "cancelBatchOperation",
        "CANCEL",
        "Expected to cancel a batch operation with key '{}', but no such batch operation was found",
    ),
    (
        "suspendBatchOperation",
        "SUSPEND",
        "Expected to suspend a batch operation with key '{}', but no such batch operation was found",
    ),
    (
        "resumeBatchOperation",
        "RESUME",
        "Expected to resume a batch operation with key '{}', but no such batch operation was found",
    ),
    (
        "createElementInstanceVariables",
        "UPDATE",
        "Expected to update variables for element with key '{}', but no such element was found",
    ),
    (
        "activateAdHocSubProcessActivities",
        "ACTIVATE",
        "Expected to activate activities for ad-hoc sub-process but no ad-hoc sub-process instance found with key '{}'",
    ),
    ("createProcessInstance", "CREATE", ""),
    ("createDeployment", "CREATE", ""),
    ("activateJobs", "ACTIVATE", ""),
    ("publishMessage", "PUBLISH", ""),
    ("correlateMessage", "CORRELATE", ""),
    ("broadcastSignal", "BROADCAST", ""),
    ("evaluateDecision", "EVALUATE", ""),
    ("evaluateConditionals", "EVALUATE", ""),
    ("evaluateExpression", "EVALUATE", ""),
    ("pinClock", "PIN", ""),
    ("resetClock", "RESET", ""),
];
/// Commands that look whether the thing is there before they are commanded.
const LOOKING_FIRST: &[(&str, &str)] = &[
    ("deleteDecisionInstance", "DELETE"),
    ("deleteProcessInstance", "DELETE"),
    ("resolveProcessInstanceIncidents", "CREATE"),
];
/// Operations that begin a batch operation.
const BATCHES: &str = "BatchOperation";
/// The beginnings of the other operations' ids that are commands, and what those are called.
const VERBS: &[(&str, &str)] = &[
    ("create", "CREATE"),
    ("update", "UPDATE"),
    ("delete", "DELETE"),
    ("assign", "ADD_ENTITY"),
    ("unassign", "REMOVE_ENTITY"),
];
/// What those are about that are commands by their beginning.
const ABOUT: &[&str] = &[
    "Authorization",
    "User",
    "Group",
    "Role",
    "Tenant",
    "Client",
    "MappingRule",
    "GlobalClusterVariable",
    "TenantClusterVariable",
    "GlobalTaskListener",
];

/// The operation that refuses.
pub(crate) struct Refusing<'a> {
    /// Its id.
    pub(crate) operation: &'static str,
    /// What it needs.
    pub(crate) need: Need,
    /// The last parameter of its path.
    pub(crate) key: Option<&'a str>,
}

impl Refusing<'_> {
    /// The refusal as this operation says it.
    pub(crate) fn says(&self, problem: Problem) -> Problem {
        let opening = self.opening(&problem);
        if problem.detail().starts_with(COMMAND) {
            return problem;
        }
        let mut before = String::new();
        if let Some(verb) = self.rejected(&problem) {
            before = format!("{COMMAND}'{verb}' rejected with code '{}': ", problem.title());
        }
        if let Some(opening) = opening {
            before.push_str(&opening);
            before.push_str(". ");
        }
        problem.beginning_with(&before)
    }

    /// What the command that was rejected is called.
    fn rejected(&self, problem: &Problem) -> Option<&'static str> {
        match problem.code() {
            // Not a matter of the command.
            "clock-not-controllable" | "cross-origin" | "foreign-host" => None,
            _ => match problem.status().as_u16() {
                403 => self.command(),
                404 | 409 => self.command().filter(|_| !self.looks_first()),
                // Most bad requests never become a command.
                400 if RejectionCode::ALL.iter().any(|code| code.as_str() == problem.code()) => {
                    self.command()
                }
                _ => None,
            },
        }
    }

    fn looks_first(&self) -> bool {
        LOOKING_FIRST.iter().any(|(operation, _)| *operation == self.operation)
    }

    fn listed(&self) -> Option<&(&'static str, &'static str, &'static str)> {
        COMMANDS.iter().find(|(operation, ..)| *operation == self.operation)
    }

    /// What the operation is called as a command, if it is one.
    fn command(&self) -> Option<&'static str> {
        if let Some((_, verb, _)) = self.listed() {
            return Some(verb);
        }
        if let Some((_, verb)) = LOOKING_FIRST.iter().find(|(operation, _)| *operation == self.operation) {
            return Some(verb);
        }
        if self.operation.ends_with(BATCHES) {
            return Some("CREATE");
        }
        let (verb, about) =
            VERBS.iter().find_map(|(word, verb)| Some((*verb, self.operation.strip_prefix(word)?)))?;
        let entity = |about: &str| ABOUT.contains(&about);
        let one = entity(about) && !matches!(verb, "ADD_ENTITY" | "REMOVE_ENTITY");
        let several = ["To", "From"].iter().any(|word| {
            about.split_once(word).is_some_and(|(member, holder)| entity(member) && entity(holder))
        });
        (one || several).then_some(verb)
    }

    fn opening(&self, problem: &Problem) -> Option<String> {
        match problem.opening() {
            Some(Opening::Absent { thing, by, id }) => Some(self.absent(thing, by, id)),
            Some(Opening::Lacks { right, id }) => Some(self.lacks(*right, id.as_deref())),
            Some(Opening::OneTenant(given)) => Some(format!(
                "Expected to handle request {} with tenant {given}, but multi-tenancy is disabled",
                self.title()
            )),
            None if problem.status() == 404 && problem.code() != "definition-not-found" => self.expected(),
            None if problem.code() == "forbidden" && matches!(self.need, Need::Own(_)) => {
                Some(self.lacks(None, None))
            }
            None => None,
        }
    }

    /// What was expected of the thing that the path names.
    fn expected(&self) -> Option<String> {
        let (.., expected) = self.listed()?;
        let key = self.key?;
        (!expected.is_empty()).then(|| expected.replace("{}", &shown(key)))
    }

    fn absent(&self, thing: &str, by: &str, id: &str) -> String {
        self.expected().unwrap_or_else(|| format!("{thing} with {by} '{}' not found", shown(id)))
    }

    /// What the caller lacks: for a command the first of what would do.
    fn lacks(&self, right: Option<(ResourceType, Permission)>, id: Option<&str>) -> String {
        let would_do: Vec<(ResourceType, Permission)> = match (right, self.need) {
            (Some(right), _) => vec![right],
            (None, Need::Within(resource, permission)) => vec![(resource, permission)],
            (None, Need::Every(rights) | Need::Own(rights)) => rights.to_vec(),
            (None, _) => Vec::new(),
        };
        let ids = id.map(|id| format!(", required resource identifiers are one of '[*, {id}]'"));
        let ids = ids.unwrap_or_default();
        match (&would_do[..], self.command().is_some()) {
            ([], _) => "Unauthorized to perform operation".to_owned(),
            ([(resource, permission), ..], true) => {
                format!(
                    "Insufficient permissions to perform operation '{permission}' on resource '{resource}'{ids}"
                )
            }
            ([(resource, permission)], false) => {
                format!("Unauthorized to perform operation '{permission}' on resource '{resource}'")
            }
            (several, false) => {
                let one = |(resource, permission): &(_, _)| format!("'{permission}' on '{resource}'");
                let several = several.iter().map(one).collect::<Vec<_>>().join(" or ");
                format!("Unauthorized to perform any of the operations: {several}")
            }
        }
    }

    /// What people call the operation: the words of its id.
    fn title(&self) -> String {
        match self.operation {
            "createDeployment" => return "Deploy Resources".to_owned(),
            "evaluateConditionals" => return "Evaluate Conditional".to_owned(),
            _ => {}
        }
        let mut title = String::new();
        for letter in self.operation.chars() {
            if letter.is_uppercase() {
                title.push(' ');
            }
            title.push(if title.is_empty() { letter.to_ascii_uppercase() } else { letter });
        }
        title
    }
}

#[cfg(test)]
#[path = "wording_tests.rs"]
mod tests;
