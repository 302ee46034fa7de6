//! State in memory: for tests, for programs that run once, and as the plainest telling of what a store does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    Asked, Begun, Change, Changed, Charge, Claim, Document, Keep, Kind, Known, Settlement, Step, Store, StoreError,
    Sum, Total, Unit,
};
use crate::clock::Timestamp;

/// Keeps state in this process; a forked child goes on with a copy of its own.
///
/// ```
/// use toolgate::Timestamp;
/// use toolgate::store::{Begun, Charge, Keep, MemoryStore, Step, Store, Unit};
/// let store = MemoryStore::default();
/// let charge = Charge {
///     account: "daily_usd/agent:a/2026-12-01".into(),
///     unit: Unit::Usd,
///     amount: 1_500_000_000,
///     cap: Some(2_000_000_000),
///     since: None,
///     keep: Keep::Hold,
/// };
/// let (at, expires) = (Timestamp::from_micros(0), Timestamp::from_micros(60_000_000));
/// let step = |id: &str| Step { id: id.into(), at, expires, charges: vec![charge.clone()], expected: vec![], labels: vec![] };
/// assert_eq!(store.begin(&step("d1"), None)?, Begun::Done);
/// assert!(matches!(store.begin(&step("d2"), None)?, Begun::Exceeded(0, _)));
/// # Ok::<(), toolgate::store::StoreError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<(Kind, Arc<str>), (u64, Document)>,
    made: u64,
    accounts: BTreeMap<Arc<str>, Account>,
    /// What nobody has settled yet, by the id of its step.
    open: BTreeMap<Arc<str>, Open>,
    sessions: BTreeMap<Arc<str>, Labelled>,
}

#[derive(Debug, Default)]
struct Account {
    /// What was settled and has no entry of its own.
    sum: i64,
    entries: Vec<Entry>,
    /// When it was last charged or settled.
    at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// What it waits for to be settled; `None` once it is.
    step: Option<Arc<str>>,
    at: Timestamp,
    unit: Unit,
    amount: i64,
    /// Whether it stays when it is settled.
    stays: bool,
    /// From when on it does not count.
    ends: Timestamp,
}

/// Where a step has entries.
#[derive(Debug)]
struct Open {
    accounts: Vec<Arc<str>>,
    ends: Timestamp,
}

#[derive(Debug)]
struct Labelled {
    labels: Vec<Arc<str>>,
    at: Timestamp,
}

impl Store for MemoryStore {
    fn read(&self, asked: &Asked) -> Result<Known, StoreError> {
        let state = self.lock();
        let at = asked.at.unwrap_or(Timestamp::from_micros(i64::MIN));
        Ok(Known {
            sums: asked.sums.iter().map(|sum| state.total(sum, at)).collect(),
            labels: state.sessions.get(&asked.session).map(|labelled| labelled.labels.clone()).unwrap_or_default(),
            switches: if asked.switches { state.all(Kind::Switch, None) } else { Vec::new() },
            agent: if asked.agent.is_empty() { None } else { state.document(Kind::Agent, &asked.agent) },
        })
    }

    fn begin(&self, step: &Step, claim: Option<Claim<'_>>) -> Result<Begun, StoreError> {
        let mut state = self.lock();
        if step.expected.iter().any(|(sum, total)| state.total(sum, step.at) != *total) {
            return Ok(Begun::Stale);
        }
        if let Some((index, total)) = state.exceeded(step) {
            return Ok(Begun::Exceeded(index, total));
        }
        if let Some(claim) = claim
            && let Changed::Refused(refusal) = state.change(claim.kind, claim.id, claim.change)
        {
            return Ok(Begun::Refused(refusal));
        }
        step.charges.iter().for_each(|charge| state.charge(step, charge));
        step.labels.iter().for_each(|(session, label)| state.label(session, label, step.at));
        Ok(Begun::Done)
    }

    fn settle(&self, id: &str, at: Timestamp, settlement: &Settlement) -> Result<bool, StoreError> {
        Ok(self.lock().settle(id, at, settlement))
    }

    fn document(&self, kind: Kind, id: &str) -> Result<Option<Document>, StoreError> {
        Ok(self.lock().document(kind, id))
    }

    fn documents(&self, kind: Kind, tag: Option<&str>) -> Result<Vec<Document>, StoreError> {
        Ok(self.lock().all(kind, tag))
    }

    fn change(&self, kind: Kind, id: &str, change: &mut Change<'_>) -> Result<Changed, StoreError> {
        Ok(self.lock().change(kind, id, change))
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(self.lock().prune(before))
    }

    fn waits(&self) -> bool {
        false
    }
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A change that panics has changed nothing: what it returns goes in whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn total(&self, sum: &Sum, at: Timestamp) -> Total {
        self.accounts.get(&sum.account).map(|account| account.total(sum.since, at)).unwrap_or_default()
    }

    /// The first charge that its cap forbids. Of several to one account each counts the ones before it.
    fn exceeded(&self, step: &Step) -> Option<(usize, Total)> {
        step.charges.iter().enumerate().find_map(|(index, charge)| {
            let total = self.total(&Sum { account: charge.account.clone(), since: charge.since }, step.at);
            let own = step.charges.iter().take(index + 1).filter(|other| other.account == charge.account);
            let amount = own.fold(0_i64, |sum, other| sum.saturating_add(other.amount.max(0)));
            charge.cap.filter(|cap| total.amount.saturating_add(amount) > *cap).map(|_| (index, total))
        })
    }

    fn charge(&mut self, step: &Step, charge: &Charge) {
        let account = self.accounts.entry(charge.account.clone()).or_default();
        account.at = account.at.max(Some(step.at));
        account.forget_before(step.at);
        let amount = charge.amount.max(0);
        let (stays, ends) = match charge.keep {
            Keep::Add => return account.add(amount),
            Keep::Hold => (false, step.expires),
            Keep::Until(until) => (true, until),
        };
        let (at, unit) = (step.at, charge.unit);
        account.entries.push(Entry { step: Some(step.id.clone()), at, unit, amount, stays, ends });
        let open = self.open.entry(step.id.clone()).or_insert_with(|| Open { accounts: Vec::new(), ends });
        open.accounts.push(charge.account.clone());
        open.ends = open.ends.max(ends);
    }

    fn settle(&mut self, id: &str, at: Timestamp, settlement: &Settlement) -> bool {
        let Some(open) = self.open.remove(id) else { return false };
        let mut settled = false;
        for account in open.accounts {
            settled |= self.accounts.get_mut(&account).is_some_and(|account| account.settle(id, at, settlement));
        }
        settled
    }

    fn label(&mut self, session: &Arc<str>, label: &Arc<str>, at: Timestamp) {
        if session.is_empty() {
            return;
        }
        let labelled = self.sessions.entry(session.clone()).or_insert_with(|| Labelled { labels: Vec::new(), at });
        labelled.at = labelled.at.max(at);
        if !labelled.labels.contains(label) {
            labelled.labels.push(label.clone());
        }
    }

    fn document(&self, kind: Kind, id: &str) -> Option<Document> {
        self.documents.get(&(kind, id.into())).map(|(_, document)| document.clone())
    }

    fn all(&self, kind: Kind, tag: Option<&str>) -> Vec<Document> {
        let of_kind = self.documents.iter().filter(|((own, _), _)| *own == kind).map(|(_, made)| made);
        let mut found: Vec<_> = of_kind.filter(|(_, document)| tag.is_none_or(|tag| *document.tag == *tag)).collect();
        found.sort_by_key(|(made, _)| *made);
        found.into_iter().map(|(_, document)| document.clone()).collect()
    }

    fn change(&mut self, kind: Kind, id: &str, change: &mut Change<'_>) -> Changed {
        let key = (kind, Arc::from(id));
        let before = self.documents.get(&key);
        match change(before.map(|(_, document)| document)) {
            Err(refusal) => Changed::Refused(refusal),
            Ok(None) => {
                self.documents.remove(&key);
                Changed::Done(None)
            }
            Ok(Some(document)) => {
                let document = Document { id: id.into(), ..document };
                let made = before.map_or(self.made, |(made, _)| *made);
                self.made += 1;
                self.documents.insert(key, (made, document.clone()));
                Changed::Done(Some(document))
            }
        }
    }

    fn prune(&mut self, before: Timestamp) -> u64 {
        let all = self.size();
        self.documents.retain(|(kind, _), (_, document)| !kind.is_transient() || document.at >= before);
        self.accounts.values_mut().for_each(|account| account.entries.retain(|entry| entry.ends >= before));
        self.accounts.retain(|_, account| !account.entries.is_empty() || account.at >= Some(before));
        self.sessions.retain(|_, labelled| labelled.at >= before);
        self.open.retain(|_, open| open.ends >= before);
        (all - self.size()) as u64
    }

    fn size(&self) -> usize {
        let entries: usize = self.accounts.values().map(|account| account.entries.len()).sum();
        self.documents.len() + self.accounts.len() + entries + self.sessions.len()
    }
}

impl Account {
    fn total(&self, since: Option<Timestamp>, at: Timestamp) -> Total {
        let counted = self.entries.iter().filter(|entry| entry.ends > at && since.is_none_or(|since| entry.at > since));
        let start = Total { amount: if since.is_none() { self.sum } else { 0 }, count: 0 };
        counted.fold(start, |total, entry| Total {
            amount: total.amount.saturating_add(entry.amount),
            count: total.count + 1,
        })
    }

    fn add(&mut self, amount: i64) {
        self.sum = self.sum.saturating_add(amount);
    }

    /// Settles the entries of the step `id` and tells whether there were any.
    fn settle(&mut self, id: &str, at: Timestamp, settlement: &Settlement) -> bool {
        let (own, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.entries).into_iter().partition(|entry| entry.step.as_deref() == Some(id));
        self.entries = rest;
        let had_any = !own.is_empty();
        if let Settlement::Spent(real) = settlement {
            own.into_iter().for_each(|entry| self.settle_entry(entry, at, real));
        }
        had_any
    }

    fn settle_entry(&mut self, entry: Entry, at: Timestamp, real: &[(Unit, i64)]) {
        let told = real.iter().find(|(unit, _)| *unit == entry.unit);
        let amount = told.map_or(entry.amount, |(_, amount)| (*amount).max(0));
        self.at = self.at.max(Some(at));
        if entry.stays {
            self.entries.push(Entry { step: None, amount, ..entry });
        } else {
            self.add(amount);
        }
    }

    /// Forgets the entries that have left their window.
    fn forget_before(&mut self, at: Timestamp) {
        self.entries.retain(|entry| !entry.stays || entry.ends > at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::CHECKS;

    #[test]
    fn it_does_what_every_store_has_to() {
        for (name, check) in CHECKS {
            println!("{name}");
            check(&|| Arc::new(MemoryStore::default()));
        }
    }
}
