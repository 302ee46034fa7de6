//! Lua: how it is written, and its known calls.

use std::sync::OnceLock;

use super::lexer::{Escapes, Holes, Lexer, Quote, Syntax};
use super::token::Kind;
use super::{Bare, Braces, Language};

pub(super) static LUA: Language = Language {
    name: "lua",
    names: &["luajit", "luau"],
    syntax: Syntax {
        line_comments: &[],
        block_comments: &[],
        signs: &["...", "..", "==", "~=", "<=", ">=", "//", "<<", ">>", "::"],
        sigils: "",
        inside: "",
        holes: Holes::None,
        special,
    },
    members: &[".", ":"],
    joins: &[".."],
    labels: &["="],
    keywords: &[
        "and", "break", "do", "else", "elseif", "end", "for", "function", "goto", "if", "in", "or", "repeat", "return",
        "then", "until", "while",
    ],
    prefixes: &["local", "not"],
    globals: &["_G", "_ENV"],
    switches: &[],
    bare: Bare::Texts,
    braces: Braces::Records,
    has_brace_keys: false,
    has_lines: true,
    has_commands: false,
    joins_texts: false,
    packs_lists: false,
    ignores_case: false,
    statement: |_| false,
    rows: ROWS,
    table: OnceLock::new(),
};

const ROWS: &str = r#"
os.execute io.popen : line 0
io.open : open 0 1
io.lines io.input : read 0
io.output : write 0
os.remove : delete 0
os.rename : delete 0, write 1
lfs.rmdir : delete 0
lfs.mkdir : write 0
lfs.dir lfs.attributes : list 0
dofile loadfile : run 0
load loadstring : code 0
require : module 0 -> module 0
package.loadlib ffi.load ffi.cdef : doubt native code is called
socket.connect socket.tcp().connect socket.udp().setpeername .connect : connect 0 1 -> fetched
socket.bind socket.tcp().bind : flag tunnel, note connects
http.request https.request socket.http.request ssl.https.request : request 0|url -> fetched
string.char -> chars 0*
string.reverse -> reversed 0
.reverse -> reversed this
string.format -> formatted 0
.format -> formatted this
table.concat -> joinby 0 1
tostring string.lower string.upper -> text 0
string.dump debug.sethook debug.getupvalue : doubt code is looked into while it runs
mime.unb64 base64.decode -> base64 0
"#;

fn special(lexer: &mut Lexer) -> bool {
    if lexer.cursor.take("--") {
        if !long_text(lexer).is_some_and(|_| true) {
            lexer.cursor.take_line();
        }
        return true;
    }
    if let Some(text) = long_text(lexer) {
        lexer.push(Kind::Text, text);
        return true;
    }
    let close = match lexer.cursor.peek() {
        Some('"') => "\"",
        Some('\'') => "'",
        _ => return false,
    };
    lexer.cursor.skip(1);
    let quote = Quote::new(close, Escapes::Decimal, Holes::None, false);
    lexer.string(quote);
    true
}

/// `[[…]]` and `[==[…]==]`; without an end it goes on to the end of the text.
fn long_text<'t>(lexer: &mut Lexer<'t>) -> Option<&'t str> {
    const SIGNS_MAX: usize = 16;
    let behind = lexer.cursor.rest().strip_prefix('[')?;
    let level = behind.bytes().take(SIGNS_MAX).take_while(|byte| *byte == b'=').count();
    behind.get(level..)?.strip_prefix('[')?;
    lexer.cursor.skip(level + 2);
    let close = format!("]{}]", "=".repeat(level));
    let text = match lexer.cursor.take_until(&close) {
        Some(text) => text,
        None => lexer.cursor.finish(),
    };
    Some(text.strip_prefix('\n').unwrap_or(text))
}
