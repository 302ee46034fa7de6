//! Python: how it is written, and its known calls.

use std::sync::OnceLock;

use super::lexer::{Escapes, Holes, Lexer, Quote, Syntax};
use super::machine::Machine;
use super::token::{Kind, Token};
use super::value::Value;
use super::{Bare, Braces, Language};

pub(super) static PYTHON: Language = Language {
    name: "python",
    names: &["py", "python3", "ipython", "pypy", "jupyter"],
    syntax: Syntax {
        line_comments: &["#"],
        block_comments: &[],
        signs: &[
            "**=", "//=", ">>=", "<<=", "...", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "==", "!=",
            "<=", ">=", "**", "//", "<<", ">>",
        ],
        sigils: "",
        inside: "",
        holes: Holes::None,
        special,
    },
    members: &["."],
    joins: &["+"],
    labels: &["=", ":"],
    keywords: &[
        "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for",
        "global", "if", "in", "is", "lambda", "nonlocal", "or", "pass", "raise", "return", "try", "while", "with",
        "yield",
    ],
    prefixes: &["await", "async", "not"],
    globals: &["builtins", "__builtins__", "globals()", "locals()"],
    switches: &[],
    bare: Bare::None,
    braces: Braces::Records,
    has_brace_keys: false,
    has_lines: true,
    has_commands: false,
    joins_texts: true,
    packs_lists: true,
    ignores_case: false,
    statement: import,
    rows: ROWS,
    table: OnceLock::new(),
};

const ROWS: &str = r#"
open io.open codecs.open os.open gzip.open bz2.open lzma.open tarfile.open shelve.open aiofiles.open : open 0|file|filename|name|path 1|mode
zipfile.ZipFile sqlite3.connect : open 0|file|database 1|mode
os.remove os.unlink os.rmdir send2trash.send2trash : delete 0|path
shutil.rmtree os.removedirs distutils.dir_util.remove_tree : tree 0|path
os.rename os.replace os.renames shutil.move : delete 0|src, write 1|dst
shutil.copy shutil.copyfile shutil.copy2 shutil.copytree shutil.copyfileobj os.link os.symlink : read 0|src, write 1|dst
os.mkdir os.makedirs os.mkfifo os.mknod os.truncate os.chmod os.chown os.utime shutil.chown : write 0|path|name
shutil.make_archive : write 0, read 2
shutil.unpack_archive : read 0, write 1
os.listdir os.scandir os.walk os.fwalk glob.glob glob.iglob : list 0|path|top
os.readlink os.stat linecache.getline fileinput.input pandas.read_csv pd.read_csv pandas.read_json pd.read_json numpy.load np.load numpy.loadtxt np.loadtxt configparser.read : read 0|path|filename
runpy.run_path execfile : run 0
os.path.join -> path 0*
os.path.expanduser os.path.abspath os.path.realpath os.path.normpath os.path.expandvars os.fspath str repr shlex.quote bytes bytearray memoryview -> text 0
Path PurePath PosixPath WindowsPath pathlib.Path pathlib.PurePath pathlib.PosixPath pathlib.WindowsPath -> path 0*
Path.home pathlib.Path.home = ~
Path().unlink Path().rmdir : delete this
Path().read_text Path().read_bytes Path().stat Path().readlink : read this
Path().write_text Path().write_bytes Path().touch Path().mkdir Path().chmod Path().symlink_to Path().hardlink_to : write this
Path().open : open this 0|mode
Path().rename Path().replace : delete this, write 0
Path().iterdir Path().glob Path().rglob Path().walk : list this
Path().joinpath -> path this
Path().expanduser Path().resolve Path().absolute Path().as_posix -> text this
os.system os.popen commands.getoutput commands.getstatusoutput subprocess.getoutput subprocess.getstatusoutput popen2.popen2 asyncio.create_subprocess_shell !line : line 0|cmd|command
subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen Popen : program 0|args
asyncio.create_subprocess_exec : words 0*
os.execl os.execle os.execlp os.execlpe : argv 0 1*
os.execv os.execve os.execvp os.execvpe os.posix_spawn os.posix_spawnp : argv 0 1
os.spawnl os.spawnle os.spawnlp os.spawnlpe : argv 1 2*
os.spawnv os.spawnve os.spawnvp os.spawnvpe : argv 1 2
pty.spawn : program 0, note redirects
pexpect.spawn pexpect.run pexpect.popen_spawn.PopenSpawn fabric.run sh.bash : line 0|command
get_ipython().system get_ipython().getoutput : line 0
os.dup2 : note redirects
os.startfile webbrowser.open : run 0
os.setuid os.setgid os.seteuid os.setreuid os.setresuid : flag privilege
os.kill os.killpg : doubt signals are sent to processes
exec eval compile code.interact : code 0|source
runpy.run_module : module 0
pickle.loads pickle.load cPickle.loads marshal.loads marshal.load dill.loads dill.load joblib.load torch.load shelve.load yaml.load yaml.unsafe_load jsonpickle.decode types.CodeType types.FunctionType : code 0
ctypes.CDLL ctypes.cdll.LoadLibrary ctypes.WinDLL ctypes.windll.LoadLibrary CDLL cffi.FFI : doubt native code is called
ctypes.CDLL().system ctypes.cdll.LoadLibrary().system : line 0
__import__ importlib.import_module import_module importlib.__import__ : module 0|name -> module 0|name
getattr -> member 0 1
setattr globals().update : doubt names are changed while the code runs
requests.get requests.head requests.options httpx.get httpx.head urllib.request.urlopen urllib2.urlopen urllib.urlopen urlopen urllib3.request urllib.request.Request Request aiohttp.request feedparser.parse wget.download : request 0|url -> fetched
requests.post requests.put requests.patch requests.delete httpx.post httpx.put httpx.patch httpx.delete : request 0|url, note sends -> fetched
requests.request httpx.request httpx.stream urllib3.PoolManager().request requests.Session().request requests.session().request : request 1|url, note sends -> fetched
requests.Session().get requests.session().get httpx.Client().get httpx.AsyncClient().get aiohttp.ClientSession().get : request 0|url -> fetched
requests.Session().post requests.session().post httpx.Client().post httpx.AsyncClient().post aiohttp.ClientSession().post : request 0|url, note sends -> fetched
urllib.request.urlretrieve urllib.urlretrieve urlretrieve : request 0|url, write 1|filename -> fetched
http.client.HTTPSConnection http.client.HTTPConnection httplib.HTTPConnection httplib.HTTPSConnection : connect 0|host 1|port -> fetched
smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP telnetlib.Telnet imaplib.IMAP4 imaplib.IMAP4_SSL poplib.POP3 : connect 0|host 1|port
paramiko.SSHClient().connect redis.Redis redis.StrictRedis psycopg2.connect pymysql.connect : connect 0|hostname|host 1|port
paramiko.SSHClient().exec_command : flag remote
socket.socket().connect socket.socket().connect_ex .connect socket.create_connection : address 0|address -> fetched
socket.socket().bind socket.socket().listen socket.create_server http.server.HTTPServer HTTPServer socketserver.TCPServer : flag tunnel, note connects
socket.socket().send socket.socket().sendall socket.socket().sendto .sendall : note sends
websockets.connect websocket.create_connection websocket.WebSocketApp : request 0|url|uri -> fetched
base64.b64decode base64.urlsafe_b64decode base64.standard_b64decode base64.decodebytes base64.decodestring b64decode binascii.a2b_base64 -> base64 0|s
bytes.fromhex bytearray.fromhex binascii.unhexlify binascii.a2b_hex unhexlify -> hex 0
codecs.decode -> encoding 0|obj 1|encoding
codecs.encode -> encoding 0|obj 1|encoding
base64.b32decode base64.b16decode base64.b85decode base64.a85decode zlib.decompress gzip.decompress bz2.decompress lzma.decompress .decompress .decrypt -> packed
.decode .encode -> encoding this 0|encoding
.strip .rstrip .lstrip .read .text .content .getvalue .lower .expanduser .casefold -> text this
.join -> join 0
.format -> formatted this
.replace -> replaced
chr -> chars 0
map -> mapped 0 1
reversed sorted list tuple iter -> items
winreg.SetValueEx winreg.SetValue winreg.CreateKey winreg.CreateKeyEx : flag persistence
keyring.get_password browser_cookie3.chrome browser_cookie3.firefox browser_cookie3.load : flag credentials
os.fork : doubt copies of the program are started
"#;

fn special(lexer: &mut Lexer) -> bool {
    notebook_line(lexer) || string(lexer)
}

/// In a notebook `!line` is a shell line, and so is what follows `%%bash`.
fn notebook_line(lexer: &mut Lexer) -> bool {
    let begins = lexer.before().is_none_or(|token| token.kind == Kind::Line);
    if !begins || !lexer.cursor.rest().starts_with(['!', '%']) {
        return false;
    }
    let cell = ["%%bash", "%%sh", "%%script bash", "%%script sh"];
    let line = if lexer.cursor.take("!") || lexer.cursor.take("%sx ") || lexer.cursor.take("%system ") {
        lexer.cursor.take_line()
    } else if cell.iter().any(|magic| lexer.cursor.take(magic)) {
        lexer.cursor.take_line();
        lexer.cursor.finish().trim()
    } else {
        return false;
    };
    call_line(lexer, "!line", line);
    true
}

/// Adds the tokens of a call of `name` with one text.
fn call_line<'t>(lexer: &mut Lexer<'t>, name: &'static str, line: &'t str) {
    lexer.push(Kind::Name, name);
    lexer.push(Kind::Sign, "(");
    lexer.push(Kind::Text, line);
    lexer.push(Kind::Sign, ")");
}

fn string(lexer: &mut Lexer) -> bool {
    let rest = lexer.cursor.rest();
    let length = rest.bytes().take(3).take_while(|byte| b"rRbBuUfFtT".contains(byte)).count();
    let Some(prefix) = rest.get(..length).filter(|_| length < 3) else { return false };
    let Some(quote) = rest.get(length..).and_then(|rest| rest.chars().next()).filter(|c| matches!(c, '"' | '\''))
    else {
        return false;
    };
    lexer.cursor.skip(length);
    let (three, one) = if quote == '"' { ("\"\"\"", "\"") } else { ("'''", "'") };
    let is_long = lexer.cursor.take(three);
    if !is_long {
        lexer.cursor.skip(1);
    }
    let has = |letters: [char; 2]| prefix.contains(letters);
    lexer.string(Quote::new(
        if is_long { three } else { one },
        match (has(['r', 'R']), has(['b', 'B'])) {
            (true, _) => Escapes::Raw,
            (_, true) => Escapes::Bytes,
            _ => Escapes::Kept,
        },
        if has(['f', 'F']) || has(['t', 'T']) { Holes::Braces } else { Holes::None },
        is_long,
    ));
    true
}

/// `import a.b as c, d` and `from a.b import c as d, e`.
fn import(machine: &mut Machine) -> bool {
    let word = |token: Option<&Token>, word: &str| token.is_some_and(|token| token.is_name(word));
    if word(machine.ahead(0), "import") {
        machine.skip(1);
        names(machine, None);
        return true;
    }
    if !word(machine.ahead(0), "from") {
        return false;
    }
    machine.skip(1);
    let module = dotted(machine);
    machine.context.reading.import(&module);
    if word(machine.ahead(0), "import") {
        machine.skip(1);
        names(machine, Some(&module));
    }
    true
}

/// The list behind `import`, up to the end of the statement. The last token that belongs to it is left.
fn names(machine: &mut Machine, module: Option<&str>) {
    loop {
        while machine
            .ahead(0)
            .is_some_and(|token| token.is_sign("(") || token.is_sign(",") || is_line_in_list(token, module))
        {
            machine.skip(1);
        }
        let name = dotted(machine);
        if name.is_empty() {
            break;
        }
        let is_renamed = machine.ahead(0).is_some_and(|token| token.is_name("as"));
        let local = if is_renamed { machine.ahead(1).map(|token| token.text.to_string()) } else { None };
        if is_renamed {
            machine.skip(2);
        }
        bind(machine, module, &name, local);
        if !machine.ahead(0).is_some_and(|token| token.is_sign(",")) {
            break;
        }
    }
    machine.step_back();
}

/// A list in brackets may go over lines; one that ends its line is over.
fn is_line_in_list(token: &Token, module: Option<&str>) -> bool {
    module.is_some() && token.kind == Kind::Line
}

fn bind(machine: &mut Machine, module: Option<&str>, name: &str, local: Option<String>) {
    match (module, local) {
        (Some(module), local) => {
            let value = machine.value_named(&format!("{module}.{name}"));
            machine.assign(local.as_deref().unwrap_or(name), value);
        }
        (None, local) => {
            machine.context.reading.import(name);
            if let Some(local) = local {
                machine.assign(&local, Value::named(name));
            }
        }
    }
}

fn dotted(machine: &mut Machine) -> String {
    const NAME_BYTES_MAX: usize = 96;
    let mut name = String::new();
    while let Some(token) = machine.ahead(0) {
        let goes_on = token.is_sign(".")
            || token.is_sign("...")
            || token.kind == Kind::Name && (name.is_empty() || name.ends_with('.'));
        if !goes_on || token.is_name("import") {
            break;
        }
        if name.len() < NAME_BYTES_MAX {
            name.push_str(&token.text);
        }
        machine.skip(1);
    }
    name
}
