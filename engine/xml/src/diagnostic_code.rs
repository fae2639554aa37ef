//! The closed list of diagnostic codes; each is public, stable and has a page `docs/problems/<code>.md`.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// What a diagnostic is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DiagnosticCode { $($(#[doc = $doc])+ $variant,)+ }

        impl DiagnosticCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable text, also the name of its page.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

codes! {
    /// More bytes than the limit.
    FileTooLarge = "file-too-large",
    /// The bytes are not of the encoding they claim, or the encoding is not known.
    UnsupportedEncoding = "unsupported-encoding",
    /// Not well-formed XML.
    MalformedXml = "malformed-xml",
    /// A document type or an entity.
    DtdRefused = "dtd-refused",
    /// Too deep, too many elements or attributes.
    ModelTooLarge = "model-too-large",
    /// The root element is not BPMN 2.0 `definitions`.
    NotBpmn = "not-bpmn",
    /// Nothing in the file can be run.
    NoExecutableProcess = "no-executable-process",
    /// A process with `isExecutable` other than true is skipped.
    ProcessNotExecutable = "process-not-executable",
    /// An element that needs an id has none.
    MissingId = "missing-id",
    /// An id that cannot be used.
    InvalidId = "invalid-id",
    /// The same id twice.
    DuplicateId = "duplicate-id",
    /// A reference to something that is not there.
    DanglingReference = "dangling-reference",
    /// A reference to something of the wrong kind or place.
    InvalidReference = "invalid-reference",
    /// A sequence flow that leaves its process or sub-process.
    FlowCrossesScope = "flow-crosses-scope",
    /// A flow node at an end of a flow where none may be.
    MisplacedSequenceFlow = "misplaced-sequence-flow",
    /// A process or sub-process without a start event.
    MissingStartEvent = "missing-start-event",
    /// More than one start event without trigger.
    SeveralNoneStartEvents = "several-none-start-events",
    /// An event sub-process needs exactly one start event, with a trigger.
    EventSubProcessStart = "event-sub-process-start",
    /// A catching event without event definition.
    MissingEventDefinition = "missing-event-definition",
    /// An event definition where BPMN does not allow it.
    MisplacedEventDefinition = "misplaced-event-definition",
    /// Two handlers for the same message or error at the same place.
    DuplicateEventHandler = "duplicate-event-handler",
    /// What undoes an activity is not marked, missing, or has flows.
    CompensationHandler = "compensation-handler",
    /// A transaction that can be given up has no way out for that.
    MissingCancelBoundaryEvent = "missing-cancel-boundary-event",
    /// An exclusive gateway's flow has no condition and is not the default.
    MissingCondition = "missing-condition",
    /// A flow out of a complex gateway that is taken at its activation and again at its reset.
    TakenTwice = "taken-twice",
    /// A condition where none is evaluated.
    MisplacedCondition = "misplaced-condition",
    /// A gateway is used in another direction than it says.
    GatewayDirection = "gateway-direction",
    /// No path leads to the element.
    UnreachableElement = "unreachable-element",
    /// A cycle in which nothing waits.
    CycleWithoutWaitState = "cycle-without-wait-state",
    /// An event-based gateway that leads to what it cannot wait for, or stands where it cannot start a process.
    EventBasedGateway = "event-based-gateway",
    /// A throwing link event whose name nothing catches.
    LinkWithoutTarget = "link-without-target",
    /// A FEEL expression that does not parse.
    FeelSyntaxError = "feel-syntax-error",
    /// A timer value that is no date, duration or cycle.
    InvalidTimer = "invalid-timer",
    /// A required attribute or extension element is absent.
    MissingAttribute = "missing-attribute",
    /// An attribute value that cannot be understood.
    InvalidAttribute = "invalid-attribute",
    /// Extensions or attributes that exclude each other.
    ConflictingExtensions = "conflicting-extensions",
    /// An extension element that does nothing where it stands.
    ExtensionWithoutEffect = "extension-without-effect",
    /// Camunda 7 extensions, which are not read.
    CamundaSevenExtension = "camunda-seven-extension",
    /// Extensions of another engine, which are not read.
    ForeignExtension = "foreign-extension",
    /// A BPMN element that hosk does not execute.
    UnsupportedElement = "unsupported-element",
    /// An element of the BPMN namespace that BPMN does not know there.
    UnknownElement = "unknown-element",
    /// A message flow between two executable pools, which is not delivered.
    MessageFlowNotDelivered = "message-flow-not-delivered",
    /// A message flow at an end where none may be, or inside one pool.
    MisplacedMessageFlow = "misplaced-message-flow",
    /// The ends of a message flow do not speak of the same message.
    MessageFlowMismatch = "message-flow-mismatch",
    /// What an element says about its sequence flows contradicts the flows.
    ContradictoryFlow = "contradictory-flow",
    /// A process or form that the file refers to is not deployed.
    UnresolvedResource = "unresolved-resource",
    /// A form that cannot be read.
    InvalidForm = "invalid-form",
    /// The root element is not DMN `definitions`.
    NotDmn = "not-dmn",
    /// A decision table that is contradictory or incomplete.
    InvalidDecisionTable = "invalid-decision-table",
    /// A boxed expression that is contradictory or incomplete.
    InvalidBoxedExpression = "invalid-boxed-expression",
    /// A part of a decision model has no expression.
    MissingExpression = "missing-expression",
    /// An expression in another language than FEEL.
    UnsupportedExpressionLanguage = "unsupported-expression-language",
    /// A function whose body is outside of the model: Java, PMML.
    ExternalFunction = "external-function",
    /// A type that is not defined.
    UnknownType = "unknown-type",
    /// A decision that requires itself.
    CyclicRequirement = "cyclic-requirement",
    /// An imported model that is not there.
    UnresolvedImport = "unresolved-import",
    /// More problems than are shown.
    TooManyProblems = "too-many-problems",
}

impl fmt::Display for DiagnosticCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::DiagnosticCode;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_kebab_case() {
        let texts: BTreeSet<_> = DiagnosticCode::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), DiagnosticCode::ALL.len());
        assert!(texts.iter().all(|t| t.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}
