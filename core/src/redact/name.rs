//! Tells from a name alone whether a secret stands under it.
//!
//! A name is taken apart into words at separators and capitals, so `X-Api-Key`, `xApiKey` and `x_api_key` are one.

use super::text::MARKER_START;

/// Whether a secret stands under `name`, as `password` or `stripeSecretKey` say, but not `max_tokens` or `key`.
pub(super) fn is_secret(name: &str) -> bool {
    if matches!(name, "PWD" | "OLDPWD") || name.contains(MARKER_START) {
        return false; // the working directory; a secret already taken out
    }
    let mut buffer = [0; NAME_BYTES];
    let mut words = [""; WORDS];
    let count = split(name, &mut buffer, &mut words);
    is_secret_words(words.get(..count).unwrap_or_default())
}

/// What kind of secret an assignment to `name` gives away.
pub(super) fn kind(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    let has = |part: &str| lower.contains(part);
    if has("aws") && has("secret") {
        "aws-secret-key"
    } else if has("pass") || has("pwd") {
        "password"
    } else if has("token") {
        "token"
    } else if has("key") {
        "api-key"
    } else {
        "secret"
    }
}

/// Longer names are judged by their end, where the noun is.
const NAME_BYTES: usize = 64;
const WORDS: usize = 12;

fn is_secret_words(words: &[&str]) -> bool {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    if words.len() > 1 && (is_measure_before(first) || is_property_after(last)) {
        return false;
    }
    let is_page_token = words.len() > 1 && *last == "token" && words.iter().rev().nth(1).is_some_and(|w| is_page(w));
    !is_page_token
        && (words.iter().any(|word| is_secret_word(word))
            || words.windows(2).any(|pair| matches!(pair, [owner, thing] if is_secret_pair(owner, thing)))
            || is_secret_last(last))
}

/// `max_tokens`, `has_password`: a number or a yes about secrets, not one of them.
fn is_measure_before(word: &str) -> bool {
    matches!(word, "max" | "min" | "num" | "total" | "has" | "is" | "use" | "requires" | "require" | "show" | "public")
}

/// `token_count`, `password_policy`, `secret_name`: something about a secret.
#[rustfmt::skip]
fn is_property_after(word: &str) -> bool {
    matches!(word,
        "count" | "counts" | "limit" | "limits" | "type" | "types" | "length" | "len" | "size" | "budget" | "usage"
        | "used" | "policy" | "policies" | "name" | "names" | "url" | "uri" | "endpoint" | "path" | "expiry" | "expires"
        | "expired" | "expiration" | "ttl" | "created" | "updated" | "at" | "in" | "enabled" | "required" | "stdin"
        | "hint" | "strength" | "field" | "column" | "label" | "placeholder" | "manager" | "store" | "scanner"
        | "scanning" | "algorithm" | "version" | "format" | "status" | "rotation" | "ref" | "arn" | "index" | "mode"
        | "lifetime" | "validity" | "provider" | "consent" | "message")
}

fn is_page(word: &str) -> bool {
    matches!(word, "page" | "next" | "continuation" | "pagination" | "cursor" | "sync" | "resume")
}

#[rustfmt::skip]
fn is_secret_word(word: &str) -> bool {
    let known = matches!(word,
        "password" | "passwords" | "passwd" | "pwd" | "passphrase" | "passcode" | "secret" | "secrets" | "token"
        | "credential" | "credentials" | "creds" | "authorization" | "cookie" | "cookies" | "cvv" | "cvc" | "ssn"
        | "otp" | "totp" | "jwt" | "mnemonic" | "apikey" | "apikeys" | "setcookie");
    known || is_run_together(word)
}

/// `dbpassword`, `accesstoken`: names whose words nothing separates.
fn is_run_together(word: &str) -> bool {
    const ENDS: [&str; 11] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "privatekey",
        "secretkey",
        "accesskey",
        "credentials",
        "sessionkey",
    ];
    word.len() > 7 && ENDS.iter().any(|end| word.ends_with(end)) && !matches!(word, "nexttoken" | "pagetoken")
}

fn is_secret_pair(owner: &str, thing: &str) -> bool {
    match thing {
        "key" | "keys" => is_key_owner(owner),
        "tokens" => matches!(owner, "access" | "refresh" | "session" | "auth" | "bearer" | "api" | "secret"),
        "phrase" | "codes" => matches!(owner, "recovery" | "seed" | "backup"),
        "code" => matches!(owner, "security" | "pin" | "recovery" | "verification" | "backup"),
        "word" => owner == "pass",
        _ => false,
    }
}

#[rustfmt::skip]
fn is_key_owner(word: &str) -> bool {
    matches!(word,
        "api" | "private" | "access" | "secret" | "encryption" | "decryption" | "signing" | "master" | "account"
        | "storage" | "auth" | "ssh" | "shared" | "service" | "deploy" | "session" | "webhook" | "subscription")
}

fn is_secret_last(word: &str) -> bool {
    matches!(word, "pass" | "pin" | "auth" | "bearer")
}

/// Writes the words of `name` in lower case, without trailing digits, and returns how many there are.
fn split<'b>(name: &str, buffer: &'b mut [u8; NAME_BYTES], words: &mut [&'b str; WORDS]) -> usize {
    let bytes = name.as_bytes();
    let bytes = bytes.get(bytes.len().saturating_sub(NAME_BYTES)..).unwrap_or_default();
    for (slot, byte) in buffer.iter_mut().zip(bytes) {
        *slot = byte.to_ascii_lowercase();
    }
    let lower: &'b [u8] = buffer;
    let mut count = 0;
    let mut start = 0;
    for at in 0..=bytes.len() {
        if at < bytes.len() && !is_border(bytes, at) {
            continue;
        }
        let word = lower.get(start..at).and_then(|word| std::str::from_utf8(word).ok()).unwrap_or_default();
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).trim_end_matches(|c: char| c.is_ascii_digit());
        if let (false, Some(slot)) = (word.is_empty(), words.get_mut(count)) {
            *slot = word;
            count += 1;
        }
        start = at;
    }
    count
}

/// Whether a word begins at `at`: after a separator, at a capital after a small letter, at the last of several capitals.
fn is_border(bytes: &[u8], at: usize) -> bool {
    let byte = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let (before, here, next) = (byte(at.wrapping_sub(1)), byte(at), byte(at + 1));
    let separated = !is_letter(before) && is_letter(here) && !before.is_ascii_digit();
    let hump = here.is_ascii_uppercase()
        && (before.is_ascii_lowercase()
            || before.is_ascii_digit()
            || (before.is_ascii_uppercase() && next.is_ascii_lowercase()));
    at > 0 && (separated || hump || (is_letter(before) && !is_letter(here) && !here.is_ascii_digit()))
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}
