//! What only shows when the parts of a line are seen together.

use super::Reader;
use super::program::base_name;
use crate::shell::effect::Effect;
use crate::shell::flag::Flag;
use crate::shell::programs;
use crate::shell::reading::Run;

/// Programs that run whatever they are told.
fn is_interpreter(run: &Run) -> bool {
    let Some(name) = run.words.first() else { return false };
    let base = base_name(&name.text);
    programs::find(base).is_some_and(|row| row.runs_input())
}

fn contacts(run: &Run) -> bool {
    run.effects.iter().any(|effect| matches!(&*effect.kind, "http.request" | "net.connect"))
}

fn is_socket(run: &Run) -> bool {
    run.effects.iter().any(is_socket_effect)
}

fn is_socket_effect(effect: &Effect) -> bool {
    let is_plain = |text: &str| text.starts_with("tcp:") || text.starts_with("udp:");
    &*effect.kind == "net.connect" && effect.args.iter().any(|(_, word)| is_plain(&word.text))
}

impl Reader<'_> {
    /// Looks at a pipeline whose stages begin at these runs.
    pub(super) fn note_pipeline(&mut self, stages: &[usize]) {
        let stage = |place: usize| {
            let from = stages.get(place).copied().unwrap_or(usize::MAX);
            let to = stages.get(place + 1).copied().unwrap_or(usize::MAX);
            self.reading.runs.iter().skip(from).take(to.saturating_sub(from))
        };
        let interpreter =
            (0..stages.len()).find(|place| stage(*place).any(|run| is_interpreter(run) && waits_for_input(run)));
        let Some(interpreter) = interpreter else { return };
        let network_behind = (interpreter + 1..stages.len()).any(|place| stage(place).any(contacts));
        let socket_before = (0..interpreter).any(|place| stage(place).any(is_socket));
        if network_behind || socket_before {
            self.flag(Flag::ReverseShell);
        }
    }

    /// Looks at the whole line once it is read.
    pub(super) fn note_whole(&mut self) {
        let of_line = self.reading.effects.iter().any(is_socket_effect);
        let runs = &self.reading.runs;
        if !of_line && !runs.iter().any(is_dev_tcp) {
            return;
        }
        let runs_anything = runs.iter().any(|run| {
            is_interpreter(run) && (waits_for_input(run) || is_dev_tcp(run))
                || !run.doubts.is_empty() && run.flags.contains(&Flag::HiddenProgram)
        });
        if runs_anything {
            self.flag(Flag::ReverseShell);
        }
    }

    /// Remembers what was decoded, to know it again when it runs.
    pub(super) fn decoded(&mut self, text: &str) {
        self.decoded.push(text.trim().into());
    }
}

/// Whether a redirection of the command itself is a connection.
fn is_dev_tcp(run: &Run) -> bool {
    is_socket(run)
        && !matches!(
            run.words.first().map(|name| base_name(&name.text)),
            Some("nc" | "ncat" | "netcat" | "socat" | "telnet")
        )
}

/// Whether an interpreter is given no code by its arguments.
fn waits_for_input(run: &Run) -> bool {
    run.words.iter().skip(1).all(|word| word.text.starts_with('-') && !word.text.contains('c') || &*word.text == "-")
}
