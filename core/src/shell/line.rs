//! What is known of the lines that a program prints.
//!
//! A line is a row of parts, some of which are patterns of names: `12 ./src/a.c` is a number, a blank and a name below
//! `.`. A name is taken to have no blank, quote, backslash or line end in it; at any other character it is not taken
//! apart, for what stands behind it could be any text.

use super::text::{Kind, Piece, Text, WILDCARDS};

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// These characters.
    Text(Box<str>),
    /// A name, a word or a number that fits this pattern.
    Name(Box<str>),
    /// One word of which nothing is known: it may be an option.
    Word,
    /// One blank or more.
    Blanks,
    /// A word with blanks before or behind it: so many characters, if that is known.
    Column(Option<usize>),
    /// Anything.
    Unknown,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line(pub(super) Vec<Part>);

/// Any number of lines, each of which is like one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) shapes: Vec<Line>,
    /// What stands behind each of them.
    pub(super) end: char,
}

/// Shapes that are told apart.
const SHAPES_MAX: usize = 24;

impl Lines {
    pub(super) fn new(shapes: Vec<Line>) -> Lines {
        Lines { shapes, end: '\n' }
    }

    /// The lines of a text, if nothing in it comes from outside. If a name in it may be several, each is a line of its
    /// own that ends in a blank.
    pub(super) fn of(text: &Text) -> Option<Lines> {
        let end = if text.names_several() { ' ' } else { '\n' };
        let mut shapes = vec![Line::default()];
        for piece in &text.0 {
            for (place, part) in piece.text.split(['\n', end]).enumerate() {
                if place > 0 {
                    shapes.push(Line::default());
                }
                shapes.last_mut()?.push_piece(part, &piece.kind)?;
            }
        }
        shapes.pop_if(|last| last.0.is_empty());
        (shapes.len() <= SHAPES_MAX).then_some(Lines { shapes, end })
    }

    /// These lines and others among or behind them.
    pub(super) fn and(mut self, others: Lines) -> Option<Lines> {
        for shape in others.shapes {
            if !self.shapes.contains(&shape) {
                self.shapes.push(shape);
            }
        }
        (self.end == others.end && self.shapes.len() <= SHAPES_MAX).then_some(self)
    }

    /// The same with each line changed.
    pub(super) fn map(&self, change: impl Fn(&Line) -> Line) -> Lines {
        let mut shapes: Vec<Line> = Vec::with_capacity(self.shapes.len());
        for shape in self.shapes.iter().map(change) {
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        Lines { shapes, end: self.end }
    }

    /// The words in them; what is not known stands as `shown`.
    pub(super) fn words(&self, shown: &str) -> Vec<Text> {
        let words = self.shapes.iter().flat_map(Line::words);
        let words = words.map(|word| word.map_or_else(|| open(shown), |word| self.word(&word, shown)));
        if self.shapes.len() < 2 {
            return words.collect();
        }
        words.fold(Vec::new(), |mut all, word| {
            all.extend((!all.contains(&word)).then_some(word));
            all
        })
    }

    /// A word of one of them. If there are several, nobody knows which of them comes first.
    pub(super) fn word(&self, word: &Line, shown: &str) -> Text {
        match word.known().filter(|_| self.shapes.len() > 1) {
            None => word.word(shown),
            Some(known) if known.starts_with('-') => open(shown),
            Some(known) if known == ".." || known.contains('/') => Text::glob(known),
            Some(_) => Text::plain_unknown(),
        }
    }

    /// All of them, as a substitution gives them; what is not known stands as `shown`.
    pub(super) fn text(&self, shown: &str) -> Text {
        match self.shapes.as_slice() {
            // Nothing may be printed at all, so that even what is known is a pattern.
            [only] if only.known().is_some_and(|known| !known.is_empty()) => {
                Text::glob(only.known().unwrap_or_default()).with_quotes(false).or_nothing()
            }
            [only] => Text(only.0.iter().map(|part| part.piece(shown)).collect()).or_nothing(),
            _ => Text::list(self.words(shown)),
        }
    }

    /// The lines one by one.
    pub(super) fn each(&self) -> impl Iterator<Item = Lines> + '_ {
        self.shapes.iter().map(|shape| Lines { shapes: vec![shape.clone()], end: self.end })
    }

    /// How much there is to copy.
    pub(super) fn size(&self) -> usize {
        self.shapes.iter().flat_map(|line| &line.0).map(|part| part.pattern().map_or(8, |text| text.len() + 8)).sum()
    }
}

impl Part {
    fn pattern(&self) -> Option<&str> {
        match self {
            Part::Text(text) | Part::Name(text) => Some(text),
            Part::Blanks | Part::Column(_) => Some(" "),
            Part::Word | Part::Unknown => None,
        }
    }

    fn begins_blank(&self) -> bool {
        match self {
            Part::Text(text) => text.starts_with(char::is_whitespace),
            part => *part == Part::Blanks,
        }
    }

    fn piece(&self, shown: &str) -> Piece {
        let (text, kind) = match self {
            Part::Text(text) => (&**text, Kind::Literal),
            Part::Name(pattern) => (&**pattern, Kind::Glob),
            Part::Blanks => (" ", Kind::Literal),
            Part::Column(_) => (" * ", Kind::Glob),
            Part::Word | Part::Unknown => ("", Kind::Unknown(shown.into())),
        };
        Piece { text: text.into(), kind, quoted: false }
    }
}

/// A line in the course of being taken apart. A field that is not clear may be any number of fields.
#[derive(Default)]
struct Fields {
    done: Vec<Option<Line>>,
    current: Line,
    is_unclear: bool,
}

impl Fields {
    fn end(&mut self) {
        let field = std::mem::take(&mut self.current);
        self.done.push((!std::mem::take(&mut self.is_unclear)).then_some(field));
    }

    fn end_word(&mut self) {
        if self.is_unclear || !self.current.0.is_empty() {
            self.end();
        }
    }

    /// Adds a part; `next` is the one behind it.
    fn push(&mut self, part: &Part, next: Option<&Part>, separator: char) {
        let ends = || matches!(next, Some(Part::Text(text)) if text.starts_with(separator));
        match part {
            Part::Text(text) => {
                for (place, field) in text.split(separator).enumerate() {
                    if place > 0 {
                        self.end();
                    }
                    self.current.push_text(field);
                }
            }
            Part::Name(pattern) if is_never_in_names(separator) => self.current.push(Part::Name(pattern.clone())),
            Part::Name(pattern) if separator == '/' => self.path(pattern),
            Part::Name(pattern) if next.is_none() || ends() => self.name_with_separators(pattern, separator),
            Part::Word if is_never_in_names(separator) => self.current.push(Part::Word),
            Part::Column(_) if separator != ' ' => self.current.push(part.clone()),
            Part::Blanks if !separator.is_whitespace() => self.current.push(part.clone()),
            Part::Name(_) | Part::Word | Part::Blanks | Part::Column(_) | Part::Unknown => self.is_unclear = true,
        }
    }

    /// The first field of a name is a name that begins like it; what follows may be anything.
    fn name_with_separators(&mut self, pattern: &str, separator: char) {
        match beginning(pattern).filter(|beginning| self.current.0.is_empty() && !beginning.contains(separator)) {
            Some(beginning) => {
                self.current.push(Part::Name(beginning.into()));
                self.end();
            }
            None => self.is_unclear = true,
        }
        self.is_unclear = true;
    }

    /// Of a path the last name is known.
    fn path(&mut self, pattern: &str) {
        self.is_unclear = true;
        if let Some(name) = last_name(pattern) {
            self.end();
            self.current.push(Part::Name(name.into()));
        }
    }
}

impl Line {
    pub(super) fn text(text: &str) -> Line {
        Line::default().with_text(text)
    }

    pub(super) fn name(pattern: &str) -> Line {
        Line::default().with_name(pattern)
    }

    pub(super) fn unknown() -> Line {
        Line(vec![Part::Unknown])
    }

    pub(super) fn with_text(mut self, text: &str) -> Line {
        self.push_text(text);
        self
    }

    /// Adds a name that fits `pattern`; without wildcards that is the very name.
    pub(super) fn with_name(mut self, pattern: &str) -> Line {
        match pattern.contains(WILDCARDS) {
            true => self.push(Part::Name(pattern.into())),
            false => self.push_text(pattern),
        }
        self
    }

    /// Adds a word or a number of which nothing is known.
    pub(super) fn with_word(self) -> Line {
        self.with_name("*")
    }

    pub(super) fn with(mut self, part: Part) -> Line {
        self.push(part);
        self
    }

    pub(super) fn then(mut self, other: &Line) -> Line {
        other.0.iter().for_each(|part| self.push(part.clone()));
        self
    }

    pub(super) fn push(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.push_text(&text),
            part => self.0.push(part),
        }
    }

    fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => *last = format!("{last}{text}").into(),
            _ => self.0.push(Part::Text(text.into())),
        }
    }

    fn push_piece(&mut self, text: &str, kind: &Kind) -> Option<()> {
        match kind {
            Kind::Literal => self.push_text(text),
            Kind::Unknown(_) => return None,
            Kind::Nothing => {}
            Kind::Glob => {
                for (place, word) in text.split(' ').enumerate() {
                    self.push_text(if place > 0 { " " } else { "" });
                    *self = std::mem::take(self).with_name(word);
                }
            }
        }
        Some(())
    }

    /// The very characters, if all of them are known.
    pub(super) fn known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The words between blanks.
    pub(super) fn words(&self) -> Vec<Option<Line>> {
        let mut fields = Fields::default();
        for (place, part) in self.0.iter().enumerate() {
            match part {
                Part::Text(text) | Part::Name(text) => {
                    for (place, word) in text.split(char::is_whitespace).enumerate() {
                        if place > 0 {
                            fields.end_word();
                        }
                        let is_name = matches!(part, Part::Name(_)) && !word.is_empty();
                        let current = std::mem::take(&mut fields.current);
                        fields.current = if is_name { current.with_name(word) } else { current.with_text(word) };
                    }
                }
                Part::Word => fields.current.push(Part::Word),
                Part::Blanks => fields.end_word(),
                Part::Column(_) => {
                    // Whether there are blanks between it and what stands beside it is not known.
                    let is_apart = self.0.get(place + 1).is_none_or(Part::begins_blank);
                    fields.is_unclear |= !fields.current.0.is_empty() || !is_apart;
                    fields.current.push(Part::Name("*".into()));
                }
                Part::Unknown => fields.is_unclear = true,
            }
        }
        fields.end_word();
        fields.done
    }

    /// The fields between separators.
    pub(super) fn fields(&self, separator: char) -> Vec<Option<Line>> {
        let mut fields = Fields::default();
        for (place, part) in self.0.iter().enumerate() {
            fields.push(part, self.0.get(place + 1), separator);
        }
        fields.end();
        fields.done
    }

    /// The line without blanks before it.
    pub(super) fn without_indent(&self) -> Line {
        let mut rest = self.0.as_slice();
        while let [Part::Blanks, behind @ ..] = rest {
            rest = behind;
        }
        match rest {
            [Part::Text(text), behind @ ..] => Line::text(text.trim_start()).then(&Line(behind.to_vec())),
            rest => Line(rest.to_vec()),
        }
    }

    /// The line as one word; what is not known stands as `shown`.
    pub(super) fn word(&self, shown: &str) -> Text {
        let is_clear = |part: &Part| matches!(part, Part::Text(_) | Part::Name(_));
        if !self.0.iter().all(is_clear) || self.may_climb() {
            return Text::unknown(shown, "");
        }
        let mut text = Text::default();
        let mut is_any = false;
        for part in &self.0 {
            // What may be anything below here is so with something behind it, too.
            let has_directory = part.pattern().is_some_and(|text| text.contains('/'));
            if is_any && !has_directory {
                continue;
            }
            text.append(Text::from(part.piece(shown)).with_quotes(true));
            is_any = matches!(part, Part::Name(pattern) if matches!(&**pattern, "**" | "./**"));
        }
        text
    }

    /// Whether it may lead above what its patterns say: by `..` behind one, or by dots beside one.
    fn may_climb(&self) -> bool {
        if self.0.len() < 2 {
            return false;
        }
        let text: String = self.0.iter().filter_map(Part::pattern).collect();
        let mut names = text.split('/').skip_while(|name| !name.contains(WILDCARDS));
        let is_dots = |name: &str| name.contains('.') && name.chars().all(|c| c == '.' || WILDCARDS.contains(&c));
        names.any(|name| name == ".." || is_dots(name))
    }
}

/// Any number of words that are not known.
fn open(shown: &str) -> Text {
    Text::unknown(shown, "").with_quotes(false)
}

fn is_never_in_names(c: char) -> bool {
    c.is_whitespace() || c == '\0'
}

/// The pattern of what is left of a name that ends early, within what the wildcards stand for.
pub(super) fn beginning(pattern: &str) -> Option<String> {
    let (head, _) = pattern.split_at_checked(pattern.find(WILDCARDS)?)?;
    let has_directories = pattern.contains("**") || pattern.get(head.len()..)?.contains('/');
    Some(format!("{head}{}", if has_directories { "**" } else { "*" }))
}

/// The pattern of the last name of a path that fits `pattern`; `None` if it may be the directory above or none at all.
pub(super) fn last_name(pattern: &str) -> Option<&str> {
    let path = pattern.trim_end_matches('/');
    match path.rsplit('/').next()? {
        "**" => {
            let above = path.trim_end_matches('*').trim_end_matches('/').rsplit('/').next()?;
            let is_name = path == "**" || above == "." || !above.starts_with('.') && !above.is_empty();
            is_name.then_some("*")
        }
        "" | ".." => None,
        name => Some(name),
    }
}

/// The patterns of the directories of what fits `pattern`.
pub(super) fn directories(pattern: &str) -> Vec<String> {
    let path = pattern.trim_end_matches('/');
    let Some((directory, name)) = path.rsplit_once('/') else {
        return vec![if path == "**" { path } else { "." }.to_owned()];
    };
    match (directory, name) {
        (".", "**") => vec![path.to_owned()],
        ("", "**") => vec![path.to_owned(), "/".to_owned()],
        (directory, "**") => [path.to_owned()].into_iter().chain(directories(directory)).collect(),
        ("", _) => vec!["/".to_owned()],
        _ => vec![directory.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: &[Option<Line>]) -> Vec<String> {
        fields.iter().map(|field| field.as_ref().map_or("?".to_owned(), |line| line.word("?").shown().into())).collect()
    }

    #[test]
    fn words_stand_between_blanks() {
        let name = |pattern| Line::default().with_word().with_text(" ").with_name(pattern);
        for (line, wanted) in [
            (name("./**"), &["*", "./**"][..]),
            (Line::text(" a  b "), &["a", "b"]),
            (Line::text("/etc/").with_name("*"), &["/etc/*"]),
            (Line::unknown().with_text("\t").with_name("*"), &["?", "*"]),
            (Line::text("a").with(Part::Unknown), &["?"]),
            (Line(vec![Part::Column(Some(2))]).with_text(" ").with_name("*"), &["*", "*"]),
            (Line::default().with_word().with(Part::Blanks).with_text("x"), &["*", "x"]),
            (Line::name("a b/**"), &["a", "b/**"]),
        ] {
            assert_eq!(shown(&line.words()), wanted, "{line:?}");
        }
    }

    #[test]
    fn fields_stand_between_separators() {
        let matched = Line::name("./**").with_text(":").with(Part::Unknown);
        for (line, separator, wanted) in [
            (matched, ':', &["./**", "?", "?"][..]),
            (Line::name("./**").with_text(" x"), ' ', &["./**", "x"]),
            (Line::text("a::b"), ':', &["a", "", "b"]),
            (Line::name("src/*.c"), '.', &["src/*", "?"]),
            (Line::name("./**"), '.', &["?"]),
            (Line::name("./**"), '/', &["?", "*"]),
            (Line::name("../**"), '/', &["?"]),
            (Line::default().with_word().with(Part::Blanks).with_word(), ' ', &["?"]),
        ] {
            assert_eq!(shown(&line.fields(separator)), wanted, "{line:?} {separator}");
        }
    }

    #[test]
    fn what_may_lead_above_is_not_known() {
        for line in [
            Line::name("./**").with_text("/../x"),
            Line::text(".").with_name("*"),
            Line::name("*").with_text("."),
            Line::name("./**").with(Part::Unknown),
        ] {
            assert!(line.word("?").has_unknown(), "{line:?}");
        }
        assert!(!Line::text("../").with_name("*").word("?").has_unknown());
    }

    #[test]
    fn directories_of_patterns() {
        for (pattern, wanted) in [
            ("./**", &["./**"][..]),
            ("src/**", &["src/**", "."]),
            ("/w/a/**", &["/w/a/**", "/w"]),
            ("../**", &["../**", "."]),
            ("/**", &["/**", "/"]),
            ("**", &["**"]),
            ("*.c", &["."]),
            ("src/*/", &["src"]),
            ("/x", &["/"]),
        ] {
            assert_eq!(directories(pattern), wanted, "{pattern}");
        }
    }
}
