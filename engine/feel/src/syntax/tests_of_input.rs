//! Unary tests (grammar rules 13 to 17): what a cell of a decision table asks of its input.

use super::ast::{Expr, Kind, Test, Tests};
use super::lexer::{Lexer, Token};
use super::operators::Level;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn unary_tests(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let tests = if self.token == Token::Minus && self.rest_is_empty() {
            self.advance()?;
            Tests::All
        } else if self.at_keyword("not") && self.negates_everything()? {
            self.advance()?;
            self.expect(&Token::ParenOpen, "`(`")?;
            let tests = self.nested(Self::test_list)?;
            self.expect(&Token::ParenClose, "`,` or `)`")?;
            Tests::NoneOf(tests)
        } else {
            Tests::AnyOf(self.test_list()?)
        };
        Ok(Expr { kind: Kind::Tests(tests), span: self.span_from(start) })
    }

    fn test_list(&mut self) -> Parsed<Vec<Test>> {
        let mut tests = vec![self.test(Level::Or)?];
        while self.accept(&Token::Comma)? {
            tests.push(self.test(Level::Or)?);
        }
        Ok(tests)
    }

    fn rest_is_empty(&self) -> bool {
        self.text()[self.span.end as usize..].trim().is_empty()
    }

    /// Whether the `not` is followed by parentheses that reach to the end of the text.
    fn negates_everything(&mut self) -> Parsed<bool> {
        let mut lexer = Lexer { text: self.text(), at: self.span.end as usize };
        let mut level = 0usize;
        loop {
            let (token, _) = lexer.next()?;
            match token {
                Token::ParenOpen => level += 1,
                Token::ParenClose => level = level.saturating_sub(1),
                Token::End => return Ok(false),
                _ => {}
            }
            if level == 0 {
                return Ok(token == Token::ParenClose && lexer.next()?.0 == Token::End);
            }
        }
    }
}
