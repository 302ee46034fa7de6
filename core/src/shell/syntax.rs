//! What a shell line consists of, as written: nothing is expanded yet.
//!
//! The grammar is that of bash; what only other shells know is a word to it, or not readable.

use smallvec::SmallVec;

use super::slice::Slice;

/// A line or a script: lists of pipelines, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// Its lists, in order.
    pub items: Vec<Item>,
}

/// Pipelines joined by `&&` and `||`, up to a `;`, a `&` or the end of the line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The commands of all pipelines, in order.
    pub commands: Commands,
    /// What joins each pipeline to the one before, and how many of the commands it has.
    pub lengths: SmallVec<[(Link, u32); 2]>,
    /// Whether it runs in the background.
    pub background: bool,
}

/// Commands, of which most lists have one.
pub type Commands = SmallVec<[Command; 1]>;

impl Item {
    /// The pipelines, each with what joins it to the one before: commands of which each reads what the one before prints.
    pub fn pipelines(&self) -> impl Iterator<Item = (Link, &[Command])> {
        let mut rest = self.commands.as_slice();
        self.lengths.iter().map(move |(link, length)| {
            let (pipeline, behind) = rest.split_at_checked(*length as usize).unwrap_or((rest, &[]));
            rest = behind;
            (*link, pipeline)
        })
    }
}

/// What has to have happened for a pipeline to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing: it is the first.
    First,
    /// `&&`: the one before succeeded.
    And,
    /// `||`: the one before failed.
    Or,
}

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// A program or builtin with its words.
    Simple(Simple),
    /// A construct around other commands, and the redirections of the whole.
    Compound(Compound, Vec<Redirect>),
    /// The definition of a function.
    Function {
        /// Its name, as written.
        name: Box<str>,
        /// What it runs.
        body: Box<Command>,
    },
}

/// Assignments, words and redirections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simple {
    /// The assignments before the first word.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments. `declare a=(1 2)` carries its array as the word's [`Part::Array`].
    pub words: Vec<Word>,
    /// The redirections, in order.
    pub redirects: Vec<Redirect>,
    /// Where it stands in the text, in bytes.
    pub span: (u32, u32),
}

/// `name=value`, `name+=value`, `name[index]=value` or `name=(values)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The variable.
    pub name: Box<str>,
    /// The index in brackets, unread.
    pub index: Option<Word>,
    /// Whether it adds to the value.
    pub append: bool,
    /// The value; an array is one word whose only part is [`Part::Array`].
    pub value: Word,
}

/// A construct around other commands.
#[derive(Clone, Debug, PartialEq)]
pub enum Compound {
    /// `{ …; }`
    Group(Script),
    /// `( … )`
    Subshell(Script),
    /// `if`, every `elif`, and `else`.
    If {
        /// Condition and body of each branch.
        branches: Vec<(Script, Script)>,
        /// What runs if no condition holds.
        otherwise: Option<Script>,
    },
    /// `while` and `until`.
    While {
        /// What is asked before each turn.
        condition: Script,
        /// What runs at each turn.
        body: Script,
    },
    /// `for name in words` and `select`.
    For {
        /// The variable.
        name: Box<str>,
        /// Its values; `None` stands for the positional parameters.
        words: Option<Vec<Word>>,
        /// What runs at each turn.
        body: Script,
    },
    /// `for ((…; …; …))`.
    Count {
        /// The three expressions as one text, with the expansions in them.
        header: Word,
        /// What runs at each turn.
        body: Script,
    },
    /// `case word in …`.
    Case {
        /// What is compared.
        word: Word,
        /// Patterns and what they run.
        arms: Vec<(Vec<Word>, Script)>,
    },
    /// `[[ … ]]`, with its operators as plain words.
    Test(Vec<Word>),
    /// `(( … ))`.
    Arithmetic(Word),
    /// `coproc`.
    Coprocess(Box<Command>),
}

/// A redirection.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// The descriptor before it, or the name of `{name}>`.
    pub descriptor: Option<Box<str>>,
    /// What it does.
    pub kind: RedirectKind,
    /// The file, descriptor or text.
    pub target: Word,
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`
    Read,
    /// `>` and `>|`
    Write,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&`
    DuplicateInput,
    /// `>&`
    DuplicateOutput,
    /// `&>`
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `<<` and `<<-`: the target is the body. Tabs at line starts are gone with `<<-`; a quoted delimiter leaves one
    /// quoted part.
    Document,
    /// `<<<`
    Text,
}

/// A word: its parts, side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// The parts, in order. The empty word has none; `''` has one quoted part.
    pub parts: SmallVec<[Part; 1]>,
    /// Where it stands in the text, in bytes; of a word inside back-quotes, in their unescaped text.
    pub span: (u32, u32),
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text outside quotes. Braces, a tilde and wildcards in it are active.
    Text(Slice),
    /// Text in single quotes, in `$'…'`, or behind a backslash, without its quotes.
    Quoted(Slice),
    /// What stands between double quotes, `$"…"` included: [`Part::Quoted`] and expansions.
    Double(Vec<Part>),
    /// `$name`, `${…}`, `$1`, `$@`, …
    Parameter(Box<Parameter>),
    /// `$(…)`, back-quotes, and `${ …; }`.
    Command(Script),
    /// `$((…))` and `$[…]`: the expression as one word, with the expansions in it.
    Arithmetic(Box<Word>),
    /// `<(…)` and `>(…)`.
    Process {
        /// Whether the program reads from it: `<(…)`.
        reads: bool,
        /// What runs.
        script: Script,
    },
    /// `(…)` behind the `=` of an assignment: its values, with `[index]=` left at the front of a value's text.
    Array(Vec<Word>),
}

/// A parameter expansion.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name, the number, or the sign (`@ * # ? - $ ! _`).
    pub name: Box<str>,
    /// The index in brackets: `@`, `*`, or anything else.
    pub index: Option<Word>,
    /// `${!name}`: the value is the name of another.
    pub indirect: bool,
    /// What is done with the value.
    pub operation: Operation,
    /// The text as written, from the `$` on, for people.
    pub source: Box<str>,
}

/// What a parameter expansion does with the value.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Nothing.
    Value,
    /// `${#name}`
    Length,
    /// `${name-w}`, `${name:-w}`: the word, if it is unset (with the colon: or empty).
    Default(Word),
    /// `${name=w}`, `${name:=w}`: as above, and it keeps the value.
    Assign(Word),
    /// `${name?w}`, `${name:?w}`: stops with a message.
    Error(Word),
    /// `${name+w}`, `${name:+w}`: the word, if it is set (with the colon: and not empty).
    Alternative(Word),
    /// `${name#w}`, `${name##w}`: without what the pattern matches at the front.
    WithoutPrefix {
        /// The pattern.
        pattern: Word,
        /// Whether as much as possible goes.
        longest: bool,
    },
    /// `${name%w}`, `${name%%w}`: without what the pattern matches at the end.
    WithoutSuffix {
        /// The pattern.
        pattern: Word,
        /// Whether as much as possible goes.
        longest: bool,
    },
    /// `${name/p/r}` with `//`, `/#` and `/%`.
    Replace {
        /// The pattern.
        pattern: Word,
        /// What stands instead.
        replacement: Word,
        /// `/` once, `//` all, `/#` at the front, `/%` at the end.
        place: ReplacePlace,
    },
    /// `${name:offset}`, `${name:offset:length}`: expressions.
    Slice {
        /// Where it starts.
        offset: Word,
        /// How long it is.
        length: Option<Word>,
    },
    /// `${name^}`, `^^`, `,`, `,,`, `~`, `~~`, with an optional pattern.
    Case {
        /// The operator as written.
        operator: Box<str>,
        /// Which characters it concerns.
        pattern: Word,
    },
    /// `${name@Q}` and its like.
    Transform(char),
    /// `${!prefix*}` and `${!name[@]}`: names or indexes.
    Names,
}

/// Where a replacement happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplacePlace {
    /// `/`
    First,
    /// `//`
    All,
    /// `/#`
    Front,
    /// `/%`
    End,
}
