//! `export`, `declare` and their like: variables with a nature of their own.

use super::Reader;
use super::builtin::split_assignment;
use crate::shell::scope::{Binding, Space};
use crate::shell::text::Text;

/// What the options of a declaration say of its variables.
#[derive(Default)]
struct Nature {
    exported: bool,
    kept_back: bool,
    fixed: bool,
    number: bool,
    associative: bool,
    local: bool,
    functions: bool,
}

impl Reader<'_> {
    pub(super) fn declare(&mut self, kind: &str, arguments: &[Text]) {
        let nature = self.nature(kind, arguments);
        for word in arguments.iter().filter(|word| !word.guess().starts_with(['-', '+']) || word.has_unknown()) {
            let (name, value) = split_assignment(word);
            if nature.local && !nature.functions {
                self.local(&name);
                self.scope.set(Space::Variable, &name, Binding::Unset);
            }
            if nature.number {
                self.scope.set(Space::Number, &name, Binding::Holds);
            }
            if nature.associative {
                self.scope.set(Space::Associative, &name, Binding::Holds);
            }
            self.subscripted(&name);
            if let Some(value) = value {
                self.assign(&name, value);
            }
            if nature.exported && nature.functions {
                self.run_later(&name);
            }
            match (nature.exported, nature.kept_back) {
                (true, _) => self.scope.set(Space::Export, &name, Binding::Holds),
                (_, true) => self.unexport(&name),
                _ => {}
            }
            if nature.fixed && !nature.functions {
                self.scope.set(Space::Fixed, &name, Binding::Holds);
            }
        }
    }

    fn nature(&mut self, kind: &str, arguments: &[Text]) -> Nature {
        let letters: String =
            arguments.iter().filter_map(|word| word.guess().strip_prefix('-').map(str::to_owned)).collect();
        let is_export = kind == "export";
        if letters.contains(['l', 'u', 'c']) || !is_export && letters.contains('n') {
            self.doubt(format!("`{kind}` makes a variable that is another, or changes what is put into it"));
        }
        let is_inside = !self.calls.is_empty() && !letters.contains('g');
        Nature {
            exported: is_export && !letters.contains('n') || letters.contains('x'),
            kept_back: is_export && letters.contains('n'),
            fixed: kind == "readonly" || letters.contains('r'),
            number: letters.contains('i'),
            associative: letters.contains('A'),
            local: matches!(kind, "local" | "declare" | "typeset") && is_inside,
            functions: letters.contains(['f', 'F']),
        }
    }

    /// Whether other shells see the name is not known any more: it may have been in the environment.
    pub(super) fn unexport(&mut self, name: &str) {
        if self.scope.get(Space::Export, name).is_some() {
            self.scope.set(Space::Export, name, Binding::Unset);
        }
    }
}
