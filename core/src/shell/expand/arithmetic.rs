//! Integer expressions, as far as they are made of numbers.

/// The value of `text`, if it is made of numbers and operators alone; `value` gives those of variables.
pub(in crate::shell) fn evaluate(text: &str, value: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let mut parser = Parser { rest: text.trim(), value, steps: 0 };
    if parser.rest.is_empty() {
        return Some(0);
    }
    let result = parser.ternary()?;
    parser.rest.trim_start().is_empty().then_some(result)
}

/// Whether `text` has the form of an expression: names and numbers with operators between them.
pub(in crate::shell) fn is_expression(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#' | '@' | '{' | '}');
    // A name that follows another with nothing but blanks between them is an argument.
    let (mut was_word, mut blank, mut operand_last) = (false, false, true);
    for c in text.chars() {
        if c.is_whitespace() {
            blank = was_word || blank;
            was_word = false;
            continue;
        }
        if is_word(c) {
            if blank && !was_word && operand_last {
                return false;
            }
            operand_last = true;
        } else {
            operand_last = matches!(c, ')' | ']' | '*') && c != '*'
                || text.trim_end().ends_with("++")
                || text.trim_end().ends_with("--");
        }
        was_word = is_word(c);
        blank = false;
    }
    operand_last
}

struct Parser<'a> {
    rest: &'a str,
    value: &'a dyn Fn(&str) -> Option<i64>,
    steps: u32,
}

/// Binary operators, loosest first; of two that begin alike the longer one stands first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];
const STEPS_MAX: u32 = 512;

impl<'a> Parser<'a> {
    fn ternary(&mut self) -> Option<i64> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Some(condition);
        }
        let yes = self.ternary()?;
        if !self.take(":") {
            return None;
        }
        let no = self.ternary()?;
        Some(if condition != 0 { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return None;
        }
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.binary(level + 1)?;
            left = apply(operator, left, right)?;
        }
        Some(left)
    }

    fn power(&mut self) -> Option<i64> {
        let base = self.unary()?;
        if self.take("**") {
            let exponent = self.power()?;
            return base.checked_pow(u32::try_from(exponent).ok()?);
        }
        Some(base)
    }

    fn unary(&mut self) -> Option<i64> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return None;
        }
        self.rest = self.rest.trim_start();
        if self.rest.starts_with("++") || self.rest.starts_with("--") {
            return None;
        }
        match self.rest.chars().next()? {
            '-' => self.skip(1)?.unary()?.checked_neg(),
            '+' => self.skip(1)?.unary(),
            '!' => Some(i64::from(self.skip(1)?.unary()? == 0)),
            '~' => Some(!self.skip(1)?.unary()?),
            '(' => {
                let inner = self.skip(1)?.ternary()?;
                self.take(")").then_some(inner)
            }
            c if c.is_ascii_digit() => self.number(),
            c if c.is_ascii_alphabetic() || c == '_' => self.variable(),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<i64> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '#' | '@' | '_')))
            .unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        if let Some((base, digits)) = token.split_once('#') {
            let base = base.parse().ok().filter(|base| (2..=36).contains(base))?;
            return i64::from_str_radix(digits, base).ok();
        }
        match token.get(..2) {
            Some("0x" | "0X") => i64::from_str_radix(token.get(2..)?, 16).ok(),
            _ if token.len() > 1 && token.starts_with('0') => i64::from_str_radix(token, 8).ok(),
            _ => token.parse().ok(),
        }
    }

    fn variable(&mut self) -> Option<i64> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end)?;
        let behind = rest.trim_start();
        // An assignment changes what it names.
        if behind.starts_with('[') || behind.starts_with("++") || behind.starts_with("--") {
            return None;
        }
        self.rest = rest;
        (self.value)(name)
    }

    fn operator(&mut self, operators: &'static [&'static str]) -> Option<&'static str> {
        self.rest = self.rest.trim_start();
        let found = operators.iter().find(|operator| self.rest.starts_with(**operator))?;
        let behind = self.rest.get(found.len()..)?;
        // `&&` is not `&`, `**` is not `*`, and `+=` assigns.
        let is_longer = match *found {
            "|" | "&" | "*" | "<" | ">" => behind.starts_with(*found),
            _ => false,
        };
        if is_longer || behind.starts_with('=') && !matches!(*found, "==" | "!=" | "<=" | ">=") {
            return None;
        }
        self.rest = behind;
        Some(found)
    }

    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip(&mut self, bytes: usize) -> Option<&mut Self> {
        self.rest = self.rest.get(bytes..)?;
        Some(self)
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Option<i64> {
    match operator {
        "||" => Some(i64::from(left != 0 || right != 0)),
        "&&" => Some(i64::from(left != 0 && right != 0)),
        "|" => Some(left | right),
        "^" => Some(left ^ right),
        "&" => Some(left & right),
        "==" => Some(i64::from(left == right)),
        "!=" => Some(i64::from(left != right)),
        "<=" => Some(i64::from(left <= right)),
        ">=" => Some(i64::from(left >= right)),
        "<" => Some(i64::from(left < right)),
        ">" => Some(i64::from(left > right)),
        "<<" => left.checked_shl(u32::try_from(right).ok()?),
        ">>" => left.checked_shr(u32::try_from(right).ok()?),
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_numbers_are_evaluated() {
        let value = |name: &str| (name == "x").then_some(5);
        for (text, wanted) in [
            ("1+2*3", Some(7)),
            ("(1+2)*3", Some(9)),
            ("0x10 + 010", Some(24)),
            ("16#ff", Some(255)),
            ("x*2", Some(10)),
            ("y", None),
            ("1 ? 2 : 3", Some(2)),
            ("2**10", Some(1024)),
            ("-3 % 2", Some(-1)),
            ("x=3", None),
            ("x++", None),
            ("1/0", None),
            ("", Some(0)),
            ("1 &&0", Some(0)),
            ("6 & 3", Some(2)),
            ("10-5", Some(5)),
        ] {
            assert_eq!(evaluate(text, &value), wanted, "{text}");
        }
    }

    #[test]
    fn commands_are_no_expressions() {
        for (text, is) in [
            ("i++", true),
            ("i = i + 1", true),
            ("x > 3 && y < 4", true),
            ("rm -rf /", false),
            ("rm -rf x", false),
            ("ls", true),
            ("a[1] + (2)", true),
        ] {
            assert_eq!(is_expression(text), is, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(evaluate(&"(".repeat(10_000), &|_| None), None);
        assert_eq!(evaluate(&"-".repeat(10_000), &|_| None), None);
    }
}
