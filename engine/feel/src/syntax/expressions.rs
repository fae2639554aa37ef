//! Expressions that start with a keyword, signs before operands, and what follows an operand.

use std::sync::Arc;

use super::ast::{Expr, Iteration, Kind, Span, Step, StepKind};
use super::lexer::{Token, continues_name, is_keyword, is_space};
use super::names::normalized;
use super::operators::Level;
use super::{Parsed, Parser};
use crate::Type;
use crate::value::{Parameter, Value};

impl Parser<'_> {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.binary(Level::Or)
    }

    /// An operand with signs before it.
    pub(super) fn unary(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let mut signs = 0usize;
        while self.accept(&Token::Minus)? {
            signs += 1;
        }
        let mut expr = self.operand_with_steps()?;
        // Two signs cancel out, but still demand something that can be negated.
        for _ in 0..if signs > 2 { 2 - signs % 2 } else { signs } {
            expr = Expr { kind: negated(expr), span: self.span_from(start) };
        }
        Ok(expr)
    }

    fn operand_with_steps(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let operand = match self.keyword_expression()? {
            Some(expr) => return Ok(expr),
            None => self.primary()?,
        };
        let mut steps = Vec::new();
        while let Some(step) = self.step()? {
            steps.push(step);
        }
        if steps.is_empty() {
            return Ok(operand);
        }
        Ok(Expr { kind: Kind::Postfix(Box::new(operand), steps), span: self.span_from(start) })
    }

    /// `if`, `for`, `some`, `every`, `function`: they reach as far to the right as possible.
    fn keyword_expression(&mut self) -> Parsed<Option<Expr>> {
        if self.token != Token::Word {
            return Ok(None);
        }
        let start = self.start();
        let part = match self.word() {
            "if" => Self::conditional,
            "for" => Self::for_loop,
            "some" | "every" => Self::quantified,
            "function" => Self::function,
            _ => return Ok(None),
        };
        if self.known_name().is_some() {
            return Ok(None);
        }
        let kind = self.nested(part)?;
        Ok(Some(Expr { kind, span: self.span_from(start) }))
    }

    fn conditional(&mut self) -> Parsed<Kind> {
        self.advance()?;
        let condition = self.expression()?;
        self.expect_keyword("then")?;
        let then = self.expression()?;
        if !self.at_keyword("else") {
            let hint = "every `if` has an `else`; write `else null` for nothing";
            let mut error = self.unexpected("`else`");
            error.hint.get_or_insert_with(|| hint.into());
            return Err(error);
        }
        self.advance()?;
        Ok(Kind::If(Box::new([condition, then, self.expression()?])))
    }

    fn for_loop(&mut self) -> Parsed<Kind> {
        self.advance()?;
        let iterations = self.iterations()?;
        self.expect_keyword("return")?;
        Ok(Kind::For(iterations, Box::new(self.expression()?)))
    }

    fn quantified(&mut self) -> Parsed<Kind> {
        let every = self.word() == "every";
        self.advance()?;
        let iterations = self.iterations()?;
        self.expect_keyword("satisfies")?;
        let condition = Box::new(self.expression()?);
        Ok(if every { Kind::Every(iterations, condition) } else { Kind::Some(iterations, condition) })
    }

    fn iterations(&mut self) -> Parsed<Vec<Iteration>> {
        let mut iterations = Vec::new();
        loop {
            let name = self.declared_name("an iterator name", |rest| {
                rest.char_indices()
                    .find(|(i, c)| {
                        let before = rest[..*i].chars().next_back();
                        *c == 'i'
                            && before.is_some_and(is_space)
                            && rest[*i..].starts_with("in")
                            && !rest[i + 2..].starts_with(continues_name)
                    })
                    .map(|(i, _)| i)
            })?;
            self.expect_keyword("in")?;
            let domain = self.expression()?;
            let to = if self.accept(&Token::DotDot)? { Some(self.expression()?) } else { None };
            iterations.push(Iteration { name, domain, to });
            // Old models separate iterators by nothing; the specification wants a comma.
            if !self.accept(&Token::Comma)? {
                return Ok(iterations);
            }
        }
    }

    fn function(&mut self) -> Parsed<Kind> {
        self.advance()?;
        self.expect(&Token::ParenOpen, "`(`")?;
        let mut parameters = Vec::new();
        while self.token != Token::ParenClose {
            let name = self.declared_name("a parameter name", |rest| rest.find([',', ')', ':']))?;
            let of = if self.accept(&Token::Colon)? { self.type_name()? } else { Type::Any };
            parameters.push(Parameter { name, of });
            if !self.accept(&Token::Comma)? {
                break;
            }
        }
        self.expect(&Token::ParenClose, "`,` or `)`")?;
        if self.at_keyword("external") {
            let hint = "write the body in FEEL";
            return Err(self.error("external functions (Java, PMML) are not supported".into(), Some(hint)));
        }
        Ok(Kind::Function(parameters, Box::new(self.expression()?)))
    }

    /// A name at the place where it is declared: everything up to where `end` says.
    pub(super) fn declared_name(
        &mut self,
        what: &str,
        end: impl Fn(&str) -> Option<usize>,
    ) -> Parsed<Arc<str>> {
        if let Token::Quoted(name) = &self.token {
            let name = name.clone();
            self.advance()?;
            return Ok(name);
        }
        if self.token != Token::Word || is_keyword(self.word()) {
            return Err(self.unexpected(what));
        }
        let start = self.start();
        let rest = &self.text()[start..];
        let length = end(rest).unwrap_or(rest.len());
        let name = normalized(&rest[..length]);
        let allowed =
            |c: char| continues_name(c) || matches!(c, ' ' | '.' | '/' | '-' | '\'' | '’' | '+' | '*');
        if !name.chars().all(allowed) {
            // Perhaps only the word is meant, and an error follows it.
            let word: Arc<str> = self.word().into();
            self.advance()?;
            return Ok(word);
        }
        self.names.declare(&name);
        self.continue_at(start + rest[..length].trim_end_matches(is_space).len())?;
        Ok(name.into())
    }

    /// The known name of several words that starts here, and its end.
    pub(super) fn known_name(&self) -> Option<(Arc<str>, usize)> {
        self.names.longest(self.text(), self.start(), self.word())
    }

    /// A name where it is used.
    pub(super) fn name(&mut self) -> Parsed<Arc<str>> {
        if let Token::Quoted(name) = &self.token {
            let name = name.clone();
            self.advance()?;
            return Ok(name);
        }
        if let Some((name, end)) = self.known_name() {
            self.continue_at(end)?;
            return Ok(name);
        }
        let word: Arc<str> = self.word().into();
        self.advance()?;
        Ok(word)
    }

    /// `.member`, `[filter]` or `(arguments)`.
    fn step(&mut self) -> Parsed<Option<Step>> {
        let start = self.start();
        let kind = match self.token {
            Token::Dot => {
                self.advance()?;
                if !matches!(self.token, Token::Word | Token::Quoted(_)) {
                    return Err(self.unexpected("a member name"));
                }
                StepKind::Member(self.name()?)
            }
            Token::BracketOpen if self.in_range_end && !self.opens_filter() => return Ok(None),
            Token::BracketOpen => {
                self.advance()?;
                let filter = self.nested(Self::filter)?;
                self.expect(&Token::BracketClose, "`]`")?;
                StepKind::Filter(filter)
            }
            Token::ParenOpen => {
                self.advance()?;
                let arguments = self.nested(Self::arguments)?;
                self.expect(&Token::ParenClose, "`,` or `)`")?;
                arguments
            }
            _ => return Ok(None),
        };
        Ok(Some(Step { span: self.span_from(start), kind }))
    }

    /// A filter's condition; `[< 10]` is not FEEL, but a frequent slip.
    fn filter(&mut self) -> Parsed<Expr> {
        if self.comparison().is_some() {
            let mut error = self.unexpected("a condition");
            error.hint = Some("name the item: `[item > 10]`".into());
            return Err(error);
        }
        self.expression()
    }

    /// In the end of a range: whether a `[` starts a filter rather than closing the range.
    fn opens_filter(&self) -> bool {
        let rest = self.text()[self.span.end as usize..].trim_start_matches(is_space);
        let word = &rest[..rest.find(|c| !continues_name(c)).unwrap_or(rest.len())];
        let starts = rest
            .starts_with(|c: char| continues_name(c) || matches!(c, '"' | '`' | '(' | '[' | '{' | '@' | '-'));
        starts
            && !matches!(
                word,
                "and" | "or" | "then" | "else" | "return" | "satisfies" | "in" | "between" | "instance"
            )
    }

    fn arguments(&mut self) -> Parsed<StepKind> {
        if self.token == Token::ParenClose {
            return Ok(StepKind::Call(Vec::new()));
        }
        if self.argument_name_end().is_some() {
            let mut arguments = Vec::new();
            loop {
                let Some(end) = self.argument_name_end() else {
                    return Err(self.unexpected("an argument name"));
                };
                let name = match &self.token {
                    Token::Quoted(name) => name.clone(),
                    _ => normalized(&self.text()[self.start()..end]).into(),
                };
                self.continue_at(end)?;
                self.expect(&Token::Colon, "`:`")?;
                arguments.push((name, self.expression()?));
                if !self.accept(&Token::Comma)? {
                    return Ok(StepKind::CallNamed(arguments));
                }
            }
        }
        let mut arguments = vec![self.expression()?];
        while self.accept(&Token::Comma)? {
            arguments.push(self.expression()?);
        }
        Ok(StepKind::Call(arguments))
    }

    /// Where the argument name that starts here ends, if a colon follows it.
    fn argument_name_end(&self) -> Option<usize> {
        let start = self.start();
        let end = match &self.token {
            Token::Quoted(_) => self.span.end as usize,
            Token::Word => {
                let rest = &self.text()[start..];
                let part = |c: char| {
                    continues_name(c) || is_space(c) || matches!(c, '-' | '\'' | '.' | '/' | '+' | '*')
                };
                start + rest.find(|c| !part(c)).unwrap_or(rest.len())
            }
            _ => return None,
        };
        self.text()[end..].trim_start_matches(is_space).starts_with(':').then_some(end)
    }
}

/// The negation of an expression; a negated number is a literal.
fn negated(expr: Expr) -> Kind {
    match expr.kind {
        Kind::Literal(Value::Number(number)) => Kind::Literal(Value::Number(number.negated())),
        kind => Kind::Negate(Box::new(Expr { span: expr.span, kind })),
    }
}

/// An expression that is a literal.
pub(super) fn literal(value: Value, span: Span) -> Expr {
    Expr { span, kind: Kind::Literal(value) }
}
