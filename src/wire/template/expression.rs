//! The language of template expressions: `[concat(parameters('a'), '-nsg')]`.

/// An expression, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// A text in single quotes.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A function with its arguments.
    Call(String, Vec<Expression>),
    /// A property of what is before the dot.
    Property(Box<Expression>, String),
    /// An element, by number or by key.
    Element(Box<Expression>, Box<Expression>),
}

/// How deep expressions may be nested: far deeper than any that is written.
const DEPTH: usize = 64;

/// Takes an expression apart, without the brackets around it; `None` for what is not one.
pub(super) fn parse(text: &str) -> Option<Expression> {
    let mut parser = Parser { rest: text, depth: DEPTH };
    let expression = parser.expression()?;
    parser.rest.trim().is_empty().then_some(expression)
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn expression(&mut self) -> Option<Expression> {
        self.depth = self.depth.checked_sub(1)?;
        let mut expression = self.primary()?;
        loop {
            if self.eat('.') {
                expression = Expression::Property(Box::new(expression), self.word()?);
            } else if self.eat('[') {
                let index = self.expression()?;
                expression = Expression::Element(Box::new(expression), Box::new(index));
                self.eat(']').then_some(())?;
            } else {
                self.depth += 1;
                return Some(expression);
            }
        }
    }

    fn primary(&mut self) -> Option<Expression> {
        self.rest = self.rest.trim_start();
        if self.eat('\'') {
            return self.text();
        }
        let digits = self.rest.strip_prefix('-').unwrap_or(self.rest);
        if digits.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number();
        }
        let mut name = self.word()?;
        // `contoso.name(…)`: a function of the template's own.
        while self.eat('.') {
            name = format!("{name}.{}", self.word()?);
        }
        self.eat('(').then_some(())?;
        let mut arguments = Vec::new();
        if self.eat(')') {
            return Some(Expression::Call(name, arguments));
        }
        loop {
            arguments.push(self.expression()?);
            if self.eat(')') {
                return Some(Expression::Call(name, arguments));
            }
            self.eat(',').then_some(())?;
        }
    }

    /// The rest of a text after its opening quote; two quotes stand for one.
    fn text(&mut self) -> Option<Expression> {
        let mut text = String::new();
        loop {
            let (before, after) = self.rest.split_once('\'')?;
            text.push_str(before);
            self.rest = after;
            match after.strip_prefix('\'') {
                Some(rest) => {
                    text.push('\'');
                    self.rest = rest;
                }
                None => return Some(Expression::Text(text)),
            }
        }
    }

    fn number(&mut self) -> Option<Expression> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        number.parse().ok().map(Expression::Number)
    }

    fn word(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let end =
            self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_come_apart() {
        let call = |name: &str, arguments| Expression::Call(name.into(), arguments);
        let text = |text: &str| Expression::Text(text.into());
        assert_eq!(
            parse("concat( variables('a')[0].name,'it''s', -7 )"),
            Some(call(
                "concat",
                vec![
                    Expression::Property(
                        Box::new(Expression::Element(
                            Box::new(call("variables", vec![text("a")])),
                            Box::new(Expression::Number(0))
                        )),
                        "name".into()
                    ),
                    text("it's"),
                    Expression::Number(-7),
                ]
            ))
        );
        assert_eq!(parse("a.b()"), Some(call("a.b", vec![])));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "'", "a(", "a)", "a(1,)", "a", "1 2", "a().", "a()[", "-", "a(''"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"a(".repeat(100_000)), None);
    }
}
