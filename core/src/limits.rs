//! How much of anything the engine takes. Bounds count work, not seconds, so that a loaded machine answers the same.

/// Bytes of one call's arguments, keys and values together.
pub const ARGS_BYTES_MAX: usize = 1 << 20;
/// Levels of lists and mappings in one call's arguments.
pub const ARGS_DEPTH_MAX: usize = 64;
/// Bytes of a name: a tool, a principal, a session, a call id.
pub const NAME_BYTES_MAX: usize = 256;
/// Labels and signals that one call may carry.
pub const SIGNALS_MAX: usize = 64;
/// Bytes of one policy file.
pub const POLICY_BYTES_MAX: usize = 8 << 20;
/// Levels of nesting in a policy file.
pub const POLICY_DEPTH_MAX: usize = 32;
/// Values in one policy file.
pub const POLICY_NODES_MAX: usize = 2_000_000;
/// Bytes of one `when` condition.
pub const CONDITION_BYTES_MAX: usize = 4096;
/// Bytes of a path or URL; longer ones are malformed.
pub const TARGET_BYTES_MAX: usize = 16 << 10;
/// Links that are followed on the way to one file, as many as Linux follows.
pub const LINKS_MAX: usize = 40;
/// Names that the file system is asked about on the way to one file.
pub const LOOKS_MAX: usize = 512;
/// Names that the file system is asked about for one action with all its effects.
pub const LOOKS_TOTAL_MAX: usize = 4096;
/// Bytes of a shell line; longer ones are opaque.
pub const COMMAND_BYTES_MAX: usize = 64 << 10;
/// Levels of subcommands that the program table may have.
pub const PROGRAM_DEPTH_MAX: usize = 6;
/// Arguments that the web requests of one program may have together; more make it doubtful.
pub const PROGRAM_ARGS_MAX: usize = 1 << 16;
/// Effects that one action may have; more make it opaque.
pub const EFFECTS_MAX: usize = 256;
/// Decisions remembered for calls that are asked again with the same call id.
pub const REENTRY_MAX: usize = 4096;
/// Levels of nesting in a shell line.
pub const COMMAND_DEPTH_MAX: usize = 64;
/// Levels at which the commands of a shell line may run others: substitutions, functions, `sh -c`.
pub const COMMAND_CALLS_MAX: usize = 32;
/// Words of one command of a shell line; with more it is not resolved.
pub const COMMAND_WORDS_MAX: usize = 512;
/// Commands of one shell line that are listed; with more it is not resolved.
pub const COMMAND_RUNS_MAX: usize = 256;
/// Doubts of one shell line that are listed.
pub const COMMAND_DOUBTS_MAX: usize = 16;
/// Names that are looked up for one call.
pub const HOSTS_MAX: usize = 8;
/// Addresses that one name may have; a name with more is not believed.
pub const ADDRESSES_MAX: usize = 64;
/// Look-ups of names that may be under way at once.
pub const LOOKUPS_MAX: usize = 64;
/// Bytes of a text of SQL; longer ones are opaque.
pub const SQL_BYTES_MAX: usize = 64 << 10;
/// Levels of brackets and queries in SQL. A level takes about 2 KB of stack where nothing is optimised.
pub const SQL_DEPTH_MAX: usize = 64;
/// Names of tables, queries and functions in one text of SQL.
pub const SQL_NAMES_MAX: usize = 512;
/// Bytes of a piece of code; of longer ones the rest is not read.
pub const CODE_BYTES_MAX: usize = 64 << 10;
/// Brackets and strings in one another in a piece of code.
pub const CODE_DEPTH_MAX: usize = 256;
/// Strings and the code in them in one another in a piece of code.
pub const CODE_HOLES_MAX: usize = 32;
/// Pieces of code in one another: code that decodes and runs code.
pub const CODE_NESTING_MAX: usize = 4;
/// Bytes put together while the texts of a piece of code are worked out.
pub const CODE_FOLD_BYTES_MAX: usize = 128 << 10;
