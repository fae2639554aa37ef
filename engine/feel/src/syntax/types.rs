//! Type names (grammar rule 53): after `instance of` and in parameters.

use std::sync::Arc;

use super::lexer::{Token, continues_name, is_space};
use super::{Parsed, Parser};
use crate::Type;

/// The types without arguments.
const SIMPLE: [(&str, Type); 11] = [
    ("years and months duration", Type::YearsDuration),
    ("days and time duration", Type::DaysDuration),
    ("date and time", Type::DateTime),
    ("boolean", Type::Boolean),
    ("function", Type::AnyFunction),
    ("number", Type::Number),
    ("string", Type::String),
    ("date", Type::Date),
    ("time", Type::Time),
    ("Null", Type::Null),
    ("Any", Type::Any),
];

impl Parser<'_> {
    /// A type; nests within the limit of expressions.
    pub(super) fn type_name(&mut self) -> Parsed<Type> {
        self.nested(Self::type_inside)
    }

    fn type_inside(&mut self) -> Parsed<Type> {
        if let Token::Quoted(name) = &self.token {
            let found = self.types.type_named(name);
            return match found {
                Some(of) => {
                    self.advance()?;
                    Ok(of)
                }
                None => Err(self.unknown_type()),
            };
        }
        if self.token != Token::Word && !self.at_keyword("function") {
            return Err(self.unexpected("a type"));
        }
        let start = self.start();
        if let Some((of, length)) = self.longest_type() {
            self.continue_at(start + length)?;
            return if of == Type::AnyFunction { self.function_type() } else { Ok(of) };
        }
        match self.word() {
            "list" => Ok(Type::List(Arc::new(self.type_argument()?))),
            "range" => Ok(Type::Range(Arc::new(self.type_argument()?))),
            "context" => self.context_type(),
            _ => Err(self.unknown_type()),
        }
    }

    #[expect(clippy::unnecessary_box_returns, reason = "errors travel boxed")]
    fn unknown_type(&self) -> Box<crate::SyntaxError> {
        let hint = "FEEL knows number, string, boolean, date, time, date and time, days and time duration, \
                    years and months duration, list<…>, context<…>, range<…>, function<…>->…, Any and Null";
        self.error(format!("`{:.60}` is not a known type", self.word()), Some(hint))
    }

    /// The longest simple or given type name here, and its length.
    fn longest_type(&self) -> Option<(Type, usize)> {
        let rest = &self.text()[self.start()..];
        let given =
            self.types.types().iter().filter_map(|(name, of)| Some((of.clone(), starts_with(rest, name)?)));
        let simple = SIMPLE.iter().filter_map(|(name, of)| Some((of.clone(), starts_with(rest, name)?)));
        given.chain(simple).max_by_key(|(_, length)| *length)
    }

    /// The word and an optional type in angle brackets.
    fn type_argument(&mut self) -> Parsed<Type> {
        self.advance()?;
        if !self.accept(&Token::Less)? {
            return Ok(Type::Any);
        }
        let of = self.type_name()?;
        self.expect(&Token::Greater, "`>`")?;
        Ok(of)
    }

    fn context_type(&mut self) -> Parsed<Type> {
        self.advance()?;
        let mut members = Vec::new();
        if self.accept(&Token::Less)? {
            while self.token != Token::Greater {
                let name = self.declared_name("a member name", |rest| rest.find(':'))?;
                self.expect(&Token::Colon, "`:`")?;
                members.push((name, self.type_name()?));
                if !self.accept(&Token::Comma)? {
                    break;
                }
            }
            self.expect(&Token::Greater, "`,` or `>`")?;
        }
        Ok(Type::Context(members.into()))
    }

    /// After `function`: `<parameter types>->result type`.
    fn function_type(&mut self) -> Parsed<Type> {
        if !self.accept(&Token::Less)? {
            return Ok(Type::AnyFunction);
        }
        let mut parameters = Vec::new();
        while self.token != Token::Greater {
            parameters.push(self.type_name()?);
            if !self.accept(&Token::Comma)? {
                break;
            }
        }
        self.expect(&Token::Greater, "`,` or `>`")?;
        self.expect(&Token::Arrow, "`->`")?;
        Ok(Type::Function(parameters.into(), Arc::new(self.type_name()?)))
    }
}

/// The length of the beginning of `text` that is `name`, which may be broken at its spaces.
fn starts_with(text: &str, name: &str) -> Option<usize> {
    let mut rest = text;
    for (i, word) in name.split(' ').enumerate() {
        if i > 0 {
            let trimmed = rest.trim_start_matches(is_space);
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        }
        rest = rest.strip_prefix(word)?;
    }
    let ends = !name.ends_with(continues_name) || !rest.starts_with(continues_name);
    ends.then_some(text.len() - rest.len())
}
