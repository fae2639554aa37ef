//! Characters to tokens, one at a time: the parser may move the place, because only it knows which words are one name.

use std::sync::Arc;

use super::Parsed;
use super::ast::Span;
use crate::{Position, SyntaxError};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    End,
    Number,
    String(Arc<str>),
    /// A word: keyword or part of a name.
    Word,
    /// A name in back-ticks.
    Quoted(Arc<str>),
    At,
    Plus,
    Minus,
    Star,
    StarStar,
    Slash,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    ParenOpen,
    ParenClose,
    BracketOpen,
    BracketClose,
    BraceOpen,
    BraceClose,
    Comma,
    Colon,
    Dot,
    DotDot,
    Arrow,
}

pub(super) struct Lexer<'t> {
    pub(super) text: &'t str,
    /// Byte offset of the next token or the white space before it.
    pub(super) at: usize,
}

/// White space and line ends of grammar rules 61 and 62.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, '\u{9}'..='\u{d}' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200b}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}')
}

/// Grammar rule 28.
pub(super) fn starts_name(c: char) -> bool {
    matches!(c, '?' | '_' | 'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
        && !is_space(c)
}

/// Grammar rule 29.
pub(super) fn continues_name(c: char) -> bool {
    starts_name(c)
        || c.is_ascii_digit()
        || matches!(c, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Words that are never a name by themselves.
pub(super) fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "else"
            | "for"
            | "in"
            | "return"
            | "some"
            | "every"
            | "satisfies"
            | "between"
            | "and"
            | "or"
            | "function"
            | "true"
            | "false"
            | "null"
    )
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn error<T>(&self, offset: usize, what: String, hint: Option<&str>) -> Parsed<T> {
        let position = Position::of(self.text, offset);
        Err(Box::new(SyntaxError { position, what, hint: hint.map(Into::into) }))
    }

    /// Passes white space and comments.
    pub(super) fn skip_space(&mut self) -> Parsed<()> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(is_space).len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            } else if let Some(comment) = rest.strip_prefix("/*") {
                match comment.find("*/") {
                    Some(length) => self.at += length + 4,
                    None => {
                        return self.error(
                            self.at,
                            "the comment is not closed".into(),
                            Some("close it with `*/`"),
                        );
                    }
                }
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn next(&mut self) -> Parsed<(Token, Span)> {
        self.skip_space()?;
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok((Token::End, Span::new(start, start)));
        };
        let token = match first {
            '"' => self.string()?,
            '`' => self.quoted_name()?,
            '0'..='9' => self.number(),
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
            c if starts_name(c) => {
                let rest = self.rest();
                self.at += rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
                Token::Word
            }
            _ => self.sign(first)?,
        };
        Ok((token, Span::new(start, self.at)))
    }

    fn sign(&mut self, first: char) -> Parsed<Token> {
        const SIGNS: [(&str, Token); 24] = [
            ("**", Token::StarStar),
            ("!=", Token::NotEqual),
            ("<=", Token::LessOrEqual),
            (">=", Token::GreaterOrEqual),
            ("..", Token::DotDot),
            ("->", Token::Arrow),
            ("+", Token::Plus),
            ("-", Token::Minus),
            ("*", Token::Star),
            ("/", Token::Slash),
            ("=", Token::Equal),
            ("<", Token::Less),
            (">", Token::Greater),
            ("(", Token::ParenOpen),
            (")", Token::ParenClose),
            ("[", Token::BracketOpen),
            ("]", Token::BracketClose),
            ("{", Token::BraceOpen),
            ("}", Token::BraceClose),
            (",", Token::Comma),
            (":", Token::Colon),
            (".", Token::Dot),
            ("@", Token::At),
            ("\u{2026}", Token::DotDot),
        ];
        for (sign, token) in SIGNS {
            if self.rest().starts_with(sign) {
                self.at += sign.len();
                return Ok(token);
            }
        }
        let hint = match first {
            '\'' | '“' | '”' | '‘' | '’' => Some("strings stand in straight double quotes"),
            '&' => Some("conjunction is written `and`"),
            '|' => Some("disjunction is written `or`"),
            '!' => Some("negation is written `not(…)`"),
            '%' => Some("the remainder is `modulo(a, b)`"),
            _ => None,
        };
        self.error(self.at, format!("`{first}` has no meaning here"), hint)
    }

    fn number(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        self.at = digits(self.at);
        if bytes.get(self.at) == Some(&b'.') && bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) {
            self.at = digits(self.at + 1);
        }
        if let Some(b'e' | b'E') = bytes.get(self.at) {
            let sign = usize::from(matches!(bytes.get(self.at + 1), Some(b'+' | b'-')));
            let end = digits(self.at + 1 + sign);
            if end > self.at + 1 + sign {
                self.at = end;
            }
        }
        Token::Number
    }

    fn quoted_name(&mut self) -> Parsed<Token> {
        let inner = &self.rest()[1..];
        match inner.find('`') {
            Some(length) => {
                self.at += length + 2;
                Ok(Token::Quoted(inner[..length].into()))
            }
            None => self.error(self.at, "the name is not closed".into(), Some("close it with a back-tick")),
        }
    }

    fn string(&mut self) -> Parsed<Token> {
        let start = self.at;
        let inner = &self.rest()[1..];
        // The usual string has no escapes.
        if let Some(length) = inner.find(['"', '\\'])
            && inner.as_bytes()[length] == b'"'
        {
            self.at += length + 2;
            return Ok(Token::String(inner[..length].into()));
        }
        let mut out = String::new();
        let mut chars = inner.char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += offset + 2;
                    return Ok(Token::String(out.into()));
                }
                '\\' => {
                    let length = unescape(&inner[offset..], &mut out);
                    // The escape's other characters are ASCII.
                    for _ in 1..length {
                        chars.next();
                    }
                }
                c => out.push(c),
            }
        }
        self.error(start, "the string is not closed".into(), Some("close it with `\"`"))
    }
}

/// Appends what the escape at the start of `text` stands for; gives its length in characters. What is no escape of
/// FEEL stays as it is, so that regular expressions can be written without doubling backslashes.
fn unescape(text: &str, out: &mut String) -> usize {
    let code = |from: usize, length: usize| {
        let digits = text.get(from..from + length)?;
        if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            u32::from_str_radix(digits, 16).ok()
        } else {
            None
        }
    };
    let simple = match text.as_bytes().get(1) {
        Some(b'n') => Some('\n'),
        Some(b'r') => Some('\r'),
        Some(b't') => Some('\t'),
        Some(b'"') => Some('"'),
        Some(b'\'') => Some('\''),
        Some(b'\\') => Some('\\'),
        _ => None,
    };
    if let Some(c) = simple {
        out.push(c);
        return 2;
    }
    let found = match text.as_bytes().get(1) {
        Some(b'u') => code(2, 4).and_then(|high| match (high, text.get(6..8), code(8, 4)) {
            (0xd800..=0xdbff, Some("\\u"), Some(low @ 0xdc00..=0xdfff)) => {
                char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).map(|c| (c, 12))
            }
            _ => char::from_u32(high).map(|c| (c, 6)),
        }),
        Some(b'U') => code(2, 6).and_then(char::from_u32).map(|c| (c, 8)),
        _ => None,
    };
    let (c, length) = found.unwrap_or(('\\', 1));
    out.push(c);
    length
}
