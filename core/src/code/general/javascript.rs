//! JavaScript and TypeScript, in Node, Deno, Bun and browsers: how they are written, and their known calls.

use std::sync::OnceLock;

use super::lexer::{Escapes, Holes, Lexer, Quote, Syntax};
use super::machine::Machine;
use super::token::{Kind, Token};
use super::value::Value;
use super::{Bare, Braces, Language};

pub(super) static JAVASCRIPT: Language = Language {
    name: "javascript",
    names: &["js", "node", "nodejs", "typescript", "ts", "deno", "bun", "tsx", "jsx", "ecmascript", "mjs"],
    syntax: Syntax {
        line_comments: &["//", "#!"],
        block_comments: &[("/*", "*/")],
        signs: &[
            ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=",
            "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**",
        ],
        sigils: "$#",
        inside: "$",
        holes: Holes::DollarBraces,
        special,
    },
    members: &[".", "?."],
    joins: &["+"],
    labels: &[":"],
    keywords: KEYWORDS,
    prefixes: &[
        "new", "await", "async", "const", "let", "var", "export", "default", "declare", "static", "public", "private",
    ],
    globals: &["globalThis", "window", "global", "self", "top", "process.mainModule"],
    switches: &[],
    bare: Bare::None,
    braces: Braces::Blocks,
    has_brace_keys: false,
    has_lines: true,
    has_commands: false,
    joins_texts: false,
    packs_lists: false,
    ignores_case: false,
    statement: import,
    rows: ROWS,
    table: OnceLock::new(),
};

const KEYWORDS: &[&str] = &[
    "break",
    "case",
    "catch",
    "class",
    "continue",
    "debugger",
    "delete",
    "do",
    "else",
    "extends",
    "finally",
    "for",
    "function",
    "if",
    "in",
    "instanceof",
    "of",
    "return",
    "switch",
    "throw",
    "try",
    "typeof",
    "void",
    "while",
    "with",
    "yield",
    "interface",
    "type",
    "as",
];

const ROWS: &str = r#"
require require.main.require mainModule.require process.mainModule.require module.require : module 0 -> module 0
import : module 0 -> module 0
process.binding process._linkedBinding process.dlopen WebAssembly.instantiate WebAssembly.compile : doubt native code is called
child_process.exec child_process.execSync : line 0
child_process.spawn child_process.spawnSync child_process.execFile child_process.execFileSync : spawn 0 1
child_process.fork : run 0
Deno.run : program 0|cmd
Deno.Command : spawn 0 1|args
Bun.spawn Bun.spawnSync : program 0|cmd
execa.execa execa : spawn 0 1
execa.command execa.execaCommand execaCommand shelljs.exec shell.exec : line 0
fs.readFile fs.readFileSync fs.createReadStream fs.open fs.openSync fs.readlink fs.readlinkSync fs.stat fs.statSync Deno.readTextFile Deno.readFile Deno.readTextFileSync Deno.readFileSync Deno.open Bun.file fsExtra.readFile : read 0
fs.writeFile fs.writeFileSync fs.appendFile fs.appendFileSync fs.createWriteStream fs.mkdir fs.mkdirSync fs.truncate fs.truncateSync fs.chmod fs.chmodSync fs.chown fs.chownSync Deno.writeTextFile Deno.writeFile Deno.writeTextFileSync Deno.writeFileSync Deno.mkdir Deno.create Bun.write : write 0
fs.unlink fs.unlinkSync fs.rm fs.rmSync fs.rmdir fs.rmdirSync Deno.remove Deno.removeSync : delete 0
rimraf rimraf.sync rimraf.rimraf fs.remove fs.removeSync fs-extra.remove fs-extra.removeSync fs.emptyDir del.sync shelljs.rm : tree 0
fs.rename fs.renameSync Deno.rename fs-extra.move : delete 0, write 1
fs.copyFile fs.copyFileSync fs.cp fs.cpSync fs.symlink fs.symlinkSync fs.link fs.linkSync Deno.copyFile fs-extra.copy : read 0, write 1
fs.readdir fs.readdirSync fs.opendir fs.opendirSync Deno.readDir Deno.readDirSync : list 0
fetch node-fetch undici.fetch undici.request axios axios.get axios.head got got.get superagent.get request request.get needle.get ky.get ky phin importScripts $.get $.getJSON EventSource : request 0|url -> fetched
$.getScript : request 0, flag runs_fetched_code
axios.post axios.put axios.patch axios.delete axios.request got.post superagent.post request.post needle.post ky.post $.post $.ajax navigator.sendBeacon : request 0|url, note sends -> fetched
http.get http.request https.get https.request http2.connect WebSocket ws : request 0|url -> fetched
XMLHttpRequest().open : request 1 -> fetched
.open : request 1
net.connect net.createConnection tls.connect : connect 1|host 0|port, note sends -> fetched
net.Socket().connect .connect : connect 1|host 0|port -> fetched
Deno.connect Deno.connectTls : connect -|hostname -|port -> fetched
dgram.createSocket dns.resolve dns.lookup : doubt packets are sent
net.createServer http.createServer https.createServer Deno.listen Deno.serve Bun.serve : flag tunnel, note connects
.pipe : note redirects
eval Function vm.runInThisContext vm.runInNewContext vm.runInContext vm.Script vm.compileFunction execScript : code 0
setTimeout setInterval : doubt something runs later
Buffer.from Buffer -> encoding 0 1
.toString -> text this
atob window.atob -> base64 0
unescape decodeURIComponent decodeURI String .trim .toLowerCase .text .data .body .valueOf .json -> text 0
String.fromCharCode String.fromCodePoint -> chars 0*
String.raw -> text 0
.concat -> text this
.join -> joinby this 0
.reverse .split -> packed
.replace .replaceAll -> replaced
util.format -> formatted 0
zlib.inflateSync zlib.gunzipSync zlib.unzipSync zlib.brotliDecompressSync CryptoJS.AES.decrypt pako.inflate -> packed
path.join path.resolve path.posix.join path.win32.join -> path 0*
path.normalize fs.realpathSync url.fileURLToPath fileURLToPath -> text 0
os.homedir homedir = ~
URL url.parse -> text 0
process.kill process.abort : doubt signals are sent to processes
process.setuid process.setgid process.seteuid : flag privilege
document.write document.writeln : doubt the page is rewritten
cookieStore.get cookieStore.getAll navigator.credentials.get : flag credentials
document.cookie localStorage sessionStorage ! credentials
keytar.getPassword keytar.findCredentials : flag credentials
"#;

fn special(lexer: &mut Lexer) -> bool {
    match lexer.cursor.peek() {
        Some('"') => quoted(lexer, "\"", Holes::None),
        Some('\'') => quoted(lexer, "'", Holes::None),
        Some('`') => quoted(lexer, "`", Holes::DollarBraces),
        Some('/') if !lexer.is_behind_operand(KEYWORDS) => regex(lexer),
        _ => false,
    }
}

fn quoted(lexer: &mut Lexer, close: &'static str, holes: Holes) -> bool {
    lexer.cursor.skip(1);
    let has_lines = holes != Holes::None;
    lexer.string(Quote::new(close, Escapes::Letters, holes, has_lines));
    true
}

/// A regular expression; without an end on this line it is none.
pub(super) fn regex(lexer: &mut Lexer) -> bool {
    let start = lexer.cursor.at();
    // Looking for the same missing end from every sign would not be linear.
    if start < lexer.no_regex_before {
        return false;
    }
    let mut ahead = lexer.cursor.clone();
    ahead.skip(1);
    let mut in_class = false;
    while let Some(next) = ahead.next().filter(|next| *next != '\n') {
        match next {
            '\\' => {
                ahead.next();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => {
                ahead.take_while(|c| c.is_ascii_alphabetic());
                lexer.cursor.skip(ahead.at() - start);
                lexer.push(Kind::Regex, "");
                return true;
            }
            _ => {}
        }
    }
    lexer.no_regex_before = ahead.at();
    false
}

/// `import x, {a as b} from "module"` and `import "module"`.
fn import(machine: &mut Machine) -> bool {
    const TOKENS_MAX: usize = 256;
    let is_import = machine.ahead(0).is_some_and(|token| token.is_name("import"));
    if !is_import || machine.ahead(1).is_some_and(|token| token.is_sign("(") || token.is_sign(".")) {
        return false;
    }
    let module = (1..TOKENS_MAX)
        .find(|by| machine.ahead(*by).is_none_or(|token| token.kind == Kind::Text || token.is_sign(";")));
    let Some((count, name)) = module.and_then(|by| Some((by, machine.ahead(by)?.text.to_string()))) else {
        return false;
    };
    machine.context.reading.import(&name);
    let name = name.strip_prefix("node:").unwrap_or(&name);
    bind(machine, count, name.strip_suffix("/promises").unwrap_or(name));
    machine.skip(count);
    true
}

fn bind(machine: &mut Machine, count: usize, module: &str) {
    let mut in_braces = false;
    for by in 1..count {
        let Some(token) = machine.ahead(by) else { return };
        in_braces = token.is_sign("{") || in_braces && !token.is_sign("}");
        let is_word = |token: &Token| ["as", "from", "type"].iter().any(|word| token.is_name(word));
        if token.kind != Kind::Name || is_word(token) {
            continue;
        }
        let renamed = machine.ahead(by + 1).filter(|next| next.is_name("as")).and_then(|_| machine.ahead(by + 2));
        let local = renamed.unwrap_or(token).text.to_string();
        let value =
            if in_braces { machine.value_named(&format!("{module}.{}", token.text)) } else { Value::named(module) };
        let is_renamed_here = machine.ahead(by - 1).is_some_and(|before| before.is_name("as"));
        if !is_renamed_here || !in_braces {
            machine.assign(&local, value);
        }
    }
}
