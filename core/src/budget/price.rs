//! What the answers of language models cost.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::tokens::Tokens;
use crate::money::Usd;
use crate::packed;
use crate::yaml::{self, Kind, Node};

static PRICES: LazyLock<HashMap<String, Price>> = LazyLock::new(|| {
    let files = packed::files(include_bytes!(concat!(env!("OUT_DIR"), "/budget.lz4")));
    files.iter().flat_map(|(_, text)| read(text)).collect()
});

/// Tokens that a price is for.
const MILLION: i128 = 1_000_000;
/// A request that reads more than this has the prices of a long one.
const LONG_ABOVE: u64 = 200_000;

/// The prices of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Price {
    usual: Rates,
    long: Rates,
}

/// US dollars for a million tokens of each kind.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rates {
    input: Usd,
    output: Usd,
    cache_read: Usd,
    cache_write: Usd,
}

/// What `tokens` of `model` cost by its list price, rounded up to a billionth of a dollar. `None` if nobody knows.
///
/// ```
/// use toolgate::budget::{Tokens, cost_of};
/// let tokens = Tokens { input: 1000, output: 100, ..Tokens::default() };
/// assert_eq!(cost_of("openai/gpt-4o-mini", &tokens).unwrap().to_string(), "0.00021");
/// assert_eq!(cost_of("a-model-of-ones-own", &tokens), None);
/// ```
pub fn cost_of(model: &str, tokens: &Tokens) -> Option<Usd> {
    let price = find(model)?;
    let read = tokens.input.saturating_add(tokens.cache_read).saturating_add(tokens.cache_write);
    let rates = if read > LONG_ABOVE { price.long } else { price.usual };
    let parts = [
        (tokens.input, rates.input),
        (tokens.output, rates.output),
        (tokens.cache_read, rates.cache_read),
        (tokens.cache_write, rates.cache_write),
    ];
    let millionths = parts.iter().map(|(count, rate)| i128::from(*count) * i128::from(rate.nanos())).sum::<i128>();
    let nanos = (millionths + MILLION - 1) / MILLION;
    i64::try_from(nanos).ok().map(Usd::from_nanos)
}

/// The price of a model by the name it is called by: as it stands, or without what only says where and when.
fn find(model: &str) -> Option<&'static Price> {
    let name = model.rsplit('/').next()?.to_ascii_lowercase();
    // `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, as Bedrock calls it.
    let name = name.split_once("anthropic.").map_or(&*name, |(_, name)| name);
    let name =
        name.split_once("-v1").filter(|(_, rest)| rest.is_empty() || *rest == ":0").map_or(name, |(name, _)| name);
    PRICES.get(name).or_else(|| PRICES.get(undated(name)?))
}

/// The name without the day at its end: `-2024-08-06`, `-20250929` or `@20250929`.
fn undated(name: &str) -> Option<&str> {
    let undated = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '@'));
    let date: String = name.get(undated.len()..)?.chars().collect();
    // Digits of the version itself may stand before the day: `claude-opus-4-20250514`.
    let day =
        [11, 9].into_iter().filter_map(|length| date.get(date.len().checked_sub(length)?..)).find(|day| is_day(day))?;
    name.get(..name.len().checked_sub(day.len())?)
}

fn is_day(text: &str) -> bool {
    let digits =
        |text: &str| text.len() == 8 && text.starts_with("20") && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix(['-', '@']) {
        Some(day) if day.len() == 10 => {
            let parts: Vec<usize> = day.split('-').map(str::len).collect();
            parts == [4, 2, 2] && digits(&day.replace('-', ""))
        }
        Some(day) => digits(day),
        None => false,
    }
}

fn read(text: &str) -> HashMap<String, Price> {
    let document = yaml::parse("prices.yaml", text);
    let providers = document.root.entries().iter();
    let models = providers.filter_map(|(_, provider)| provider.get("models")).flat_map(Node::entries);
    models.filter_map(|(name, node)| Some((name.text.to_string(), price(node)?))).collect()
}

fn price(node: &Node) -> Option<Price> {
    let usual = rates(node)?;
    let long = match node.get("long") {
        Some(long) => rates(long)?,
        None => usual,
    };
    Some(Price { usual, long })
}

fn rates(node: &Node) -> Option<Rates> {
    let input = rate(node.get("input")?)?;
    let or_input = |name| node.get(name).map_or(Some(input), rate);
    Some(Rates {
        input,
        output: rate(node.get("output")?)?,
        cache_read: or_input("cache_read")?,
        cache_write: or_input("cache_write")?,
    })
}

fn rate(node: &Node) -> Option<Usd> {
    match &node.kind {
        Kind::Int(number) => Usd::parse(&number.to_string()),
        Kind::Float(number) => Usd::parse(&number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(model: &str, [input, output, cache_read, cache_write]: [u64; 4]) -> Option<String> {
        cost_of(model, &Tokens { input, output, cache_read, cache_write }).map(|cost| cost.to_string())
    }

    #[test]
    fn every_row_of_the_table_can_be_read() {
        let document = yaml::parse("prices.yaml", include_str!("prices.yaml"));
        assert!(document.problems.is_empty(), "{:?}", document.problems);
        let providers = document.root.entries().iter();
        for (provider, node) in providers {
            assert!(node.get("as_of").is_some() && node.get("source").is_some(), "{}", provider.text);
            for (model, _) in node.get("models").unwrap().entries() {
                assert!(PRICES.contains_key(&*model.text), "{}", model.text);
            }
        }
    }

    #[test]
    fn names_are_found_with_day_and_prefix_and_never_by_likeness() {
        for (model, expected) in [
            ("gpt-4o", Some("2.5")),
            ("gpt-4o-2024-08-06", Some("2.5")),
            ("gpt-4o-2024-05-13", Some("5")),
            ("openai/GPT-4o", Some("2.5")),
            ("claude-opus-4-20250514", Some("15")),
            ("claude-opus-4-5-20251101", Some("5")),
            ("claude-sonnet-4-6@20260205", Some("3")),
            ("us.anthropic.claude-sonnet-4-6-20250929-v1:0", Some("3")),
            ("gpt-4o-mini-of-my-own", None),
            ("gpt-9", None),
            ("gpt-4o-123", None),
            ("", None),
        ] {
            // Five times two hundred thousand tokens, so that no request is a long one.
            let fifth = cost_of(model, &Tokens { input: 200_000, ..Tokens::default() });
            assert_eq!(
                fifth.and_then(|cost| cost.times(5)).map(|cost| cost.to_string()).as_deref(),
                expected,
                "{model}"
            );
        }
    }

    #[test]
    fn every_kind_of_token_has_its_price_and_fractions_are_rounded_up() {
        assert_eq!(cost("claude-sonnet-5", [1000, 100, 10_000, 2000]).unwrap(), "0.01");
        assert_eq!(cost("gemini-2.5-pro", [200_001, 0, 0, 0]).unwrap(), "0.5000025");
        assert_eq!(cost("deepseek-v4-flash", [0, 0, 1, 0]).unwrap(), "0.000000003");
        assert_eq!(cost("gpt-5.5", [0; 4]).unwrap(), "0");
    }
}
