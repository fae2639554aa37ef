//! `docs/elements.md` is written from the model's catalogue; `BLESS=1` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hosk_model::catalog::{self, Construct, Group, Place, TriggerRule};
use libtest_mimic::Failed;

use crate::{coverage, root};

const HEAD: &str = "\
# Elements

What of BPMN 2.0 hosk executes, since when, and which stories prove it. This page is written from
`engine/model/src/catalog`; `BLESS=1 cargo test -p acceptance --test scenarios elements` writes it anew.

Text annotations, groups, associations, data stores, categories and diagrams are kept and mean nothing at run time.
What BPMN defines and hosk does not execute is refused when the model is deployed, never left out silently; the last
section lists it.
";

/// The page is the one that the catalogue gives.
pub(crate) fn check_page() -> Result<(), Failed> {
    let path = root().join("docs/elements.md");
    let page = page();
    if std::fs::read_to_string(&path).is_ok_and(|text| text == page) {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, page)?;
        return Ok(());
    }
    Err("docs/elements.md is not what engine/model/src/catalog says: run \
         `BLESS=1 cargo test -p acceptance --test scenarios elements`"
        .into())
}

/// Every story that a row names is there, and every element with stories has a row.
pub(crate) fn check_stories() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    for construct in catalog::executed() {
        for story in construct.stories {
            named.insert(story.split('/').next().unwrap_or_default());
            if link(story).is_none() {
                wrong.push(format!("{} names tests/scenarios/{story}, which is not there", construct.name));
            }
        }
    }
    let told = coverage::FILES.iter().flat_map(|(_, folders)| *folders);
    wrong.extend(
        told.filter(|folder| !named.contains(**folder))
            .map(|folder| format!("no row of engine/model/src/catalog names the stories `{folder}`")),
    );
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    chapter(&mut page, Group::Activities, "Activities");
    chapter(&mut page, Group::Gateways, "Gateways and flows");
    events(&mut page);
    chapter(&mut page, Group::Data, "Data, lanes and pools");
    not_executed(&mut page);
    page
}

fn chapter(page: &mut String, group: Group, title: &str) {
    let _ = write!(
        page,
        "\n## {title}\n\n| construct | XML | what it does | since | stories |\n|---|---|---|---|---|\n"
    );
    for row in catalog::executed().filter(|row| row.group == group) {
        let Construct { name, tag, meaning, since, stories, .. } = row;
        let _ = writeln!(page, "| {name} | `{tag}` | {meaning} | {since} | {} |", links(stories));
    }
}

fn events(page: &mut String) {
    page.push_str(
        "\n## Events\n\n● executed, ○ refused, blank: BPMN has no such event. ESP is an event sub-process, ┊ does not \
         interrupt.\n\n| trigger | start | ESP | ESP ┊ | catch | boundary | boundary ┊ | throw | end |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mut at = "";
    for (tag, _, rule) in catalog::trigger_rules() {
        if tag != at {
            let _ = write!(
                page,
                "{}| {}",
                if at.is_empty() { "" } else { " |\n" },
                tag.trim_end_matches("EventDefinition")
            );
            at = tag;
        }
        page.push_str(match rule {
            TriggerRule::Executed => " | ●",
            TriggerRule::Refused => " | ○",
            TriggerRule::Never => " | ",
        });
    }
    page.push_str(" |\n\n| trigger | position | what it does | since | stories |\n|---|---|---|---|---|\n");
    for row in catalog::executed().filter(|row| row.group == Group::Events) {
        let Construct { name, position, meaning, since, stories, .. } = row;
        let place = position.map_or("", place);
        let _ = writeln!(page, "| {name} | {place} | {meaning} | {since} | {} |", links(stories));
    }
}

fn not_executed(page: &mut String) {
    page.push_str("\n## Refused\n\n| XML | instead |\n|---|---|\n");
    for (what, remedy) in catalog::refused() {
        let _ = writeln!(page, "| `{what}` | {remedy} |");
    }
}

fn place(place: Place) -> &'static str {
    match place {
        Place::ProcessStart => "start",
        Place::SubProcessStart => "start of a sub-process",
        Place::EventSubProcessInterrupting => "event sub-process, interrupting",
        Place::EventSubProcessNonInterrupting => "event sub-process, not interrupting",
        Place::Catch => "intermediate, catching",
        Place::BoundaryInterrupting => "boundary, interrupting",
        Place::BoundaryNonInterrupting => "boundary, not interrupting",
        Place::Throw => "intermediate, throwing",
        Place::End => "end",
    }
}

fn links(stories: &[&str]) -> String {
    let link = |story: &&str| format!("[{story}]({})", link(story).unwrap_or_default());
    stories.iter().map(link).collect::<Vec<_>>().join(", ")
}

/// The address of a story, seen from `docs`: a file, or the story of a folder that tells the usual way.
fn link(story: &str) -> Option<String> {
    let file = format!("tests/scenarios/{story}.scenario");
    let usual = format!("tests/scenarios/{story}/passes.scenario");
    [file, usual].into_iter().find(|path| root().join(path).is_file()).map(|path| format!("../{path}"))
}
