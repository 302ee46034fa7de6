//! The variables that change what programs do, and what each of them changes.

/// What a variable does to the programs that see it.
pub(super) enum Power {
    /// Its value is a command line that they run.
    Runs,
    /// The same, unless it is the bare name of a program.
    RunsUnlessBare,
    /// They load code or settings from where it says.
    Loads,
    /// The same, if the value has one of these in it.
    LoadsWith(&'static [&'static str]),
    /// They read code or settings there: files or directories, with `:` between them.
    Reads,
    /// They write where it says, if that is a path.
    Writes,
    /// They fetch code from there, if it is an address.
    Source,
    /// They send their traffic there.
    Proxy,
    /// It says where programs are found.
    Path,
    /// It says where `cd` looks for directories.
    Places,
    /// It says how much of the history is kept.
    History,
    /// Its value is expanded whenever the shell shows what it does.
    Prompt,
}

/// Commands that programs run.
const RUNS: &[&str] = &[
    "PAGER",
    "GIT_PAGER",
    "MANPAGER",
    "MANLESS",
    "SYSTEMD_PAGER",
    "BAT_PAGER",
    "ACK_PAGER",
    "ACK_PAGER_COLOR",
    "EDITOR",
    "VISUAL",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_EXTERNAL_DIFF",
    "GIT_PROXY_COMMAND",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "PROMPT_COMMAND",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "LESSEDIT",
    "RSYNC_RSH",
    "CVS_RSH",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "GOCACHEPROG",
    "CMAKE_C_COMPILER_LAUNCHER",
    "CMAKE_CXX_COMPILER_LAUNCHER",
    "CCACHE_PREFIX",
    "CCACHE_COMPILER",
    "DELTA_PAGER",
    "BUNDLER_EDITOR",
    "PNPM_SCRIPT_SHELL",
    "NPM_CONFIG_SCRIPT_SHELL",
    "npm_config_script_shell",
    "FZF_DEFAULT_COMMAND",
    "FCEDIT",
    "SVN_EDITOR",
    "HGEDITOR",
    "KUBE_EDITOR",
    "SVN_SSH",
];

/// Programs that others run, by name or by path.
const RUNS_UNLESS_BARE: &[&str] = &[
    "CC",
    "CXX",
    "FC",
    "LD",
    "AR",
    "RUSTC",
    "RUSTDOC",
    "RUSTFMT",
    "CARGO",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTDOC",
    "PKG_CONFIG",
    "CPP",
    "AS",
    "RSH",
    "HG",
    "JAVACMD",
    "SWIFT_EXEC",
    "CLIPPY_DRIVER",
    "RUSTC_LINKER",
    "CMAKE_C_COMPILER",
    "CMAKE_CXX_COMPILER",
    "SHELL",
    "MAKE",
];

/// Code, settings that name programs, or options that do.
const LOADS: &[&str] = &[
    "BASH_ENV",
    "ENV",
    "ZDOTDIR",
    "SHELLOPTS",
    "BASHOPTS",
    "HOME",
    "XDG_CONFIG_HOME",
    "PERL5OPT",
    "PERL5LIB",
    "PERL5DB",
    "RUBYOPT",
    "RUBYLIB",
    "BUNDLE_GEMFILE",
    "SPEC_OPTS",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONBREAKPOINT",
    "PYTHONUSERBASE",
    "PYTHONPLATLIBDIR",
    "PYTHONEXECUTABLE",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
    "PYLINTRC",
    "COVERAGE_PROCESS_START",
    "NOXFILE",
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_ALLOW_PROTOCOL",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GCONV_PATH",
    "LOCPATH",
    "LOCATE_PATH",
    "EXINIT",
    "VIMINIT",
    "TERMINFO",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "NODE_REPL_EXTERNAL_MODULE",
    "NODE_PATH",
    "CLASSPATH",
    "LUA_INIT",
    "AWKPATH",
    "AWKLIBPATH",
    "BC_ENV_ARGS",
    "MAKEFILES",
    "LESSKEY",
    "LESSKEYIN",
    "LESSKEY_SYSTEM",
    "LESSKEYIN_SYSTEM",
    "LESSKEY_CONTENT",
    "MANOPT",
    "MANPATH",
    "MANROFFOPT",
    "MANROFFSEQ",
    "INFOPATH",
    "GROFF_TMAC_PATH",
    "GROFF_COMMAND_PREFIX",
    "GROFF_BIN_PATH",
    "ACKRC",
    "ACK_OPTIONS",
    "RIPGREP_CONFIG_PATH",
    "RUSTUP_HOME",
    "GOENV",
    "GOROOT",
    "GOTOOLDIR",
    "GOWORK",
    "GOAUTH",
    "GOVCS",
    "DOTNET_STARTUP_HOOKS",
    "MOCHA_OPTIONS",
    "ESLINT_FLAGS",
    "YARN_RC_FILENAME",
    "YARN_PLUGINS",
    "YARN_YARN_PATH",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "R_PROFILE",
    "R_PROFILE_USER",
    "INPUTRC",
    "KUBECONFIG",
    "CURL_HOME",
    "WGETRC",
    "PSQLRC",
    "SYSTEM_WGETRC",
    "HGRCPATH",
    "BAT_CONFIG_PATH",
    "MAVEN_ARGS",
    "SHELLCHECK_OPTS",
    "GREP_OPTIONS",
];

/// The same, for all that begin like this.
const LOADS_BEGINNING: &[&str] = &[
    "LD_",
    "DYLD_",
    "BASH_FUNC_",
    "LUA_INIT_",
    "GIT_CONFIG",
    "CARGO_ALIAS_",
    "CARGO_TARGET_",
    "CARGO_ENCODED_",
    "CORECLR_",
    "TOX_",
];

/// Places of code or settings that are as good as those of the project, if they lie in it.
const READS: &[&str] = &[
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "PERLLIB",
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_PATH",
    "BUNDLE_CONFIG",
    "BUNDLE_APP_CONFIG",
    "UV_CONFIG_FILE",
    "PIP_CONFIG_FILE",
    "PIP_REQUIREMENT",
    "COVERAGE_RCFILE",
    "MYPYPATH",
    "RUFF_CONFIG",
    "TS_NODE_PROJECT",
    "JAVA_HOME",
    "M2_HOME",
    "MAVEN_USER_HOME",
    "MAVEN_PROJECTBASEDIR",
    "GRADLE_USER_HOME",
    "DOTNET_ROOT",
    "DOTNET_ADDITIONAL_DEPS",
    "MSBUILD_EXE_PATH",
    "MIX_EXS",
    "MIX_HOME",
    "ERL_LIBS",
    "COMPOSER_HOME",
    "CMAKE_TOOLCHAIN_FILE",
    "YAMLLINT_CONFIG_FILE",
    "OPENSSL_MODULES",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_HOME",
    "XDG_DATA_DIRS",
    "AWS_CONFIG_FILE",
    "NETRC",
    "HOSTALIASES",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "PKG_CONFIG_PATH",
    "LIBRARY_PATH",
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "CCACHE_CONFIGPATH",
    "QT_PLUGIN_PATH",
    "GIO_EXTRA_MODULES",
];

/// Where packages and the like come from.
const SOURCES: &[&str] = &[
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_FIND_LINKS",
    "GOPROXY",
    "GOSUMDB",
    "RUSTUP_DIST_SERVER",
    "RUSTUP_UPDATE_ROOT",
    "YARN_NPM_REGISTRY_SERVER",
    "DOCKER_HOST",
];

/// Files and directories that are written.
const WRITES: &[&str] = &[
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_HOME",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_REDIRECT_STDOUT",
    "GIT_REDIRECT_STDERR",
    "GOPATH",
    "GOBIN",
    "GOCACHE",
    "GOMODCACHE",
    "GOTMPDIR",
    "GOCOVERDIR",
    "TMPDIR",
    "COVERAGE_FILE",
    "PYTHONPYCACHEPREFIX",
    "MYPY_CACHE_DIR",
    "RUFF_CACHE_DIR",
    "RUFF_OUTPUT_FILE",
    "BLACK_CACHE_DIR",
    "PYLINTHOME",
    "HYPOTHESIS_STORAGE_DIRECTORY",
    "LLVM_PROFILE_FILE",
    "GCOV_PREFIX",
    "NODE_V8_COVERAGE",
    "LESSHISTFILE",
    "SSLKEYLOGFILE",
    "MALLOC_TRACE",
];

const NODE_OPTIONS: &[&str] =
    &["-r", "--require", "--import", "--loader", "--experimental-loader", "--eval", "-e", "--inspect"];
const JAVA_OPTIONS: &[&str] = &["-javaagent", "-agentpath", "-agentlib", "OnOutOfMemoryError", "OnError"];
const MAKE_OPTIONS: &[&str] = &["eval", "SHELL", "-f", "exec", "command", "-I", "--use-compress-program"];

const RUST_OPTIONS: &[&str] = &["linker", "link-arg", "-L", "sysroot", "codegen-backend", "-o", "emit"];
const GO_OPTIONS: &[&str] = &["exec", "vettool", "overlay", "modfile", "ldflags", "-o"];
const C_OPTIONS: &[&str] = &["-B/", "-fuse-ld", "specs", "plugin", "wrapper", "-load", "-o"];
/// Keys that are typed for the pager, its log, its key file, a tag.
const LESS_OPTIONS: &[&str] = &["+", "-o", "-O", "-k", "-t", "-T", "--"];

pub(super) fn power(name: &str) -> Option<Power> {
    Some(match name {
        "ENV" => Power::LoadsWith(&["/", "$(", "`"]),
        "PS0" | "PS1" | "PS2" | "PS3" | "PS4" => Power::Prompt,
        "NODE_OPTIONS" => Power::LoadsWith(NODE_OPTIONS),
        "JAVA_TOOL_OPTIONS" | "_JAVA_OPTIONS" | "JDK_JAVA_OPTIONS" | "JAVA_OPTS" | "MAVEN_OPTS" | "GRADLE_OPTS" => {
            Power::LoadsWith(JAVA_OPTIONS)
        }
        "RUSTFLAGS" | "RUSTDOCFLAGS" | "CARGO_BUILD_RUSTFLAGS" => Power::LoadsWith(RUST_OPTIONS),
        "GOFLAGS" => Power::LoadsWith(GO_OPTIONS),
        "CFLAGS" | "CXXFLAGS" | "CPPFLAGS" | "LDFLAGS" | "CGO_CFLAGS" | "CGO_CPPFLAGS" | "CGO_CXXFLAGS"
        | "CGO_LDFLAGS" => Power::LoadsWith(C_OPTIONS),
        "ERL_FLAGS" | "ERL_AFLAGS" | "ERL_ZFLAGS" | "ELIXIR_ERL_OPTIONS" => Power::LoadsWith(&["-eval", "-run", "-s "]),
        "LESS" => Power::LoadsWith(LESS_OPTIONS),
        "MAKEFLAGS" | "GNUMAKEFLAGS" | "MFLAGS" | "TAR_OPTIONS" => Power::LoadsWith(MAKE_OPTIONS),
        // The name of a toolchain, or where one lies.
        "RUSTUP_TOOLCHAIN" => Power::LoadsWith(&["/"]),
        // A class of a module, which is loaded.
        "PYTHONWARNINGS" => Power::LoadsWith(&["."]),
        "http_proxy" | "https_proxy" | "HTTP_PROXY" | "HTTPS_PROXY" | "ALL_PROXY" | "all_proxy" | "ftp_proxy"
        | "CARGO_HTTP_PROXY" => Power::Proxy,
        "PATH" => Power::Path,
        "CDPATH" => Power::Places,
        "HISTFILE" | "HISTSIZE" | "HISTFILESIZE" | "HISTIGNORE" | "HISTCONTROL" => Power::History,
        name if RUNS.contains(&name) => Power::Runs,
        name if name.starts_with("CARGO_TARGET_") && (name.ends_with("_RUNNER") || name.ends_with("_LINKER")) => {
            Power::Runs
        }
        // A setting of the tool: a shell, an option of node, an address.
        name if name.get(..11).is_some_and(|head| head.eq_ignore_ascii_case("npm_config_")) => {
            Power::LoadsWith(&["/", "-"])
        }
        name if RUNS_UNLESS_BARE.contains(&name) => Power::RunsUnlessBare,
        name if READS.contains(&name) => Power::Reads,
        name if SOURCES.contains(&name) || name.starts_with("CARGO_REGISTRIES_") => Power::Source,
        name if WRITES.contains(&name) || name.starts_with("GIT_TRACE") => Power::Writes,
        name if LOADS.contains(&name) || LOADS_BEGINNING.iter().any(|begin| name.starts_with(begin)) => Power::Loads,
        _ => return None,
    })
}
