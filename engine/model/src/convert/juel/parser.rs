//! JUEL's grammar (JSR 341, appendix A) as far as it has a counterpart, written as FEEL while it is read.

use super::lexer::Token;
use crate::compile::{is_variable_name, string_literal};

/// Brackets and operators inside one another.
const MAX_DEPTH: usize = 64;

/// How tightly a FEEL text binds: what must go into brackets inside something tighter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tight {
    Choice,
    Or,
    And,
    Compare,
    Add,
    Multiply,
    Unary,
    Path,
}

/// FEEL as far as written.
struct Feel {
    text: String,
    tight: Tight,
}

impl Feel {
    fn new(text: impl Into<String>, tight: Tight) -> Self {
        Self { text: text.into(), tight }
    }

    /// The text as a part of something that binds as tight as `least`.
    fn at_least(self, least: Tight) -> String {
        if self.tight >= least { self.text } else { format!("({})", self.text) }
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

/// The FEEL of an expression.
pub(super) fn parse(tokens: &[Token]) -> Result<String, String> {
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let feel = parser.choice()?;
    match parser.tokens.get(parser.at) {
        None => Ok(feel.text),
        Some(token) => Err(format!("{} has no counterpart", shown(token))),
    }
}

/// Binary operators, loosest first: JUEL's signs and FEEL's.
const LEVELS: [(Tight, &[(&str, &str)]); 5] = [
    (Tight::Or, &[("||", "or")]),
    (Tight::And, &[("&&", "and")]),
    (Tight::Compare, &[("==", "="), ("!=", "!="), ("<=", "<="), (">=", ">="), ("<", "<"), (">", ">")]),
    (Tight::Add, &[("+", "+"), ("-", "-")]),
    (Tight::Multiply, &[("*", "*"), ("/", "/"), ("%", "%")]),
];

impl Parser<'_> {
    fn accept(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(known)) if *known == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.accept(sign) { Ok(()) } else { Err(format!("`{sign}` is missing")) }
    }

    fn choice(&mut self) -> Result<Feel, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the expression is nested too deep".to_owned());
        }
        let condition = self.binary(0)?;
        let feel = if self.accept("?") {
            let yes = self.choice()?;
            self.expect(":")?;
            let no = self.choice()?;
            let yes = yes.at_least(Tight::Or);
            Feel::new(format!("if {} then {yes} else {}", condition.text, no.text), Tight::Choice)
        } else {
            condition
        };
        self.depth -= 1;
        Ok(feel)
    }

    fn binary(&mut self, level: usize) -> Result<Feel, String> {
        let Some((tight, operators)) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some((sign, feel)) = operators.iter().find(|(sign, _)| self.accept(sign)) {
            let right = self.binary(level + 1)?;
            left = if *sign == "%" {
                Feel::new(format!("modulo({}, {})", left.text, right.text), Tight::Path)
            } else {
                // JUEL binds to the left: what stands on the right binds tighter by itself.
                let right = if right.tight > *tight { right.text } else { format!("({})", right.text) };
                // FEEL does not chain comparisons.
                let least = if *tight == Tight::Compare { Tight::Add } else { *tight };
                Feel::new(format!("{} {feel} {right}", left.at_least(least)), *tight)
            };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Feel, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the expression is nested too deep".to_owned());
        }
        let feel = if self.accept("!") {
            let inner = self.unary()?;
            Feel::new(format!("not({})", inner.text), Tight::Path)
        } else if self.accept("empty") {
            let inner = self.unary()?.at_least(Tight::Add);
            Feel::new(format!("({inner} = null or {inner} = \"\" or {inner} = [])"), Tight::Path)
        } else if self.accept("-") {
            Feel::new(format!("-{}", self.unary()?.at_least(Tight::Path)), Tight::Unary)
        } else {
            self.path()?
        };
        self.depth -= 1;
        Ok(feel)
    }

    fn path(&mut self) -> Result<Feel, String> {
        let mut feel = self.primary()?;
        loop {
            if self.accept(".") {
                let Some(Token::Name(name)) = self.tokens.get(self.at) else {
                    return Err("a `.` is followed by no name".to_owned());
                };
                self.at += 1;
                if self.accept("(") {
                    feel = self.call(&feel.text, name)?;
                } else {
                    feel = Feel::new(member(feel, name), Tight::Path);
                }
            } else if self.accept("[") {
                let index = self.tokens.get(self.at);
                feel = match index {
                    Some(Token::Number(number)) => match number.parse::<u32>() {
                        // JUEL counts from 0, FEEL from 1.
                        Ok(number) => Feel::new(
                            format!("{}[{}]", feel.at_least(Tight::Path), u64::from(number) + 1),
                            Tight::Path,
                        ),
                        Err(_) => return Err("an index is no whole number".to_owned()),
                    },
                    Some(Token::Text(name)) => Feel::new(member(feel, name), Tight::Path),
                    _ => {
                        return Err(
                            "an index that is computed has no counterpart: FEEL counts from 1".to_owned()
                        );
                    }
                };
                self.at += 1;
                self.expect("]")?;
            } else {
                return Ok(feel);
            }
        }
    }

    /// `execution.getVariable("x")` is `x`; other methods have no counterpart.
    fn call(&mut self, of: &str, method: &str) -> Result<Feel, String> {
        if let (Some(Token::Text(name)), "execution", "getVariable" | "getVariableLocal") =
            (self.tokens.get(self.at), of, method)
            && is_variable_name(name)
        {
            self.at += 1;
            self.expect(")")?;
            return Ok(Feel::new(name.clone(), Tight::Path));
        }
        Err(format!("it calls a method, `{of}.{method}`"))
    }

    fn primary(&mut self) -> Result<Feel, String> {
        let Some(token) = self.tokens.get(self.at) else {
            return Err("the expression ends too early".to_owned());
        };
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Feel::new(number.clone(), Tight::Path)),
            Token::Text(text) => Ok(Feel::new(string_literal(text), Tight::Path)),
            Token::Name(name) if self.accept("(") => Err(format!("it calls a method, `{name}`")),
            Token::Name(name) if is_variable_name(name) || matches!(&**name, "true" | "false" | "null") => {
                Ok(Feel::new(name.clone(), Tight::Path))
            }
            Token::Name(name) => Err(format!("`{name}` is no name in FEEL")),
            Token::Sign("(") => {
                let inner = self.choice()?;
                self.expect(")")?;
                // Brackets that FEEL needs come back where the text is used.
                Ok(inner)
            }
            Token::Sign(_) => Err(format!("{} has no counterpart there", shown(token))),
        }
    }
}

fn member(of: Feel, name: &str) -> String {
    if is_variable_name(name) {
        format!("{}.{name}", of.at_least(Tight::Path))
    } else {
        format!("get value({}, {})", of.text, string_literal(name))
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(text) | Token::Text(text) | Token::Name(text) => format!("`{text}`"),
        Token::Sign(sign) => format!("`{sign}`"),
    }
}
