//! Functions with regular expressions, in the dialect of XPath 3.1 but for back-references. Finding a match takes linear
//! time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Captures, Regex, RegexBuilder};

use super::arguments::null;
use super::{Arguments, BuiltIn, Result, function};
use crate::value::Value;

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("matches", &["input, pattern, flags?"], matches),
    function("replace", &["input, pattern, replacement, flags?"], replace),
    function("split", &["string, delimiter"], split),
    function("extract", &["string, pattern"], extract),
];

/// Compiled patterns that are kept per expression.
const KEPT: usize = 64;
/// Compiled sizes in bytes to try, and the work one character of input then counts for, in eighths.
const SIZES: [(usize, usize); 4] = [(1 << 14, 1), (1 << 16, 4), (1 << 18, 16), (1 << 20, 64)];

/// Bytes that are searched in no time.
const LONG_REST: usize = 4_096;

/// Steps that compiling a pattern counts for: always, and by weight.
const COMPILING: usize = 10_000;
const COMPILING_BY_WEIGHT: usize = 2_000;

/// The compiled patterns of an expression.
#[derive(Debug, Default)]
pub(crate) struct Patterns(Mutex<BTreeMap<(String, String), Pattern>>);

#[derive(Clone, Debug)]
struct Pattern {
    regex: Arc<Regex>,
    weight: usize,
}

impl Pattern {
    /// Charges for matching against so many bytes.
    fn charge(&self, a: &mut Arguments<'_, '_, '_>, length: usize) -> Result<()> {
        a.charge(length / 8 * self.weight + 1)
    }
}

fn pattern(a: &mut Arguments<'_, '_, '_>, text: &str, flags: &str) -> Result<Pattern> {
    a.charge((text.len() + flags.len()) / 16)?;
    let key = (text.to_owned(), flags.to_owned());
    let patterns = a.machine.patterns.clone();
    let kept = patterns.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    let pattern = if let Some(pattern) = kept {
        pattern
    } else {
        a.charge(COMPILING + text.len() * 16)?;
        let pattern = compiled(text, flags)?;
        a.machine.refund(COMPILING + text.len() * 16);
        let mut kept = patterns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key.clone(), pattern.clone());
        pattern
    };
    // Each evaluation pays once for each pattern, kept or not: what it costs must not depend on those before it.
    if a.machine.patterns_used.insert(key) {
        a.charge(COMPILING + text.len() * 16 + pattern.weight * COMPILING_BY_WEIGHT)?;
    }
    Ok(pattern)
}

fn compiled(text: &str, flags: &str) -> Result<Pattern> {
    let has = |flag: char| flags.contains(flag);
    if let Some(unknown) = flags.chars().find(|flag| !"smixq".contains(*flag)) {
        return null(format!("`{unknown}` is no flag; the flags are s, m, i, x and q"));
    }
    let translated = if has('q') { regex::escape(text) } else { translated(text, has('x'), has('s'))? };
    let mut why = String::new();
    for (size, weight) in SIZES {
        let built = RegexBuilder::new(&translated)
            .case_insensitive(has('i'))
            .multi_line(has('m'))
            .dot_matches_new_line(has('s'))
            .size_limit(size)
            .dfa_size_limit(size * 4)
            .nest_limit(100)
            .build();
        match built {
            Ok(regex) => return Ok(Pattern { regex: Arc::new(regex), weight }),
            Err(regex::Error::CompiledTooBig(_)) => why = "it is too large".into(),
            Err(error) => {
                why = error.to_string().lines().last().unwrap_or_default().trim().into();
                break;
            }
        }
    }
    null(format!("`{text:.60}` is no regular expression: {why}"))
}

/// Unicode blocks by their XML Schema names.
const BLOCKS: [(&str, &str); 16] = [
    ("BasicLatin", r"\x{0}-\x{7F}"),
    ("Latin-1Supplement", r"\x{80}-\x{FF}"),
    ("LatinExtended-A", r"\x{100}-\x{17F}"),
    ("LatinExtended-B", r"\x{180}-\x{24F}"),
    ("Greek", r"\x{370}-\x{3FF}"),
    ("GreekandCoptic", r"\x{370}-\x{3FF}"),
    ("Cyrillic", r"\x{400}-\x{4FF}"),
    ("Armenian", r"\x{530}-\x{58F}"),
    ("Hebrew", r"\x{590}-\x{5FF}"),
    ("Arabic", r"\x{600}-\x{6FF}"),
    ("GeneralPunctuation", r"\x{2000}-\x{206F}"),
    ("CurrencySymbols", r"\x{20A0}-\x{20CF}"),
    ("Hiragana", r"\x{3040}-\x{309F}"),
    ("Katakana", r"\x{30A0}-\x{30FF}"),
    ("CJKUnifiedIdeographs", r"\x{4E00}-\x{9FFF}"),
    ("HangulSyllables", r"\x{AC00}-\x{D7A3}"),
];

/// The pattern in the syntax of the regex crate: class subtraction `[a-z-[aeiou]]` is `[a-z--[aeiou]]` there, the dot
/// matches no carriage return either, blocks are ranges, and some signs in classes mean nothing in XPath.
fn translated(pattern: &str, without_space: bool, dot_matches_all: bool) -> Result<String> {
    let mut out = String::with_capacity(pattern.len());
    let (mut level, mut at, mut before) = (0usize, 0, ' ');
    let spaceless = if without_space { without_space_outside_classes(pattern) } else { pattern.to_owned() };
    let rest = |at: usize| spaceless.get(at..).unwrap_or_default();
    while let Some(c) = rest(at).chars().next() {
        at += c.len_utf8();
        match c {
            '\\' => {
                let Some(escaped) = rest(at).chars().next() else {
                    return null("a backslash stands at the end");
                };
                at += escaped.len_utf8();
                at += append_escape(&mut out, escaped, rest(at))?;
            }
            '.' if level == 0 && !dot_matches_all => out.push_str(r"[^\n\r]"),
            '[' if level == 0 || before == '-' => {
                if level > 0 {
                    out.push('-');
                }
                level += 1;
                out.push('[');
                if rest(at).starts_with('^') {
                    out.push('^');
                    at += 1;
                }
            }
            '[' => out.push_str(r"\["),
            ']' if level > 0 => {
                level -= 1;
                out.push(']');
            }
            '&' | '~' if level > 0 => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
    Ok(out)
}

/// Appends what `\escaped` means; gives how much of the text after it belongs to it.
fn append_escape(out: &mut String, escaped: char, after: &str) -> Result<usize> {
    let class = |out: &mut String, negated: bool, inner: &str| {
        out.push_str(if negated { "[^" } else { "[" });
        out.push_str(inner);
        out.push(']');
    };
    match escaped {
        'i' | 'I' => class(out, escaped == 'I', r"\p{L}_:"),
        'c' | 'C' => class(out, escaped == 'C', r"\p{L}\p{Nd}._:\-"),
        'p' | 'P' if after.starts_with("{Is") => {
            let Some(end) = after.find('}') else { return null("`\\p{` is not closed") };
            let name = &after[3..end];
            let Some((_, range)) = BLOCKS.iter().find(|(block, _)| *block == name) else {
                return null(format!("the Unicode block `{name:.40}` is not supported"));
            };
            class(out, escaped == 'P', range);
            return Ok(end + 1);
        }
        _ => out.extend(['\\', escaped]),
    }
    Ok(0)
}

fn without_space_outside_classes(pattern: &str) -> String {
    let (mut level, mut escaped) = (0usize, false);
    pattern
        .chars()
        .filter(|c| {
            if level == 0 && c.is_whitespace() {
                return false;
            }
            match c {
                '[' if !escaped => level += 1,
                ']' if !escaped => level = level.saturating_sub(1),
                _ => {}
            }
            escaped = *c == '\\' && !escaped;
            true
        })
        .collect()
}

fn matches(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (input, text) = (a.text(0)?, a.text(1)?);
    let flags = a.optional_text(2)?.map_or("", |flags| flags);
    let pattern = pattern(a, text, flags)?;
    pattern.charge(a, input.len())?;
    Ok(Value::Boolean(pattern.regex.is_match(input)))
}

fn split(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (input, delimiter) = (a.text(0)?, a.text(1)?);
    let pattern = pattern(a, delimiter, "")?;
    pattern.charge(a, input.len())?;
    a.charge(input.len() / 8)?;
    let mut parts = Vec::new();
    let mut end = 0;
    for found in pattern.regex.find_iter(input) {
        parts.push(Value::from(&input[end..found.start()]));
        end = found.end();
        found_one(a, parts.len(), input.len() - end)?;
    }
    parts.push(Value::from(&input[end..]));
    a.make_list(parts)
}

/// After a match: there may be so many, and the search for the next one may look at all the rest, which makes finding
/// them all quadratic for some patterns. So the time is looked at.
fn found_one(a: &mut Arguments<'_, '_, '_>, found: usize, rest: usize) -> Result<()> {
    a.charge(1)?;
    a.machine.check_collection(found)?;
    if rest > LONG_REST {
        a.machine.look_at_time()?;
    }
    Ok(())
}

/// All parts of the string that match.
fn extract(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (input, text) = (a.text(0)?, a.text(1)?);
    let pattern = pattern(a, text, "")?;
    pattern.charge(a, input.len())?;
    a.charge(input.len() / 8)?;
    let mut parts = Vec::new();
    for found in pattern.regex.find_iter(input) {
        parts.push(Value::from(found.as_str()));
        found_one(a, parts.len(), input.len() - found.end())?;
    }
    a.make_list(parts)
}

fn replace(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (input, text, replacement) = (a.text(0)?, a.text(1)?, a.text(2)?);
    let flags = a.optional_text(3)?.map_or("", |flags| flags);
    let pattern = pattern(a, text, flags)?;
    if pattern.regex.is_match("") {
        return null(format!("the pattern `{text:.60}` also matches nothing; replace `*` by `+`"));
    }
    pattern.charge(a, input.len())?;
    let parts = if flags.contains('q') {
        vec![Part::Text(replacement.to_string())]
    } else {
        replacement_parts(replacement, pattern.regex.captures_len() - 1)?
    };
    let limit = a.machine.environment.limits.string;
    let (mut out, mut end) = (String::with_capacity(input.len()), 0);
    for captures in pattern.regex.captures_iter(input) {
        let whole = captures.get_match();
        out.push_str(&input[end..whole.start()]);
        append(&mut out, &parts, &captures);
        end = whole.end();
        found_one(a, 0, input.len() - end)?;
        if out.len() > limit {
            break;
        }
    }
    out.push_str(&input[end..]);
    a.make_string(out)
}

/// A piece of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

fn append(out: &mut String, parts: &[Part], captures: &Captures<'_>) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Group(group) => out.push_str(captures.get(*group).map_or("", |found| found.as_str())),
        }
    }
}

/// `$1` is a group, `\$` and `\\` are signs.
fn replacement_parts(text: &str, groups: usize) -> Result<Vec<Part>> {
    let (mut parts, mut plain) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(sign @ ('$' | '\\')) => plain.push(sign),
                _ => return null("in the replacement a backslash stands before `$` or another backslash"),
            },
            '$' => {
                let Some(mut group) = chars.next_if(char::is_ascii_digit).and_then(|c| c.to_digit(10)) else {
                    return null("in the replacement a digit follows `$`; write `\\$` for the sign");
                };
                // As many digits as still name a group.
                while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                    if (group * 10 + digit) as usize > groups {
                        break;
                    }
                    group = group * 10 + digit;
                    chars.next();
                }
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Group(group as usize));
            }
            c => plain.push(c),
        }
    }
    parts.push(Part::Text(plain));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::translated;

    fn show(pattern: &str, without_space: bool) -> String {
        translated(pattern, without_space, false).unwrap_or_else(|_| "refused".into())
    }

    #[test]
    fn classes_are_translated() {
        assert_eq!(show("[a-z-[aeiou]]", false), "[a-z--[aeiou]]");
        assert_eq!(show(r"[\[a]&&[b&&c.]", false), r"[\[a]&&[b\&\&c.]");
        assert_eq!(show("a b [ c]", true), "ab[ c]");
        assert_eq!(show(r"\ s.", true), r"\s[^\n\r]");
        assert_eq!(show(r"\p{IsGreek}\P{IsHebrew}", false), r"[\x{370}-\x{3FF}][^\x{590}-\x{5FF}]");
        assert_eq!(show(r"\p{IsKlingon}", false), "refused");
        assert_eq!(show(r"a\", false), "refused");
    }
}
