//! The only source of time.
//!
//! Everything that needs the time takes a [`Timestamp`] or a [`Clock`], so that tests and vectors can set it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment, in microseconds since 1970-01-01T00:00:00Z. Prints as RFC 3339 with six decimals and `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    micros: i64,
}

impl Timestamp {
    /// The moment `micros` microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Timestamp {
        Timestamp { micros }
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.micros
    }

    /// The moment so many seconds later, as far as moments go.
    pub const fn plus_seconds(self, seconds: u64) -> Timestamp {
        let micros = if seconds > i64::MAX as u64 / 1_000_000 { i64::MAX } else { seconds as i64 * 1_000_000 };
        Timestamp { micros: self.micros.saturating_add(micros) }
    }

    /// The moment so many seconds before, as far as moments go.
    pub const fn minus_seconds(self, seconds: u64) -> Timestamp {
        let micros = if seconds > i64::MAX as u64 / 1_000_000 { i64::MAX } else { seconds as i64 * 1_000_000 };
        Timestamp { micros: self.micros.saturating_sub(micros) }
    }

    /// Reads RFC 3339 text with an offset, such as `2026-11-21T08:00:00Z`. `None` if it is anything else.
    pub fn parse(text: &str) -> Option<Timestamp> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Timestamp { micros: time.as_microsecond() })
    }

    /// The day in UTC, `2026-11-21`: the name of an audit file.
    pub fn day(self) -> String {
        let mut text = self.to_string();
        text.truncate(10);
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.micros) {
            Ok(time) => write!(f, "{time:.6}"),
            // Outside the years that RFC 3339 can write; only a clock gone mad gets here.
            Err(_) => f.write_str("9999-12-31T23:59:59.999999Z"),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Timestamp::parse(&text).ok_or_else(|| de::Error::custom("no RFC 3339 time"))
    }
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The system's clock: the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that reads the system's clock
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
        let micros = since.map_or(0, |elapsed| i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX));
        Timestamp { micros }
    }
}

/// A clock that stands still, for tests and vectors.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A clock that is set by hand, for tests and vectors that last.
///
/// ```
/// use toolgate::{Clock, SettableClock, Timestamp};
/// let clock = SettableClock::new(Timestamp::from_micros(0));
/// clock.set(Timestamp::from_micros(5));
/// assert_eq!(clock.now().as_micros(), 5);
/// ```
#[derive(Clone, Debug)]
pub struct SettableClock(Arc<AtomicI64>);

impl SettableClock {
    /// A clock that stands at `now`; its clones stand wherever it does.
    pub fn new(now: Timestamp) -> SettableClock {
        SettableClock(Arc::new(AtomicI64::new(now.micros)))
    }

    /// Sets the clock and all its clones.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros, Ordering::SeqCst);
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Timestamp {
        Timestamp { micros: self.0.load(Ordering::SeqCst) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_its_text() {
        let moment = Timestamp::parse("2026-11-21T08:00:00.000001Z").unwrap();
        assert_eq!(moment.to_string(), "2026-11-21T08:00:00.000001Z");
        assert_eq!(moment.day(), "2026-11-21");
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
    }
}
