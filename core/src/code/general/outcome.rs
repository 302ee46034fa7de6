//! What the acts of calls come to: effects and flags, and the texts that are worked out on the way.

use super::Context;
use super::table::Sign;
use super::value::{Data, HOLE, Item, Origin, Value};
use crate::code::{Found, UNKNOWN_WORD, What, encoding, literal, shown};
use crate::limits;
use crate::shell::flag::Flag;

impl Context {
    /// A line for cmd.exe.
    pub(super) fn cmd_line(&mut self, words: &[Value]) {
        let quoted = |word: &Value| match word.known() {
            Some(text) if text.contains(' ') => format!("\"{text}\""),
            Some(text) => text.to_owned(),
            None => "%unknown%".to_owned(),
        };
        let line = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
        self.nested("cmd", &line);
    }

    pub(super) fn note(&mut self, sign: Sign) {
        match sign {
            Sign::Connects => self.connects = true,
            Sign::Redirects => self.redirects = true,
            Sign::Sends => self.sends = true,
        }
    }

    /// Notes an effect on a path, if the path is known.
    pub(super) fn file(&mut self, kind: &'static str, path: &Value, recursive: bool) {
        if path.name() == Some("$null") {
            return;
        }
        let Some(text) = path.known().filter(|text| !text.is_empty()) else {
            return self.reading.doubt("a file is used whose name is computed");
        };
        if literal::is_address(text) {
            return self.request(path);
        }
        let text = text.strip_prefix("file://").unwrap_or(text);
        self.reading.add(Found { kind, what: What::Text(text.into()), recursive });
    }

    pub(super) fn request(&mut self, address: &Value) {
        // What is not known of an address may only be behind its host.
        let known = address.as_text().map(|text| text.split(HOLE).next().unwrap_or_default());
        let is_whole = address.known().is_some();
        let has_host = |text: &&str| {
            text.split_once("://").is_some_and(|(_, rest)| is_whole && !rest.is_empty() || rest.contains('/'))
        };
        if let Some(address) = known.filter(has_host) {
            self.reading.effect("http.request", What::Text(address.into()));
        }
    }

    pub(super) fn connect(&mut self, host: &str, port: &str) {
        let is_host = !host.is_empty()
            && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '_' | '[' | ']'));
        if is_host {
            let is_v6 = host.matches(':').count() > 1 && !host.starts_with('[');
            let host = if is_v6 { format!("[{host}]") } else { host.to_owned() };
            self.reading.effect("net.connect", What::Text(format!("tcp://{host}{port}").into()));
        }
    }

    /// Notes a shell line, with [`UNKNOWN_WORD`] for what is not known.
    pub(super) fn run_line(&mut self, by: &str, line: &Value) {
        self.flag_origin(line.origin);
        // Of a line whose program is not known nothing is known.
        let Some(text) = line.as_text().filter(|text| !text.trim().is_empty() && !text.trim().starts_with(HOLE)) else {
            self.runs_unknown = true;
            return self.reading.doubt(format!("`{}` runs a command that is computed", shown(by)));
        };
        if !self.budget.take(text.len()) {
            return;
        }
        self.spawns_shell |= is_lone_shell(&text.split_whitespace().collect::<Vec<_>>());
        let text = text.replace(HOLE, UNKNOWN_WORD);
        self.reading.effect("shell.exec", What::Text(text.into()));
    }

    /// Notes a program and its words; where one is not known, a shell line that says so.
    pub(super) fn run_words(&mut self, words: &[Value]) {
        let origin = words.iter().fold(Origin::default(), |origin, word| origin.with(word.origin));
        self.flag_origin(origin);
        let length = words.iter().map(|word| word.as_text().map_or(1, str::len)).sum();
        if words.first().and_then(Value::as_text).is_none_or(|program| program.starts_with(HOLE))
            || !self.budget.take(length)
        {
            self.runs_unknown = true;
            return self.reading.doubt("a program is run whose name is computed");
        }
        let numbers = |word: &Value| match word.data {
            Data::Number(number) => Some(number.to_string()),
            _ => word.known().map(str::to_owned),
        };
        let known: Option<Vec<String>> = words.iter().map(numbers).collect();
        match known {
            Some(words) => {
                self.spawns_shell |= is_lone_shell(&words.iter().map(String::as_str).collect::<Vec<_>>());
                self.reading.effect("shell.exec", What::Words(words.into_iter().map(String::into_boxed_str).collect()));
            }
            None => {
                let line = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
                self.reading.effect("shell.exec", What::Text(line.into()));
            }
        }
    }

    pub(super) fn flag_origin(&mut self, origin: Origin) {
        if origin.fetched {
            self.reading.flag(Flag::RunsFetchedCode);
        }
        if origin.decoded {
            self.reading.flag(Flag::EncodedCode);
        }
    }

    pub(super) fn decoded(&mut self, text: Option<&str>, undo: impl Fn(&str) -> Option<Vec<u8>>) -> Value {
        let Some(text) = text.filter(|text| self.budget.take(text.len())) else { return Value::default() };
        undo(text).and_then(encoding::text).map_or_else(Value::default, |text| Value::text(&text))
    }

    /// The texts of a list with another in between.
    pub(super) fn joined(&mut self, list: &Value, between: &str) -> Value {
        let Some(items) = list.items() else { return list.clone() };
        let mut text = String::new();
        for (index, (_, item)) in items.iter().enumerate() {
            if index > 0 {
                text.push_str(between);
            }
            match &item.data {
                Data::Number(number) => text.push_str(&number.to_string()),
                _ => text.push_str(item.as_text().unwrap_or("\u{fffc}")),
            }
            if text.len() > limits::CODE_BYTES_MAX {
                return Value::default();
            }
        }
        if self.budget.take(text.len() + items.len()) { Value::text(&text) } else { Value::default() }
    }

    /// The characters with these numbers, as one text.
    pub(super) fn characters(&mut self, items: &[Item]) -> Value {
        let character = |(_, item): &Item| match item.data {
            Data::Number(number) => u32::try_from(number).ok().and_then(char::from_u32),
            _ => None,
        };
        let flat = items.iter().flat_map(|item| item.1.items().unwrap_or(std::slice::from_ref(item)));
        let text: Option<String> = flat.take(limits::CODE_BYTES_MAX).map(character).collect();
        match text {
            Some(text) if self.budget.take(text.len()) => Value::text(&text),
            _ => Value::default(),
        }
    }

    /// The same, each by itself.
    pub(super) fn each_character(&mut self, items: &[Item]) -> Value {
        if !self.budget.take(items.len() * 16) {
            return Value::default();
        }
        let each: Vec<Item> = items.iter().map(|item| (None, self.characters(std::slice::from_ref(item)))).collect();
        Value::new(Data::List(each.into()))
    }

    /// A text with `{}`, `{0}` and `%s` filled, in their order or by their numbers.
    pub(super) fn filled(&mut self, text: &Value, items: &[Item]) -> Value {
        let Some(pattern) = text.as_text().filter(|text| self.budget.take(text.len() * 2)) else { return text.clone() };
        let mut filled = String::with_capacity(pattern.len());
        let mut rest = pattern;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '%']) {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            filled.push_str(before);
            let Some((index, length)) = place_of(from) else {
                filled.push_str(from.get(..1).unwrap_or_default());
                rest = from.get(1..).unwrap_or_default();
                continue;
            };
            let item = items.get(index.unwrap_or(next)).map(|(_, value)| value);
            next += 1;
            let part = match item.map(|item| &item.data) {
                Some(Data::Number(number)) => number.to_string(),
                _ => item.and_then(Value::as_text).unwrap_or("\u{fffc}").to_owned(),
            };
            if !self.budget.take(part.len()) {
                return Value::default();
            }
            filled.push_str(&part);
            rest = from.get(length..).unwrap_or_default();
        }
        filled.push_str(rest);
        Value::text(&filled)
    }
}

/// The number in a place to be filled at the start of `text`, if it has one, and how long the place is.
fn place_of(text: &str) -> Option<(Option<usize>, usize)> {
    const PLACE_BYTES_MAX: usize = 32;
    if let Some(inside) = text.strip_prefix('{') {
        let end = inside.bytes().take(PLACE_BYTES_MAX).position(|byte| byte == b'}')?;
        let number = inside.get(..end)?.parse().ok();
        return Some((number, end + 2));
    }
    let flags = text.bytes().skip(1).take(PLACE_BYTES_MAX);
    let end = flags.clone().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'#'))?;
    let is_place = flags.clone().nth(end).is_some_and(|byte| b"sdiuxXrfgqc".contains(&byte));
    is_place.then_some((None, end + 2))
}

fn quoted(word: &Value) -> String {
    match word.as_text() {
        None => format!("\"{UNKNOWN_WORD}\""),
        Some(text) if text.contains(HOLE) => {
            let escaped: String = text
                .chars()
                .flat_map(|c| ['\\'].into_iter().filter(move |_| "\"\\$`".contains(c)).chain([c]))
                .collect();
            format!("\"{}\"", escaped.replace(HOLE, "${unknown}"))
        }
        Some(text) if text.chars().all(|c| c.is_alphanumeric() || "-_./:=@%+,".contains(c)) && !text.is_empty() => {
            text.to_owned()
        }
        Some(text) => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Whether a command is a shell that takes its lines from elsewhere.
fn is_lone_shell(words: &[&str]) -> bool {
    const SHELLS: [&str; 11] =
        ["sh", "bash", "dash", "zsh", "ksh", "ash", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh"];
    let Some((program, rest)) = words.split_first() else { return false };
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let is_plain = |word: &&str| matches!(*word, "-i" | "-l" | "-li" | "-il" | "-p") || word.contains(['<', '>', '&']);
    SHELLS.contains(&&*name) && rest.iter().all(is_plain)
}
