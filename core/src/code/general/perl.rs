//! Perl: how it is written, and its known calls.

use std::sync::OnceLock;

use super::javascript::regex;
use super::lexer::{Escapes, Holes, Lexer, Quote, Syntax, is_name, is_name_start};
use super::machine::Machine;
use super::token::Kind;
use super::{Bare, Braces, Language};

pub(super) static PERL: Language = Language {
    name: "perl",
    names: &["pl"],
    syntax: Syntax {
        line_comments: &["#"],
        block_comments: &[],
        signs: &[
            "<=>", "**=", "||=", "&&=", "//=", "...", "->", "=>", "==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "//",
            "..", "++", "--", "+=", "-=", "*=", ".=", "/=", "|=", "&=", "^=", "<<", ">>", "**", "::",
        ],
        sigils: "$@%&",
        inside: ":",
        holes: Holes::Perl,
        special,
    },
    members: &["->"],
    joins: &["."],
    labels: &["=>"],
    keywords: KEYWORDS,
    prefixes: &["my", "our", "local", "not", "new", "STDERR", "STDOUT"],
    globals: &["CORE", "CORE::GLOBAL"],
    switches: &[],
    bare: Bare::Any,
    braces: Braces::Blocks,
    has_brace_keys: true,
    has_lines: false,
    has_commands: false,
    joins_texts: false,
    packs_lists: false,
    ignores_case: false,
    statement: load,
    rows: ROWS,
    table: OnceLock::new(),
};

const KEYWORDS: &[&str] = &[
    "and", "cmp", "do", "else", "elsif", "eq", "for", "foreach", "ge", "gt", "if", "last", "le", "lt", "ne", "next",
    "or", "redo", "return", "sub", "unless", "until", "while", "xor", "x", "BEGIN", "END",
];

const ROWS: &str = r#"
system exec CORE::system CORE::exec POSIX::system : words 0*
` readpipe CORE::readpipe : line 0
open CORE::open : popen 1*
IO::File.new : popen 0*
sysopen : write 1
unlink CORE::unlink : delete 0*
rmdir : delete 0
rmtree remove_tree File::Path::rmtree File::Path::remove_tree : tree 0*
rename move File::Copy::move mv : delete 0, write 1
copy File::Copy::copy cp link symlink : read 0, write 1
mkdir mkpath make_path truncate utime : write 0
chmod chown : write 1*
opendir : list 1
glob : list 0
find File::Find::find : list 1
require : module 0
eval evalbytes Safe.reval : code 0
IO::Socket::INET.new IO::Socket::IP.new IO::Socket::SSL.new IO::Socket.new Net::Telnet.new Net::SMTP.new Net::FTP.new : connect 0|PeerAddr|PeerHost|Host 1|PeerPort|Port -> fetched
connect : note connects
sockaddr_in pack_sockaddr_in Socket::sockaddr_in Socket::pack_sockaddr_in : connect 1 0
inet_aton gethostbyname Socket::inet_aton -> text 0
listen bind : note connects, flag tunnel
fdopen STDIN.fdopen STDOUT.fdopen STDERR.fdopen dup2 POSIX::dup2 : note redirects
fork : doubt copies of the program are started
setuid POSIX::setuid POSIX::setgid : flag privilege
kill : doubt signals are sent to processes
LWP::Simple::get get head getprint LWP::Simple::getprint : request 0 -> fetched
getstore mirror LWP::Simple::getstore LWP::Simple::mirror : request 0, write 1 -> fetched
.get .head : request 0 -> fetched
.post .put : request 0, note sends -> fetched
HTTP::Request.new : request 1 -> fetched
decode_base64 MIME::Base64::decode_base64 MIME::Base64::decode -> base64 0
pack -> encoding 1 0
unpack uncompress Compress::Zlib::uncompress Compress::Zlib::memGunzip -> packed
chr -> chars 0
reverse -> reversed 0
join -> joinby 1* 0
lc uc lcfirst ucfirst quotemeta chomp trim .content .decoded_content -> text 0
sprintf -> formatted 0
catfile File::Spec.catfile File::Spec.catdir -> path 0*
File::HomeDir.my_home = ~
DynaLoader::dl_load_file syscall : doubt native code is called
"#;

fn special(lexer: &mut Lexer) -> bool {
    let Some(next) = lexer.cursor.peek() else { return false };
    match next {
        '=' if lexer.is_at_line_start() && lexer.cursor.second().is_some_and(is_name_start) => documentation(lexer),
        '_' if end_of_code(lexer) => {
            lexer.cursor.finish();
        }
        '"' => quoted(lexer, '"', Escapes::Dropped, Holes::Perl),
        '\'' => quoted(lexer, '\'', Escapes::Single, Holes::None),
        '`' => return command(lexer),
        '/' if !lexer.is_behind_operand(WORDS_BEFORE_REGEX) => return regex(lexer),
        '<' => return heredoc(lexer) || read_handle(lexer),
        'q' | 'm' | 's' | 't' | 'y' => return quote_like(lexer),
        '$' | '@' | '%' | '&' => return sign_or_sigil(lexer),
        _ => return false,
    }
    true
}

const WORDS_BEFORE_REGEX: &[&str] = &[
    "and", "or", "not", "if", "unless", "while", "until", "return", "split", "grep", "map", "join", "x", "push",
    "print",
];

/// `=pod … =cut`
fn documentation(lexer: &mut Lexer) {
    if lexer.cursor.take_until("\n=cut").is_none() {
        lexer.cursor.finish();
    }
    lexer.cursor.take_line();
}

fn end_of_code(lexer: &Lexer) -> bool {
    lexer.is_at_line_start() && ["__END__", "__DATA__"].iter().any(|end| lexer.cursor.rest().starts_with(end))
}

fn quoted(lexer: &mut Lexer, mark: char, escapes: Escapes, holes: Holes) {
    lexer.cursor.skip(1);
    lexer.string(Quote::new(mark.to_string(), escapes, holes, true));
}

/// What stands between back-quotes is run.
pub(super) fn command(lexer: &mut Lexer) -> bool {
    lexer.cursor.skip(1);
    let holes = lexer.usual_holes();
    lexer.call_string("`", Quote::new("`", Escapes::Dropped, holes, true));
    true
}

/// `<<"END"`, `<<'END'`, `<<~END`, `<<END`.
fn heredoc(lexer: &mut Lexer) -> bool {
    let rest = lexer.cursor.rest();
    let Some(behind) = rest.strip_prefix("<<") else { return false };
    let is_indented = behind.starts_with(['~', '-']);
    let behind = behind.strip_prefix(['~', '-']).unwrap_or(behind);
    let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let inside = quote.map_or(behind, |_| behind.get(1..).unwrap_or_default());
    let name: &str = inside.split(|c| !is_name(c)).next().unwrap_or_default();
    let closes = quote.is_none_or(|quote| inside.get(name.len()..).is_some_and(|rest| rest.starts_with(quote)));
    // What shifts a number has no capital behind it.
    let begins = name.chars().next().is_some_and(|c| quote.is_some() || c.is_uppercase() || is_indented);
    if !closes || !begins {
        return false;
    }
    let length = 2 + usize::from(is_indented) + name.len() + 2 * usize::from(quote.is_some());
    lexer.cursor.skip(length);
    let holes = if quote == Some('\'') { Holes::None } else { lexer.usual_holes() };
    if quote == Some('`') {
        lexer.push(Kind::Name, "`");
        lexer.spaced = true;
    }
    lexer.document(name, holes, is_indented);
    true
}

/// `<STDIN>` and `<$fh>`: what is read there is not known.
fn read_handle(lexer: &mut Lexer) -> bool {
    let Some(inside) = lexer.cursor.rest().strip_prefix('<') else { return false };
    let name = inside.split(|c| !is_name(c) && c != '$').next().unwrap_or_default();
    let closes = inside.get(name.len()..).is_some_and(|rest| rest.starts_with('>'));
    if closes {
        lexer.cursor.skip(name.len() + 2);
        lexer.push(Kind::Regex, "");
    }
    closes
}

/// A sigil that no name follows is an operator, or a variable of one sign.
fn sign_or_sigil(lexer: &mut Lexer) -> bool {
    let names = |c: char| is_name_start(c) || matches!(c, '$' | '{' | ':' | '@' | '%');
    if lexer.cursor.second().is_some_and(names) {
        // `@{…}` and `%$x` are what the thing inside is.
        if lexer.cursor.second() != Some('{') {
            return false;
        }
        lexer.cursor.skip(1);
        return true;
    }
    let is_variable = lexer.cursor.peek() == Some('$') || lexer.cursor.rest().starts_with("@_");
    if is_variable {
        lexer.cursor.skip(1);
        lexer.cursor.next();
        lexer.push(Kind::Name, "$_");
        return true;
    }
    lexer.sign();
    true
}

/// `q(…)`, `qq{…}`, `qw/…/`, `qx(…)`, `m{…}`, `s/…/…/`, `tr/…/…/`, `y/…/…/`.
fn quote_like(lexer: &mut Lexer) -> bool {
    let rest = lexer.cursor.rest();
    let word = ["qq", "qw", "qx", "qr", "q", "m", "s", "tr", "y"]
        .into_iter()
        .find(|word| rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_name)));
    let Some(word) = word else { return false };
    let is_member = lexer.before().is_some_and(|token| token.is_sign("->") || token.is_sign("{") && !lexer.spaced);
    let behind = rest.get(word.len()..).unwrap_or_default();
    let gap = behind.len() - behind.trim_start().len();
    let Some(open) = behind.trim_start().chars().next() else { return false };
    // `s => 1` is a name, and `q = 1` an assignment.
    let is_delimiter =
        open.is_ascii_punctuation() && !matches!(open, ',' | ';' | ')' | '=') && !(open == '#' && gap > 0);
    if is_member || !is_delimiter {
        return false;
    }
    lexer.cursor.skip(word.len() + gap + open.len_utf8());
    let quote = delimited(open, word, lexer.usual_holes());
    match word {
        "q" | "qq" => lexer.string(quote),
        "qx" => lexer.call_string("`", quote),
        "qw" => words(lexer, quote),
        "m" | "qr" => pattern(lexer, quote),
        _ => substitution(lexer, quote),
    }
    true
}

/// The quote that `open` begins.
pub(super) fn delimited<'t>(open: char, word: &str, holes: Holes) -> Quote<'t> {
    let close = match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        other => other,
    };
    let is_plain = !matches!(word, "qq" | "qx") || open == '\'';
    let escapes = if is_plain { Escapes::Single } else { Escapes::Dropped };
    let quote = Quote::new(close.to_string(), escapes, if is_plain { Holes::None } else { holes }, true);
    Quote { open: (close != open).then_some(open), ..quote }
}

/// A list of words, as texts in square brackets.
pub(super) fn words<'t>(lexer: &mut Lexer<'t>, quote: Quote<'t>) {
    let text = lexer.taken(quote);
    lexer.push(Kind::Sign, "[");
    for word in text.split_whitespace() {
        lexer.push(Kind::Text, word.to_owned());
        lexer.push(Kind::Sign, ",");
    }
    lexer.push(Kind::Sign, "]");
}

fn pattern<'t>(lexer: &mut Lexer<'t>, quote: Quote<'t>) {
    lexer.taken(quote);
    lexer.cursor.take_while(|c| c.is_ascii_alphabetic());
    lexer.push(Kind::Regex, "");
}

/// Pattern and replacement, which is code behind the flag `e`.
fn substitution<'t>(lexer: &mut Lexer<'t>, quote: Quote<'t>) {
    let second = if quote.open.is_some() {
        lexer.cursor.take_while(char::is_whitespace);
        lexer.cursor.next().map_or_else(|| quote.clone(), |open| delimited(open, "s", Holes::None))
    } else {
        quote.clone()
    };
    lexer.taken(quote);
    let replacement = lexer.taken(second);
    let flags = lexer.cursor.take_while(|c| c.is_ascii_alphabetic());
    if flags.contains('e') {
        lexer.push(Kind::Name, "eval");
        lexer.spaced = true;
        lexer.push(Kind::Text, replacement);
    } else {
        lexer.push(Kind::Regex, "");
    }
}

/// `use Module` and `require Module`.
fn load(machine: &mut Machine) -> bool {
    let is_load = machine.ahead(0).is_some_and(|token| token.is_name("use") || token.is_name("require"));
    let Some(module) = machine.ahead(1).filter(|token| is_load && token.kind == Kind::Name) else { return false };
    machine.context.reading.import(&module.text);
    machine.skip(1);
    true
}
