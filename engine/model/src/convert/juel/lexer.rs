//! The words of a JUEL expression.

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Number(String),
    Text(String),
    Name(String),
    /// An operator or bracket; words such as `and` stand here as their sign.
    Sign(&'static str),
}

/// Signs, longer ones first.
const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", "(", ")", "[", "]",
    ".", ",", "=", "|",
];

/// Words that are operators.
const WORDS: [(&str, &str); 12] = [
    ("eq", "=="),
    ("ne", "!="),
    ("lt", "<"),
    ("gt", ">"),
    ("le", "<="),
    ("ge", ">="),
    ("and", "&&"),
    ("or", "||"),
    ("not", "!"),
    ("div", "/"),
    ("mod", "%"),
    ("empty", "empty"),
];

/// Splits an expression; the error says what is no word.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first.is_ascii_digit() {
            length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            found.push(Token::Number(rest[..length].to_owned()));
        } else if first == '\'' || first == '"' {
            let (text, end) = quoted(rest, first)?;
            found.push(Token::Text(text));
            length = end;
        } else if first.is_alphabetic() || first == '_' {
            length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let word = &rest[..length];
            // Behind a dot every word is a property.
            let is_property = found.last() == Some(&Token::Sign("."));
            match WORDS.iter().find(|(known, _)| *known == word && !is_property) {
                Some((_, sign)) => found.push(Token::Sign(sign)),
                None => found.push(Token::Name(word.to_owned())),
            }
        } else {
            let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                return Err(format!("`{first}` has no counterpart"));
            };
            length = sign.len();
            found.push(Token::Sign(sign));
        }
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn quoted(rest: &str, quote: char) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Ok((text, at + 1));
        }
        if character == '\\' {
            text.extend(characters.next().map(|(_, escaped)| escaped));
        } else {
            text.push(character);
        }
    }
    Err("a text does not end".to_owned())
}
