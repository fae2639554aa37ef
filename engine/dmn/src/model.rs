//! The compiled decision model: the entrance to this crate.

use std::sync::Arc;

use hosk_feel::{Environment, Variables};
use hosk_xml::Diagnostic;

use crate::compile::{self, Compiled, Lenient};
use crate::evaluation::{Evaluation, Failure};
use crate::graph::{Graph, NodeKind};
use crate::run;

/// A compiled DMN file. Cloning shares it.
#[derive(Clone, Debug)]
pub struct DecisionModel(Arc<Graph>);

/// A decision of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Its `id`.
    pub id: Arc<str>,
    /// Its `name`.
    pub name: Arc<str>,
    /// `zeebe:versionTag` of its extension elements.
    pub version_tag: Option<Arc<str>>,
    /// What its logic is.
    pub kind: DecisionKind,
}

/// What the logic of a decision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    /// `decisionTable`
    DecisionTable,
    /// `literalExpression`
    LiteralExpression,
    /// `context`
    Context,
    /// `invocation`
    Invocation,
    /// `list`
    List,
    /// `relation`
    Relation,
    /// `functionDefinition`
    FunctionDefinition,
    /// `conditional`
    Conditional,
    /// `filter`
    Filter,
    /// `for`, `some` or `every`
    Iterator,
    /// A decision without logic; its output is null.
    Undefined,
    /// Not a decision but a decision service.
    DecisionService,
    /// Not a decision but a business knowledge model.
    BusinessKnowledgeModel,
}

impl DecisionKind {
    /// As the REST API spells it: `DECISION_TABLE`, `LITERAL_EXPRESSION`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DecisionTable => "DECISION_TABLE",
            Self::LiteralExpression => "LITERAL_EXPRESSION",
            Self::Context => "CONTEXT",
            Self::Invocation => "INVOCATION",
            Self::List => "LIST",
            Self::Relation => "RELATION",
            Self::FunctionDefinition => "FUNCTION_DEFINITION",
            Self::Conditional => "CONDITIONAL",
            Self::Filter => "FILTER",
            Self::Iterator => "ITERATOR",
            Self::Undefined => "UNDEFINED",
            Self::DecisionService => "DECISION_SERVICE",
            Self::BusinessKnowledgeModel => "BUSINESS_KNOWLEDGE_MODEL",
        }
    }
}

/// What happens when the rules that match contradict a table's hit policy: several with UNIQUE, different outputs with
/// ANY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// As DMN says: the output is null, with a warning.
    #[default]
    Standard,
    /// The evaluation fails. This is what an engine wants: a null that nobody reads is worse than an incident.
    Strict,
}

impl DecisionModel {
    /// Compiles a DMN XML file that imports nothing. Never panics, whatever the bytes are.
    ///
    /// # Errors
    /// Everything that is wrong with the file, by position; warnings are among them.
    pub fn compile(xml: &[u8]) -> Result<Compiled, Vec<Diagnostic>> {
        compile::strict(xml, &[])
    }

    /// Compiles a DMN XML file together with the files it imports, directly or through others, in any order.
    ///
    /// # Errors
    /// As [`DecisionModel::compile`], and what is wrong with the imported files.
    pub fn compile_with_imports(xml: &[u8], imported: &[&[u8]]) -> Result<Compiled, Vec<Diagnostic>> {
        compile::strict(xml, imported)
    }

    /// As [`DecisionModel::compile_with_imports`], but what cannot be compiled evaluates to null with a warning, so
    /// that the rest can be used. For conformance tests and editors; deployments refuse such files.
    ///
    /// # Errors
    /// The one reason why the file cannot be read at all.
    pub fn compile_leniently(xml: &[u8], imported: &[&[u8]]) -> Result<Lenient, Vec<Diagnostic>> {
        compile::lenient(xml, imported)
    }

    pub(crate) fn new(graph: Graph) -> Self {
        Self(Arc::new(graph))
    }

    /// The `id` of its `definitions`; empty when it has none.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The `name` of its `definitions`; empty when it has none.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The decisions of the file in document order, imported ones left out.
    pub fn decisions(&self) -> impl Iterator<Item = Decision> + '_ {
        self.0.own.iter().filter_map(|index| {
            let node = self.0.node(*index);
            let NodeKind::Decision(decision) = &node.element.kind else { return None };
            Some(Decision {
                id: node.element.id.clone(),
                name: node.element.name.clone(),
                version_tag: decision.version_tag.clone(),
                kind: decision.logic.kind(),
            })
        })
    }

    /// The ids of everything that [`DecisionModel::evaluate`] takes: decisions, decision services and business
    /// knowledge models of the file, with their names.
    pub fn invocables(&self) -> impl Iterator<Item = (&str, &str, DecisionKind)> {
        self.0.own.iter().filter_map(|index| {
            let element = &self.0.node(*index).element;
            Some((&*element.id, &*element.name, element.invocable_kind()?))
        })
    }

    /// Evaluates a decision, or a decision service (its output decisions) or business knowledge model (its parameters
    /// are variables), given by its id.
    ///
    /// Input data and whatever else the expressions name are variables. A text from JSON becomes a date, time or
    /// duration where the input data's type says so. Time, zone, seed and limits come with the environment; the limits
    /// hold for all decisions together.
    ///
    /// # Errors
    /// There is no such decision, a limit was reached, an assertion failed, or a hit policy was violated under
    /// [`Strictness::Strict`]. All else that goes wrong is null and a warning.
    pub fn evaluate(
        &self,
        decision_id: &str,
        variables: &dyn Variables,
        environment: &Environment,
        strictness: Strictness,
    ) -> Result<Evaluation, Box<Failure>> {
        run::evaluate(&self.0, decision_id, variables, environment, strictness)
    }
}
