//! State in memory: for tests, for programs that run once, and as the plainest telling of what a store does.

use std::collections::{BTreeMap, BTreeSet};
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
    labels: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    labelled: BTreeMap<Arc<str>, Timestamp>,
}

#[derive(Debug, Default)]
struct Account {
    /// What was settled and has no entry of its own.
    sum: i64,
    entries: Vec<Entry>,
    at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Entry {
    step: Arc<str>,
    at: Timestamp,
    unit: Unit,
    amount: i64,
    keep: Keep,
    /// When it is given back.
    expires: Timestamp,
}

impl Store for MemoryStore {
    fn read(&self, asked: &Asked) -> Result<Known, StoreError> {
        let state = self.lock();
        let at = asked.at.unwrap_or(Timestamp::from_micros(i64::MAX));
        Ok(Known {
            sums: asked.sums.iter().map(|sum| state.total(sum, at)).collect(),
            labels: state.labels.get(&asked.session).cloned().unwrap_or_default(),
            switches: if asked.switches { state.all(Kind::Switch, None) } else { Vec::new() },
            agent: state.document(Kind::Agent, &asked.agent),
            approvals: if asked.digest.is_empty() {
                Vec::new()
            } else {
                state.all(Kind::Approval, Some(&asked.digest))
            },
            grants: if asked.grants { state.all(Kind::Grant, None) } else { Vec::new() },
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
        let mut state = self.lock();
        Ok(state.accounts.values_mut().map(|account| account.settle(id, at, settlement)).max().unwrap_or(false))
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
            let before = step.charges.iter().take(index).filter(|other| other.account == charge.account);
            let amount = before.fold(charge.amount, |sum, other| sum.saturating_add(other.amount));
            charge.cap.filter(|cap| total.amount.saturating_add(amount) > *cap).map(|_| (index, total))
        })
    }

    fn charge(&mut self, step: &Step, charge: &Charge) {
        let account = self.accounts.entry(charge.account.clone()).or_default();
        account.at = account.at.max(Some(step.at));
        match charge.keep {
            Keep::Add => account.sum = account.sum.saturating_add(charge.amount),
            keep => account.entries.push(Entry {
                step: step.id.clone(),
                at: step.at,
                unit: charge.unit,
                amount: charge.amount,
                keep,
                expires: if keep == Keep::Hold { step.expires } else { Timestamp::from_micros(i64::MAX) },
            }),
        }
        account.forget_before(step.at);
    }

    fn label(&mut self, session: &Arc<str>, label: &Arc<str>, at: Timestamp) {
        let labels = self.labels.entry(session.clone()).or_default();
        if !labels.contains(label) {
            labels.push(label.clone());
        }
        self.labelled.insert(session.clone(), at);
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
                let made = before.map_or(self.made, |(made, _)| *made);
                self.made += 1;
                self.documents.insert(key, (made, document.clone()));
                Changed::Done(Some(document))
            }
        }
    }

    fn prune(&mut self, before: Timestamp) -> u64 {
        let size = |state: &State| {
            let entries: usize = state.accounts.values().map(|account| account.entries.len()).sum();
            state.documents.len() + state.accounts.len() + entries + state.labels.len()
        };
        let all = size(self);
        self.documents.retain(|(kind, _), (_, document)| !kind.is_transient() || document.at >= before);
        self.accounts.values_mut().for_each(|account| account.entries.retain(|entry| entry.ends() >= before));
        self.accounts.retain(|_, account| !account.entries.is_empty() || account.at >= Some(before));
        self.labelled.retain(|_, at| *at >= before);
        let sessions: BTreeSet<_> = self.labelled.keys().cloned().collect();
        self.labels.retain(|session, _| sessions.contains(session));
        (all - size(self)) as u64
    }
}

impl Account {
    fn total(&self, since: Option<Timestamp>, at: Timestamp) -> Total {
        let counted =
            self.entries.iter().filter(|entry| entry.expires > at && since.is_none_or(|since| entry.at > since));
        let start = Total { amount: if since.is_none() { self.sum } else { 0 }, count: 0 };
        counted.fold(start, |total, entry| Total {
            amount: total.amount.saturating_add(entry.amount),
            count: total.count + 1,
        })
    }

    fn settle(&mut self, id: &str, at: Timestamp, settlement: &Settlement) -> bool {
        let before = self.entries.len();
        let (own, rest) = std::mem::take(&mut self.entries).into_iter().partition(|entry| *entry.step == *id);
        self.entries = rest;
        for entry in own {
            self.settle_entry(entry, at, settlement);
        }
        self.entries.len() < before
    }

    fn settle_entry(&mut self, mut entry: Entry, at: Timestamp, settlement: &Settlement) {
        let Settlement::Spent(real) = settlement else { return };
        let amount = real.iter().find(|(unit, _)| *unit == entry.unit).map_or(entry.amount, |(_, amount)| *amount);
        self.at = self.at.max(Some(at));
        match entry.keep {
            Keep::Until(_) => {
                entry.amount = amount;
                self.entries.push(entry);
            }
            _ => self.sum = self.sum.saturating_add(amount),
        }
    }

    /// Forgets the entries that have left their window.
    fn forget_before(&mut self, at: Timestamp) {
        self.entries.retain(|entry| !matches!(entry.keep, Keep::Until(until) if until < at));
    }
}

impl Entry {
    /// When nobody asks for it any more.
    fn ends(&self) -> Timestamp {
        match self.keep {
            Keep::Until(until) => until,
            _ => self.expires,
        }
    }
}
