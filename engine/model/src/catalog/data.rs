//! Data, lanes and pools (BPMN 10.3.1, 10.3.2, 10.7, 9).

use super::{Construct, Group, row};

const fn data(
    tag: &'static str,
    name: &'static str,
    meaning: &'static str,
    stories: &'static [&'static str],
) -> Construct {
    row(Group::Data, tag, name, meaning, stories)
}

#[rustfmt::skip]
pub(super) const ROWS: &[Construct] = &[
    data("lane", "Lane", "its name is the candidate group of the user tasks in it that name nobody", &["user_task"]),
];
