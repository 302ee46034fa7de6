//! The program table: what known programs do with their arguments.
//!
//! The table is data, in the YAML files beside this one; nothing else in the reader knows a program by name unless its
//! arguments are a language of their own. A row:
//!
//! ```yaml
//! cp:                                   # the name; `names: [gcp]` adds others
//!   about: copies files                 # one clause
//!   names: [gcp]
//!   syntax: gnu                         # how options are spelled, see below; unwritten: gnu
//!   options:                            # all spellings in one key, separated by spaces
//!     '-r -R --recursive': { recursive: true }
//!     '-t --target-directory': { value: destination, operands: [source...] }
//!     '-S --suffix': data               # short for { value: data }
//!   operands: [source..., destination]
//!   action: file.copy
//! ```
//!
//! Only options that take a value or matter are listed; any other is taken to be a switch without effect.
//!
//! **syntax**
//!
//! | word | options are |
//! |---|---|
//! | `gnu` | `-abc` together, `-oVALUE` or `-o VALUE`, `--long=VALUE` or `--long VALUE`, long names shortened as long as they are unique, anywhere; `--` ends them |
//! | `posix` | the same, but the first operand ends them (`env`, `ssh`, `xargs`, `python`) |
//! | `long` | `-name VALUE`, `-name=VALUE`, also with two dashes; nothing is bundled (`java`, `terraform`, `openssl`) |
//! | `keys` | `name=value` (`dd`) |
//! | `dos` | `/x` and `-x`, of any case (`del`, `xcopy`) |
//!
//! `bundled: true`: the first operand may be option letters without a dash (`tar xzf`, `ar rcs`).
//!
//! **A role** says what a value or operand is to the program:
//!
//! | role | the word is |
//! |---|---|
//! | `data` | nothing outside the program |
//! | `read`, `write`, `delete`, `list`, `search`, `permissions` | a file or directory: the effect `file.read` and so on |
//! | `edit` | a file that is read and written |
//! | `execute` | a file that is read and run as code or configuration that runs code |
//! | `directory` | the directory the program works in from here on (`git -C`, `tar -C`) |
//! | `url` | a web address: `http.request` |
//! | `host` | a host it connects to, `user@host:port` or a URL: `net.connect` |
//! | `remote` | `[user@]host:path`, a URL, or else a local path; contacted, or read |
//! | `remote_destination` | the same; contacted and sent to, or written |
//! | `body` | data to send; after `@` a file that is read and sent |
//! | `form` | `name=value` to send; after `=@` or `=<` a file that is read and sent |
//! | `run` | the first word of a command: it and everything behind it are run |
//! | `run_more` | the same, and further words come from the standard input (`xargs`) |
//! | `line` | a shell line in one word |
//! | `lines` | it and everything behind it, joined by spaces, are a shell line (`ssh`, `eval`, `watch`) |
//! | `code:LANGUAGE` | code: `python`, `perl`, `ruby`, `node`, `php`, `lua`, `sed`, `awk`, `sql`, `jq`, `powershell`, … |
//! | `assignment` | `NAME=value`, set for what it runs |
//! | `mount` | `source:target[:options]`: the source is read and written |
//! | `unclear` | something that may do anything; it is held |
//! | `arg:NAME` | the argument NAME of the row's `action` |
//! | `source`, `destination` | short for `arg:source`, `arg:destination` |
//!
//! A `...` behind a role repeats it; in the middle of a list it takes what the roles behind it leave. A `?` makes it
//! optional.
//!
//! **An option** has a role, or a mapping of
//!
//! | key | meaning |
//! |---|---|
//! | `value` | the role of its value |
//! | `attached` | the role of its value, which only counts when attached (`-i.bak`, `--in-place=.bak`) |
//! | `as` | other roles for the row's roles while it is given: `{ read: write }` |
//! | `operands` | other operands while it is given |
//! | `recursive` | it goes into all directories below |
//! | `flags` | flags (`core/src/shell/flag.rs`) it sets |
//! | `action`, `args` | the canonical type it amounts to, and its fixed arguments |
//! | `inert` | with it nothing is done at all (`--help`, `--version`, `--dry-run`) |
//! | `ends` | what follows its value is operands, options no longer (`python -c`) |
//!
//! **A row** has besides `about`, `names`, `syntax`, `bundled`, `options`, `operands`, `flags`, `action`, `args`:
//!
//! | key | meaning |
//! |---|---|
//! | `default` | role to value, if there are no operands: `{ list: . }` |
//! | `stdin` | the role of the standard input, if there are no operands or one is `-`: `code:bash`, `sql`, `lines`, `read` |
//! | `place` | where `run`, `line` and `lines` happen: `remote` or `container`; unwritten: here |
//! | `subcommands` | rows by the first operand; a key may be several words apart by `, ` and may have `*`; rows may nest. Their options add to the outer ones. `'*'` stands for any other |
//! | `reader` | the name of a reader in code, for arguments that are a language of their own (`find`) |
//! | `opaque` | it runs things that cannot be seen; held unless the policy names it |
//!
//! **Tests** stand in the `.test.yaml` file of the same name, one mapping of lines to what they amount to, in order, one
//! text each: `TYPE name=value … [recursive]`, `flag NAME`, `run WORDS`, `line TEXT`, `code LANGUAGE TEXT`,
//! `directory PATH`, `set NAME=value`, `stdin ROLE`, `doubt`. Each row has at least one.
//!
//! ```yaml
//! 'cp -r a b c': ['file.copy source=a source=b destination=c recursive']
//! "sed -i s/a/b/ x": ['code sed s/a/b/', 'file.write path=x']
//! ```
