//! The time zones that conditions may name: `now.getHours("Europe/Berlin")`.
//!
//! It takes the place of the crate of the same name (`[patch.crates-io]` in the workspace), of which the evaluator of
//! conditions asks one thing: the offset of a zone at a moment. The tables of the other are 3 MB of every library that
//! is built here; this answers the same from the database of `jiff`, which is a tenth of that.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone};
use jiff::civil::DateTime;
use jiff::tz::{self, TimeZoneDatabase};

/// A zone by its IANA name.
#[derive(Clone, Debug)]
pub struct Tz {
    zone: tz::TimeZone,
}

/// Coordinated universal time.
pub const UTC: Tz = Tz { zone: tz::TimeZone::UTC };

/// A name that stands for no zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError;

/// The offset of a zone at some moment.
#[derive(Clone)]
pub struct TzOffset {
    zone: Tz,
    offset: FixedOffset,
}

// Compiled in: what a policy answers does not depend on the machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl FromStr for Tz {
    type Err = ParseError;

    /// The zone of exactly this name: `europe/berlin` is none.
    fn from_str(name: &str) -> Result<Tz, ParseError> {
        let zone = ZONES.get(name).map_err(|_| ParseError)?;
        if zone.iana_name() == Some(name) { Ok(Tz { zone }) } else { Err(ParseError) }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no time zone has this name")
    }
}

impl std::error::Error for ParseError {}

impl TimeZone for Tz {
    type Offset = TzOffset;

    fn from_offset(offset: &TzOffset) -> Tz {
        offset.zone.clone()
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<TzOffset> {
        self.offset_from_local_datetime(&local.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<TzOffset> {
        let Some(civil) = civil(local) else { return MappedLocalTime::None };
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            tz::AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(self.at(offset)),
            tz::AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
            tz::AmbiguousOffset::Fold { before, after } => MappedLocalTime::Ambiguous(self.at(before), self.at(after)),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> TzOffset {
        self.offset_from_utc_datetime(&utc.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> TzOffset {
        // Before and after the years that `jiff` counts, a zone has the offset of the first or the last of them.
        let second = utc.and_utc().timestamp();
        let moment = jiff::Timestamp::from_second(second);
        let moment = moment.unwrap_or(if second < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX });
        self.at(self.zone.to_offset(moment))
    }
}

impl Tz {
    fn at(&self, offset: tz::Offset) -> TzOffset {
        // Offsets of zones are less than a day.
        let offset = FixedOffset::east_opt(offset.seconds()).unwrap_or_else(|| chrono::Utc.fix());
        TzOffset { zone: self.clone(), offset }
    }
}

impl Offset for TzOffset {
    fn fix(&self) -> FixedOffset {
        self.offset
    }
}

impl fmt::Debug for TzOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.offset, f)
    }
}

impl fmt::Display for TzOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.offset, f)
    }
}

fn civil(local: &NaiveDateTime) -> Option<DateTime> {
    let day = i64::from(local.date().to_epoch_days());
    let second = day.checked_mul(86_400)?.checked_add(local.and_utc().timestamp().rem_euclid(86_400))?;
    Some(tz::Offset::UTC.to_datetime(jiff::Timestamp::from_second(second).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_the_offset_of_the_moment() {
        for (zone, moment, seconds) in [
            ("Europe/Berlin", "2026-03-29T00:59:59Z", 3600),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", 7200),
            ("Europe/Berlin", "2076-07-01T00:00:00Z", 7200),
            ("Asia/Kolkata", "2026-11-21T08:00:00Z", 19_800),
            ("Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39_600),
            ("Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37_800),
            ("America/St_Johns", "1988-07-01T00:00:00Z", -5400),
            ("Etc/GMT+5", "2026-11-21T08:00:00Z", -18_000),
            ("UTC", "2026-11-21T08:00:00Z", 0),
        ] {
            let there = zone.parse::<Tz>().unwrap();
            let moment = chrono::DateTime::parse_from_rfc3339(moment).unwrap().with_timezone(&there);
            assert_eq!(moment.offset().fix().local_minus_utc(), seconds, "{zone}");
        }
    }

    #[test]
    fn a_name_is_exact() {
        for name in ["europe/berlin", "Europe/Berlin ", "Berlin", "", "+02:00", "Etc/Unknown"] {
            assert_eq!(name.parse::<Tz>().err(), Some(ParseError), "{name}");
        }
    }

    #[test]
    fn a_local_time_may_be_none_or_two() {
        let berlin = "Europe/Berlin".parse::<Tz>().unwrap();
        let local = |text: &str| berlin.offset_from_local_datetime(&text.parse().unwrap());
        assert!(matches!(local("2026-03-29T02:30:00"), MappedLocalTime::None));
        assert!(matches!(local("2026-10-25T02:30:00"), MappedLocalTime::Ambiguous(..)));
        assert_eq!(local("2026-07-01T00:00:00").single().unwrap().fix().local_minus_utc(), 7200);
    }

    #[test]
    fn a_moment_at_the_end_of_time_has_an_offset() {
        let berlin = "Europe/Berlin".parse::<Tz>().unwrap();
        for moment in [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC] {
            let _ = berlin.offset_from_utc_datetime(&moment.naive_utc());
        }
    }
}
