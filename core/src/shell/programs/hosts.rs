//! Reads words that name hosts: web addresses, hosts with users and ports, `host:path`.

use std::borrow::Cow;

use crate::shell::word::{Certainty, Word};

/// What a word that may lead to another host names.
pub(super) enum Remote {
    /// A file of this machine.
    Local,
    /// An address of the web.
    Web(Word),
    /// A host that is reached by another protocol.
    Host(Word),
}

/// The address as a program for the web takes it: what has no scheme is on `http`.
pub(super) fn web(word: &Word) -> Word {
    let bare = !word.text.contains("://") && !begins_unknown(word);
    if bare { with_text(word, format!("http://{}", word.text)) } else { word.clone() }
}

/// The host of `word` as an address of `scheme`, or what is wrong with it. A user is left out: it is no part of where.
pub(super) fn address(scheme: &str, word: &Word, port: Option<&Word>) -> Result<Word, Cow<'static, str>> {
    if word.text.contains("://") {
        return Ok(with_text(word, without_user(&word.text)));
    }
    let host = word.text.rsplit_once('@').map_or(&*word.text, |(_, host)| host);
    if word.certainty == Certainty::Known && !is_host(host) {
        return Err(format!("the host cannot be read: {}", word.text).into());
    }
    let host = bracketed(host);
    let number = port.filter(|port| !port.text.is_empty() && port.text.bytes().all(|byte| byte.is_ascii_digit()));
    let address = match number {
        Some(port) if !has_port(&host) => format!("{scheme}://{host}:{}", port.text),
        _ => format!("{scheme}://{host}"),
    };
    let certainty = word.certainty.max(port.map_or(Certainty::Known, |port| port.certainty));
    Ok(Word { text: address.into(), certainty, glob: word.glob })
}

/// What `word` names, if it may be `[user@]host:path`, an address, or a file.
pub(super) fn remote(scheme: &str, word: &Word) -> Result<Remote, Cow<'static, str>> {
    let text = &*word.text;
    if let Some((before, _)) = text.split_once("://") {
        return match before.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(Remote::Web(word.clone())),
            "file" => Ok(Remote::Local),
            _ => address(scheme, word, None).map(Remote::Host),
        };
    }
    match colon_of_host(text).and_then(|at| text.get(..at)) {
        Some(host) => address(scheme, &with_text(word, host.to_owned()), None).map(Remote::Host),
        None => Ok(Remote::Local),
    }
}

/// Where the colon behind a host stands: before any slash, and not behind the letter of a drive.
fn colon_of_host(text: &str) -> Option<usize> {
    // The colons of `[::1]:path` inside the brackets are the address's own.
    let from = text.find("]:").filter(|at| text.get(..*at).is_some_and(|head| head.contains('['))).unwrap_or(0);
    let at = from + text.get(from..)?.find(':')?;
    let drive = at == 1 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.get(2..)?.starts_with('\\');
    (at > 0 && !drive && !text.get(..at)?.contains('/')).then_some(at)
}

fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{tail}")
}

/// Whether nothing in the text could be taken for another part of an address than the host and a port or a width.
fn is_host(text: &str) -> bool {
    let (host, width) = text.split_once('/').unwrap_or((text, ""));
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']' | '%');
    !host.is_empty() && host.chars().all(usual) && width.bytes().all(|byte| byte.is_ascii_digit())
}

/// An IPv6 address gets the brackets that it needs in an address.
fn bracketed(host: &str) -> Cow<'_, str> {
    match host.matches(':').count() > 1 && !host.starts_with('[') {
        true => Cow::Owned(format!("[{host}]")),
        false => Cow::Borrowed(host),
    }
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(']').map_or(host, |(_, tail)| tail).contains(':')
}

fn begins_unknown(word: &Word) -> bool {
    word.certainty != Certainty::Known && super::options::known_part(word).is_empty()
}

fn with_text(word: &Word, text: String) -> Word {
    Word { text: text.into(), certainty: word.certainty, glob: word.glob }
}
