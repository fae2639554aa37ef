//! FEEL text to syntax tree (DMN 1.5, 10.3.1.2).

pub(crate) mod ast;
mod brackets;
mod expressions;
mod lexer;
mod names;
mod operators;
mod tests_of_input;
mod types;

pub(crate) use names::NameTable;
use names::NamesInScope;

use crate::limits::{MAX_NESTING, MAX_TEXT};
use crate::{Names, Position, SyntaxError};
use ast::{Expr, Span};
use lexer::{Lexer, Token};

/// One error is boxed so that results stay small on the parser's stack.
type Parsed<T> = Result<T, Box<SyntaxError>>;

/// The tree of an expression.
pub(crate) fn parse(text: &str, names: &Names) -> Result<Expr, Vec<SyntaxError>> {
    whole(text, names, Parser::expression)
}

/// The tree of unary tests: [`ast::Kind::Tests`].
pub(crate) fn parse_unary_tests(text: &str, names: &Names) -> Result<Expr, Vec<SyntaxError>> {
    whole(text, names, Parser::unary_tests)
}

fn whole<'t>(
    text: &'t str,
    names: &'t Names,
    part: fn(&mut Parser<'t>) -> Parsed<Expr>,
) -> Result<Expr, Vec<SyntaxError>> {
    let run = || {
        if text.len() > MAX_TEXT {
            let what = format!("the expression is longer than {MAX_TEXT} bytes");
            return Err(Box::new(SyntaxError { position: Position::of(text, 0), what, hint: None }));
        }
        let mut parser = Parser::new(text, names)?;
        let expr = part(&mut parser)?;
        parser.expect_end()?;
        Ok(expr)
    };
    run().map_err(|error| vec![*error])
}

/// A recursive descent parser with one token of look-ahead; binary operators are parsed by precedence.
struct Parser<'t> {
    lexer: Lexer<'t>,
    /// The token being looked at, and where it stands.
    token: Token,
    span: Span,
    /// Where the token before it ended.
    last_end: usize,
    names: NamesInScope<'t>,
    types: &'t Names,
    nesting: usize,
    /// Whether the upper end of a range is being read, so that `[` may close it.
    in_range_end: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, names: &'t Names) -> Parsed<Self> {
        let mut parser = Self {
            lexer: Lexer::new(text),
            token: Token::End,
            span: Span::default(),
            last_end: 0,
            names: NamesInScope::new(names.names()),
            types: names,
            nesting: 0,
            in_range_end: false,
        };
        parser.advance()?;
        Ok(parser)
    }

    fn text(&self) -> &'t str {
        self.lexer.text
    }

    /// Takes the token and looks at the next one.
    fn advance(&mut self) -> Parsed<Token> {
        self.last_end = self.span.end as usize;
        let (token, span) = self.lexer.next()?;
        self.span = span;
        Ok(std::mem::replace(&mut self.token, token))
    }

    /// Goes on at byte `offset`, which lies after the current token's start.
    fn continue_at(&mut self, offset: usize) -> Parsed<()> {
        self.lexer.at = offset;
        self.advance()?;
        self.last_end = offset;
        Ok(())
    }

    /// Takes the token if it is `token`.
    fn accept(&mut self, token: &Token) -> Parsed<bool> {
        let found = self.token == *token;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, token: &Token, what: &str) -> Parsed<()> {
        if self.accept(token)? { Ok(()) } else { Err(self.unexpected(what)) }
    }

    /// Whether the token is the word `keyword`.
    fn at_keyword(&self, keyword: &str) -> bool {
        self.token == Token::Word && self.word() == keyword
    }

    fn accept_keyword(&mut self, keyword: &str) -> Parsed<bool> {
        let found = self.at_keyword(keyword);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect_keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.accept_keyword(keyword)? { Ok(()) } else { Err(self.unexpected(&format!("`{keyword}`"))) }
    }

    /// The text of the current token.
    fn word(&self) -> &'t str {
        &self.text()[self.span.start as usize..self.span.end as usize]
    }

    fn start(&self) -> usize {
        self.span.start as usize
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.last_end.max(start))
    }

    /// Runs `part` one level deeper; brackets hide that the end of a range is being read.
    fn nested<T>(&mut self, part: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let what = format!("the expression nests deeper than {MAX_NESTING} levels");
            return Err(
                self.error(what, Some("give inner parts a name, in a context or in variables of their own"))
            );
        }
        let outer = std::mem::replace(&mut self.in_range_end, false);
        let result = part(self)?;
        self.in_range_end = outer;
        self.nesting -= 1;
        Ok(result)
    }

    fn expect_end(&self) -> Parsed<()> {
        if self.token == Token::End { Ok(()) } else { Err(self.unexpected("an operator or the end")) }
    }

    #[expect(clippy::unnecessary_box_returns, reason = "errors travel boxed")]
    fn error(&self, what: String, hint: Option<&str>) -> Box<SyntaxError> {
        let position = Position::of(self.text(), self.start());
        Box::new(SyntaxError { position, what, hint: hint.map(Into::into) })
    }

    /// The current token is not what should stand here.
    #[expect(clippy::unnecessary_box_returns, reason = "errors travel boxed")]
    fn unexpected(&self, expected: &str) -> Box<SyntaxError> {
        if self.token == Token::End {
            return self.error(format!("the expression ends where {expected} is expected"), None);
        }
        let found: String = self.word().chars().take(40).collect();
        let before = &self.text()[..self.last_end.min(self.start())];
        let after_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let hint = match (&self.token, found.as_str()) {
            (Token::Word, "is" | "equals") => Some("equality is written `=`".to_owned()),
            (Token::Word, word) if after_word && !lexer::is_keyword(word) => {
                Some("a name of several words that is not declared is put in back-ticks".to_owned())
            }
            (Token::Equal, _) if before.ends_with('=') => Some("equality is written `=`".to_owned()),
            _ => None,
        };
        self.error(format!("found `{found}` where {expected} is expected"), hint.as_deref())
    }
}
