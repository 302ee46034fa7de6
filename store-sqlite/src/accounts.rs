//! Accounts: what is charged to them, what they hold, and what becomes of it.

use rusqlite::{Connection, params};
use toolgate::Timestamp;
use toolgate::store::{Begun, Charge, Keep, Settlement, Step, Sum, Total, Unit};

use crate::error::Failure;

/// What the account holds at the moment `at`.
pub(crate) fn total(state: &Connection, sum: &Sum, at: Timestamp) -> Result<Total, Failure> {
    let since = sum.since.map(Timestamp::as_micros);
    let mut total = Total { amount: if since.is_none() { settled(state, &sum.account)? } else { 0 }, count: 0 };
    let mut select = state
        .prepare_cached("SELECT amount FROM entry WHERE account = ?1 AND ends > ?2 AND (?3 IS NULL OR at > ?3)")?;
    let mut rows = select.query(params![&*sum.account, at.as_micros(), since])?;
    while let Some(row) = rows.next()? {
        total.amount = total.amount.saturating_add(row.get(0)?);
        total.count += 1;
    }
    Ok(total)
}

fn settled(state: &Connection, account: &str) -> Result<i64, Failure> {
    let mut select = state.prepare_cached("SELECT amount FROM account WHERE name = ?1")?;
    let mut rows = select.query([account])?;
    Ok(rows.next()?.map_or(Ok(0), |row| row.get(0))?)
}

/// What stands against `step`, if anything does.
pub(crate) fn against(state: &Connection, step: &Step) -> Result<Option<Begun>, Failure> {
    for (sum, expected) in &step.expected {
        if total(state, sum, step.at)? != *expected {
            return Ok(Some(Begun::Stale));
        }
    }
    for (index, charge) in step.charges.iter().enumerate() {
        let Some(cap) = charge.cap else { continue };
        let held = total(state, &Sum { account: charge.account.clone(), since: charge.since }, step.at)?;
        // Of several charges to one account each counts the ones before it.
        let own = step.charges.iter().take(index + 1).filter(|other| other.account == charge.account);
        let amount = own.fold(0_i64, |sum, other| sum.saturating_add(other.amount.max(0)));
        if held.amount.saturating_add(amount) > cap {
            return Ok(Some(Begun::Exceeded(index, held)));
        }
    }
    Ok(None)
}

/// Charges all that `step` takes.
pub(crate) fn charge(state: &Connection, step: &Step) -> Result<(), Failure> {
    step.charges.iter().try_for_each(|charge| charge_one(state, step, charge))
}

fn charge_one(state: &Connection, step: &Step, charge: &Charge) -> Result<(), Failure> {
    let amount = charge.amount.max(0);
    let (stays, ends) = match charge.keep {
        Keep::Add => return add(state, &charge.account, amount, step.at),
        Keep::Hold => (false, step.expires),
        Keep::Until(until) => (true, until),
    };
    if stays {
        forget_some(state, &charge.account, step.at)?;
    } else {
        add(state, &charge.account, 0, step.at)?;
    }
    let mut insert = state.prepare_cached(
        "INSERT INTO entry (step, account, unit, amount, at, ends, stays) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let (at, ends) = (step.at.as_micros(), ends.as_micros());
    insert.execute(params![&*step.id, &*charge.account, charge.unit.as_str(), amount, at, ends, stays])?;
    Ok(())
}

/// Adds to the account's sum, which stops at the largest number there is.
fn add(state: &Connection, account: &str, amount: i64, at: Timestamp) -> Result<(), Failure> {
    let mut upsert = state.prepare_cached(
        "INSERT INTO account (name, amount, at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET
         amount = CASE WHEN amount > 9223372036854775807 - ?2 THEN 9223372036854775807 ELSE amount + ?2 END,
         at = max(at, ?3)",
    )?;
    upsert.execute(params![account, amount, at.as_micros()])?;
    Ok(())
}

/// Forgets entries that have left their window: more than come in, but so many that nobody waits for it.
fn forget_some(state: &Connection, account: &str, at: Timestamp) -> Result<(), Failure> {
    let mut delete = state.prepare_cached(
        "DELETE FROM entry WHERE number IN
         (SELECT number FROM entry WHERE account = ?1 AND ends <= ?2 AND stays LIMIT 16)",
    )?;
    delete.execute(params![account, at.as_micros()])?;
    Ok(())
}

struct Open {
    number: i64,
    account: String,
    unit: String,
    amount: i64,
    stays: bool,
}

/// Settles what the step `id` began and tells whether there was anything.
pub(crate) fn settle(state: &Connection, id: &str, at: Timestamp, settlement: &Settlement) -> Result<bool, Failure> {
    let open = open(state, id)?;
    for entry in &open {
        match settlement {
            Settlement::Nothing => remove(state, entry)?,
            Settlement::Spent(real) => settle_one(state, entry, at, real)?,
        }
    }
    Ok(!open.is_empty())
}

fn open(state: &Connection, id: &str) -> Result<Vec<Open>, Failure> {
    let mut select = state
        .prepare_cached("SELECT number, account, unit, amount, stays FROM entry WHERE step = ?1 ORDER BY number")?;
    let rows = select.query_map([id], |row| {
        Ok(Open {
            number: row.get(0)?,
            account: row.get(1)?,
            unit: row.get(2)?,
            amount: row.get(3)?,
            stays: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn settle_one(state: &Connection, entry: &Open, at: Timestamp, real: &[(Unit, i64)]) -> Result<(), Failure> {
    let told = real.iter().find(|(unit, _)| unit.as_str() == entry.unit);
    let amount = told.map_or(entry.amount, |(_, amount)| (*amount).max(0));
    if entry.stays {
        let mut update = state.prepare_cached("UPDATE entry SET step = NULL, amount = ?2 WHERE number = ?1")?;
        update.execute(params![entry.number, amount])?;
        return Ok(());
    }
    remove(state, entry)?;
    add(state, &entry.account, amount, at)
}

fn remove(state: &Connection, entry: &Open) -> Result<(), Failure> {
    state.prepare_cached("DELETE FROM entry WHERE number = ?1")?.execute([entry.number])?;
    Ok(())
}

/// Forgets entries that ended before `before`, and sums that nothing was done to since and nothing is in flight for.
pub(crate) fn prune(state: &Connection, before: Timestamp) -> Result<usize, Failure> {
    let before = before.as_micros();
    let entries = state.execute("DELETE FROM entry WHERE ends < ?1", [before])?;
    let sums = state.execute(
        "DELETE FROM account WHERE at < ?1 AND NOT EXISTS (SELECT 1 FROM entry WHERE account = name)",
        [before],
    )?;
    Ok(entries + sums)
}
