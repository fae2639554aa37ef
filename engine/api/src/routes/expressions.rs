//! FEEL on request.

mod phrases;

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::ElementInstanceKey;
use hosk_feel::{Environment, Expression, Json, Names};
use hosk_store::read::Filter;

use super::user_tasks::visible;
use crate::answer::{answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::codes;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::problem::Problem;
use crate::shape::{Object, key, name, tenant, variables};

/// Longest expression, in characters.
const EXPRESSION_MAX: usize = 100_000;

static EVALUATE: Object = Object {
    name: "ExpressionEvaluationRequest",
    fields: &[
        name("expression", EXPRESSION_MAX, "FEEL, with or without the `=` before it.").required(),
        variables("Variables; they hide those of the scope."),
        key("scopeKey", "An element instance whose visible variables may be read."),
        tenant(),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Expression",
        vec![
            post("/v2/expression/evaluation", "evaluateExpression", "Evaluate a FEEL expression.", evaluate)
                .access(Access::Worker)
                .takes(&EVALUATE)
                .answers::<Evaluated>(),
        ],
    )
}

answer! {
    /// The value, and why parts of it are null.
    Evaluated {
        expression: String,
        result: Json,
        warnings: Vec<WarningAnswer>,
        /// Newer clients ask for it; there are no secrets in expressions here.
        referenced_secrets: Vec<String>,
    }
}

answer! {
    /// Why a part came out as null.
    WarningAnswer {
        message: String,
    }
}

async fn evaluate(mut call: Call) -> Outcome {
    let mut body = call.json(&EVALUATE).await?;
    let text = body.required_text("expression");
    let mut known = BTreeMap::new();
    if let Some(scope) = body.key("scopeKey") {
        for row in visible(&call, ElementInstanceKey(scope), Filter::everything(), true).await? {
            known.insert(row.name.to_string(), Json::parse(&*row.value).unwrap_or_else(|_| Json::null()));
        }
    }
    known.extend(body.variables().into_iter().map(|(name, value)| (name.to_string(), value)));
    let source = Arc::<str>::from(text.trim_start().strip_prefix('=').unwrap_or(&text));
    let environment = call.app.engine.environment(&body.tenant()?);
    let evaluated = tokio::task::spawn_blocking(move || run(&source, &known, &environment));
    let (result, warnings) =
        evaluated.await.map_err(|_| Problem::internal("The evaluation broke off; it is logged."))??;
    ok(&Evaluated { expression: text, result, warnings, referenced_secrets: Vec::new() })
}

/// Compiles and evaluates; a matter of the processor, not of waiting.
fn run(
    text: &str,
    variables: &BTreeMap<String, Json>,
    environment: &Environment,
) -> Result<(Json, Vec<WarningAnswer>), Problem> {
    let expression = Expression::compile(text, &Names::new(variables.keys().cloned())).map_err(|errors| {
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Problem::invalid_argument(format!("Failed to parse expression: {}.", errors.join("; ")))
            .coded(codes::FEEL_SYNTAX_ERROR)
    })?;
    let outcome = expression.evaluate(variables, environment).map_err(|error| {
        Problem::invalid_argument(format!("`expression` has no value: {error}."))
            .coded(codes::FEEL_EVALUATION)
    })?;
    let own = outcome.warnings.iter().map(ToString::to_string);
    let known = outcome.warnings.iter().filter_map(|warning| phrases::known_as(&warning.what));
    let warnings = own.chain(known).map(|message| WarningAnswer { message });
    Ok((outcome.value.to_json(), warnings.collect()))
}
