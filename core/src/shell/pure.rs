//! Programs whose output follows from their arguments and input alone, so that what they hide can be seen.

use super::expand::pattern::tr_set;

/// Bytes that one program may print here.
const OUTPUT_BYTES_MAX: usize = 64 << 10;

/// What `name` prints when it is given `arguments` and reads `input`; `None` if that does not follow from them.
pub(super) fn output(name: &str, arguments: &[&str], input: Option<&str>) -> Option<String> {
    let text = match name {
        "echo" => echo(arguments),
        "printf" => printf(arguments)?,
        "cat" | "tee" => pass(name, arguments, input)?,
        "rev" if arguments.is_empty() => lines(input?, |line| line.chars().rev().collect()),
        "tac" if arguments.is_empty() => input?.lines().rev().map(|line| format!("{line}\n")).collect(),
        "tr" => tr(arguments, input?)?,
        "base64" | "gbase64" => base64_program(arguments, input?)?,
        "base32" => base32_program(arguments, input?)?,
        "openssl" => openssl(arguments, input?)?,
        "xxd" => xxd(arguments, input?)?,
        "cut" => cut(arguments, input?)?,
        "head" | "tail" => ends(name == "head", arguments, input?)?,
        "sed" => substitution(arguments, input?)?,
        "basename" => base_name(arguments)?,
        "dirname" => directory_name(arguments)?,
        "seq" => sequence(arguments)?,
        "fold" | "fmt" | "uniq" | "sort" if arguments.is_empty() => only_line(input?)?,
        "pwd" => ".\n".to_owned(),
        "true" | ":" | "false" => String::new(),
        _ => return None,
    };
    (text.len() <= OUTPUT_BYTES_MAX).then_some(text)
}

/// Whether `name` turns an encoding back into what was encoded.
pub(super) fn decodes(name: &str, arguments: &[&str]) -> bool {
    let has = |options: &[&str]| arguments.iter().any(|argument| options.contains(argument));
    match name {
        "base64" | "gbase64" | "base32" | "basenc" => has(&["-d", "-D", "--decode", "-di", "--d", "-id"]),
        "xxd" => arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('r')),
        "openssl" => has(&["-d", "-base64", "enc", "base64"]),
        "gunzip" | "zcat" | "bzcat" | "xzcat" | "bunzip2" | "unxz" | "uudecode" | "zstdcat" | "lz4cat"
        | "uncompress" => true,
        "gzip" | "bzip2" | "xz" | "zstd" | "lz4" | "brotli" | "gpg" => arguments
            .iter()
            .any(|argument| argument.starts_with('-') && (argument.contains('d') || argument.contains("unzip"))),
        "rev" | "tr" | "tac" => true,
        _ => false,
    }
}

fn single<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    match arguments {
        [one] if !one.starts_with('-') => Some(one),
        _ => None,
    }
}

fn lines(input: &str, change: impl Fn(&str) -> String) -> String {
    let mut out: String = input.lines().map(|line| change(line) + "\n").collect();
    if !input.ends_with('\n') {
        out.pop();
    }
    out
}

fn only_line(input: &str) -> Option<String> {
    (input.trim_end_matches('\n').lines().count() <= 1 && input.len() <= 72).then(|| input.to_owned())
}

fn pass(name: &str, arguments: &[&str], input: Option<&str>) -> Option<String> {
    let passes = arguments.is_empty() || name == "tee" || arguments == ["-"];
    if passes { input.map(str::to_owned) } else { None }
}

fn echo(arguments: &[&str]) -> String {
    let is_option = |argument: &&&str| {
        argument.len() > 1
            && argument.starts_with('-')
            && argument.chars().skip(1).all(|c| matches!(c, 'n' | 'e' | 'E'))
    };
    let options = arguments.iter().take_while(is_option).count();
    let (given, words) = arguments.split_at_checked(options).unwrap_or_default();
    let text = words.join(" ");
    // Some shells read escapes without being told to; a text with them is read so, which is what hides things.
    let text = if given.iter().any(|option| option.contains('e')) { escapes(&text, true) } else { text };
    if given.iter().any(|option| option.contains('n')) { text } else { text + "\n" }
}

/// The escapes of `echo -e`, `printf` and `$'…'`.
fn escapes(text: &str, echo: bool) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend(before.as_bytes());
        let behind = behind.get(1..).unwrap_or_default();
        let Some(c) = behind.chars().next() else {
            out.push(b'\\');
            rest = "";
            break;
        };
        let after = behind.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            'n' => one(&mut out, b'\n', after),
            't' => one(&mut out, b'\t', after),
            'r' => one(&mut out, b'\r', after),
            'a' => one(&mut out, 7, after),
            'b' => one(&mut out, 8, after),
            'f' => one(&mut out, 12, after),
            'v' => one(&mut out, 11, after),
            'e' | 'E' => one(&mut out, 27, after),
            '\\' | '\'' | '"' => one(&mut out, c as u8, after),
            'x' => number(&mut out, after, 16, 2).unwrap_or(after),
            'u' => code_point(&mut out, after, 4).unwrap_or(after),
            'U' => code_point(&mut out, after, 8).unwrap_or(after),
            '0' if echo => number(&mut out, after, 8, 3).unwrap_or_else(|| one(&mut out, 0, after)),
            '0'..='7' => number(&mut out, behind, 8, 3).unwrap_or(after),
            'c' => return String::from_utf8_lossy(&out).into_owned(),
            other => {
                out.push(b'\\');
                out.extend(other.to_string().as_bytes());
                after
            }
        };
    }
    out.extend(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

fn one<'a>(out: &mut Vec<u8>, byte: u8, rest: &'a str) -> &'a str {
    out.push(byte);
    rest
}

fn digits(text: &str, radix: u32, most: usize) -> Option<(u32, &str)> {
    let end = text.char_indices().take(most).take_while(|(_, c)| c.is_digit(radix)).last().map(|(at, _)| at + 1)?;
    let (digits, rest) = text.split_at_checked(end)?;
    Some((u32::from_str_radix(digits, radix).ok()?, rest))
}

fn number<'a>(out: &mut Vec<u8>, text: &'a str, radix: u32, most: usize) -> Option<&'a str> {
    let (value, rest) = digits(text, radix, most)?;
    out.push((value & 0xff) as u8);
    Some(rest)
}

fn code_point<'a>(out: &mut Vec<u8>, text: &'a str, most: usize) -> Option<&'a str> {
    let (value, rest) = digits(text, 16, most)?;
    out.extend(char::from_u32(value)?.to_string().as_bytes());
    Some(rest)
}

fn printf(arguments: &[&str]) -> Option<String> {
    let arguments = match arguments {
        ["--", rest @ ..] => rest,
        other => other,
    };
    let (format, mut values) = arguments.split_first()?;
    if format.starts_with('-') {
        return None;
    }
    let mut out = String::new();
    loop {
        let taken = print_once(format, values, &mut out)?;
        values = values.get(taken..).unwrap_or_default();
        if values.is_empty() || taken == 0 || out.len() > OUTPUT_BYTES_MAX {
            return Some(out);
        }
    }
}

/// Prints the format with the next values, and tells how many it took.
fn print_once(format: &str, values: &[&str], out: &mut String) -> Option<usize> {
    let mut taken = 0;
    let mut pieces = format.split('%');
    out.push_str(&escapes(pieces.next()?, false));
    while let Some(piece) = pieces.next() {
        let Some(first) = piece.find(|c: char| c.is_ascii_alphabetic()) else {
            if !piece.is_empty() {
                return None;
            }
            out.push('%');
            out.push_str(&escapes(pieces.next().unwrap_or_default(), false));
            continue;
        };
        let (flags, rest) = piece.split_at_checked(first)?;
        let value = values.get(taken).copied().unwrap_or_default();
        taken += 1;
        out.push_str(&converted(rest.chars().next()?, flags, value)?);
        out.push_str(&escapes(rest.get(1..)?, false));
    }
    Some(taken)
}

fn converted(kind: char, flags: &str, value: &str) -> Option<String> {
    let text = match kind {
        's' => value.to_owned(),
        'b' => escapes(value, true),
        'c' => value.chars().take(1).collect(),
        'd' | 'i' | 'u' => integer(value)?.to_string(),
        'x' => format!("{:x}", integer(value)?),
        'X' => format!("{:X}", integer(value)?),
        'o' => format!("{:o}", integer(value)?),
        _ => return None,
    };
    let width = flags.trim_start_matches(['-', '0', '+', ' ']);
    match width.split_once('.') {
        None if width.is_empty() && flags.is_empty() => Some(text),
        None => {
            let width = if width.is_empty() { 0 } else { width.parse::<usize>().ok().filter(|width| *width < 1000)? };
            Some(match (flags.contains('-'), flags.starts_with('0') && kind != 's') {
                (true, _) => format!("{text:<width$}"),
                (_, true) => format!("{text:0>width$}"),
                _ => format!("{text:>width$}"),
            })
        }
        Some(("", most)) if kind == 's' => Some(text.chars().take(most.parse().ok()?).collect()),
        Some(_) => None,
    }
}

fn integer(text: &str) -> Option<i64> {
    if let Some(c) = text.strip_prefix(['\'', '"']) {
        return c.chars().next().map(|c| i64::from(u32::from(c)));
    }
    match text.get(..2) {
        Some("0x" | "0X") => i64::from_str_radix(text.get(2..)?, 16).ok(),
        _ if text.is_empty() => Some(0),
        _ if text.len() > 1 && text.starts_with('0') => i64::from_str_radix(text, 8).ok(),
        _ => text.parse().ok(),
    }
}

fn tr(arguments: &[&str], input: &str) -> Option<String> {
    match arguments {
        [option, set] if option.starts_with('-') => {
            let set_of = tr_set(set)?;
            match *option {
                "-d" | "--delete" => Some(input.chars().filter(|c| !set_of.contains(c)).collect()),
                "-dc" | "-cd" => Some(input.chars().filter(|c| set_of.contains(c)).collect()),
                _ => None,
            }
        }
        [from, to] => {
            let (from, to) = (tr_set(from)?, tr_set(to)?);
            let last = *to.last()?;
            let map = |c: char| match from.iter().rposition(|one| *one == c) {
                Some(place) => *to.get(place).unwrap_or(&last),
                None => c,
            };
            Some(input.chars().map(map).collect())
        }
        _ => None,
    }
}

fn base64_program(arguments: &[&str], input: &str) -> Option<String> {
    let rest: Vec<_> = arguments
        .iter()
        .filter(|argument| !matches!(**argument, "-i" | "-w0" | "--ignore-garbage" | "-w" | "0" | "-"))
        .collect();
    match rest.as_slice() {
        [] => Some(encode64(input) + "\n"),
        [decode] if matches!(**decode, "-d" | "-D" | "--decode" | "-di" | "-id") => decode64(input),
        // The text to decode may be a here-string or a file; only the former is known.
        _ => None,
    }
}

/// Decodes base64, also without padding and over several lines.
pub(super) fn decode64(text: &str) -> Option<String> {
    let mut bits = 0u32;
    let mut count = 0;
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8(out).ok()
}

fn encode64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |value: u32| DIGITS.get((value & 63) as usize).map_or('=', |byte| *byte as char);
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        out.push(digit(bits >> 18));
        out.push(digit(bits >> 12));
        out.push(if chunk.len() > 1 { digit(bits >> 6) } else { '=' });
        out.push(if chunk.len() > 2 { digit(bits) } else { '=' });
    }
    out
}

fn base32_program(arguments: &[&str], input: &str) -> Option<String> {
    if !matches!(arguments, ["-d" | "--decode" | "-D"]) {
        return None;
    }
    let mut bits = 0u64;
    let mut count = 0;
    let mut out = Vec::new();
    for byte in input.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 5 | u64::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(out).ok()
}

fn openssl(arguments: &[&str], input: &str) -> Option<String> {
    let decodes = arguments.contains(&"-d");
    let is_base64 = match *arguments.first()? {
        "base64" => true,
        "enc" => arguments.contains(&"-base64") || arguments.contains(&"-a"),
        _ => false,
    };
    let is_plain =
        arguments.iter().all(|argument| matches!(*argument, "base64" | "enc" | "-base64" | "-a" | "-A" | "-d"));
    if decodes && is_base64 && is_plain { decode64(input) } else { None }
}

fn xxd(arguments: &[&str], input: &str) -> Option<String> {
    let letters: String = arguments.iter().flat_map(|argument| argument.strip_prefix('-')).collect();
    if arguments.iter().any(|argument| !argument.starts_with('-'))
        || !letters.chars().all(|c| matches!(c, 'r' | 'p' | 's'))
    {
        return None;
    }
    match (letters.contains('r'), letters.contains('p')) {
        (true, true) => unhex(&input.chars().filter(|c| !c.is_whitespace()).collect::<String>()),
        (true, false) => unhex(&input.lines().map(dump_line).collect::<Option<String>>()?),
        (false, true) => Some(input.bytes().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n"),
        _ => None,
    }
}

/// The digits of one line of a dump: `00000000: 726d 202d  rm -`.
fn dump_line(line: &str) -> Option<String> {
    let (_, digits) = line.split_once(": ")?;
    let digits = digits.split("  ").next()?;
    Some(digits.chars().filter(|c| !c.is_whitespace()).collect())
}

pub(super) fn unhex(digits: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> =
        digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}

fn cut(arguments: &[&str], input: &str) -> Option<String> {
    let mut delimiter = '\t';
    let mut list = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (option, attached) = argument.split_at_checked(2)?;
        let value = if attached.is_empty() { *rest.next()? } else { attached };
        match option {
            "-d" => delimiter = value.chars().next()?,
            "-f" | "-c" | "-b" => list = Some((option == "-f", value)),
            _ => return None,
        }
    }
    let (fields, list) = list?;
    let wanted = ranges(list)?;
    let keeps = |index: usize| wanted.iter().any(|(from, to)| (*from..=*to).contains(&(index + 1)));
    Some(lines(input, |line| {
        if fields && line.contains(delimiter) {
            let kept: Vec<&str> =
                line.split(delimiter).enumerate().filter(|(index, _)| keeps(*index)).map(|(_, field)| field).collect();
            kept.join(&delimiter.to_string())
        } else if fields {
            line.to_owned()
        } else {
            line.chars().enumerate().filter(|(index, _)| keeps(*index)).map(|(_, c)| c).collect()
        }
    }))
}

pub(super) fn ranges(list: &str) -> Option<Vec<(usize, usize)>> {
    list.split(',')
        .map(|range| match range.split_once('-') {
            None => range.parse().ok().map(|one| (one, one)),
            Some((from, to)) => {
                let from = if from.is_empty() { 1 } else { from.parse().ok()? };
                let to = if to.is_empty() { usize::MAX } else { to.parse().ok()? };
                Some((from, to))
            }
        })
        .collect()
}

fn ends(from_front: bool, arguments: &[&str], input: &str) -> Option<String> {
    let joined = arguments.join("");
    let count = |text: &str| text.parse::<usize>().ok();
    if let Some(bytes) = joined.strip_prefix("-c").and_then(count) {
        let total = input.chars().count();
        let skipped = if from_front { 0 } else { total.saturating_sub(bytes) };
        return input.is_ascii().then(|| input.chars().skip(skipped).take(bytes).collect());
    }
    let wanted =
        if joined.is_empty() { 10 } else { count(joined.strip_prefix("-n").or_else(|| joined.strip_prefix('-'))?)? };
    let all: Vec<&str> = input.lines().collect();
    let skipped = if from_front { 0 } else { all.len().saturating_sub(wanted) };
    Some(all.iter().skip(skipped).take(wanted).map(|line| format!("{line}\n")).collect())
}

/// `s/text/text/` with nothing in it that means more than itself.
fn substitution(arguments: &[&str], input: &str) -> Option<String> {
    let script = match arguments {
        [script] | ["-e", script] => *script,
        _ => return None,
    };
    let mut chars = script.chars();
    let (command, separator) = (chars.next()?, chars.next()?);
    let parts: Vec<&str> = chars.as_str().split(separator).collect();
    let [pattern, with, flags] = parts.as_slice() else { return None };
    let special = |c: char| ".*[]^$\\&+?(){}|".contains(c);
    if command != 's' || pattern.is_empty() || pattern.contains(special) || with.contains(['\\', '&']) {
        return None;
    }
    match *flags {
        "" => Some(lines(input, |line| line.replacen(pattern, with, 1))),
        "g" => Some(lines(input, |line| line.replace(pattern, with))),
        _ => None,
    }
}

fn base_name(arguments: &[&str]) -> Option<String> {
    let (path, suffix) = match arguments {
        [path] => (path, ""),
        [path, suffix] if !path.starts_with('-') => (path, *suffix),
        ["-s", suffix, path] => (path, *suffix),
        _ => return None,
    };
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let name = if path.contains('/') && name.is_empty() { "/" } else { name };
    let short = name.strip_suffix(suffix).filter(|short| !short.is_empty()).unwrap_or(name);
    (!path.starts_with('-')).then(|| format!("{short}\n"))
}

fn directory_name(arguments: &[&str]) -> Option<String> {
    let path = single(arguments)?.trim_end_matches('/');
    let directory = match path.rsplit_once('/') {
        None if path.is_empty() => "/",
        None => ".",
        Some(("", _)) => "/",
        Some((directory, _)) => directory,
    };
    Some(format!("{directory}\n"))
}

fn sequence(arguments: &[&str]) -> Option<String> {
    let numbers: Option<Vec<i64>> = arguments.iter().map(|argument| argument.parse().ok()).collect();
    let (first, step, last) = match *numbers?.as_slice() {
        [last] => (1, 1, last),
        [first, last] => (first, 1, last),
        [first, step, last] if step > 0 => (first, step, last),
        _ => return None,
    };
    if last.checked_sub(first)? / step > 1000 {
        return None;
    }
    let count = usize::try_from((last - first) / step + 1).unwrap_or(0);
    Some((0..count).filter_map(|index| Some(format!("{}\n", first + step * i64::try_from(index).ok()?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pure_programs_print() {
        for (name, arguments, input, wanted) in [
            ("echo", &["a", "b"][..], None, Some("a b\n")),
            ("echo", &["-n", "a"], None, Some("a")),
            ("echo", &["-e", r"\x72\x6d"], None, Some("rm\n")),
            ("echo", &["-e", r"\0162\0155"], None, Some("rm\n")),
            ("printf", &[r"\162\155"], None, Some("rm")),
            ("printf", &["%s-%s", "a", "b"], None, Some("a-b")),
            ("printf", &["%s\\n", "a", "b"], None, Some("a\nb\n")),
            ("printf", &["%b", r"\x72m"], None, Some("rm")),
            ("printf", &["%02x", "10"], None, Some("0a")),
            ("printf", &["100%%"], None, Some("100%")),
            ("rev", &[], Some("mr"), Some("rm")),
            ("tr", &["a-z", "b-za"], Some("ql"), Some("rm")),
            ("tr", &["-d", "x"], Some("rxm"), Some("rm")),
            ("tr", &["n-za-mN-ZA-M", "a-zA-Z"], Some("ez"), Some("rm")),
            ("base64", &["-d"], Some("cm0gLXJmIC8="), Some("rm -rf /")),
            ("base64", &[], Some("rm -rf /"), Some("cm0gLXJmIC8=\n")),
            ("base32", &["-d"], Some("OJWQ===="), Some("rm")),
            ("xxd", &["-r", "-p"], Some("726d"), Some("rm")),
            ("xxd", &["-r"], Some("00000000: 726d  rm"), Some("rm")),
            ("cut", &["-c1-2"], Some("rmx"), Some("rm")),
            ("cut", &["-d", ":", "-f2"], Some("a:b:c"), Some("b")),
            ("head", &["-c", "2"], Some("rmx"), Some("rm")),
            ("tail", &["-n", "1"], Some("a\nb\n"), Some("b\n")),
            ("sed", &["s/x//g"], Some("rxmx"), Some("rm")),
            ("sed", &["s/x./y/"], Some("rxmx"), None),
            ("basename", &["/a/b.txt", ".txt"], None, Some("b\n")),
            ("dirname", &["/a/b"], None, Some("/a\n")),
            ("seq", &["2"], None, Some("1\n2\n")),
            ("cat", &[], Some("x"), Some("x")),
            ("cat", &["x"], Some("x"), None),
            ("date", &[], None, None),
        ] {
            assert_eq!(output(name, arguments, input).as_deref(), wanted, "{name} {arguments:?}");
        }
    }
}
