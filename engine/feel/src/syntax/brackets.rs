//! Operands: literals, names, and everything in brackets (lists, ranges, contexts, parentheses).

use std::sync::Arc;

use super::ast::{Expr, Kind, RangeExpr};
use super::expressions::literal;
use super::lexer::{Token, is_keyword, is_space};
use super::names::is_plain_name;
use super::operators::Level;
use super::{Parsed, Parser};
use crate::number::Number;
use crate::value::Value;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let (start, span) = (self.start(), self.span);
        match &self.token {
            Token::Number => {
                let Some(number) = Number::parse(self.word()) else {
                    return Err(self.error(format!("the number `{:.40}` is too large", self.word()), None));
                };
                self.advance()?;
                Ok(literal(Value::Number(number), span))
            }
            Token::String(text) => {
                let value = Value::String(text.clone());
                self.advance()?;
                Ok(literal(value, span))
            }
            Token::At => self.at_literal(),
            Token::Word => self.word_operand(),
            Token::Quoted(_) => Ok(Expr { kind: Kind::Name(self.name()?), span }),
            Token::ParenOpen => {
                self.advance()?;
                self.nested(|parser| parser.parentheses(start))
            }
            Token::BracketOpen => {
                self.advance()?;
                self.nested(|parser| parser.list(start))
            }
            Token::BracketClose => {
                self.advance()?;
                self.nested(|parser| {
                    let low = parser.binary(Level::Sum)?;
                    parser.range_after(low, false, start)
                })
            }
            Token::BraceOpen => {
                self.advance()?;
                self.nested(|parser| parser.context(start))
            }
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn word_operand(&mut self) -> Parsed<Expr> {
        let span = self.span;
        if self.known_name().is_none() {
            let value = match self.word() {
                "true" => Some(Value::Boolean(true)),
                "false" => Some(Value::Boolean(false)),
                "null" => Some(Value::Null),
                // As functions `and` and `or` take a list.
                "and" | "or" if self.next_is('(') => None,
                word if is_keyword(word) => return Err(self.unexpected("an expression")),
                _ => None,
            };
            if let Some(value) = value {
                self.advance()?;
                return Ok(literal(value, span));
            }
        }
        let start = self.start();
        let name = self.name()?;
        Ok(Expr { kind: Kind::Name(name), span: self.span_from(start) })
    }

    /// `@"2024-02-29"`
    fn at_literal(&mut self) -> Parsed<Expr> {
        let start = self.start();
        self.advance()?;
        let Token::String(text) = &self.token else { return Err(self.unexpected("a string after `@`")) };
        let Some(value) = crate::temporal::parse_any(text) else {
            let hint = "write `@\"2024-12-31\"`, `@\"12:30:00\"`, `@\"2024-12-31T12:30:00\"`, `@\"P3D\"` or `@\"P1Y2M\"`";
            return Err(self.error(format!("`@\"{text:.60}\"` is no date, time or duration"), Some(hint)));
        };
        self.advance()?;
        Ok(literal(value, self.span_from(start)))
    }

    /// After `(`: an expression in parentheses, a range that excludes its lower end, or a comparison as a range.
    fn parentheses(&mut self, start: usize) -> Parsed<Expr> {
        if let Some(comparison) = self.comparison() {
            self.advance()?;
            let operand = self.binary(Level::Sum)?;
            self.expect(&Token::ParenClose, "`)`")?;
            let range = RangeExpr::Compared(comparison, operand);
            return Ok(Expr { kind: Kind::Range(Box::new(range)), span: self.span_from(start) });
        }
        let inner = self.expression()?;
        if self.token == Token::DotDot {
            return self.range_after(inner, false, start);
        }
        if !self.accept(&Token::ParenClose)? {
            return Err(self.unexpected("an operator or `)`"));
        }
        // A chain in parentheses must not be continued by an operator behind them: the parser only ever continues
        // what it is just reading, so nothing needs to be marked.
        Ok(Expr { span: self.span_from(start), ..inner })
    }

    /// After `[`: a list, or a range that includes its lower end.
    fn list(&mut self, start: usize) -> Parsed<Expr> {
        let mut items = Vec::new();
        while self.token != Token::BracketClose {
            items.push(self.list_item()?);
            if items.len() == 1
                && self.token == Token::DotDot
                && let Some(low) = items.pop()
            {
                return self.range_after(low, true, start);
            }
            if !self.accept(&Token::Comma)? {
                break;
            }
            if self.token == Token::BracketClose {
                return Err(self.unexpected("an expression"));
            }
        }
        self.expect(&Token::BracketClose, "`,` or `]`")?;
        Ok(Expr { kind: Kind::List(items), span: self.span_from(start) })
    }

    /// An expression, or a comparison as in `[< 5, > 10]`.
    fn list_item(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let Some(comparison) = self.comparison() else { return self.expression() };
        self.advance()?;
        let range = RangeExpr::Compared(comparison, self.binary(Level::Sum)?);
        Ok(Expr { kind: Kind::Range(Box::new(range)), span: self.span_from(start) })
    }

    /// The rest of a range, from `..` on.
    pub(super) fn range_after(&mut self, low: Expr, low_included: bool, start: usize) -> Parsed<Expr> {
        self.expect(&Token::DotDot, "`..`")?;
        let outer = std::mem::replace(&mut self.in_range_end, true);
        let high = self.binary(Level::Sum)?;
        self.in_range_end = outer;
        let high_included = match self.token {
            Token::BracketClose => true,
            Token::ParenClose | Token::BracketOpen => false,
            _ => return Err(self.unexpected("`]` or `)`")),
        };
        self.advance()?;
        let range = RangeExpr::Between { low, low_included, high, high_included };
        Ok(Expr { kind: Kind::Range(Box::new(range)), span: self.span_from(start) })
    }

    /// After `{`.
    fn context(&mut self, start: usize) -> Parsed<Expr> {
        let mut members: Vec<(Arc<str>, Expr)> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        while self.token != Token::BraceClose {
            let name = self.key()?;
            if !seen.insert(name.clone()) {
                let hint = Some("give each member of a context its own name");
                return Err(self.error(format!("the context has two members `{name}`"), hint));
            }
            self.expect(&Token::Colon, "`:`")?;
            members.push((name, self.expression()?));
            if !self.accept(&Token::Comma)? {
                break;
            }
        }
        self.expect(&Token::BraceClose, "`,` or `}`")?;
        Ok(Expr { kind: Kind::Context(members), span: self.span_from(start) })
    }

    /// A member's name: a string, or words and signs up to the colon.
    fn key(&mut self) -> Parsed<Arc<str>> {
        if let Token::String(text) = &self.token {
            let text = text.clone();
            self.advance()?;
            // Other characters could turn an operation further on into a name.
            if text.split(' ').all(|word| !word.is_empty() && is_plain_name(word) && !is_keyword(word)) {
                self.names.declare(&text);
            }
            return Ok(text);
        }
        if self.token == Token::Word && is_keyword(self.word()) && self.next_is(':') {
            let word: Arc<str> = self.word().into();
            self.advance()?;
            return Ok(word);
        }
        self.declared_name("a member name", |rest| rest.find(':'))
    }

    fn next_is(&self, sign: char) -> bool {
        self.text()[self.span.end as usize..].trim_start_matches(is_space).starts_with(sign)
    }
}
