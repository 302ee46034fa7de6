//! Passes over expressions and finds what hides in them: queries, and functions that reach further than their values.
//!
//! What an expression computes does not matter here, so only its brackets and the words that give a statement its
//! structure are looked at. Such a word where it has no place is never passed over.

use std::ops::Range;

use super::dialect::Dialect;
use super::function::{self, Harm};
use super::keyword::Keyword;
use super::lexer::Kind;
use super::reader::{Reader, Step};
use super::statement::{EffectKind, Note};
use crate::limits;

/// Where an expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a statement, up to a word of its structure.
    Open { commas: bool },
    /// Between brackets; `FROM` may separate the arguments of some functions.
    Bracket { may_have_from: bool },
    /// Between the brackets of a definition, where deletions and updates are spoken of that will cascade.
    Definition,
}

impl Reader<'_> {
    /// Passes over an expression, up to a comma or a word of the statement's structure.
    pub(super) fn expression(&mut self) -> Step<Range<usize>> {
        self.run(Place::Open { commas: false })
    }

    /// Passes over expressions and the commas between them.
    pub(super) fn expressions(&mut self) -> Step<Range<usize>> {
        self.run(Place::Open { commas: true })
    }

    /// Passes over something in brackets.
    pub(super) fn group(&mut self) -> Step {
        self.bracket(Place::Bracket { may_have_from: false })
    }

    /// Passes over the brackets of a definition.
    pub(super) fn definition_group(&mut self) -> Step {
        self.bracket(Place::Definition)
    }

    /// Whether a query begins `ahead`.
    pub(super) fn begins_query(&self, ahead: usize) -> bool {
        matches!(self.keyword(ahead), Some(Keyword::Select | Keyword::With | Keyword::Values))
            || self.keyword(ahead) == Some(Keyword::Table)
                && matches!(self.kind(ahead + 1), Some(Kind::Word | Kind::Quoted))
    }

    fn bracket(&mut self, place: Place) -> Step {
        self.deeper(|reader| {
            reader.expect_kind(Kind::Open)?;
            if reader.begins_query(0) {
                reader.query()?;
            } else {
                reader.run(place)?;
            }
            reader.expect_kind(Kind::Close)
        })
    }

    /// Passes over an index or a list, `[1, 2]`.
    fn list(&mut self, place: Place, close: u8) -> Step {
        let inside = match place {
            Place::Definition => Place::Definition,
            _ => Place::Bracket { may_have_from: false },
        };
        self.deeper(|reader| {
            reader.at += 1;
            reader.run(inside)?;
            reader.expect_kind(Kind::Sign(close))
        })
    }

    fn run(&mut self, place: Place) -> Step<Range<usize>> {
        let start = self.at;
        let mut cases = 0usize;
        while self.piece(place, &mut cases)? {}
        if cases > 0 { Err(self.unexpected()) } else { Ok(start..self.at) }
    }

    /// Passes over one piece. `false` if the expression ends before it.
    fn piece(&mut self, place: Place, cases: &mut usize) -> Step<bool> {
        let Some(token) = self.token(0) else { return Ok(false) };
        match token.kind {
            Kind::Comma if place == (Place::Open { commas: false }) => return Ok(false),
            Kind::Semicolon | Kind::Client | Kind::Close => return Ok(false),
            Kind::Open => return self.call_or_group(place).map(|()| true),
            Kind::Sign(b'[') => return self.list(place, b']').map(|()| true),
            Kind::Sign(b'{') => return self.list(place, b'}').map(|()| true),
            Kind::Sign(b']' | b'}') => return Ok(false),
            Kind::Dot => {
                self.at += 1;
                // Whatever follows a dot is a name.
                self.at += usize::from(matches!(self.kind(0), Some(Kind::Word)));
                return Ok(true);
            }
            _ => {}
        }
        match token.keyword {
            Some(keyword) => self.keyword_piece(keyword, place, cases),
            None => {
                self.at += 1;
                Ok(true)
            }
        }
    }

    fn keyword_piece(&mut self, keyword: Keyword, place: Place, cases: &mut usize) -> Step<bool> {
        use Keyword as K;
        let is_inside = !matches!(place, Place::Open { .. });
        let is_call = self.kind(1) == Some(Kind::Open);
        let passes = match keyword {
            K::As => {
                self.at += 1;
                // An alias may be any word.
                self.at +=
                    usize::from(matches!(self.kind(0), Some(Kind::Word | Kind::Quoted)) && !self.begins_query(0));
                return Ok(true);
            }
            K::Case => {
                *cases += 1;
                true
            }
            K::End if *cases > 0 => {
                *cases -= 1;
                true
            }
            K::When | K::Then | K::Else if *cases > 0 => true,
            K::In if self.is_in_table(is_inside) => {
                self.at += 1;
                let table = self.table_name()?;
                self.read_table(table)?;
                return Ok(true);
            }
            K::From => self.is_comparison() || matches!(place, Place::Bracket { may_have_from: true }),
            K::Table if is_inside && !is_call => return self.table_argument(),
            K::Table => is_call,
            K::Left | K::Right if is_call => true,
            K::Insert | K::Truncate if is_call => !self.is_behind_operand(),
            K::Values => {
                is_call
                    && matches!(self.before().map(|token| token.kind), Some(Kind::Sign(_) | Kind::Comma | Kind::Open))
            }
            K::Except if self.is_column_list() => true,
            K::Union | K::Except | K::Intersect | K::Minus if is_inside && self.is_set_operation() => {
                return self.set_operation();
            }
            K::Minus => !self.is_set_operation(),
            K::With => is_inside || self.is_any_word(1, &["time", "local", "out"]),
            K::Offset => {
                is_inside || is_call && matches!(self.before().map(|token| token.kind), Some(Kind::Sign(b'[')))
            }
            K::Set if self.is_behind_word("character") => true,
            K::Group if self.is_behind_word("within") => true,
            K::Delete | K::Update | K::Set if place == Place::Definition => true,
            K::Insert
            | K::Select
            | K::Delete
            | K::Update
            | K::Merge
            | K::Create
            | K::Alter
            | K::Drop
            | K::Grant
            | K::Revoke
            | K::Set
            | K::Join
            | K::Into
            | K::Do => false,
            _ if keyword.starts_statement().is_some() => is_inside || !self.is_behind_operand(),
            _ if keyword.is_structure() => is_inside,
            _ => true,
        };
        self.at += usize::from(passes);
        Ok(passes)
    }

    /// `x IN t`, which SQLite takes for a question to a table. Elsewhere brackets may hold an `IN` of another kind.
    fn is_in_table(&self, is_inside: bool) -> bool {
        let knows = self.dialect == Dialect::Sqlite || self.dialect == Dialect::Generic && !is_inside;
        knows && matches!(self.kind(1), Some(Kind::Word | Kind::Quoted)) && self.kind(2) != Some(Kind::Open)
    }

    /// `IS DISTINCT FROM` compares.
    fn is_comparison(&self) -> bool {
        let before =
            |back: usize| self.at.checked_sub(back).and_then(|at| self.tokens.get(at)).and_then(|token| token.keyword);
        before(1) == Some(Keyword::Distinct) && matches!(before(2), Some(Keyword::Is | Keyword::Not))
    }

    /// `* EXCEPT (a, b)` leaves columns out.
    fn is_column_list(&self) -> bool {
        self.before().is_some_and(|token| token.kind == Kind::Sign(b'*'))
            && self.kind(1) == Some(Kind::Open)
            && matches!(self.kind(2), Some(Kind::Word | Kind::Quoted))
            && !self.begins_query(2)
    }

    /// Whether a word such as `UNION` joins two queries here.
    pub(super) fn is_set_operation(&self) -> bool {
        let is_word =
            matches!(self.keyword(0), Some(Keyword::Union | Keyword::Except | Keyword::Intersect | Keyword::Minus));
        let follows = |ahead| self.begins_query(ahead) || self.kind(ahead) == Some(Kind::Open);
        is_word
            && (follows(1)
                || matches!(self.keyword(1), Some(Keyword::All | Keyword::Distinct))
                || self.is_word(1, "by"))
    }

    /// Reads on from `UNION` where the first query stood in brackets.
    fn set_operation(&mut self) -> Step<bool> {
        self.skip_set_words();
        if self.begins_query(0) {
            self.query()?;
        }
        Ok(true)
    }

    pub(super) fn skip_set_words(&mut self) {
        self.at += 1;
        self.skip_words(&["all", "distinct", "by", "name", "corresponding"]);
    }

    /// `TABLE x` as an argument hands over a table.
    fn table_argument(&mut self) -> Step<bool> {
        self.at += 1;
        let name = self.table_name()?;
        self.add_read(name)?;
        Ok(true)
    }

    fn is_behind_word(&self, word: &str) -> bool {
        self.before().is_some_and(|token| self.text_of(token).eq_ignore_ascii_case(word))
    }

    /// Whether something stands before that an operator could follow.
    pub(super) fn is_behind_operand(&self) -> bool {
        self.before().is_some_and(|token| match token.kind {
            Kind::Word => !token.keyword.is_some_and(Keyword::expects_more),
            Kind::Quoted | Kind::Text | Kind::Number | Kind::Param | Kind::Close => true,
            Kind::Sign(sign) => matches!(sign, b']' | b'*' | b'}'),
            _ => false,
        })
    }

    fn call_or_group(&mut self, place: Place) -> Step {
        let name = self.function_name();
        let may_have_from = matches!(name.as_slice(), [one] if function::separates_by_from(one));
        if let Some((last, qualifiers)) = name.split_last() {
            self.call(last, qualifiers, place == Place::Definition)?;
        }
        match place {
            Place::Definition => self.definition_group(),
            _ => self.bracket(Place::Bracket { may_have_from }),
        }
    }

    /// The name before a bracket, if there is one that can be a function's.
    fn function_name(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let mut at = self.at;
        while let Some(token) = at.checked_sub(1).and_then(|before| self.tokens.get(before)) {
            let is_first = parts.is_empty();
            let is_name = match token.kind {
                Kind::Quoted => true,
                Kind::Word => !is_first || !token.keyword.is_some_and(is_never_called) || self.is_dot(at, 2),
                _ => false,
            };
            if !is_name || parts.len() >= 4 {
                break;
            }
            parts.push(self.unquoted(*token).to_lowercase());
            if !self.is_dot(at, 2) {
                break;
            }
            at -= 2;
        }
        parts.reverse();
        parts
    }

    fn is_dot(&self, at: usize, back: usize) -> bool {
        at.checked_sub(back).and_then(|at| self.tokens.get(at)).is_some_and(|token| token.kind == Kind::Dot)
    }

    /// Notes what calling a function amounts to. Its arguments begin at the next bracket.
    pub(super) fn call(&mut self, name: &str, qualifiers: &[String], is_definition: bool) -> Step {
        let harm = function::harm(name, qualifiers.last().map(String::as_str));
        match harm {
            Harm::None => {}
            Harm::Unknown if is_definition => {}
            Harm::Unknown => self.unknown_function(name, qualifiers)?,
            Harm::Reads(index) => self.place(self.argument(index), EffectKind::ReadFile),
            Harm::Writes(index) => self.place(self.argument(index), EffectKind::WriteFile),
            Harm::Lists(index) => self.place(self.argument(index), EffectKind::ListFiles),
            Harm::Runs(index) => {
                self.effect(EffectKind::RunProgram, self.argument(index).and_then(|token| self.string(token)))
            }
            Harm::Requests(index) => {
                self.effect(EffectKind::Request, self.argument(index).and_then(|token| self.string(token)))
            }
            Harm::RunsText => {
                self.now.note(Note::Code);
                self.now.doubt(format!("`{name}` runs SQL that is given as text"));
            }
            Harm::Loads => {
                self.now.note(Note::Code);
                self.now.doubt(format!("`{name}` loads code into the database"));
            }
            Harm::Connects => {
                self.now.note(Note::Remote);
                self.now.doubt(format!("`{name}` connects to another server"));
            }
            Harm::Names => self.now.doubt(format!("`{name}` names a table that is not written out")),
            Harm::Sets => {
                self.now.note(Note::Session);
                self.has_moved = true;
            }
            Harm::Administers => {
                self.now.note(Note::Privileges);
                self.unknown_function(name, qualifiers)?;
            }
        }
        Ok(())
    }

    pub(super) fn unknown_function(&mut self, name: &str, qualifiers: &[String]) -> Step {
        self.count_name()?;
        let full = qualifiers.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
        if !self.now.functions.iter().any(|known| **known == *full) && self.now.functions.len() < limits::SQL_NAMES_MAX
        {
            self.now.functions.push(full.into());
        }
        Ok(())
    }

    /// The argument at `index` of the call whose bracket is next, if it and those before it are one piece each.
    fn argument(&self, index: usize) -> Option<super::lexer::Token> {
        let separator = |ahead: usize| matches!(self.kind(ahead), Some(Kind::Comma | Kind::Close));
        (0..=index).all(|one| separator(2 + 2 * one)).then(|| self.token(1 + 2 * index)).flatten()
    }
}

/// Whether a word before a bracket is never the name of a function.
fn is_never_called(keyword: Keyword) -> bool {
    use Keyword as K;
    let is_function = matches!(
        keyword,
        K::Left
            | K::Right
            | K::Insert
            | K::Replace
            | K::Truncate
            | K::If
            | K::Values
            | K::Table
            | K::Repair
            | K::Get
            | K::List
            | K::Show
            | K::Load
            | K::Kill
            | K::Execute
            | K::Exec
            | K::Open
            | K::Close
            | K::Call
    );
    !is_function
        && (keyword.expects_more()
            || keyword.is_structure()
            || keyword.starts_statement().is_some()
            || matches!(keyword, K::Any | K::All | K::Exists | K::Partition | K::Pivot | K::Unpivot | K::Except))
}
