//! What the usage objects of model APIs say, in one form.

use crate::value::{Map, Value};

/// The tokens of one answer of a language model. No token is in two of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read, and neither from a cache nor into one.
    pub input: u64,
    /// Written, with what the model thought.
    pub output: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Read, and written into a cache.
    pub cache_write: u64,
}

/// More than any model reads or writes at once: whatever says so is wrong.
const TOKENS_MAX: i64 = 1_000_000_000;

/// What a number is called by some API, as a path of names.
type Path = &'static [&'static str];

const READ: &[Path] = &[
    &["input_tokens"],
    &["inputTokens"],
    &["prompt_tokens"],
    &["promptTokens"],
    &["promptTokenCount"],
    &["prompt_token_count"],
    &["billed_units", "input_tokens"],
];
const WRITTEN: &[Path] = &[
    &["output_tokens"],
    &["outputTokens"],
    &["completion_tokens"],
    &["completionTokens"],
    &["candidatesTokenCount"],
    &["candidates_token_count"],
    &["billed_units", "output_tokens"],
];
/// What Gemini's models thought is not among what they wrote.
const THOUGHT: &[Path] = &[&["thoughtsTokenCount"], &["thoughts_token_count"]];
/// Of what was read, as OpenAI, Google, Mistral, DeepSeek, the AI SDK and LangChain count.
const CACHED_WITHIN: &[Path] = &[
    &["prompt_tokens_details", "cached_tokens"],
    &["input_tokens_details", "cached_tokens"],
    &["input_token_details", "cache_read"],
    &["cachedContentTokenCount"],
    &["cached_content_token_count"],
    &["cachedInputTokens"],
    &["prompt_cache_hit_tokens"],
];
const CREATED_WITHIN: &[Path] = &[&["input_token_details", "cache_creation"]];
/// Besides what was read, as Anthropic and Bedrock count.
const CACHED_BESIDE: &[Path] = &[&["cache_read_input_tokens"], &["cacheReadInputTokens"]];
const CREATED_BESIDE: &[Path] = &[&["cache_creation_input_tokens"], &["cacheWriteInputTokens"]];

impl Tokens {
    /// Reads the `usage` of an answer, as the common APIs and libraries give it. `None` if it says nothing that is
    /// understood, or something that cannot be.
    ///
    /// ```
    /// use toolgate::budget::Tokens;
    /// use toolgate::Value;
    /// let usage = Value::from_json(r#"{"prompt_tokens": 100, "completion_tokens": 7,
    ///     "prompt_tokens_details": {"cached_tokens": 60}}"#).unwrap();
    /// let tokens = Tokens::read(usage.as_map().unwrap()).unwrap();
    /// assert_eq!((tokens.input, tokens.cache_read, tokens.output, tokens.total()), (40, 60, 7, 107));
    /// ```
    pub fn read(usage: &Map) -> Option<Tokens> {
        let (read, written) = (first(usage, READ)?, first(usage, WRITTEN)?);
        if read.is_none() && written.is_none() {
            return None;
        }
        let sum = |within: Option<u64>, beside: Option<u64>| within.unwrap_or(0) + beside.unwrap_or(0);
        let (cached, created) = (first(usage, CACHED_WITHIN)?, first(usage, CREATED_WITHIN)?);
        let input = read.unwrap_or(0).checked_sub(sum(cached, created))?;
        Some(Tokens {
            input,
            output: sum(written, first(usage, THOUGHT)?),
            cache_read: sum(cached, first(usage, CACHED_BESIDE)?),
            cache_write: sum(created, first(usage, CREATED_BESIDE)?),
        })
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        [self.input, self.output, self.cache_read, self.cache_write].into_iter().fold(0, u64::saturating_add)
    }
}

/// The first number that stands under one of `paths`, if any does. `None` if what stands there is no number of tokens.
fn first(usage: &Map, paths: &[Path]) -> Option<Option<u64>> {
    let found = paths.iter().find_map(|path| at(usage, path));
    match found {
        None => Some(None),
        Some(value) => {
            let count = value.as_int().filter(|count| (0..=TOKENS_MAX).contains(count))?;
            u64::try_from(count).ok().map(Some)
        }
    }
}

fn at<'a>(usage: &'a Map, path: &[&str]) -> Option<&'a Value> {
    let (last, before) = path.split_last()?;
    let inner = before.iter().try_fold(usage, |map, name| map.get(name)?.as_map())?;
    inner.get(last).filter(|value| !matches!(value, Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(usage: &str) -> Option<[u64; 4]> {
        let tokens = Tokens::read(Value::from_json(usage).unwrap().as_map().unwrap())?;
        Some([tokens.input, tokens.output, tokens.cache_read, tokens.cache_write])
    }

    #[test]
    fn no_token_counts_twice() {
        for (usage, expected) in [
            (r#"{"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}"#, [9, 2, 0, 0]),
            (r#"{"input_tokens": 9, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 4}}"#, [5, 2, 4, 0]),
            (
                r#"{"input_tokens": 9, "output_tokens": 2, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 50}"#,
                [9, 2, 100, 50],
            ),
            (
                r#"{"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "cachedContentTokenCount": 4}"#,
                [5, 5, 4, 0],
            ),
            (
                r#"{"inputTokens": 9, "outputTokens": 2, "cacheReadInputTokens": 7, "cacheWriteInputTokens": 1}"#,
                [9, 2, 7, 1],
            ),
            (r#"{"inputTokens": 9, "outputTokens": 2, "cachedInputTokens": 7}"#, [2, 2, 7, 0]),
            (r#"{"promptTokens": 9, "completionTokens": 2}"#, [9, 2, 0, 0]),
            (r#"{"billed_units": {"input_tokens": 9, "output_tokens": 2}}"#, [9, 2, 0, 0]),
            (
                r#"{"input_tokens": 9, "output_tokens": 2, "input_token_details": {"cache_read": 4, "cache_creation": 1}}"#,
                [4, 2, 4, 1],
            ),
            (r#"{"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 8}"#, [1, 2, 8, 0]),
            (r#"{"prompt_tokens": 9}"#, [9, 0, 0, 0]),
            (r#"{"input_tokens": 9, "output_tokens": 2, "cache_read_input_tokens": null}"#, [9, 2, 0, 0]),
        ] {
            assert_eq!(read(usage), Some(expected), "{usage}");
        }
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        for usage in [
            "{}",
            r#"{"total_tokens": 5}"#,
            r#"{"prompt_tokens": -1}"#,
            r#"{"prompt_tokens": "9"}"#,
            r#"{"prompt_tokens": 1.5}"#,
            r#"{"prompt_tokens": 9223372036854775807}"#,
            r#"{"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}"#,
        ] {
            assert_eq!(read(usage), None, "{usage}");
        }
    }
}
