//! An action and all it amounts to, as lines that a person can follow.

use super::Action;

impl Action {
    /// One line for the action and one for each effect, indented by two spaces a level: type, target, flags in
    /// brackets, and behind `??` what was not understood.
    ///
    /// ```text
    /// shell.exec cd build && rm -rf *
    ///   shell.exec cd build
    ///   shell.exec rm -rf * [recursive, force]
    ///     file.delete /workspace/build/* [recursive]
    /// ```
    pub fn outline(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.outline_into(0, &mut lines);
        lines
    }

    fn outline_into(&self, depth: usize, lines: &mut Vec<String>) {
        lines.push(format!("{}{}", "  ".repeat(depth), self.line()));
        for effect in &self.effects {
            effect.outline_into(depth + 1, lines);
        }
    }

    fn line(&self) -> String {
        let mut line = self.kind.to_string();
        let target = self.target.as_str();
        if !target.is_empty() {
            line.push(' ');
            line.push_str(&target.replace('\n', "\\n"));
        }
        let flags: Vec<String> =
            self.flags.iter().map(ToString::to_string).filter(|flag| flag != "unresolved").collect();
        if !flags.is_empty() {
            line.push_str(&format!(" [{}]", flags.join(", ")));
        }
        if !self.doubts.is_empty() {
            let doubts: Vec<&str> = self.doubts.iter().map(|doubt| &*doubt.detail).collect();
            line.push_str(&format!(" ?? {}", doubts.join("; ")));
        }
        line
    }
}
