//! How a step begins.

use std::collections::BTreeMap;

use tokio_postgres::Row;
use toolgate::store::{Begun, Changed, Charge, Claim, Keep, Step, StoreError, Sum, Total};

use crate::PostgresStore;
use crate::statement::{Parameter, Statement};
use crate::totals::held;
use crate::transaction::{Plan, Receipt};

const ENTER: &str = "\
    INSERT INTO @.entries (step, number, account, at, unit, amount, stays, ends) \
    SELECT $1, charge.number, charge.account, $2, charge.unit, charge.amount, charge.stays, charge.ends \
    FROM unnest($3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::boolean[], $8::bigint[]) \
        AS charge (number, account, unit, amount, stays, ends)";
const SUMS: &str = "\
    UPDATE @.accounts a SET sum = told.sum FROM unnest($1::text[], $2::bigint[]) AS told (name, sum) \
    WHERE a.name = told.name";
const LABEL: &str = "\
    INSERT INTO @.labels AS l (session, label, at) \
    SELECT told.session, told.label, $3 FROM unnest($1::text[], $2::text[]) AS told (session, label) \
    ON CONFLICT (session, label) DO UPDATE SET at = GREATEST(l.at, excluded.at)";

impl PostgresStore {
    pub(crate) fn begin_step(&self, step: &Step, mut claim: Option<Claim<'_>>) -> Result<Begun, StoreError> {
        let sums = sums_of(step);
        let mut reads = Vec::new();
        reads.extend(claim.as_ref().map(|claim| self.lock_document(claim.kind, claim.id)));
        if !sums.is_empty() {
            reads.push(self.lock_accounts(sums.iter().map(|sum| &*sum.account), step.at));
            reads.push(self.select_totals(&sums, step.at));
        }
        let receipt = Receipt::of_step(&step.id, description(step, claim.as_ref()));
        self.transact(&receipt, &reads, Some(Begun::Done), &mut |rows| {
            let held = held(rows.last().filter(|_| !sums.is_empty()).map_or(&[], Vec::as_slice), &sums)?;
            if let Some(begun) = forbidden(step, &held) {
                return Ok(Plan::Nothing(begun));
            }
            let mut writes = Vec::new();
            if let Some(claim) = &mut claim {
                let found: &[Row] = rows.first().map_or(&[], Vec::as_slice);
                match self.changed(claim.kind, claim.id, found, claim.change)? {
                    (Changed::Refused(refusal), _) => return Ok(Plan::Nothing(Begun::Refused(refusal))),
                    (Changed::Done(_), changes) => writes = changes,
                }
            }
            writes.extend(self.enter(step));
            writes.extend(self.add(step, &held));
            writes.extend(self.label(step));
            Ok(Plan::Write(Begun::Done, writes))
        })
    }

    /// Makes the entries.
    fn enter(&self, step: &Step) -> Option<Statement> {
        let charges: Vec<_> = (0_i64..).zip(&step.charges).filter(|(_, charge)| charge.keep != Keep::Add).collect();
        let ends = |charge: &Charge| match charge.keep {
            Keep::Until(until) => until.as_micros(),
            Keep::Hold | Keep::Add => step.expires.as_micros(),
        };
        let stays = |charge: &Charge| matches!(charge.keep, Keep::Until(_));
        (!charges.is_empty()).then(|| {
            let parameters = vec![
                Parameter::text(&step.id),
                Parameter::Number(step.at.as_micros()),
                Parameter::Numbers(charges.iter().map(|(number, _)| *number).collect()),
                Parameter::texts(charges.iter().map(|(_, charge)| &*charge.account)),
                Parameter::texts(charges.iter().map(|(_, charge)| charge.unit.as_str())),
                Parameter::Numbers(charges.iter().map(|(_, charge)| charge.amount.max(0)).collect()),
                Parameter::Flags(charges.iter().map(|(_, charge)| stays(charge)).collect()),
                Parameter::Numbers(charges.iter().map(|(_, charge)| ends(charge)).collect()),
            ];
            self.statement(ENTER, parameters)
        })
    }

    /// Adds what has no entry of its own.
    fn add(&self, step: &Step, held: &[(i64, Total)]) -> Option<Statement> {
        let mut sums = BTreeMap::new();
        for (charge, (settled, _)) in step.charges.iter().zip(held.iter().skip(step.expected.len())) {
            if charge.keep == Keep::Add {
                let sum = sums.entry(&*charge.account).or_insert(*settled);
                *sum = sum.saturating_add(charge.amount.max(0));
            }
        }
        (!sums.is_empty()).then(|| self.put_sums(&sums))
    }

    /// Writes the sums of accounts, which are locked.
    pub(crate) fn put_sums(&self, sums: &BTreeMap<&str, i64>) -> Statement {
        let names = Parameter::texts(sums.keys().copied());
        self.statement(SUMS, vec![names, Parameter::Numbers(sums.values().copied().collect())])
    }

    fn label(&self, step: &Step) -> Option<Statement> {
        let mut labels: Vec<_> = step.labels.iter().filter(|(session, _)| !session.is_empty()).collect();
        // The database takes no row twice in one statement; the first place is the one that counts.
        let all = labels.clone();
        let mut number = 0;
        labels.retain(|label| {
            number += 1;
            !all.iter().take(number - 1).any(|earlier| earlier == label)
        });
        (!labels.is_empty()).then(|| {
            let sessions = Parameter::texts(labels.iter().map(|(session, _)| &**session));
            let names = Parameter::texts(labels.iter().map(|(_, label)| &**label));
            self.statement(LABEL, vec![sessions, names, Parameter::Number(step.at.as_micros())])
        })
    }
}

/// The sums that have to be known: what was expected, then what each charge's cap looks at.
fn sums_of(step: &Step) -> Vec<Sum> {
    let expected = step.expected.iter().map(|(sum, _)| sum.clone());
    let looked_at = |charge: &Charge| Sum { account: charge.account.clone(), since: charge.since };
    expected.chain(step.charges.iter().map(looked_at)).collect()
}

/// What stands against the beginning, of what is expected or capped.
fn forbidden(step: &Step, held: &[(i64, Total)]) -> Option<Begun> {
    if step.expected.iter().zip(held).any(|((_, total), (_, now))| total != now) {
        return Some(Begun::Stale);
    }
    let charged = held.iter().skip(step.expected.len());
    step.charges.iter().zip(charged).enumerate().find_map(|(number, (charge, (_, total)))| {
        let own = step.charges.iter().take(number + 1).filter(|other| other.account == charge.account);
        let amount = own.fold(0_i64, |sum, other| sum.saturating_add(other.amount.max(0)));
        let is_exceeded = charge.cap.is_some_and(|cap| total.amount.saturating_add(amount) > cap);
        is_exceeded.then_some(Begun::Exceeded(number, *total))
    })
}

/// Tells a step that is begun again from another one with its id.
fn description(step: &Step, claim: Option<&Claim<'_>>) -> String {
    let claimed = claim.map(|claim| format!(" {} {}", claim.kind.as_str(), claim.id)).unwrap_or_default();
    format!("{} {}{claimed}", step.at.as_micros(), step.expires.as_micros())
}
