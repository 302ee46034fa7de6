//! Reads a jq filter, or one of yq: which files it reads, and whether it shows the environment.
//!
//! A filter cannot run programs or write files, so it is enough to know all names that stand in it.

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

use super::cursor::Cursor;
use super::{Reading, What, place};
use crate::limits;
use crate::shell::flag::Flag;

/// Reads a filter of `language`, `jq` or `yq`.
pub(super) fn read(language: &'static str, filter: &str) -> Reading {
    let is_yq = language == "yq";
    let mut reader = Reader { cursor: Cursor::new(filter), reading: Reading::new(language), is_yq, ..Reader::new() };
    if reader.tokens().is_none() {
        reader.reading.doubt(format!("the {language} filter could not be read"));
    }
    reader.check_names();
    reader.reading
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    reading: Reading,
    is_yq: bool,
    /// The brackets that are open, and `"` for the string around an interpolation.
    open: Vec<char>,
    /// Names that are used, each with what stands before it.
    used: Vec<&'t str>,
    /// Names that the filter defines: functions and their parameters.
    defined: HashSet<&'t str, RandomState>,
    /// The variable that the function just read is given; no function itself.
    passed: Option<&'t str>,
}

/// The functions of jq up to 1.8, each with what it does to nobody but the filter.
const BUILTINS: &str = "GROUP_BY IN INDEX JOIN UNIQUE_BY abs acos acosh add all any arrays ascii ascii_downcase ascii_upcase asin asinh \
atan atan2 atanh booleans bsearch builtins capture cbrt ceil combinations contains copysign cos cosh date \
dateadd datesub debug del delpaths drem empty endswith erf erfc error exp exp10 exp2 explode expm1 fabs fdim \
finites first flatten floor fma fmax fmin fmod format frexp from_entries fromdate fromdateiso8601 fromjson \
fromstream gamma get_jq_origin get_prog_origin get_search_list getpath gmtime group_by gsub halt halt_error has \
have_decnum have_literal_numbers hypot implode in index indices infinite input input_filename input_line_number \
inputs inside isempty isfinite isinfinite isnan isnormal isvalid iterables j0 j1 jn join keys keys_unsorted last \
ldexp leaf_paths length lgamma lgamma_r limit localtime log log10 log1p log2 logb ltrim ltrimstr map map_values \
match max max_by min min_by mktime modf nan nearbyint nextafter nexttoward normals not now nth nulls numbers \
objects path paths pick pow pow10 range recurse recurse_down remainder repeat reverse rindex rint round rtrim \
rtrimstr scalars scalars_or_empty scalb scalbln scan select setpath significand sin sinh skip sort sort_by split \
splits sqrt startswith stderr strflocaltime strftime strings strptime sub tan tanh test tgamma to_entries \
toarray toboolean todate todateiso8601 tojson tonumber tostream tostring transpose trim trimstr trunc \
truncate_stream type unique unique_by until utf8bytelength values walk while with_entries y0 y1 yn";

/// Words of the grammar.
const WORDS: &str = "def if then elif else end as reduce foreach try catch label break and or not true false null";

/// What yq has besides.
const YQ_BUILTINS: &str = "alias all_c anchor any_c array_to_map collect column comment comments contains di documentIndex document_index \
downcase eval_all explode fi fileIndex file_index filename filter first flatten footComment foot_comment \
format_datetime from_csv from_json from_props from_toml from_tsv from_unix from_xml from_yaml group_by has \
headComment head_comment ireduce is_key key kind line lineComment line_comment max min omit parent parents pick \
pivot root shuffle sortKeys sort_keys splitDoc split_doc style tag to_csv to_json to_number to_props to_string \
to_toml to_tsv to_unix to_xml to_yaml trim tz upcase with with_dtf";

static KNOWN: LazyLock<HashSet<&str, RandomState>> =
    LazyLock::new(|| BUILTINS.split(' ').chain(WORDS.split(' ')).collect());
static KNOWN_TO_YQ: LazyLock<HashSet<&str, RandomState>> = LazyLock::new(|| YQ_BUILTINS.split(' ').collect());

impl<'t> Reader<'t> {
    fn new() -> Reader<'t> {
        Reader {
            cursor: Cursor::new(""),
            reading: Reading::new("jq"),
            is_yq: false,
            open: Vec::new(),
            used: Vec::new(),
            defined: HashSet::default(),
            passed: None,
        }
    }

    fn tokens(&mut self) -> Option<()> {
        while let Some(next) = self.cursor.peek() {
            match next {
                '#' => self.comment()?,
                '"' => {
                    self.cursor.skip(1);
                    self.string()?;
                }
                '(' | '[' | '{' => self.open(next)?,
                ')' | ']' | '}' => self.close(next)?,
                '$' | '@' | '.' => self.marked_name(next),
                c if is_name(c) => self.name()?,
                c if c.is_whitespace() || "|,:;=<>+-*/%?!".contains(c) => self.cursor.skip(c.len_utf8()),
                // Other operators of yq, such as `&` in front of an anchor, change documents alone.
                '&' | '~' if self.is_yq => self.cursor.skip(1),
                _ => return None,
            }
        }
        self.open.is_empty().then_some(())
    }

    /// A comment. Newer versions go on with it behind a backslash, older ones do not.
    fn comment(&mut self) -> Option<()> {
        (!self.cursor.take_line().trim_end_matches('\r').ends_with('\\')).then_some(())
    }

    fn open(&mut self, bracket: char) -> Option<()> {
        self.cursor.skip(1);
        self.open.push(bracket);
        (self.open.len() <= limits::CODE_DEPTH_MAX).then_some(())
    }

    fn close(&mut self, bracket: char) -> Option<()> {
        self.cursor.skip(1);
        let opened = self.open.pop()?;
        // A string goes on behind what was put into it.
        if opened == '"' {
            return if bracket == ')' { self.string() } else { None };
        }
        matches!((opened, bracket), ('(', ')') | ('[', ']') | ('{', '}')).then_some(())
    }

    /// The rest of a string, or of it up to `\(`.
    fn string(&mut self) -> Option<()> {
        loop {
            match self.cursor.next()? {
                '"' => return Some(()),
                '\\' if self.cursor.peek() == Some('(') => {
                    self.open('(')?;
                    let innermost = self.open.last_mut()?;
                    *innermost = '"';
                    return Some(());
                }
                '\\' => {
                    self.cursor.next()?;
                }
                _ => {}
            }
        }
    }

    /// `.name`, `$name` and `@name`, of which only the environment matters.
    fn marked_name(&mut self, mark: char) {
        self.cursor.skip(1);
        let name = self.cursor.take_while(is_name);
        if mark == '$' && name == "ENV" {
            self.environment();
        }
    }

    fn name(&mut self) -> Option<()> {
        let name = self.cursor.take_while(is_name);
        let is_key = self.open.last() == Some(&'{') && self.cursor.rest().trim_start().starts_with(':');
        if name.starts_with(|c: char| c.is_ascii_digit()) || is_key {
            return Some(());
        }
        match name {
            "def" => self.definition(),
            "import" | "include" => self.reading.doubt("the filter takes code from another file"),
            "env" if !self.is_yq => self.environment(),
            _ if self.is_yq => self.yq_name(name),
            _ => self.used.push(name),
        }
        Some(())
    }

    /// `def name(parameters):`; the parameters are functions too.
    fn definition(&mut self) {
        self.cursor.take_while(char::is_whitespace);
        let name = self.cursor.take_while(is_name);
        self.defined.insert(name);
        let Some(inside) = self.cursor.rest().strip_prefix('(') else { return };
        // Whatever cannot be a list of parameters is not searched to its end.
        let is_listed = |c: char| is_name(c) || c.is_whitespace() || matches!(c, ';' | '$');
        let parameters = inside.split(|c| !is_listed(c)).next().unwrap_or_default();
        self.defined.extend(parameters.split(';').map(str::trim).filter(|name| !name.starts_with('$')));
    }

    /// `env.NAME` and `$ENV.NAME` show one variable; anything else may show all of them.
    fn environment(&mut self) {
        let behind = self.cursor.rest().trim_start();
        let name = behind.strip_prefix("[\"").or_else(|| behind.strip_prefix('.')).unwrap_or_default();
        let name = name.strip_prefix('"').unwrap_or(name).split(|c: char| !is_name(c)).next().unwrap_or_default();
        if name.is_empty() || place::is_secret_variable(name) {
            self.reading.flag(Flag::Credentials);
        }
    }

    fn yq_name(&mut self, name: &'t str) {
        let argument = self.cursor.rest().strip_prefix('(').map(str::trim_start).unwrap_or_default();
        match name {
            "load" | "load_str" | "load_xml" | "load_props" | "load_base64" => {
                let file = argument.strip_prefix('"').and_then(|rest| rest.split_once('"'));
                match file.filter(|(name, rest)| !name.contains('\\') && rest.trim_start().starts_with(')')) {
                    Some((file, _)) => self.reading.effect("file.read", What::Text(file.into())),
                    None => self.reading.doubt("the filter reads a file whose name is computed"),
                }
            }
            "env" | "strenv" => {
                let variable = argument.split(|c: char| !is_name(c)).next().unwrap_or_default();
                if variable.is_empty() || place::is_secret_variable(variable) {
                    self.reading.flag(Flag::Credentials);
                }
                self.passed = Some(variable);
            }
            "envsubst" => self.reading.flag(Flag::Credentials),
            _ if self.passed.take_if(|variable| *variable == name).is_some() => {}
            _ => self.used.push(name),
        }
    }

    fn check_names(&mut self) {
        let is_known = |name: &&&str| KNOWN.contains(**name) || (self.is_yq && KNOWN_TO_YQ.contains(**name));
        let unknown = self.used.iter().find(|name| !self.defined.contains(**name) && !is_known(name));
        if let Some(name) = unknown {
            let doubt = format!("nobody knows the function `{}`", super::shown(name));
            self.reading.doubt(doubt);
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
