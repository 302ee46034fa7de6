//! Reads on where a text breaks the grammar, as a person would who was shown it.
//!
//! What is not closed ends with the text. What stands where nothing waits for it (`&&` at the front, a `)` too many, a
//! `then` without its `if`) is stepped over. The text is still read once, from the front.

use std::rc::Rc;

use super::super::syntax::Script;
use super::SyntaxError;
use super::cursor::{END, Parser, Read};
use super::fill;
use super::reserved::Reserved;

/// What can be read of a text that is no script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recovered {
    /// The likeliest guess at the whole.
    pub script: Script,
    /// How many items, counted from the front, stand on complete lines before the first mistake: a shell runs them
    /// before it comes to that.
    pub whole: usize,
}

/// How far the reading of a broken text has come.
#[derive(Default)]
pub(super) struct Recovery {
    /// Where it is broken first.
    mistake: Option<Box<SyntaxError>>,
    whole: usize,
    /// Where the last `]]` stands.
    test_end: Option<usize>,
    /// What the constructs around wait for.
    awaited: Closers,
}

/// What ends a list.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Closers(u16);

/// Reads what can be read of `text`.
pub fn recover(text: &str) -> Recovered {
    // To a program that is given a text, it ends at the NUL byte.
    let text = text.split('\0').next().unwrap_or_default().into();
    let mut parser = parser(&text);
    let mut script = Script::default();
    // What is nested too deeply is an error all the same; what was read before it stays.
    let _ = parser.list(&mut script).and_then(|()| parser.documents());
    fill::fill(&mut script, &mut parser.bodies);
    let whole = parser.recovery.map_or(0, |recovery| recovery.whole);
    Recovered { script, whole }
}

pub(super) fn parser(text: &Rc<str>) -> Parser<'_> {
    let mut parser = Parser::new(text, 0);
    parser.recovery = Some(Recovery::of(text));
    parser
}

impl Parser<'_> {
    /// Something is missing here, or cannot stand here: an error, unless reading goes on behind it.
    pub(super) fn miss(&mut self, what: &'static str) -> Read<()> {
        let error = self.error(what);
        self.mistake(error)
    }

    /// The same for the next character.
    pub(super) fn miss_next(&mut self) -> Read<()> {
        let error = self.unexpected();
        self.mistake(error)
    }

    fn mistake(&mut self, error: Box<SyntaxError>) -> Read<()> {
        let Some(recovery) = &mut self.recovery else { return Err(error) };
        recovery.mistake.get_or_insert(error);
        Ok(())
    }

    /// Whether a `]]` may close the condition that begins here.
    pub(super) fn has_test_end(&self) -> bool {
        self.recovery.as_ref().is_none_or(|recovery| recovery.test_end >= Some(self.at))
    }

    pub(super) fn recovers(&self) -> bool {
        self.recovery.is_some()
    }

    /// Runs `read` where `closers` end a list as well.
    pub(super) fn awaiting<T>(&mut self, closers: Closers, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let outer = self.awaited();
        self.set_awaited(Closers(outer.0 | closers.0));
        let value = read(self)?;
        self.set_awaited(outer);
        Ok(value)
    }

    pub(super) fn awaited(&self) -> Closers {
        self.recovery.as_ref().map_or(Closers::default(), |recovery| recovery.awaited)
    }

    pub(super) fn set_awaited(&mut self, closers: Closers) {
        if let Some(recovery) = &mut self.recovery {
            recovery.awaited = closers;
        }
    }

    /// Whether the list ends here. What would end one that is not there is stepped over.
    pub(super) fn list_ends(&mut self) -> Read<bool> {
        while let Some((closer, end)) = self.closer() {
            if !self.recovers() || closer == Closers::END || self.awaited().0 & closer.0 != 0 {
                return Ok(true);
            }
            self.miss_next()?;
            self.at = end;
            self.lines()?;
        }
        Ok(false)
    }

    /// What ends a list and stands here, and where it ends itself.
    fn closer(&mut self) -> Option<(Closers, usize)> {
        match self.peek() {
            END => Some((Closers::END, self.at)),
            b')' => Some((Closers::PARENTHESIS, self.at + 1)),
            b';' if matches!(self.peek_second(), b';' | b'&') => Some((Closers::ARM, self.at + 1)),
            b';' => Some((Closers::default(), self.at + 1)),
            _ => self.reserved().filter(|(word, _)| word.closes()).map(|(word, end)| (Closers::of(word), end)),
        }
    }

    /// Notes that what was read so far are complete lines, unless something in them or around them is not.
    pub(super) fn note_whole(&mut self, start: usize, items: usize) {
        let has_line_end = self.slice(start, self.at).contains('\n');
        if let Some(recovery) = &mut self.recovery
            && has_line_end
            && recovery.mistake.is_none()
            && recovery.awaited == Closers::default()
        {
            recovery.whole = items;
        }
    }

    /// A text inside this one, which has a parser of its own.
    pub(super) fn inner<'t>(&self, text: &'t Rc<str>) -> Parser<'t> {
        let mut inner = Parser::new(text, self.depth);
        inner.recovery = self.recovery.as_ref().map(|_| Recovery::of(text));
        inner
    }

    /// Takes over the first mistake of `inner`, which began at `start`.
    pub(super) fn join(&mut self, inner: &Parser, start: usize) -> Read<()> {
        match inner.recovery.as_ref().and_then(|recovery| recovery.mistake.clone()) {
            Some(error) => self.mistake(Box::new(SyntaxError { offset: super::cursor::offset(start), ..*error })),
            None => Ok(()),
        }
    }
}

impl Recovery {
    fn of(text: &str) -> Box<Recovery> {
        Box::new(Recovery { test_end: text.rfind("]]"), ..Recovery::default() })
    }
}

impl Closers {
    const END: Closers = Closers(1);
    pub(super) const PARENTHESIS: Closers = Closers(1 << 1);
    /// `;;` and its like.
    const ARM: Closers = Closers(1 << 2);
    pub(super) const GROUP: Closers = Closers::of(Reserved::Close);
    pub(super) const IF: Closers = Closers(
        Closers::of(Reserved::Then).0
            | Closers::of(Reserved::Elif).0
            | Closers::of(Reserved::Else).0
            | Closers::of(Reserved::Fi).0,
    );
    pub(super) const LOOP: Closers = Closers(Closers::of(Reserved::Do).0 | Closers::of(Reserved::Done).0);
    pub(super) const CASE: Closers = Closers(Closers::ARM.0 | Closers::of(Reserved::Esac).0);

    /// A word of the grammar.
    const fn of(word: Reserved) -> Closers {
        match word {
            Reserved::Then => Closers(1 << 3),
            Reserved::Elif => Closers(1 << 4),
            Reserved::Else => Closers(1 << 5),
            Reserved::Fi => Closers(1 << 6),
            Reserved::Esac => Closers(1 << 7),
            Reserved::Do => Closers(1 << 8),
            Reserved::Done => Closers(1 << 9),
            Reserved::Close => Closers(1 << 10),
            _ => Closers(0),
        }
    }
}
