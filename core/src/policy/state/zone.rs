//! Time zones, and where their hours, days, weeks and months begin.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::Window;
use crate::clock::Timestamp;

// Compiled in: what a policy answers does not depend on the machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    zone: TimeZone,
}

impl Default for Zone {
    fn default() -> Zone {
        Zone { zone: TimeZone::UTC }
    }
}

impl Zone {
    /// The zone of exactly this IANA name.
    pub fn named(name: &str) -> Option<Zone> {
        let zone = ZONES.get(name).ok()?;
        (zone.iana_name() == Some(name)).then_some(Zone { zone })
    }

    /// The zone as the calendar knows it.
    pub(super) fn into_inner(self) -> TimeZone {
        self.zone
    }

    /// A name for the window around `now`, another for each window: `2026-12-01` for a day. Empty for a run, whose name
    /// is the session's.
    pub fn window(&self, window: Window, now: Timestamp) -> String {
        let Ok(moment) = jiff::Timestamp::from_microsecond(now.as_micros()) else { return String::new() };
        let here = moment.to_zoned(self.zone.clone());
        let (date, week) = (here.date(), here.date().iso_week_date());
        match window {
            // With the offset, in seconds: in autumn an hour comes twice.
            Window::Hour => format!("{date}T{:02}{:+}", here.hour(), here.offset().seconds()),
            Window::Day => date.to_string(),
            Window::Week => format!("{}-W{:02}", week.year(), week.week()),
            Window::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Window::Run => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_where_the_zone_is() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for (now, window, expected) in [
            ("2026-12-31T22:59:59Z", Window::Day, "2026-12-31"),
            ("2026-12-31T23:00:00Z", Window::Day, "2027-01-01"),
            ("2026-12-31T23:00:00Z", Window::Month, "2027-01"),
            ("2026-12-31T23:00:00Z", Window::Week, "2026-W53"),
            ("2026-10-25T00:30:00Z", Window::Hour, "2026-10-25T02+7200"),
            ("2026-10-25T01:30:00Z", Window::Hour, "2026-10-25T02+3600"),
        ] {
            assert_eq!(berlin.window(window, Timestamp::parse(now).unwrap()), expected, "{now}");
        }
        assert!(Zone::named("europe/berlin").is_none() && Zone::named("").is_none());
    }
}
