//! Binary operators by precedence: `or`, `and`, comparisons, sums, products, powers (grammar rule 4); all of them are
//! read from the left.

use super::ast::{Arithmetic, Comparison, Expr, Kind, Test};
use super::lexer::Token;
use super::{Parsed, Parser};
use crate::limits::MAX_NESTING;

/// Binding strength, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Power,
}

impl Level {
    fn tighter(self) -> Option<Self> {
        match self {
            Self::Or => Some(Self::And),
            Self::And => Some(Self::Comparison),
            Self::Comparison => Some(Self::Sum),
            Self::Sum => Some(Self::Product),
            Self::Product => Some(Self::Power),
            Self::Power => None,
        }
    }
}

impl Parser<'_> {
    /// The level of the operator that the current token is.
    fn operator_level(&self) -> Option<Level> {
        Some(match self.token {
            Token::Plus | Token::Minus => Level::Sum,
            Token::Star | Token::Slash => Level::Product,
            Token::StarStar => Level::Power,
            Token::Word => match self.word() {
                "or" => Level::Or,
                "and" => Level::And,
                "between" | "in" | "instance" => Level::Comparison,
                _ => return None,
            },
            _ => {
                self.comparison()?;
                Level::Comparison
            }
        })
    }

    /// The comparison that the current token is.
    pub(super) fn comparison(&self) -> Option<Comparison> {
        Some(match self.token {
            Token::Equal => Comparison::Equal,
            Token::NotEqual => Comparison::NotEqual,
            Token::Less => Comparison::Less,
            Token::LessOrEqual => Comparison::LessOrEqual,
            Token::Greater => Comparison::Greater,
            Token::GreaterOrEqual => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    fn arithmetic(&self) -> Option<Arithmetic> {
        Some(match self.token {
            Token::Plus => Arithmetic::Add,
            Token::Minus => Arithmetic::Subtract,
            Token::Star => Arithmetic::Multiply,
            Token::Slash => Arithmetic::Divide,
            Token::StarStar => Arithmetic::Power,
            _ => return None,
        })
    }

    /// An expression whose outermost operators bind at least as strongly as `weakest`.
    pub(super) fn binary(&mut self, weakest: Level) -> Parsed<Expr> {
        let start = self.start();
        let mut left = self.unary()?;
        while let Some(level) = self.operator_level()
            && level >= weakest
        {
            left = match level {
                Level::Or => {
                    Expr { kind: Kind::Or(self.logical(left, level, "or")?), span: self.span_from(start) }
                }
                Level::And => {
                    Expr { kind: Kind::And(self.logical(left, level, "and")?), span: self.span_from(start) }
                }
                Level::Comparison => self.comparisons(left, start)?,
                Level::Sum | Level::Product | Level::Power => self.chain(left, level, start)?,
            };
        }
        Ok(left)
    }

    fn operand(&mut self, level: Level) -> Parsed<Expr> {
        match level.tighter() {
            Some(tighter) => self.binary(tighter),
            None => self.unary(),
        }
    }

    fn logical(&mut self, first: Expr, level: Level, keyword: &str) -> Parsed<Vec<Expr>> {
        let mut operands = vec![first];
        while self.accept_keyword(keyword)? {
            operands.push(self.operand(level)?);
        }
        Ok(operands)
    }

    fn chain(&mut self, first: Expr, level: Level, start: usize) -> Parsed<Expr> {
        let mut rest = Vec::new();
        while self.operator_level() == Some(level)
            && let Some(operator) = self.arithmetic()
        {
            self.advance()?;
            rest.push((operator, self.operand(level)?));
        }
        Ok(Expr { kind: Kind::Arithmetic(Box::new(first), rest), span: self.span_from(start) })
    }

    /// `a = b`, `a between b and c`, `a in …`, `a instance of …`, perhaps one after another.
    fn comparisons(&mut self, first: Expr, start: usize) -> Parsed<Expr> {
        let (mut left, mut count) = (first, 0);
        while self.operator_level() == Some(Level::Comparison) {
            count += 1;
            if count > MAX_NESTING {
                return Err(
                    self.error(format!("more than {MAX_NESTING} comparisons follow one another"), None)
                );
            }
            let kind = if let Some(comparison) = self.comparison() {
                self.advance()?;
                Kind::Compare(comparison, Box::new(left), Box::new(self.binary(Level::Sum)?))
            } else if self.accept_keyword("between")? {
                let low = self.binary(Level::Sum)?;
                self.expect_keyword("and")?;
                Kind::Between(Box::new([left, low, self.binary(Level::Sum)?]))
            } else if self.accept_keyword("in")? {
                Kind::In(Box::new(left), self.nested(Self::tests_of_in)?)
            } else {
                self.advance()?;
                self.expect_keyword("of")?;
                Kind::InstanceOf(Box::new(left), self.type_name()?)
            };
            left = Expr { kind, span: self.span_from(start) };
        }
        Ok(left)
    }

    /// What stands right of `in`: one test or several in parentheses.
    fn tests_of_in(&mut self) -> Parsed<Vec<Test>> {
        if self.token != Token::ParenOpen {
            return Ok(vec![self.test(Level::Sum)?]);
        }
        let start = self.start();
        self.advance()?;
        let first = self.test(Level::Or)?;
        if self.token == Token::DotDot
            && let Test::Value(low) = first
        {
            return Ok(vec![Test::Value(self.range_after(low, false, start)?)]);
        }
        let mut tests = vec![first];
        while self.accept(&Token::Comma)? {
            tests.push(self.test(Level::Or)?);
        }
        self.expect(&Token::ParenClose, "`,` or `)`")?;
        Ok(tests)
    }

    /// A comparison without left side, or an expression with operators of at least the given strength: right of `in`
    /// an `and` belongs to the outer expression.
    pub(super) fn test(&mut self, weakest: Level) -> Parsed<Test> {
        if let Some(comparison) = self.comparison() {
            self.advance()?;
            return Ok(Test::Compared(comparison, self.binary(Level::Sum)?));
        }
        Ok(Test::Value(if weakest == Level::Or { self.expression()? } else { self.binary(weakest)? }))
    }
}
