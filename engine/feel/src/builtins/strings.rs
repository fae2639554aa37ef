//! String functions (DMN 1.5, table 74) without those that take regular expressions. Positions and lengths count
//! characters (code points), from 1; negative positions count from the end.

use std::sync::Arc;

use super::arguments::null;
use super::conversion::charge_for_text;
use super::{Arguments, BuiltIn, Result, function};
use crate::eval::describe;
use crate::number::Number;
use crate::value::{Value, feel_text};

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("substring", &["string, start position, length?"], substring),
    function("string length", &["string"], string_length),
    function("upper case", &["string"], |a| mapped(a, str::to_uppercase)),
    function("lower case", &["string"], |a| mapped(a, str::to_lowercase)),
    function("trim", &["string"], |a| mapped(a, |text| text.trim().to_owned())),
    function("substring before", &["string, match"], substring_before),
    function("substring after", &["string, match"], substring_after),
    function("contains", &["string, match"], |a| tested(a, |text, part| text.contains(part))),
    function("starts with", &["string, match"], |a| tested(a, |text, part| text.starts_with(part))),
    function("ends with", &["string, match"], |a| tested(a, |text, part| text.ends_with(part))),
    function("string join", &["list, delimiter?, prefix?, suffix?"], string_join),
    function("string format", &["template, values*"], string_format),
    function("is blank", &["string"], is_blank),
    function("to base64", &["value"], to_base64),
    function("uuid", &[""], uuid).impure(),
];

fn mapped(a: &mut Arguments<'_, '_, '_>, map: impl Fn(&str) -> String) -> Result<Value> {
    let text = a.text(0)?;
    a.charge(text.len() / 16)?;
    a.make_string(map(text))
}

fn is_blank(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let text = a.text(0)?;
    a.charge(text.len() / 16)?;
    Ok(Value::Boolean(text.trim().is_empty()))
}

fn tested(a: &mut Arguments<'_, '_, '_>, test: impl Fn(&str, &str) -> bool) -> Result<Value> {
    let (text, part) = (a.text(0)?, a.text(1)?);
    a.charge(text.len() / 64)?;
    Ok(Value::Boolean(test(text, part)))
}

fn string_length(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let text = a.text(0)?;
    a.charge(text.len() / 64)?;
    Ok(Value::Number(Number::from(text.chars().count())))
}

fn substring(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (text, start) = (a.text(0)?, a.whole_part(1)?);
    a.charge(text.len() / 16)?;
    let total = text.chars().count() as i64;
    let skip = match start {
        0 => return null("positions count from 1, the start position is 0"),
        1.. => start - 1,
        _ => total.saturating_add(start),
    };
    if !(0..total.max(1)).contains(&skip) {
        return null(format!("the start position {start} is outside the {total} characters"));
    }
    let count = if a.is_missing(2) { total } else { a.whole_part(2)? };
    if count < 1 && !a.is_missing(2) {
        return null(format!("the length is {count}"));
    }
    let part: String = text.chars().skip(skip as usize).take(count as usize).collect();
    a.make_string(part)
}

fn substring_before(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (text, part) = (a.text(0)?, a.text(1)?);
    a.charge(text.len() / 64)?;
    let before = text.find(&**part).map_or("", |at| &text[..at]);
    a.make_string(before)
}

fn substring_after(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (text, part) = (a.text(0)?, a.text(1)?);
    a.charge(text.len() / 64)?;
    let after = text.find(&**part).map_or("", |at| &text[at + part.len()..]);
    a.make_string(after)
}

fn string_join(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    let delimiter = a.optional_text(1)?.map_or("", |text| text);
    let (prefix, suffix) = (a.optional_text(2)?, a.optional_text(3)?);
    let mut out = String::from(prefix.map_or("", |text| text));
    let mut first = true;
    for (index, item) in list.items().iter().enumerate() {
        match item {
            Value::Null => continue,
            Value::String(text) => {
                a.charge((text.len() + delimiter.len()) / 16)?;
                if !first {
                    out.push_str(delimiter);
                }
                out.push_str(text);
            }
            other => return null(format!("item {} is {}, not a string", index + 1, describe(other))),
        }
        first = false;
        a.charge(1)?;
        check_length(a, out.len())?;
    }
    out.push_str(suffix.map_or("", |text| text));
    a.make_string(out)
}

/// Stops a growing string at the limit.
fn check_length(a: &mut Arguments<'_, '_, '_>, length: usize) -> Result<()> {
    if length > a.machine.environment.limits.string {
        a.machine.check_string(length)?;
    }
    Ok(())
}

/// `{name}` is the member of a context, `{1}` the item of a list or the argument; `{{` and `}}` are braces.
fn string_format(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let template = a.text(0)?.clone();
    a.charge(template.len() / 16)?;
    let mut out = String::with_capacity(template.len());
    let mut rest = &*template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let sign = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(sign) {
            out.push_str(sign);
            rest = after;
        } else if sign == "{" {
            let Some((name, after)) = rest.split_once('}') else {
                return null("the template has a `{` without `}`");
            };
            let value = placeholder(a, name.trim())?;
            charge_for_text(a, value)?;
            out.push_str(&feel_text(value));
            rest = after;
        } else {
            return null("the template has a `}` without `{`; write `}}` for a brace");
        }
        check_length(a, out.len())?;
        a.charge(1)?;
    }
    out.push_str(rest);
    a.make_string(out)
}

fn placeholder<'c>(a: &Arguments<'c, '_, '_>, name: &str) -> Result<&'c Value> {
    let position = name.parse::<usize>().ok().filter(|position| *position > 0);
    let found = match (a.raw(1), position) {
        (Value::Context(context), _) => context.get(name),
        (Value::List(list), Some(position)) if a.len() == 2 => list.items().get(position - 1),
        (_, Some(position)) => a.values.get(position),
        _ => None,
    };
    found.map_or_else(|| null(format!("there is no value for `{{{name}}}`")), Ok)
}

fn to_base64(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = a.text(0)?;
    a.machine.check_string(text.len() / 3 * 4)?;
    let mut out = String::with_capacity(text.len() / 3 * 4 + 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let used = digit <= chunk.len();
            let index = (bits >> (18 - 6 * digit)) as usize & 63;
            out.push(if used { char::from(DIGITS[index]) } else { '=' });
        }
    }
    a.make_string(out)
}

/// A version 4 UUID, pseudo-random from the environment's seed.
fn uuid(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (high, low) = (a.machine.next_random(), a.machine.next_random());
    let bits = u128::from(high) << 64 | u128::from(low);
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let text = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    a.make_string(Arc::<str>::from(text))
}
