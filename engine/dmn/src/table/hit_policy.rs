//! Hit policies (DMN 1.5, 8.2.8): which of the matching rules count, and in which order.

/// `hitPolicy` and `aggregation` of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HitPolicy {
    /// At most one rule matches.
    Unique,
    /// All matching rules have the same outputs.
    Any,
    /// The matching rule whose outputs stand first among the allowed values.
    Priority,
    /// The first matching rule.
    First,
    /// All in the order of the rules.
    RuleOrder,
    /// All in the order of the allowed values.
    OutputOrder,
    /// All, perhaps aggregated.
    Collect(Option<Aggregation>),
}

/// How the outputs of COLLECT become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregation {
    Sum,
    Min,
    Max,
    Count,
}

impl HitPolicy {
    /// From the XML attributes; `None` for words DMN does not have. Absent is UNIQUE.
    pub(crate) fn read(policy: Option<&str>, aggregation: Option<&str>) -> Option<Self> {
        let aggregation = match aggregation {
            None => None,
            Some("SUM") => Some(Aggregation::Sum),
            Some("MIN") => Some(Aggregation::Min),
            Some("MAX") => Some(Aggregation::Max),
            Some("COUNT") => Some(Aggregation::Count),
            Some(_) => return None,
        };
        Some(match policy {
            None | Some("UNIQUE") => Self::Unique,
            Some("ANY") => Self::Any,
            Some("PRIORITY") => Self::Priority,
            Some("FIRST") => Self::First,
            // DMN 1.1 writes the words together with a space.
            Some("RULE ORDER" | "RULE_ORDER") => Self::RuleOrder,
            Some("OUTPUT ORDER" | "OUTPUT_ORDER") => Self::OutputOrder,
            Some("COLLECT") => Self::Collect(aggregation),
            Some(_) => return None,
        })
    }

    /// Whether the output is a list of what the rules give.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::RuleOrder | Self::OutputOrder | Self::Collect(None))
    }
}
