//! Playing a scenario and comparing what happened with what the story says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hosk_core::{
    ElementMapping, Event, Migration, ProcessInstanceKey, Timestamp, Variables, check_migration,
};
use hosk_feel::Json;
use hosk_model::{Diagnostic, ElementKind, Severity};

use crate::address::addressed;
use crate::command::{Command, short};
use crate::library::Library;
use crate::notation::Scenario;
use crate::transcript::Transcript;
use crate::world::{Instance, Refusal, World};

/// How a scenario is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As it is.
    Straight,
    /// The state is stored and loaded after every command.
    Reloaded,
    /// The state is rebuilt from the events after every command.
    Replayed,
    /// Every command that counts once is delivered twice.
    Doubled,
}

impl Mode {
    const ALL: [Self; 4] = [Self::Straight, Self::Reloaded, Self::Replayed, Self::Doubled];
}

/// What became of one way of playing.
#[derive(Clone, Debug)]
pub struct Played {
    /// Which way.
    pub mode: Mode,
    /// Where the transcript differs from the story, readable; empty when it does not.
    pub differences: String,
}

/// What became of a scenario.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Each way of playing it.
    pub played: Vec<Played>,
    /// The scenario with the transcript as it came out.
    pub blessed: String,
    /// What it passed through.
    pub coverage: Vec<Coverage>,
    /// The events of every instance of the straight play, in order of creation.
    pub histories: Vec<Vec<Event>>,
}

impl Outcome {
    /// Whether every way of playing gave the story.
    pub fn passed(&self) -> bool {
        self.played.iter().all(|played| played.differences.is_empty())
    }
}

/// Elements and flows of one process, and which of them the scenario passed.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Process id.
    pub process: String,
    /// Ids that were passed.
    pub passed: BTreeSet<String>,
    /// Ids that can be passed.
    pub all: BTreeSet<String>,
}

/// Plays a scenario in all modes. `read` gives the files it deploys.
///
/// # Errors
/// A sentence when a definition cannot be read or has mistakes.
pub fn play(scenario: &Scenario, read: &dyn Fn(&str) -> io::Result<Vec<u8>>) -> Result<Outcome, String> {
    let sources = sources(scenario, read)?;
    let straight = run(scenario, &sources, Mode::Straight)?;
    let mut played =
        vec![Played { mode: Mode::Straight, differences: compare(scenario, &straight.transcripts) }];
    for mode in &Mode::ALL[1..] {
        let other = run(scenario, &sources, *mode)?;
        played.push(Played { mode: *mode, differences: compare(scenario, &other.transcripts) });
    }
    Ok(Outcome {
        played,
        blessed: blessed(scenario, &straight.transcripts),
        coverage: straight.coverage,
        histories: straight.histories,
    })
}

struct Run {
    transcripts: Vec<Vec<String>>,
    coverage: Vec<Coverage>,
    histories: Vec<Vec<Event>>,
}

fn sources(
    scenario: &Scenario,
    read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut sources: Vec<_> =
        scenario.drawn.iter().map(|(name, xml)| (name.clone(), xml.clone().into_bytes())).collect();
    for file in &scenario.files {
        let content = read(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
        sources.push((file.clone(), content));
    }
    Ok(sources)
}

/// The definitions; with `told` given, what the compiler finds is told there instead of being an error.
fn library(sources: &[(String, Vec<u8>)], told: Option<&mut Vec<String>>) -> Result<Library, String> {
    let mut library = Library::default();
    let mut found = Vec::new();
    for (name, content) in sources {
        if Path::new(name).extension().is_some_and(|ending| ending == "form") {
            let form = hosk_model::compile_form(content, name)
                .map_err(|found| hosk_model::render(&found, name, content))?;
            library.add_form(&form.id);
            continue;
        }
        if Path::new(name).extension().is_some_and(|ending| ending == "dmn") {
            match hosk_dmn::DecisionModel::compile(content) {
                Ok(compiled) => {
                    found.extend(compiled.warnings.iter().map(diagnosis));
                    library.add_decisions(&compiled.model);
                }
                Err(mistakes) if told.is_none() => return Err(hosk_model::render(&mistakes, name, content)),
                Err(mistakes) => found.extend(mistakes.iter().map(diagnosis)),
            }
            continue;
        }
        let compiled = hosk_model::compile(content, name);
        found.extend(compiled.diagnostics.iter().map(diagnosis));
        if told.is_none() && compiled.diagnostics.iter().any(|found| found.severity == Severity::Error) {
            return Err(hosk_model::render(&compiled.diagnostics, name, content));
        }
        for process in compiled.processes {
            library.add(process, name);
        }
    }
    if let Some(told) = told {
        *told = found;
    }
    Ok(library)
}

/// `! code element` for what refuses the model, `? code element` for a warning.
fn diagnosis(diagnostic: &Diagnostic) -> String {
    let mark = if diagnostic.severity == Severity::Error { '!' } else { '?' };
    let element = diagnostic.element_id.as_deref().unwrap_or("-");
    format!("{mark} {} {element}", diagnostic.code.as_str())
}

fn run(scenario: &Scenario, sources: &[(String, Vec<u8>)], mode: Mode) -> Result<Run, String> {
    let deploys = matches!(scenario.steps.first().map(|step| &step.command), Some(Command::Deploy));
    let mut told = Vec::new();
    let mut world = World::new(library(sources, deploys.then_some(&mut told))?, mode);
    let mut transcript = Transcript::default();
    let mut transcripts = Vec::new();
    if deploys {
        transcripts.push(told);
    }
    for step in scenario.steps.iter().skip(usize::from(deploys)) {
        let before = world.now;
        let mut lines = Vec::new();
        let refused = perform(&mut world, &step.command, &mut lines)
            .map_err(|what| format!("line {}: `> {}`: {what}", step.line, step.text))?;
        let happened = std::mem::take(&mut world.happened);
        let process_of =
            |key: ProcessInstanceKey| world.instances.get(&key).map(|found| found.process.clone());
        let mut told = transcript.lines(
            &happened,
            process_of,
            now_of(&happened, before, &world),
            brought(&step.command),
        );
        told.append(&mut lines);
        told.extend(refused);
        transcripts.push(told);
    }
    let coverage = coverage(&world, &transcript);
    let histories = world.instances.into_values().map(|instance| instance.history).collect();
    Ok(Run { transcripts, coverage, histories })
}

/// Timers are told relative to the time of their command: while time advances, relative to where it stands now.
fn now_of(happened: &[(ProcessInstanceKey, Event)], before: Timestamp, world: &World) -> Timestamp {
    if happened.iter().any(|(_, event)| matches!(event, Event::TimerTriggered { .. })) {
        world.now
    } else {
        before
    }
}

fn brought(command: &Command) -> Option<&Variables> {
    match command {
        Command::Create { variables, .. } => Some(variables),
        _ => None,
    }
}

/// Does what a command says; the line of a refusal, if it was refused.
fn perform(world: &mut World, command: &Command, lines: &mut Vec<String>) -> Result<Option<String>, String> {
    let result = match command {
        Command::Create { process, variables, before } => create(world, process, variables, before)?,
        Command::Publish { name, key, variables } => {
            let result = world.publish(name, key, variables);
            if matches!(result, Ok(false)) {
                lines.push("message nobody waits for".to_owned());
            }
            result.map(|_| ())
        }
        Command::Evaluate { variables } => {
            let result = world.evaluate(variables, lines);
            if matches!(result, Ok(false)) {
                lines.push("no condition holds".to_owned());
            }
            result.map(|_| ())
        }
        Command::Signal { name, variables } => {
            let result = world.broadcast(name, variables);
            if matches!(result, Ok(false)) {
                lines.push("signal nobody waits for".to_owned());
            }
            result.map(|_| ())
        }
        Command::Advance(length) => world.advance(*length),
        Command::Deploy => return Err("`deploy` is the first command of a scenario, or none".to_owned()),
        Command::Variables { element } => {
            lines.extend(variables(world, element.as_deref())?);
            Ok(())
        }
        Command::Migrate { process, target, mappings } => migrate(world, process, target, mappings, lines)?,
        other => {
            let Some((instance, command)) = addressed(world, other) else {
                return Ok(Some("! nothing waits there".to_owned()));
            };
            world.send(instance, &command)
        }
    };
    match result {
        Ok(()) => Ok(None),
        Err(Refusal::Rejected(rejection)) => Ok(Some(format!("! rejected {}", rejection.code.as_str()))),
        Err(Refusal::Broken(broken)) => Err(broken.to_string()),
    }
}

fn create(
    world: &mut World,
    process: &str,
    variables: &Variables,
    before: &[String],
) -> Result<Result<(), Refusal>, String> {
    let Some(found) = world.library.newest(process).cloned() else {
        return Err(format!("no process `{process}` is defined in this scenario"));
    };
    let mut elements = Vec::new();
    for id in before {
        let index =
            found.definition.index_of(id).ok_or_else(|| format!("`{process}` has no element `{id}`"))?;
        elements.push(index);
    }
    Ok(world.create(&found, variables.clone(), elements))
}

/// Migrates the oldest instance of a process; what stands in the way comes into the transcript line by line.
fn migrate(
    world: &mut World,
    process: &str,
    target: &str,
    mappings: &[(String, String)],
    lines: &mut Vec<String>,
) -> Result<Result<(), Refusal>, String> {
    let Some(target) = world.library.newest(target).map(|found| found.key) else {
        return Err(format!("no process `{target}` is defined in this scenario"));
    };
    let of = |(_, found): &(&ProcessInstanceKey, &Instance)| *found.process.definition.id == *process;
    let Some(key) = world.instances.iter().find(of).map(|(key, _)| *key) else {
        return Err(format!("there is no instance of `{process}`"));
    };
    let mapping = |(source, target): &(String, String)| ElementMapping {
        source: source.as_str().into(),
        target: target.as_str().into(),
    };
    let migration = Migration { target, mappings: mappings.iter().map(mapping).collect() };
    if let Some(Ok(found)) =
        world.state(key).map(|state| check_migration(&world.library, state, &migration, world.now))
    {
        lines.extend(found.obstacles.iter().map(|obstacle| format!("obstacle {}", obstacle.message)));
    }
    Ok(world.send(key, &hosk_core::Command::Migrate(Box::new(migration))))
}

fn variables(world: &World, element: Option<&str>) -> Result<Vec<String>, String> {
    for (key, instance) in &world.instances {
        let Some(state) = world.state(*key) else { continue };
        let scope = match element {
            None => Some(key.root()),
            Some(id) => instance.process.definition.index_of(id).and_then(|index| {
                state
                    .element_instances()
                    .find(|found| found.element() == index)
                    .map(hosk_core::ElementInstance::key)
            }),
        };
        if let Some(scope) = scope {
            let visible = state.visible_variables(scope);
            return Ok(visible
                .iter()
                .map(|(name, value): (&Arc<str>, &Json)| format!("{name} = {}", short(value)))
                .collect());
        }
    }
    Err("no instance has that element".to_owned())
}

fn coverage(world: &World, transcript: &Transcript) -> Vec<Coverage> {
    world
        .library
        .processes()
        .iter()
        .map(|process| {
            let definition = &process.definition;
            let all = definition
                .elements
                .iter()
                .filter(|element| {
                    !matches!(element.kind, ElementKind::NotExecuted { .. } | ElementKind::Process { .. })
                })
                .map(|element| element.id.to_string())
                .collect();
            let passed = transcript
                .passed
                .iter()
                .filter(|(known, id)| *known == definition.id && *id != definition.id)
                .map(|(_, id)| id.to_string())
                .collect();
            Coverage { process: definition.id.to_string(), passed, all }
        })
        .collect()
}

fn compare(scenario: &Scenario, transcripts: &[Vec<String>]) -> String {
    let mut out = String::new();
    for (step, got) in scenario.steps.iter().zip(transcripts) {
        if step.expected == *got {
            continue;
        }
        let _ = writeln!(out, "line {}: > {}", step.line, step.text);
        for line in &step.expected {
            let mark = if got.contains(line) { ' ' } else { '-' };
            let _ = writeln!(out, "  {mark} {line}");
        }
        for line in got.iter().filter(|line| !step.expected.contains(line)) {
            let _ = writeln!(out, "  + {line}");
        }
        if step.expected.iter().all(|line| got.contains(line))
            && got.iter().all(|line| step.expected.contains(line))
        {
            let _ = writeln!(out, "  (the same lines in another order: {})", got.join(" | "));
        }
    }
    out
}

fn blessed(scenario: &Scenario, transcripts: &[Vec<String>]) -> String {
    let mut out = scenario.preamble.trim_end().to_owned();
    out.push('\n');
    for (step, got) in scenario.steps.iter().zip(transcripts) {
        let _ = write!(out, "\n> {}\n", step.text);
        for line in got {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}
