//! Gives a call's operands their roles.

use smallvec::SmallVec;

use super::apply::Amounts;
use super::options::known_part;
use super::row::{Operand, Role};
use crate::shell::word::{Certainty, Word};

impl<'a> Amounts<'a> {
    /// Gives the operands their roles; if options disagree about these, each of them counts.
    pub(super) fn operands(&mut self) {
        let mut specs: SmallVec<[&'a [Operand]; 2]> = SmallVec::new();
        for spec in self.meanings.iter().filter_map(|meaning| meaning.operands.as_deref()) {
            if !specs.contains(&spec) {
                specs.push(spec);
            }
        }
        let of_row = specs.is_empty();
        if of_row {
            specs.push(&self.row.operands);
        }
        for spec in specs {
            self.distribute(spec);
        }
        self.defaults(of_row);
    }

    fn distribute(&mut self, spec: &'a [Operand]) {
        if spec.iter().all(|operand| operand.role == Role::Data) {
            return self.strays_among_operands();
        }
        let mut places = self.call.operands.as_slice();
        for (index, operand) in spec.iter().enumerate() {
            if operand.role.takes_the_rest() {
                return self.take_the_rest(&operand.role, places.first().copied());
            }
            let behind = spec.iter().skip(index + 1).filter(|one| !one.optional && !one.many).count();
            let (taken, left) = places.split_at_checked(self.share(operand, places, behind)).unwrap_or((places, &[]));
            if taken.is_empty() && !operand.many && !operand.optional {
                self.take(&operand.role, self.several(self.call.operands.last()));
            }
            self.take(&operand.role, taken);
            places = left;
        }
        // A program that takes more words than the table says takes them as it takes its last.
        if let Some(last) = spec.last() {
            self.take(&last.role, places);
        }
    }

    /// How many of the operands at `places` are for `operand`, if `behind` have to be left.
    fn share(&self, operand: &Operand, places: &[usize], behind: usize) -> usize {
        let spare = places.len().saturating_sub(behind);
        match operand {
            Operand { role: Role::Assignment, many: true, .. } => {
                let words = places.iter().map_while(|at| self.arguments.get(*at));
                words.take_while(|word| known_part(word).find('=').is_some_and(|at| at > 0)).count()
            }
            Operand { many: true, .. } => spare.max(places.len().min(1)),
            Operand { optional: true, .. } => spare.min(1),
            _ => places.len().min(1),
        }
    }

    /// The place of an operand that may be several words: `mv *` has a destination.
    fn several(&self, place: Option<&'a usize>) -> &'a [usize] {
        let word = place.and_then(|at| self.arguments.get(*at));
        let several = word.is_some_and(|word| word.glob || word.certainty == Certainty::Open);
        place.filter(|_| several).map(std::slice::from_ref).unwrap_or_default()
    }

    fn take(&mut self, role: &'a Role, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        self.taken.push(role);
        let behind_end = self.call.before_end.and_then(|before| self.call.operands.get(before));
        for at in places {
            let Some(word) = self.arguments.get(*at) else { continue };
            self.has_code |= role.is_code() || (*role == Role::Execute && &*word.text != "-");
            match role {
                Role::Tracked => self.tracked(word, behind_end.is_some_and(|first| at >= first)),
                role => self.role(role, word),
            }
        }
    }

    fn take_the_rest(&mut self, role: &'a Role, place: Option<usize>) {
        if let Some(words) = place.and_then(|at| self.arguments.get(at..)) {
            self.taken.push(role);
            self.run(role, words.to_vec());
        }
    }

    /// What stands for operands that are not there; the row's own only for the row's own operands.
    fn defaults(&mut self, of_row: bool) {
        let of_options = self.meanings.iter().flat_map(|meaning| &meaning.default);
        let all: SmallVec<[&'a (Role, Word); 2]> =
            of_options.chain(self.row.default.iter().filter(|_| of_row)).collect();
        for (role, word) in all {
            if !self.taken.contains(&role) {
                self.taken.push(role);
                self.role(role, word);
            }
        }
    }
}
