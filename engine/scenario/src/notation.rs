//! Reading the text of a scenario: title, process sections or files, and commands with what they should print.

use crate::command::{self, Command};
use crate::drawing;

/// A scenario as read.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The first line.
    pub title: String,
    /// Everything before the first command, word for word, so that a blessed file keeps it.
    pub(crate) preamble: String,
    /// BPMN texts drawn in the scenario itself, by name.
    pub(crate) drawn: Vec<(String, String)>,
    /// Files to deploy, relative to the scenario.
    pub files: Vec<String>,
    /// The story.
    pub(crate) steps: Vec<StoryStep>,
}

/// One command and what it should print.
#[derive(Clone, Debug)]
pub(crate) struct StoryStep {
    /// Line number of the command, from 1.
    pub(crate) line: usize,
    /// The command's text after `> `.
    pub(crate) text: String,
    /// The command.
    pub(crate) command: Command,
    /// Expected lines, trimmed, blank ones and comments left out.
    pub(crate) expected: Vec<String>,
}

/// A text that is not a scenario.
#[derive(Clone, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct NotationError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and how to write it.
    pub what: String,
}

impl NotationError {
    pub(crate) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// The first line that is not understood, with the form it should have.
    pub fn parse(text: &str) -> Result<Self, NotationError> {
        let lines: Vec<&str> = text.lines().collect();
        let story = lines.iter().position(|line| line.starts_with("> ")).unwrap_or(lines.len());
        let title = lines.first().map_or("", |line| line.trim()).to_owned();
        if title.is_empty() {
            return Err(NotationError::new(
                1,
                "the first line is the title: say the rule this scenario shows",
            ));
        }
        let (drawn, files) = definitions(&lines[..story])?;
        if drawn.is_empty() && files.is_empty() {
            return Err(NotationError::new(
                1,
                "no process: draw one with `process ID`, several with `collaboration ID`, or name a file with `deploy FILE`",
            ));
        }
        let preamble = lines[..story]
            .iter()
            .flat_map(|line| {
                [
                    line.trim_end(),
                    "
",
                ]
            })
            .collect();
        Ok(Self { title, preamble, drawn, files, steps: steps(&lines, story)? })
    }
}

type Definitions = (Vec<(String, String)>, Vec<String>);

fn definitions(lines: &[&str]) -> Result<Definitions, NotationError> {
    let (mut drawn, mut files) = (Vec::new(), Vec::new());
    let mut at = 1;
    while at < lines.len() {
        let line = lines[at];
        if let Some(file) = line.strip_prefix("deploy ") {
            files.push(file.trim().to_owned());
        } else if line.starts_with("process ") || line.starts_with("collaboration ") {
            let end = (at + 1..lines.len())
                .find(|&next| !lines[next].trim().is_empty() && !lines[next].starts_with(' '))
                .unwrap_or(lines.len());
            let xml = drawing::to_bpmn(&lines[at..end], at + 1)?;
            drawn.push((format!("line-{}.bpmn", at + 1), xml));
            at = end;
            continue;
        }
        at += 1;
    }
    Ok((drawn, files))
}

fn steps(lines: &[&str], story: usize) -> Result<Vec<StoryStep>, NotationError> {
    let mut steps: Vec<StoryStep> = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(story) {
        if let Some(text) = line.strip_prefix("> ") {
            let command = command::parse(text).map_err(|what| NotationError::new(at + 1, what))?;
            steps.push(StoryStep {
                line: at + 1,
                text: text.trim().to_owned(),
                command,
                expected: Vec::new(),
            });
        } else if let (Some(step), false) = (steps.last_mut(), line.trim().is_empty()) {
            step.expected.push(line.trim().to_owned());
        }
    }
    Ok(steps)
}
