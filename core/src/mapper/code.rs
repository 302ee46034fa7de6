//! Turns a piece of code, read, into the actions it amounts to.

use std::sync::Arc;

use super::arguments;
use super::target::Reader;
use crate::action::{Action, Category, Flag, kind};
use crate::code::{self, Found, What};
use crate::error::Code;
use crate::limits;
use crate::shell;
use crate::value::{Map, Value};

impl Reader<'_> {
    /// Reads `text` in `language`; if that is empty, in the one that the action says or is made for.
    pub(super) fn code(&mut self, language: &str, text: &str) {
        // Code runs shell lines, and those run code.
        if self.depth >= limits::CODE_NESTING_MAX {
            return self.action.doubt(Code::CodeUnresolved, "code in code is nested too deeply to be read");
        }
        // An agent could choose the language in which its code looks harmless.
        let is_sure = !language.is_empty() || self.says_language || self.found;
        let language = if language.is_empty() { self.language() } else { language.into() };
        let reading = code::read(&language, text);
        if reading.doubts.is_empty() && !is_sure {
            self.action.doubt(Code::CodeUnresolved, format!("only the call says that the code is {language}"));
        }
        for flag in reading.flags {
            self.action.add_flag(Flag::Shell(flag));
        }
        for doubt in reading.doubts {
            self.action.doubt(Code::CodeUnresolved, doubt);
        }
        if self.action.category == Category::Code && !reading.imports.is_empty() {
            let names = reading.imports.iter().map(|name| Value::from(&**name)).collect::<Vec<_>>();
            self.set_argument("imports", Value::from(names));
        }
        for found in reading.effects {
            self.code_effect(found);
        }
    }

    fn language(&self) -> Arc<str> {
        match self.action.args.get("language").and_then(Value::as_str) {
            Some(language) => language.into(),
            // A page runs one language only.
            None if self.action.category == Category::Browser => "javascript".into(),
            None => "".into(),
        }
    }

    fn code_effect(&mut self, found: Found) {
        let Some(kind) = kind(found.kind) else { return };
        if self.is_full() {
            return;
        }
        let value = match found.what {
            What::Text(text) => Value::from(&*text),
            What::Words(words) => Value::from(words.iter().map(|word| Value::from(&**word)).collect::<Vec<_>>()),
        };
        let target = kind.target.iter().map(|name| (name.clone(), value.clone()));
        let recursive = found.recursive.then(|| (Arc::from("recursive"), Value::from(true)));
        let args = Map::from_pairs(target.chain(recursive).collect()).unwrap_or_default();
        let mut part = self.part(Action { cwd: self.action.cwd.clone(), ..arguments::action(kind, args) });
        part.depth += 1;
        part.found = true;
        if found.recursive {
            part.action.add_flag(Flag::Shell(shell::flag::Flag::Recursive));
        }
        if kind.category == Category::Http {
            part.action.add_flag(Flag::InCommand);
        }
        part.target(kind, &[]);
        self.action.effects.push(part.action);
    }

    /// Gives the action an argument of the reader's own, whatever the call says about it.
    fn set_argument(&mut self, name: &str, value: Value) {
        let others = self.action.args.iter().filter(|(known, _)| &***known != name);
        let pairs =
            others.map(|(name, value)| (name.clone(), value.clone())).chain([(Arc::from(name), value)]).collect();
        self.action.args = Map::from_pairs(pairs).unwrap_or_default();
    }
}
