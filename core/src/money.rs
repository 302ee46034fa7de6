//! Money, exactly: a whole number of billionths of a US dollar; and what else is counted.

use std::fmt;

/// An amount of US dollars, to nine decimals. A token of a cheap model costs less than a millionth of a dollar, and many
/// of them are to add up to the cent.
///
/// ```
/// use toolgate::money::Usd;
/// let price = Usd::parse("0.0000025").unwrap();
/// assert_eq!(price.times(3).unwrap().to_string(), "0.0000075");
/// assert_eq!(Usd::parse("1e3"), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd {
    nanos: i64,
}

const NANOS: i64 = 1_000_000_000;
const DECIMALS: usize = 9;

impl Usd {
    /// Nothing.
    pub const ZERO: Usd = Usd { nanos: 0 };

    /// So many billionths of a dollar.
    pub const fn from_nanos(nanos: i64) -> Usd {
        Usd { nanos }
    }

    /// The amount in billionths of a dollar.
    pub const fn nanos(self) -> i64 {
        self.nanos
    }

    /// Reads a plain decimal such as `2`, `0.0125` or `1234.50`. `None` for anything else: a sign, an exponent, more than
    /// nine decimals, or more than nine billion dollars.
    pub fn parse(text: &str) -> Option<Usd> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(rest) || rest.len() > DECIMALS {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let rest: i64 = format!("{rest:0<DECIMALS$}").parse().ok()?;
        Some(Usd { nanos: whole.checked_mul(NANOS)?.checked_add(rest)? })
    }

    /// So many times the amount; `None` if it does not fit.
    pub fn times(self, count: u64) -> Option<Usd> {
        i64::try_from(count).ok().and_then(|count| self.nanos.checked_mul(count)).map(Usd::from_nanos)
    }
}

impl fmt::Display for Usd {
    /// The shortest decimal: `2`, `0.0125`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.nanos < 0 { "-" } else { "" };
        let (whole, rest) =
            (self.nanos.unsigned_abs() / NANOS.unsigned_abs(), self.nanos.unsigned_abs() % NANOS.unsigned_abs());
        let rest = format!("{rest:0DECIMALS$}");
        match rest.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            rest => write!(f, "{sign}{whole}.{rest}"),
        }
    }
}

/// What an amount is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Billionths of a US dollar.
    Usd,
    /// Tokens of a language model.
    Tokens,
    /// Calls.
    Calls,
    /// Whatever an argument says, in millionths.
    Amount,
}

impl Unit {
    /// All units.
    pub const ALL: [Unit; 4] = [Unit::Usd, Unit::Tokens, Unit::Calls, Unit::Amount];

    /// `usd`, `tokens`, `calls` or `amount`.
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Usd => "usd",
            Unit::Tokens => "tokens",
            Unit::Calls => "calls",
            Unit::Amount => "amount",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_survive_their_text() {
        for text in ["0", "2", "0.0125", "1234.5", "0.000000001", "9223372036.854775807"] {
            assert_eq!(Usd::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Usd::parse("2.00"), Usd::parse("2"));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0.0000000001", "9223372036.854775808", "1 "] {
            assert_eq!(Usd::parse(text), None, "{text}");
        }
    }

    #[test]
    fn products_that_do_not_fit_are_none() {
        let most = Usd::from_nanos(i64::MAX);
        assert_eq!(most.times(2), None);
        assert_eq!(Usd::from_nanos(-1_500_000_000).to_string(), "-1.5");
    }
}
