//! PowerShell: how it is written, and its known commands and methods.
//!
//! A statement is a command with words or an expression, and each may have the other in brackets. So the lexer follows
//! which of the two it is in.

use std::sync::OnceLock;

use super::lexer::{Escapes, Holes, Lexer, Quote, Syntax, is_name, is_name_start};
use super::token::{Kind, Token};
use super::{Bare, Braces, Language};

pub(super) static POWERSHELL: Language = Language {
    name: "powershell",
    names: &["pwsh", "ps", "psh"],
    syntax: Syntax {
        line_comments: &["#"],
        block_comments: &[("<#", "#>")],
        signs: &["&&", "||", "::", "..", "++", "--", "+=", "-=", "*=", "/=", "%="],
        sigils: "$",
        inside: "",
        holes: Holes::PowerShell,
        special,
    },
    members: &[".", "::"],
    joins: &["+"],
    labels: &["="],
    keywords: KEYWORDS,
    prefixes: &[],
    globals: &[],
    switches: &[
        "recurse",
        "force",
        "confirm",
        "whatif",
        "passthru",
        "usebasicparsing",
        "noprofile",
        "noninteractive",
        "nologo",
        "noexit",
        "wait",
        "append",
        "asjob",
        "raw",
        "nonewline",
        "noclobber",
        "hidden",
        "asplaintext",
        "usedefaultcredentials",
        "skipcertificatecheck",
        "nonewwindow",
        "sta",
        "mta",
    ],
    bare: Bare::None,
    braces: Braces::Blocks,
    has_brace_keys: false,
    has_lines: true,
    has_commands: true,
    joins_texts: false,
    packs_lists: false,
    ignores_case: true,
    statement: |_| false,
    rows: ROWS,
    table: OnceLock::new(),
};

const KEYWORDS: &[&str] = &[
    "begin",
    "break",
    "catch",
    "class",
    "continue",
    "do",
    "dynamicparam",
    "else",
    "elseif",
    "end",
    "enum",
    "exit",
    "filter",
    "finally",
    "for",
    "foreach",
    "function",
    "if",
    "in",
    "param",
    "process",
    "return",
    "switch",
    "throw",
    "trap",
    "try",
    "until",
    "using",
    "while",
];

const ROWS: &str = r#"
remove-item ri rm del erase rd rmdir : delete 0|path|literalpath
clear-content clc clear-item : write 0|path|literalpath
get-content gc cat type get-filehash import-csv ipcsv import-clixml : read 0|path|literalpath
select-string sls : read 1|path
set-content add-content ac out-file tee-object tee export-csv epcsv export-clixml new-item ni mkdir md set-acl : write 0|path|filepath|literalpath
copy-item cp copy cpi : read 0|path|literalpath, write 1|destination
move-item mv move mi rename-item ren rni : delete 0|path|literalpath, write 1|destination|newname
get-childitem gci ls dir get-item gi test-path resolve-path : list 0|path|literalpath
compress-archive : read 0|path, write 1|destinationpath
expand-archive : read 0|path, write 1|destinationpath
invoke-webrequest iwr curl wget invoke-restmethod irm : request 0|uri, write -|outfile, read -|infile -> fetched
start-bitstransfer : request 0|source, write 1|destination -> fetched
invoke-expression iex : code 0|command
powershell powershell.exe pwsh pwsh.exe : encoded -|encodedcommand|ec|e, run -|file|f, code 0|command|c
invoke-command icm enter-pssession etsn new-pssession nsn : flag remote
start-process saps start : spawn 0|filepath 1|argumentlist|args, elevate -|verb
start-job sajb start-threadjob : flag background
invoke-item ii . : run 0|path
> : write 0
import-module ipmo : module 0|name
add-type : doubt native code is called
new-object -> object 0|typename
set-executionpolicy set-mppreference add-mppreference set-netfirewallprofile disable-windowsoptionalfeature : flag security_off
register-scheduledtask register-scheduledjob new-scheduledtask new-service set-service register-wmievent set-wmiinstance : flag persistence
clear-eventlog limit-eventlog remove-eventlog : flag log_tampering
clear-history clhy : flag history_tampering
stop-process spps kill : flag kills_many
restart-computer stop-computer : flag power_state
format-volume clear-disk initialize-disk : flag raw_disk
test-netconnection tnc test-connection : connect 0|computername -|port
send-mailmessage : doubt mail is sent
set-alias sal new-alias nal : doubt a command gets another name
get-credential get-storedcredential : flag credentials
foreach-object % where-object ? select-object select sort-object sort group-object measure-object format-table ft format-list fl out-null out-string out-host write-host write-output echo write-error write-warning write-verbose convertto-json convertfrom-json set-location cd chdir sl push-location pushd pop-location popd get-process gps get-service get-date get-location pwd gl clear-host cls start-sleep sleep get-command gcm get-help get-member gm get-variable set-variable sv join-path split-path get-random compare-object -> items
.downloadstring .downloaddata .openread .getstringasync .getasync : request 0 -> fetched
.downloadfile .downloadfileasync : request 0, write 1 -> fetched
.uploadstring .uploadfile .uploaddata .postasync : request 0, note sends -> fetched
.open : request 1 -> fetched
net.webrequest.create net.httpwebrequest.create : request 0 -> fetched
net.sockets.tcpclient net.sockets.tcpclient.new net.sockets.udpclient net.sockets.udpclient.new : connect 0 1 -> fetched
.getstream : note connects -> fetched
.connect : connect 0 1
net.sockets.tcplistener net.sockets.tcplistener.new net.httplistener : flag tunnel, note connects
io.file.readalltext io.file.readallbytes io.file.readalllines io.file.openread io.streamreader io.streamreader.new : read 0
io.file.writealltext io.file.writeallbytes io.file.appendalltext io.file.create io.streamwriter io.streamwriter.new io.directory.createdirectory : write 0
io.file.delete : delete 0
io.directory.delete : tree 0
io.file.copy : read 0, write 1
io.file.move io.directory.move : delete 0, write 1
io.directory.getfiles io.directory.getdirectories : list 0
diagnostics.process.start : spawn 0 1
scriptblock.create management.automation.scriptblock.create : code 0
.invokescript .newscriptblock : code 0
reflection.assembly.load reflection.assembly.loadfile reflection.assembly.loadfrom runtime.interopservices.marshal.copy : doubt native code is called
convert.frombase64string -> base64 0
.getstring .tostring .trim .tolower -> text 0
.readtoend .content -> text this
.replace -> replaced
.split .substring .insert .tochararray -> packed
io.compression.gzipstream io.compression.deflatestream io.compression.gzipstream.new io.compression.deflatestream.new -> packed
string.join -> joinby 1* 0
string.format -> formatted 0
io.path.combine -> path 0*
array.reverse -> packed
environment.getenvironmentvariables : flag credentials
"#;

fn special(lexer: &mut Lexer) -> bool {
    let Some(next) = lexer.cursor.peek() else { return false };
    if lexer.cursor.take("`\n") || lexer.cursor.take("`\r\n") {
        lexer.spaced = true;
        return true;
    }
    match next {
        '"' | '\'' => quoted(lexer, next),
        '@' if here_string(lexer) => {}
        '$' | '@' | '(' | '{' if opens(lexer, next) => {}
        '$' => variable(lexer),
        ')' | '}' => {
            lexer.sign();
            lexer.in_command = lexer.modes.pop().unwrap_or(false);
        }
        ';' | '|' => {
            lexer.sign();
            lexer.in_command = false;
        }
        '&' => {
            lexer.sign();
            lexer.in_command = lexer.before().is_some_and(|token| token.is_sign("&"));
        }
        ',' => lexer.sign(),
        '>' => redirect(lexer),
        '[' if type_name(lexer) => {}
        '.' | ':' if member(lexer) => {}
        _ if lexer.in_command => word_of_command(lexer, next),
        _ if begins_command(lexer) => return command(lexer),
        '-' => return operator(lexer),
        _ => return false,
    }
    true
}

fn quoted(lexer: &mut Lexer, mark: char) {
    let is_member = !lexer.spaced && lexer.before().is_some_and(|token| token.is_sign(".") || token.is_sign("::"));
    lexer.cursor.skip(1);
    let is_double = mark == '"';
    let escapes = if is_double { Escapes::Backtick } else { Escapes::Doubled };
    let holes = if is_double { Holes::PowerShell } else { Holes::None };
    lexer.string(Quote::new(mark.to_string(), escapes, holes, true));
    // A member may be named by a text.
    if let Some(name) = lexer.tokens.last_mut().filter(|token| is_member && token.kind == Kind::Text) {
        name.kind = Kind::Name;
    }
}

/// `@"`, lines, and `"@`.
fn here_string(lexer: &mut Lexer) -> bool {
    for (open, close, holes) in [("@\"", "\n\"@", Holes::PowerShell), ("@'", "\n'@", Holes::None)] {
        let behind = lexer.cursor.rest().strip_prefix(open).unwrap_or_default();
        if behind.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
            lexer.cursor.take(open);
            lexer.cursor.take_line();
            lexer.cursor.take("\n");
            let escapes = if holes == Holes::None { Escapes::None } else { Escapes::Backtick };
            lexer.string(Quote::new(close, escapes, holes, true));
            return true;
        }
    }
    false
}

/// `> file` is a command that writes what it is handed. `>&1` leads nowhere else.
fn redirect(lexer: &mut Lexer) {
    lexer.cursor.take_while(|c| c == '>');
    if lexer.cursor.take("&") {
        lexer.cursor.take_while(|c| c.is_ascii_digit());
        lexer.spaced = true;
        return;
    }
    lexer.push(Kind::Sign, "|");
    lexer.push(Kind::Command, ">");
    lexer.in_command = true;
}

/// `(`, `{`, `$(`, `@(`, `@{`: in them a statement begins.
fn opens(lexer: &mut Lexer, next: char) -> bool {
    let bracket = if matches!(next, '$' | '@') { lexer.cursor.second() } else { Some(next) };
    let is_variable = next == '$' && bracket == Some('{');
    if !matches!(bracket, Some('(' | '{')) || is_variable {
        return false;
    }
    lexer.modes.push(std::mem::take(&mut lexer.in_command));
    if next == '@' && bracket == Some('{') {
        lexer.cursor.skip(1);
        lexer.push(Kind::Sign, "@");
    } else if matches!(next, '$' | '@') {
        lexer.cursor.skip(1);
    }
    lexer.sign();
    true
}

/// `$name`, `$scope:name`, `${name}`, `$_`.
fn variable(lexer: &mut Lexer) {
    let start = lexer.cursor.at();
    lexer.cursor.skip(1);
    if lexer.cursor.take("{") {
        let name = lexer.cursor.take_while(|c| c != '}' && c != '\n');
        lexer.cursor.take("}");
        return lexer.push(Kind::Name, format!("${name}"));
    }
    lexer.cursor.take_while(|c| is_name(c) || c == '?');
    let is_scoped = lexer.cursor.peek() == Some(':') && lexer.cursor.second().is_some_and(is_name_start);
    if is_scoped {
        lexer.cursor.skip(1);
        lexer.cursor.take_while(is_name);
    }
    let name = lexer.cursor.since(start);
    lexer.push(Kind::Name, name);
}

/// `[Net.WebClient]` where a value may stand.
fn type_name(lexer: &mut Lexer) -> bool {
    const NAME_BYTES_MAX: usize = 96;
    let is_index = !lexer.spaced && lexer.is_behind_operand(KEYWORDS);
    let inside = lexer.cursor.rest().strip_prefix('[').unwrap_or_default();
    if is_index || !inside.starts_with(is_name_start) {
        return false;
    }
    let fits = |c: &char| is_name(*c) || matches!(c, '.' | '[' | ']' | '`' | ',');
    let name: String = inside.chars().take(NAME_BYTES_MAX).take_while(fits).collect();
    let Some(end) = name.find(']') else { return false };
    let end = if name.get(end - 1..).is_some_and(|rest| rest.starts_with("[]]")) { end + 1 } else { end };
    lexer.cursor.skip(end + 2);
    let name: String = name.chars().take(end + 1).filter(|c| *c != '`').collect();
    lexer.push(Kind::Name, format!("[{name}"));
    true
}

/// `.Name` and `::Name` right behind a value.
fn member(lexer: &mut Lexer) -> bool {
    let rest = lexer.cursor.rest();
    let behind = rest.strip_prefix("::").or_else(|| rest.strip_prefix('.').filter(|rest| !rest.starts_with('.')));
    let Some(behind) = behind else { return false };
    let is_value =
        |token: &Token| token.kind == Kind::Name || matches!(&*token.text, ")" | "]" | "}") && token.kind == Kind::Sign;
    let follows = !lexer.spaced && lexer.before().is_some_and(is_value);
    if !follows || !behind.starts_with(|c| is_name_start(c) || matches!(c, '"' | '\'' | '$' | '(')) {
        return false;
    }
    let length = rest.len() - behind.len();
    lexer.cursor.skip(length);
    lexer.push(Kind::Sign, if length == 2 { "::" } else { "." });
    if behind.starts_with(is_name_start) {
        let name = lexer.cursor.take_while(is_name);
        lexer.push(Kind::Name, name);
    }
    true
}

/// A word of a command: an option, or text as it stands.
fn word_of_command(lexer: &mut Lexer, next: char) {
    let is_option = next == '-' && lexer.cursor.second().is_some_and(is_name_start);
    if is_option {
        lexer.cursor.skip(1);
        let name = lexer.cursor.take_while(|c| is_name(c) || c == '-');
        lexer.push(Kind::Option, name);
        lexer.cursor.take(":");
        return;
    }
    let word = bare_word(lexer);
    if word.is_empty() {
        return lexer.sign();
    }
    // `2>` names a stream.
    if lexer.cursor.peek() == Some('>') && matches!(&*word, "*" | "1" | "2" | "3" | "4" | "5" | "6") {
        return;
    }
    let number = word.chars().all(|c| c.is_ascii_digit());
    lexer.push(if number { Kind::Number } else { Kind::Text }, word);
}

/// Takes a word without its back-quotes.
fn bare_word(lexer: &mut Lexer) -> String {
    let mut is_escaped = false;
    let written = lexer.cursor.take_while(|c| {
        let ends = !is_escaped && (c.is_whitespace() || ";|(){},'\"&>".contains(c) || c == '$');
        is_escaped = c == '`' && !is_escaped;
        !ends && c != '\n'
    });
    written.replace('`', "")
}

/// Whether a command may begin here.
fn begins_command(lexer: &Lexer) -> bool {
    const SIGNS: [&str; 9] = [";", "|", "{", "(", "}", "=", "&&", "||", "$("];
    const WORDS: [&str; 6] = ["return", "throw", "else", "do", "try", "finally"];
    let starts = lexer.cursor.peek().is_some_and(|c| is_name_start(c) || ".\\/~%?`".contains(c));
    starts
        && lexer.before().is_none_or(|token| match token.kind {
            Kind::Line | Kind::HoleOpen => true,
            Kind::Sign => SIGNS.contains(&&*token.text),
            Kind::Name => WORDS.iter().any(|word| token.text.eq_ignore_ascii_case(word)),
            _ => false,
        })
}

/// The name of a command, a word of the grammar, or a key of a table.
fn command(lexer: &mut Lexer) -> bool {
    let mut ahead = lexer.cursor.clone();
    let name = ahead.take_while(|c| is_name(c) || c == '-');
    if KEYWORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) {
        lexer.cursor = ahead;
        lexer.push(Kind::Name, name.to_ascii_lowercase());
        return true;
    }
    ahead.take_while(|c| c == ' ' || c == '\t');
    let is_key = !name.is_empty() && ahead.peek() == Some('=') && ahead.second() != Some('=');
    if is_key {
        return false;
    }
    let word = bare_word(lexer);
    if word.is_empty() {
        return false;
    }
    lexer.push(Kind::Command, word);
    lexer.in_command = true;
    true
}

/// `-join`, `-f`, `-replace`, …
fn operator(lexer: &mut Lexer) -> bool {
    if !lexer.cursor.second().is_some_and(is_name_start) {
        return false;
    }
    lexer.cursor.skip(1);
    let name = lexer.cursor.take_while(|c| is_name(c) || c == '`');
    lexer.push(Kind::Sign, format!("-{}", name.replace('`', "").to_ascii_lowercase()));
    true
}
