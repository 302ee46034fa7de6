//! PHP: how it is written, and its known calls.

use std::sync::OnceLock;

use super::lexer::{Escapes, Holes, Lexer, Quote, Syntax, is_name};
use super::perl;
use super::token::Kind;
use super::{Bare, Braces, Language};

pub(super) static PHP: Language = Language {
    name: "php",
    names: &["php-cli", "phtml"],
    syntax: Syntax {
        line_comments: &["//", "#"],
        block_comments: &[("/*", "*/")],
        signs: &[
            "<=>", "===", "!==", "**=", "...", "??=", "<<=", ">>=", "?->", "->", "=>", "::", "==", "!=", "<=", ">=",
            "&&", "||", "??", "++", "--", "+=", "-=", "*=", "/=", ".=", "%=", "|=", "&=", "^=", "<<", ">>", "**",
        ],
        sigils: "$\\",
        inside: "\\",
        holes: Holes::Php,
        special,
    },
    members: &["->", "::", "?->"],
    joins: &["."],
    labels: &["=>", ":"],
    keywords: &[
        "and",
        "as",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "do",
        "else",
        "elseif",
        "finally",
        "for",
        "foreach",
        "function",
        "global",
        "if",
        "instanceof",
        "namespace",
        "or",
        "return",
        "switch",
        "throw",
        "try",
        "while",
        "xor",
        "yield",
        "fn",
        "match",
    ],
    prefixes: &["new", "clone", "public", "private", "protected", "static", "final", "abstract", "var", "@"],
    globals: &["$GLOBALS"],
    switches: &[],
    bare: Bare::Names(&["include", "include_once", "require", "require_once", "echo", "print", "use", "exit", "die"]),
    braces: Braces::Blocks,
    has_brace_keys: false,
    has_lines: false,
    has_commands: false,
    joins_texts: false,
    packs_lists: false,
    ignores_case: true,
    statement: |_| false,
    rows: ROWS,
    table: OnceLock::new(),
};

const ROWS: &str = r#"
system exec shell_exec passthru popen ` expect_popen ssh2_exec : line 0
proc_open : program 0
pcntl_exec : spawn 0 1
eval assert unserialize runkit_function_add : code 0
create_function : code 1
preg_replace mb_ereg_replace : doubt a pattern may run code
call_user_func call_user_func_array array_map array_filter usort register_shutdown_function ob_start : doubt a function is called by a computed name
include include_once require require_once : run 0
dl ffi::cdef ffi.cdef : doubt native code is called
file_get_contents file readfile highlight_file show_source parse_ini_file simplexml_load_file gzfile md5_file sha1_file hash_file stat : open 0 -|mode -> fetched
fopen gzopen splfileobject : open 0 1
file_put_contents touch mkdir tempnam chmod chown chgrp fputcsv : write 0
unlink rmdir : delete 0
rename move_uploaded_file : delete 0, write 1
copy symlink link : read 0, write 1
scandir opendir dir glob readdir directoryiterator recursivedirectoryiterator : list 0
fsockopen pfsockopen ftp_connect ssh2_connect mysqli_connect : connect 0 1 -> fetched
mysqli : connect 0 1
socket_connect : connect 1 2
stream_socket_client : address 0 -> fetched
socket_create : doubt a socket is opened
stream_socket_server socket_bind socket_listen : flag tunnel, note connects
curl_init : request 0 -> fetched
curl_setopt : request 2
get_headers simplexml_load_url soapclient : request 0 -> fetched
curl_exec .getbody .getcontents -> fetched
.get : request 0 -> fetched
.post : request 0, note sends -> fetched
mail : doubt mail is sent
putenv : flag environment
posix_setuid posix_setgid posix_seteuid : flag privilege
posix_kill : doubt signals are sent to processes
pcntl_fork : doubt copies of the program are started
phpinfo get_defined_vars : flag credentials
base64_decode -> base64 0
hex2bin -> hex 0
str_rot13 -> rot13 0
convert_uudecode gzinflate gzuncompress gzdecode openssl_decrypt zlib_decode -> packed
pack -> encoding 1 0
chr -> chars 0
strrev -> reversed 0
implode join -> joinby 1 0
sprintf vsprintf -> formatted 0
trim ltrim rtrim strtolower strtoupper strval stripslashes urldecode rawurldecode html_entity_decode escapeshellarg escapeshellcmd realpath -> text 0
"#;

fn special(lexer: &mut Lexer) -> bool {
    if outside(lexer) {
        return true;
    }
    let Some(next) = lexer.cursor.peek() else { return false };
    match next {
        '"' => quoted(lexer, "\"", Escapes::Kept, Holes::Php),
        '\'' => quoted(lexer, "'", Escapes::Single, Holes::None),
        '`' => return perl::command(lexer),
        '<' => return heredoc(lexer),
        _ => return false,
    }
    true
}

/// What stands outside of `<?php … ?>` is no code.
fn outside(lexer: &mut Lexer) -> bool {
    // In code without these marks they may stand in a text. Looked for once: this is asked at every token.
    let begins = lexer.cursor.at() == 0
        && lexer.cursor.rest().split_once("<?").is_some_and(|(before, _)| !before.contains([';', '$', '(']));
    if !begins && !lexer.cursor.take("?>") {
        return false;
    }
    if lexer.cursor.take_until("<?").is_none() {
        lexer.cursor.finish();
    }
    let is_echo = lexer.cursor.take("=");
    lexer.cursor.take("php");
    lexer.push(Kind::Sign, ";");
    if is_echo {
        lexer.push(Kind::Name, "echo");
    }
    true
}

fn quoted(lexer: &mut Lexer, close: &'static str, escapes: Escapes, holes: Holes) {
    lexer.cursor.skip(1);
    lexer.string(Quote::new(close, escapes, holes, true));
}

/// `<<<END`, `<<<"END"`, `<<<'END'`.
fn heredoc(lexer: &mut Lexer) -> bool {
    let Some(behind) = lexer.cursor.rest().strip_prefix("<<<") else { return false };
    let gap = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let behind = behind.trim_start_matches([' ', '\t']);
    let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
    let inside = behind.strip_prefix(['"', '\'']).unwrap_or(behind);
    let name: &str = inside.split(|c| !is_name(c)).next().unwrap_or_default();
    if name.is_empty() {
        return false;
    }
    lexer.cursor.skip(3 + gap + name.len() + 2 * usize::from(quote.is_some()));
    lexer.document(name, if quote == Some('\'') { Holes::None } else { Holes::Php }, true);
    true
}
