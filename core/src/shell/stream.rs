//! What flows through a pipe, as far as it is known.

use super::line::Lines;
use super::text::Text;

/// What a program reads or prints.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Stream {
    /// Nothing in particular: what the line itself is given.
    #[default]
    Outside,
    /// This text.
    Text(Text),
    /// Lines of which the shape is known, such as names that fit patterns.
    Lines(Lines),
    /// Something that is not known.
    Unknown(Origin),
}

/// Where something unknown comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// From another host.
    pub(super) network: bool,
    /// Out of an encoding.
    pub(super) decoded: bool,
}

impl Stream {
    pub(super) fn origin(&self) -> Origin {
        match self {
            Stream::Unknown(origin) => *origin,
            _ => Origin::default(),
        }
    }

    /// The one after the other.
    pub(super) fn then(self, next: Stream) -> Stream {
        match (self, next) {
            (Stream::Text(mut text), Stream::Text(next)) => {
                text.append(next);
                Stream::Text(text)
            }
            (one, next) => one.and(next),
        }
    }

    /// The one or the other, or one behind the other.
    pub(super) fn and(self, other: Stream) -> Stream {
        let origin = self.origin().with(other.origin());
        match (self, other) {
            (Stream::Text(text), other) if text.is_empty() => other,
            (one, Stream::Text(text)) if text.is_empty() => one,
            (one, other) => match (one.lines(), other.lines()) {
                (Some(one), Some(other)) => one.and(other).map_or(Stream::Unknown(origin), Stream::Lines),
                _ => Stream::Unknown(origin),
            },
        }
    }

    /// Any number of it.
    pub(super) fn repeated(self) -> Stream {
        match self {
            Stream::Text(text) if text.is_empty() => Stream::Text(text),
            stream => stream.lines().map_or(Stream::Unknown(stream.origin()), Stream::Lines),
        }
    }

    /// Its lines, if their shapes are known and nothing follows the last one.
    pub(super) fn lines(&self) -> Option<Lines> {
        match self {
            Stream::Lines(lines) => Some(lines.clone()),
            Stream::Text(text) if text.guess().ends_with('\n') => Lines::of(text),
            _ => None,
        }
    }
}

impl Origin {
    pub(super) fn with(self, other: Origin) -> Origin {
        Origin { network: self.network || other.network, decoded: self.decoded || other.decoded }
    }
}
