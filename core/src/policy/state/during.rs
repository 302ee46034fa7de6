//! When a rule applies: between two moments, or every week on some days and at some hours.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::Zone;
use super::language::DURING;
use crate::clock::Timestamp;
use crate::policy::read::name_of;
use crate::shape::{Problems, field};
use crate::yaml::Node;

/// Names of the days, from Monday on.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When a rule applies.
///
/// Times are those of a clock on the wall. Where the clock skips an hour or has one twice, whatever restricts is taken:
/// a rule that restricts begins at the earlier moment and ends at the later one, a rule that permits the other way
/// round.
#[derive(Clone, Debug)]
pub struct During {
    zone: TimeZone,
    restricts: bool,
    windows: Vec<(DateTime, DateTime)>,
    /// Days on which `hours` begin; empty for every day.
    days: Vec<Weekday>,
    /// Hours of a day; those that end no later than they begin end on the next one.
    hours: Vec<(Time, Time)>,
}

impl During {
    /// Reads `during` of a rule, which lies in `zone` if it does not say otherwise.
    pub(in crate::policy) fn read(node: &Node, zone: &Zone, restricts: bool, problems: &mut Problems) -> During {
        let own = field(node, &DURING, "timezone").and_then(|node| super::read::zone(node, problems));
        let mut during = During {
            zone: own.unwrap_or_else(|| zone.clone()).into_inner(),
            restricts,
            windows: all(node, "windows", window, "2026-12-30T00:00/2027-01-02T00:00", problems),
            days: days(node),
            hours: all(node, "hours", hours, "22:00-06:00", problems),
        };
        if during.hours.is_empty() && !during.days.is_empty() {
            during.hours.push((Time::midnight(), Time::midnight()));
        }
        if ["windows", "days", "hours"].iter().all(|name| field(node, &DURING, name).is_none()) {
            let help = "write `windows`, `days` or `hours`";
            problems.add(node.place, "policy.empty_during", "`during` does not say when", help);
        }
        during
    }

    /// Whether `now` lies in it.
    pub fn includes(&self, now: Timestamp) -> bool {
        let Ok(now) = jiff::Timestamp::from_microsecond(now.as_micros()) else { return self.restricts };
        let holds = |(begin, end): &(DateTime, DateTime)| {
            // A moment that no calendar has makes no rule looser.
            self.moments(*begin, *end).map_or(self.restricts, |(begin, end)| begin <= now && now < end)
        };
        self.windows.iter().any(holds) || self.recurring(now).iter().any(holds)
    }

    /// The hours that may lie around `now`: a day's own, and what is left of the day before.
    fn recurring(&self, now: jiff::Timestamp) -> Vec<(DateTime, DateTime)> {
        let today = self.zone.to_datetime(now).date();
        let dates = today.yesterday().into_iter().chain([today]);
        let dates = dates.filter(|date| self.days.is_empty() || self.days.contains(&date.weekday()));
        dates.flat_map(|date| self.hours.iter().filter_map(move |hours| on(date, *hours))).collect()
    }

    fn moments(&self, begin: DateTime, end: DateTime) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
        let (begin, end) = (self.zone.to_ambiguous_timestamp(begin), self.zone.to_ambiguous_timestamp(end));
        match self.restricts {
            true => Some((begin.earlier().ok()?, end.later().ok()?)),
            false => Some((begin.later().ok()?, end.earlier().ok()?)),
        }
    }
}

fn on(date: Date, (begin, end): (Time, Time)) -> Option<(DateTime, DateTime)> {
    let last = if end > begin { date } else { date.checked_add(1.day()).ok()? };
    Some((date.to_datetime(begin), last.to_datetime(end)))
}

fn all<T>(node: &Node, name: &str, read: impl Fn(&str) -> Option<T>, example: &str, problems: &mut Problems) -> Vec<T> {
    let mut found = Vec::new();
    for item in field(node, &DURING, name).map_or(&[][..], Node::one_or_many) {
        let text = name_of(item);
        match read(&text) {
            Some(one) => found.push(one),
            None => problems.add(
                item.place,
                "policy.bad_window",
                format!("`{name}` cannot be `{text}`"),
                format!("write it like `{example}`"),
            ),
        }
    }
    found
}

/// `2026-12-30T00:00/2027-01-02T00:00`.
fn window(text: &str) -> Option<(DateTime, DateTime)> {
    let (begin, end) = text.split_once('/')?;
    Some((moment(begin)?, moment(end)?)).filter(|(begin, end)| begin < end)
}

/// `2026-12-30T00:00`.
fn moment(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(date.to_datetime(time_of_day(time)?))
}

/// `22:00`.
fn time_of_day(text: &str) -> Option<Time> {
    let [hour, minute] = numbers(text, ':', [2, 2])?;
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
}

/// The numbers in `text`, with `between` between them, each of so many digits.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i16; N]> {
    let mut found = [0; N];
    let mut parts = text.split(between);
    for (number, digits) in found.iter_mut().zip(digits) {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// `22:00-06:00`; the end may be `24:00`.
fn hours(text: &str) -> Option<(Time, Time)> {
    let (begin, end) = text.split_once('-')?;
    if end == "24:00" {
        return Some((time_of_day(begin)?, Time::midnight()));
    }
    Some((time_of_day(begin)?, time_of_day(end)?)).filter(|(begin, end)| begin != end)
}

/// The days; what is none was reported as an unknown word.
fn days(node: &Node) -> Vec<Weekday> {
    let names = field(node, &DURING, "days").map_or(&[][..], Node::one_or_many).iter().filter_map(Node::as_str);
    let numbers = names.filter_map(|name| DAYS.iter().position(|day| *day == name));
    numbers.filter_map(|number| Weekday::from_monday_zero_offset(i8::try_from(number).ok()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn during(text: &str, restricts: bool) -> During {
        let document = crate::yaml::parse("", text);
        let mut problems = Problems::new("");
        let during = During::read(&document.root, &Zone::default(), restricts, &mut problems);
        assert!(problems.into_vec().is_empty(), "{text}");
        during
    }

    fn holds(during: &During, moments: &[(&str, bool)]) {
        for (moment, expected) in moments {
            assert_eq!(during.includes(Timestamp::parse(moment).unwrap()), *expected, "{moment}");
        }
    }

    #[test]
    fn windows_lie_in_their_zone() {
        let freeze = during("{ timezone: Europe/Berlin, windows: ['2026-12-30T00:00/2027-01-02T00:00'] }", true);
        holds(
            &freeze,
            &[
                ("2026-12-29T22:59:59Z", false),
                ("2026-12-29T23:00:00Z", true),
                ("2027-01-01T22:59:59Z", true),
                ("2027-01-01T23:00:00Z", false),
            ],
        );
    }

    #[test]
    fn nights_belong_to_the_day_they_begin_on() {
        let nights = during("{ days: [sat], hours: '22:00-06:00' }", true);
        holds(
            &nights,
            &[
                ("2026-12-05T21:59:59Z", false),
                ("2026-12-05T22:00:00Z", true),
                ("2026-12-06T05:59:59Z", true),
                ("2026-12-06T06:00:00Z", false),
                ("2026-12-06T23:00:00Z", false),
                ("2026-12-05T03:00:00Z", false),
            ],
        );
        holds(
            &during("{ days: [sat, sun] }", true),
            &[("2026-12-06T23:59:59Z", true), ("2026-12-07T00:00:00Z", false)],
        );
        holds(
            &during("{ hours: '20:00-24:00' }", true),
            &[("2026-12-07T23:59:59Z", true), ("2026-12-08T00:00:00Z", false)],
        );
    }

    #[test]
    fn an_hour_that_comes_twice_restricts_both_times() {
        // On the 25th of October 2026, 02:00 to 03:00 comes twice in Berlin, from 00:00 and from 01:00 UTC.
        let text = "{ timezone: Europe/Berlin, hours: '02:30-02:45' }";
        holds(&during(text, true), &[("2026-10-25T00:30:00Z", true), ("2026-10-25T01:40:00Z", true)]);
        holds(&during(text, false), &[("2026-10-25T00:35:00Z", false), ("2026-10-25T01:35:00Z", false)]);
    }

    #[test]
    fn an_hour_that_is_skipped_restricts_for_longer() {
        // On the 29th of March 2026, 02:00 to 03:00 does not come in Berlin; at 01:00 UTC it is 03:00.
        let text = "{ timezone: Europe/Berlin, hours: '02:30-04:00' }";
        holds(&during(text, true), &[("2026-03-29T00:30:00Z", true), ("2026-03-29T00:29:59Z", false)]);
        holds(&during(text, false), &[("2026-03-29T01:29:59Z", false), ("2026-03-29T01:30:00Z", true)]);
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in [
            "{ windows: ['2027-01-02T00:00/2026-12-30T00:00'] }",
            "{ windows: ['2026-12-30'] }",
            "{ hours: '22:00-22:00' }",
            "{ hours: '25:00-26:00' }",
            "{ timezone: UTC }",
        ] {
            let document = crate::yaml::parse("", text);
            let mut problems = Problems::new("");
            During::read(&document.root, &Zone::default(), true, &mut problems);
            assert_eq!(problems.into_vec().len(), 1, "{text}");
        }
    }
}
