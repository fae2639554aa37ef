//! Context functions (DMN 1.5, table 81, and the shorthands `put`, `put all`).

use std::sync::Arc;

use super::arguments::null;
use super::{Arguments, BuiltIn, Result, function};
use crate::eval::{check_extent, describe};
use crate::value::{Context, ContextBuilder, Value};

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("get value", &["m, key", "context, key", "context, keys"], get_value),
    function("get entries", &["m", "context"], get_entries),
    function("context", &["entries"], context),
    function("context put", &["context, key, value", "context, keys, value"], context_put),
    function("put", &["context, key, value"], context_put),
    function("context merge", &["contexts*"], context_merge),
    function("put all", &["contexts*"], context_merge),
];

/// The path that a key or list of keys stands for.
fn path(a: &mut Arguments<'_, '_, '_>, index: usize) -> Result<Vec<Arc<str>>> {
    match a.raw(index) {
        Value::String(key) => Ok(vec![key.clone()]),
        Value::List(keys) if !keys.is_empty() => {
            a.charge(keys.len())?;
            let texts: Option<Vec<Arc<str>>> = keys
                .items()
                .iter()
                .map(|key| if let Value::String(key) = key { Some(key.clone()) } else { None })
                .collect();
            texts.map_or_else(|| null("the path has a key that is no string"), Ok)
        }
        Value::List(_) => null("the path is empty"),
        other => null(format!("the key should be a string or a list of strings, but is {}", describe(other))),
    }
}

fn get_value(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (context, path) = (a.context(0)?, path(a, 1)?);
    a.charge(path.len())?;
    let names: Vec<&str> = path.iter().map(|name| &**name).collect();
    match context.at_path(&names) {
        Some(value) => Ok(value.clone()),
        None => null(format!("the context has no member `{}`", names.join("."))),
    }
}

fn get_entries(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let context = a.context(0)?;
    a.charge(context.len() * 4)?;
    let mut entries = Vec::with_capacity(context.len());
    for (name, value) in context.entries() {
        let entry = Context::from_iter([("key", Value::String(name.clone())), ("value", value.clone())]);
        check_extent(entry.extent())?;
        entries.push(Value::Context(entry));
    }
    a.make_list(entries)
}

/// A context from contexts with `key` and `value`.
fn context(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    a.charge(list.len() * 4)?;
    let mut builder = ContextBuilder::default();
    let mut seen = std::collections::BTreeSet::new();
    for entry in list.items() {
        let Value::Context(entry) = entry else {
            return null(format!("an entry is {}, not a context with `key` and `value`", describe(entry)));
        };
        let (Some(Value::String(key)), Some(value)) = (entry.get("key"), entry.get("value")) else {
            return null("an entry lacks `key` (a string) or `value`");
        };
        if !seen.insert(key.clone()) {
            return null(format!("the key `{key}` occurs twice"));
        }
        builder.put(key.clone(), value.clone());
    }
    a.make_context(builder)
}

fn context_put(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (context, path) = (a.context(0)?, path(a, 1)?);
    if path.len() > usize::from(crate::MAX_VALUE_DEPTH) {
        return null(format!("the path has more than {} keys", crate::MAX_VALUE_DEPTH));
    }
    put(a, Some(context), &path, a.raw(2))
}

/// The context with the value at the path; contexts that the path needs are made.
fn put(
    a: &mut Arguments<'_, '_, '_>,
    context: Option<&Context>,
    path: &[Arc<str>],
    value: &Value,
) -> Result<Value> {
    a.charge(context.map_or(0, Context::len) * 3)?;
    let Some((name, rest)) = path.split_first() else { return null("the path is empty") };
    let value = match (rest, context.and_then(|context| context.get(name))) {
        ([], _) => value.clone(),
        (rest, Some(Value::Context(inner))) => put(a, Some(inner), rest, value)?,
        (rest, None | Some(Value::Null)) => put(a, None, rest, value)?,
        (_, Some(other)) => return null(format!("`{name}` is {}, not a context", describe(other))),
    };
    // Copied last: a path that leads nowhere costs no copy.
    let mut builder = context.map_or_else(ContextBuilder::default, ContextBuilder::from_context);
    builder.put(name.clone(), value);
    a.make_context(builder)
}

/// All members; of those with the same name the last.
fn context_merge(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let items = a.items()?;
    let mut contexts = Vec::with_capacity(items.len());
    for item in items.items() {
        let Value::Context(context) = item else { return null(format!("{} is no context", describe(item))) };
        a.charge(context.len() * 2)?;
        contexts.push(context);
    }
    let Some((first, others)) = contexts.split_first() else {
        return a.make_context(ContextBuilder::default());
    };
    let mut builder = ContextBuilder::from_context(first);
    for (name, value) in others.iter().flat_map(|context| context.entries()) {
        builder.put(name.clone(), value.clone());
    }
    a.make_context(builder)
}
