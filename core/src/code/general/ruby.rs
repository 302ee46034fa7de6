//! Ruby: how it is written, and its known calls.

use std::sync::OnceLock;

use super::javascript::regex;
use super::lexer::{Escapes, Holes, Lexer, Quote, Syntax, is_name, is_name_start};
use super::perl;
use super::token::Kind;
use super::{Bare, Braces, Language};

pub(super) static RUBY: Language = Language {
    name: "ruby",
    names: &["rb", "irb", "jruby"],
    syntax: Syntax {
        line_comments: &["#"],
        block_comments: &[],
        signs: &[
            "<=>", "===", "**=", "||=", "&&=", "<<=", ">>=", "...", "=>", "==", "!=", "<=", ">=", "=~", "!~", "&&",
            "||", "..", "&.", "->", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "<<", ">>", "**", "::",
        ],
        sigils: "$@",
        inside: ":?!",
        holes: Holes::HashBraces,
        special,
    },
    members: &[".", "&."],
    joins: &["+", "<<"],
    labels: &["=>", ":"],
    keywords: KEYWORDS,
    prefixes: &["not", "begin"],
    globals: &["Kernel", "Object", "self", "Process"],
    switches: &[],
    bare: Bare::Any,
    braces: Braces::Blocks,
    has_brace_keys: false,
    has_lines: true,
    has_commands: false,
    joins_texts: true,
    packs_lists: true,
    ignores_case: false,
    statement: |_| false,
    rows: ROWS,
    table: OnceLock::new(),
};

const KEYWORDS: &[&str] = &[
    "and", "case", "class", "def", "do", "else", "elsif", "end", "ensure", "for", "if", "in", "module", "next", "or",
    "redo", "rescue", "retry", "return", "then", "undef", "unless", "until", "when", "while", "yield", "break",
];

const ROWS: &str = r#"
IO.popen : program 0
system exec spawn Open3.capture2 Open3.capture2e Open3.capture3 Open3.popen2 Open3.popen2e Open3.popen3 Open3.pipeline PTY.spawn PTY.getpty : words 0*
` : line 0
require require_relative : module 0
load : run 0
open : open 0 1
URI.open OpenURI.open_uri : request 0 -> fetched
File.open File.new IO.open : open 0 1
File.read File.binread File.readlines File.foreach IO.read IO.readlines IO.binread IO.foreach File.readlink File.stat CSV.read YAML.load_file JSON.load_file : read 0
File.write File.binwrite IO.write IO.binwrite FileUtils.touch FileUtils.mkdir FileUtils.mkdir_p Dir.mkdir File.mkfifo File.truncate Pathname.write : write 0
File.delete File.unlink Dir.rmdir Dir.delete Dir.unlink FileUtils.rm FileUtils.rm_f FileUtils.remove FileUtils.rmdir FileUtils.remove_file FileUtils.safe_unlink : delete 0*
FileUtils.rm_r FileUtils.rm_rf FileUtils.remove_dir FileUtils.remove_entry FileUtils.remove_entry_secure FileUtils.rmtree : tree 0*
File.rename FileUtils.mv FileUtils.move : delete 0, write 1
FileUtils.cp FileUtils.cp_r FileUtils.copy FileUtils.copy_file FileUtils.install File.symlink File.link FileUtils.ln_s FileUtils.ln IO.copy_stream : read 0, write 1
File.chmod File.chown FileUtils.chmod FileUtils.chmod_R FileUtils.chown FileUtils.chown_R : write 1*
Dir.glob Dir.entries Dir.children Dir.foreach Dir.each_child Dir.new Dir.open Find.find Dir.chdir : list 0
File.join -> path 0*
File.expand_path File.absolute_path File.realpath String URI URI.parse Shellwords.escape Pathname Pathname.new .to_s .strip .chomp .body .read .to_str -> text 0
Pathname.new().delete Pathname.new().unlink : delete this
Dir.home = ~
Net::HTTP.get Net::HTTP.get_response Net::HTTP.get_print HTTParty.get Faraday.get RestClient.get Excon.get HTTP.get Typhoeus.get Mechanize.new().get : request 0 -> fetched
Net::HTTP.post Net::HTTP.post_form HTTParty.post Faraday.post RestClient.post Excon.post HTTP.post Typhoeus.post : request 0, note sends -> fetched
Net::HTTP.new Net::HTTP.start Net::SSH.start Net::FTP.new Net::FTP.open Net::SMTP.start Net::Telnet.new : connect 0|Host 1|Port -> fetched
TCPSocket.new TCPSocket.open Socket.tcp OpenSSL::SSL::SSLSocket.open UDPSocket.new().connect TCPSocket : connect 0 1 -> fetched
TCPServer.new TCPServer.open WEBrick::HTTPServer.new UNIXServer.new Socket.tcp_server_loop : flag tunnel, note connects
.reopen : note redirects
eval instance_eval class_eval module_eval Object.instance_eval binding.eval RubyVM::InstructionSequence.compile Marshal.load YAML.load YAML.unsafe_load ERB.new : code 0
.eval .instance_eval .class_eval : code 0
send public_send __send__ Kernel.send Object.send : doubt a method is called by a computed name
.constantize Object.const_get : doubt a class is reached by a computed name
Base64.decode64 Base64.strict_decode64 Base64.urlsafe_decode64 -> base64 0
.unpack .unpack1 .pack -> encoding this 0
Zlib::Inflate.inflate Zlib.inflate Zlib.gunzip Zlib::GzipReader.new OpenSSL::Cipher.new -> packed
.chr -> chars this
.join -> joinby this 0
.reverse -> reversed this
.gsub .sub .tr -> replaced
format sprintf -> formatted 0
.to_sym .encode .force_encoding .freeze .dup .downcase .upcase -> text this
Fiddle.dlopen Fiddle::Handle.new DL.dlopen FFI::Library : doubt native code is called
Process.setuid Process::Sys.setuid Process::UID.change_privilege : flag privilege
kill : doubt signals are sent to processes
fork : doubt copies of the program are started
"#;

fn special(lexer: &mut Lexer) -> bool {
    let Some(next) = lexer.cursor.peek() else { return false };
    match next {
        '=' if lexer.is_at_line_start() && lexer.cursor.rest().starts_with("=begin") => {
            if lexer.cursor.take_until("\n=end").is_none() {
                lexer.cursor.finish();
            }
            lexer.cursor.take_line();
        }
        '_' if lexer.is_at_line_start() && lexer.cursor.rest().starts_with("__END__") => {
            lexer.cursor.finish();
        }
        '"' => quoted(lexer, "\"", Escapes::Dropped, Holes::HashBraces),
        '\'' => quoted(lexer, "'", Escapes::Single, Holes::None),
        '`' => return perl::command(lexer),
        '/' if !lexer.is_behind_operand(KEYWORDS) => return regex(lexer),
        '<' => return heredoc(lexer),
        '%' => return percent(lexer),
        ':' => return symbol(lexer),
        '?' => return character(lexer),
        _ => return false,
    }
    true
}

fn quoted(lexer: &mut Lexer, close: &'static str, escapes: Escapes, holes: Holes) {
    lexer.cursor.skip(1);
    lexer.string(Quote::new(close, escapes, holes, true));
}

/// `<<~END`, `<<-'END'`, `<<END`.
fn heredoc(lexer: &mut Lexer) -> bool {
    let Some(behind) = lexer.cursor.rest().strip_prefix("<<") else { return false };
    let is_indented = behind.starts_with(['~', '-']);
    let inside = behind.strip_prefix(['~', '-']).unwrap_or(behind);
    let quote = inside.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    // In quotes the end may have any signs in it.
    let name = match quote {
        Some(quote) => inside.split(quote).nth(1).filter(|name| !name.contains('\n')),
        None => inside.split(|c| !is_name(c)).next(),
    };
    let name = name.unwrap_or_default();
    let is_upper = name.chars().next().is_some_and(char::is_uppercase);
    if name.is_empty() || !(is_indented || is_upper) || lexer.is_behind_operand(KEYWORDS) && !lexer.spaced {
        return false;
    }
    lexer.cursor.skip(2 + usize::from(is_indented) + name.len() + 2 * usize::from(quote.is_some()));
    if quote == Some('`') {
        lexer.push(Kind::Name, "`");
        lexer.spaced = true;
    }
    let holes = if quote == Some('\'') { Holes::None } else { Holes::HashBraces };
    lexer.document(name, holes, is_indented);
    true
}

/// `%q(…)`, `%Q{…}`, `%w[…]`, `%i[…]`, `%x(…)`, `%r{…}`, `%(…)`.
fn percent(lexer: &mut Lexer) -> bool {
    let Some(behind) = lexer.cursor.rest().strip_prefix('%') else { return false };
    let letter = behind.chars().next().filter(|c| matches!(c, 'q' | 'Q' | 'w' | 'W' | 'i' | 'I' | 'x' | 'r' | 's'));
    let open = behind.chars().nth(usize::from(letter.is_some())).filter(|c| "([{<|!/^".contains(*c));
    let Some(open) = open.filter(|open| letter.is_some() || "([{<".contains(*open)) else { return false };
    if lexer.is_behind_operand(KEYWORDS) && (letter.is_none() || !lexer.spaced) {
        return false;
    }
    lexer.cursor.skip(2 + usize::from(letter.is_some()));
    let word = if matches!(letter, Some('q' | 'w' | 'i' | 's' | 'r')) { "q" } else { "qq" };
    let quote = perl::delimited(open, word, Holes::HashBraces);
    match letter {
        Some('x') => lexer.call_string("`", quote),
        Some('w' | 'W' | 'i' | 'I') => perl::words(lexer, quote),
        Some('r') => {
            lexer.taken(quote);
            lexer.push(Kind::Regex, "");
        }
        _ => lexer.string(quote),
    }
    true
}

/// `:name` is a text to whoever takes names.
fn symbol(lexer: &mut Lexer) -> bool {
    let is_symbol = lexer.cursor.second().is_some_and(is_name_start) && !lexer.cursor.rest().starts_with("::");
    // `{key:value}` and `a ? b :c`
    let follows_name = lexer.is_behind_operand(KEYWORDS) && !lexer.spaced;
    if !is_symbol || follows_name {
        return false;
    }
    lexer.cursor.skip(1);
    let name = lexer.cursor.take_while(is_name);
    lexer.push(Kind::Text, name);
    true
}

/// `?a` is a text of one character.
fn character(lexer: &mut Lexer) -> bool {
    let mut letters = lexer.cursor.rest().chars().skip(1);
    let letter = letters.next().filter(|c| !c.is_whitespace());
    let is_alone = letters.next().is_none_or(|c| !is_name(c));
    let Some(letter) = letter.filter(|_| is_alone && !lexer.is_behind_operand(KEYWORDS)) else { return false };
    lexer.cursor.skip(1 + letter.len_utf8());
    lexer.push(Kind::Text, letter.to_string());
    true
}
