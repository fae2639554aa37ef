//! The commands of a story.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::{AdHocChoice, Variables};
use hosk_feel::Json;

/// What the story asks for. Elements are named by their id; the oldest waiting one of that id is meant.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// `deploy`: prints what the compiler finds; for scenarios about models with mistakes
    Deploy,
    /// `create PROCESS {…} [before ELEMENT …]`
    Create { process: String, variables: Variables, before: Vec<String> },
    /// `complete job ELEMENT {…} [activate ELEMENT … {…}] [fulfilled] [instead]`: what follows the variables is for a job
    /// that leads an ad-hoc sub-process
    CompleteJob { element: String, variables: Variables, choice: Option<AdHocChoice> },
    /// `fail job ELEMENT [retries=N] [in=DURATION] [message]`
    FailJob { element: String, retries: Option<u32>, after: Option<Duration>, message: String },
    /// `error job ELEMENT CODE {…}`
    ThrowJobError { element: String, code: String, variables: Variables },
    /// `retries ELEMENT N`
    Retries { element: String, retries: u32 },
    /// `complete task ELEMENT {…} [by PERSON]`
    CompleteTask { element: String, variables: Variables, by: Option<String> },
    /// `assign task ELEMENT PERSON` or `unassign task ELEMENT`
    AssignTask { element: String, assignee: Option<String> },
    /// `evaluate {…}`
    Evaluate { variables: Variables },
    /// `signal NAME {…}`
    Signal { name: String, variables: Variables },
    /// `publish NAME KEY {…}`
    Publish { name: String, key: String, variables: Variables },
    /// `advance 15m`
    Advance(Duration),
    /// `set ELEMENT {…}`; the process id means the instance's own variables
    Set { element: String, variables: Variables },
    /// `resolve ELEMENT`
    Resolve { element: String },
    /// `cancel [PROCESS]`
    Cancel { process: Option<String> },
    /// `modify …`: what begins, moves and stops, with variables for the instance
    Modify { changes: Vec<Change>, variables: Variables },
    /// `activate AD_HOC ELEMENT … [instead] {…}`: each with these variables; `instead` of what runs
    Activate { ad_hoc: String, elements: Vec<String>, instead: bool, variables: Variables },
    /// `migrate PROCESS to PROCESS ELEMENT=ELEMENT …`: the oldest instance; prints what stands in the way
    Migrate { process: String, target: String, mappings: Vec<(String, String)> },
    /// `suspend [PROCESS]`
    Suspend { process: Option<String> },
    /// `resume [PROCESS]`
    Resume { process: Option<String> },
    /// `variables [ELEMENT]`: prints what is visible there
    Variables { element: Option<String> },
}

/// One change of a `modify`.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// `activate ELEMENT [in CONTAINER]`
    Activate { element: String, within: Option<String> },
    /// `move ELEMENT to ELEMENT [in CONTAINER | nearby]`
    Move { from: String, to: String, within: Option<String>, nearby: bool },
    /// `terminate ELEMENT`
    Terminate { element: String },
}

const KNOWN: &str = "deploy | create PROCESS {…} [before ELEMENT …] | complete job ELEMENT {…} [activate ELEMENT … {…}] [fulfilled] [instead] | fail job ELEMENT [retries=N] \
    [in=DURATION] [message] | error job ELEMENT CODE {…} | retries ELEMENT N | complete task ELEMENT {…} [by PERSON] | \
    assign task ELEMENT PERSON | unassign task ELEMENT | publish NAME KEY {…} | signal NAME {…} | evaluate {…} | advance DURATION | set ELEMENT {…} | \
    resolve ELEMENT | activate AD_HOC ELEMENT … [instead] {…} | cancel [PROCESS] | suspend [PROCESS] | resume [PROCESS] | modify [activate ELEMENT [in CONTAINER]] \
    [move ELEMENT to ELEMENT [in CONTAINER | nearby]] [terminate ELEMENT] … {…} | migrate PROCESS to PROCESS ELEMENT=ELEMENT … | variables [ELEMENT]";

/// Reads a command; the error says which forms there are.
pub(crate) fn parse(text: &str) -> Result<Command, String> {
    let (head, variables, tail) = split(text)?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let rest: Vec<&str> = tail.split_whitespace().collect();
    match words.as_slice() {
        ["deploy"] => Ok(Command::Deploy),
        ["create", process] => Ok(Command::Create {
            process: (*process).to_owned(),
            variables,
            before: if rest.first() == Some(&"before") { owned(&rest[1..]) } else { Vec::new() },
        }),
        ["create", process, "before", elements @ ..] => {
            Ok(Command::Create { process: (*process).to_owned(), variables, before: owned(elements) })
        }
        ["complete", "job", element] => {
            Ok(Command::CompleteJob { element: (*element).to_owned(), variables, choice: choice(tail)? })
        }
        ["fail", "job", element, options @ ..] => fail(element, options),
        ["error", "job", element, code] => {
            Ok(Command::ThrowJobError { element: (*element).to_owned(), code: (*code).to_owned(), variables })
        }
        ["retries", element, retries] => Ok(Command::Retries {
            element: (*element).to_owned(),
            retries: retries.parse().map_err(|_| "`retries ELEMENT N`: N is a whole number".to_owned())?,
        }),
        ["complete", "task", element, by @ ..] => complete_task(element, variables, by, &rest),
        ["assign", "task", element, person] => {
            Ok(Command::AssignTask { element: (*element).to_owned(), assignee: Some((*person).to_owned()) })
        }
        ["unassign", "task", element] => {
            Ok(Command::AssignTask { element: (*element).to_owned(), assignee: None })
        }
        ["evaluate"] => Ok(Command::Evaluate { variables }),
        ["signal", name] => Ok(Command::Signal { name: (*name).to_owned(), variables }),
        ["publish", name, key] => {
            Ok(Command::Publish { name: (*name).to_owned(), key: (*key).to_owned(), variables })
        }
        ["advance", time] => duration(time).map(Command::Advance),
        ["set", element] => Ok(Command::Set { element: (*element).to_owned(), variables }),
        ["resolve", element] => Ok(Command::Resolve { element: (*element).to_owned() }),
        ["cancel"] => Ok(Command::Cancel { process: None }),
        ["cancel", process] => Ok(Command::Cancel { process: Some((*process).to_owned()) }),
        ["suspend"] => Ok(Command::Suspend { process: None }),
        ["suspend", process] => Ok(Command::Suspend { process: Some((*process).to_owned()) }),
        ["resume"] => Ok(Command::Resume { process: None }),
        ["resume", process] => Ok(Command::Resume { process: Some((*process).to_owned()) }),
        ["migrate", process, "to", target, mappings @ ..] => {
            let mapping = |pair: &&str| {
                let (from, to) =
                    pair.split_once('=').ok_or_else(|| format!("`{pair}`: write ELEMENT=ELEMENT"))?;
                Ok((from.to_owned(), to.to_owned()))
            };
            let mappings = mappings.iter().map(mapping).collect::<Result<_, String>>()?;
            Ok(Command::Migrate { process: (*process).to_owned(), target: (*target).to_owned(), mappings })
        }
        ["activate", ad_hoc, elements @ .., "instead"] => Ok(activate(ad_hoc, elements, true, variables)),
        ["activate", ad_hoc, elements @ ..] => Ok(activate(ad_hoc, elements, false, variables)),
        ["modify", changes @ ..] => Ok(Command::Modify { changes: modification(changes)?, variables }),
        ["variables"] => Ok(Command::Variables { element: None }),
        ["variables", element] => Ok(Command::Variables { element: Some((*element).to_owned()) }),
        _ => Err(format!("`{text}` is not a command. Commands: {KNOWN}")),
    }
}

fn activate(ad_hoc: &str, elements: &[&str], instead: bool, variables: Variables) -> Command {
    Command::Activate { ad_hoc: ad_hoc.to_owned(), elements: owned(elements), instead, variables }
}

/// What follows the variables of a job: nothing, or what leads an ad-hoc sub-process.
fn choice(text: &str) -> Result<Option<AdHocChoice>, String> {
    let (named, variables, flags) = split(text)?;
    let (mut choice, mut activates) = (AdHocChoice::default(), false);
    for word in named.split_whitespace().chain(flags.split_whitespace()) {
        match word {
            "activate" => activates = true,
            "fulfilled" => choice.fulfilled = true,
            "instead" => choice.cancel_remaining = true,
            id if activates => choice.elements.push((Arc::from(id), variables.clone())),
            other => return Err(format!("`{other}` cannot follow a job. Commands: {KNOWN}")),
        }
    }
    Ok((!text.trim().is_empty()).then_some(choice))
}

/// The changes of a `modify`, one after another.
fn modification(words: &[&str]) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let (change, after) = match rest {
            ["activate", element, "in", container, after @ ..] => {
                let within = Some((*container).to_owned());
                (Change::Activate { element: (*element).to_owned(), within }, after)
            }
            ["activate", element, after @ ..] => {
                (Change::Activate { element: (*element).to_owned(), within: None }, after)
            }
            ["move", from, "to", to, after @ ..] => {
                let (from, to) = ((*from).to_owned(), (*to).to_owned());
                match after {
                    ["in", container, after @ ..] => {
                        let within = Some((*container).to_owned());
                        (Change::Move { from, to, within, nearby: false }, after)
                    }
                    ["nearby", after @ ..] => (Change::Move { from, to, within: None, nearby: true }, after),
                    after => (Change::Move { from, to, within: None, nearby: false }, after),
                }
            }
            ["terminate", element, after @ ..] => {
                (Change::Terminate { element: (*element).to_owned() }, after)
            }
            _ => return Err(format!("`{}` is no change of a `modify`. Commands: {KNOWN}", rest.join(" "))),
        };
        changes.push(change);
        rest = after;
    }
    Ok(changes)
}

fn complete_task(element: &str, variables: Variables, by: &[&str], rest: &[&str]) -> Result<Command, String> {
    let by = match (by, rest) {
        (["by", person], []) | ([], ["by", person]) => Some((*person).to_owned()),
        ([], []) => None,
        _ => return Err("write `complete task ELEMENT {…} [by PERSON]`".to_owned()),
    };
    Ok(Command::CompleteTask { element: element.to_owned(), variables, by })
}

fn fail(element: &str, options: &[&str]) -> Result<Command, String> {
    let (mut retries, mut after, mut message) = (None, None, Vec::new());
    for option in options {
        if let Some(number) = option.strip_prefix("retries=") {
            retries =
                Some(number.parse().map_err(|_| format!("`{option}`: a whole number follows `retries=`"))?);
        } else if let Some(time) = option.strip_prefix("in=") {
            after = Some(duration(time)?);
        } else {
            message.push(*option);
        }
    }
    Ok(Command::FailJob { element: element.to_owned(), retries, after, message: message.join(" ") })
}

/// The words before the JSON object, the object, and the words after it.
fn split(text: &str) -> Result<(&str, Variables, &str), String> {
    let Some(start) = text.find('{') else { return Ok((text, Variables::new(), "")) };
    let mut documents = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Variables>();
    let variables = match documents.next() {
        Some(Ok(variables)) => variables,
        Some(Err(error)) => return Err(format!("the variables are not a JSON object: {error}")),
        None => Variables::new(),
    };
    let end = start + documents.byte_offset();
    Ok((&text[..start], variables, &text[end..]))
}

/// `90s`, `15m`, `2h`, `1d`, or ISO 8601 (`PT15M`).
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::Span =
        text.parse().map_err(|_| format!("`{text}` is not a duration: write 90s, 15m, 2h, 1d or PT15M"))?;
    let relative = jiff::SpanRelativeTo::days_are_24_hours();
    span.to_duration(relative)
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| format!("`{text}` is not a length of time: leave out months and years"))
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A JSON text shortened for a transcript line.
pub(crate) fn short(json: &Json) -> String {
    const LONGEST: usize = 200;
    let text = json.value().to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
