//! What flows through a pipe, as far as it is known.

use super::text::Text;

/// What a program reads or prints.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Stream {
    /// Nothing in particular: what the line itself is given.
    #[default]
    Outside,
    /// This text.
    Text(Text),
    /// Names of files that fit these patterns, one a line.
    Names(Vec<Text>),
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
            (Stream::Text(text), next) if text.is_empty() => next,
            (stream, Stream::Text(text)) if text.is_empty() => stream,
            (Stream::Names(mut names), Stream::Names(next)) => {
                names.extend(next);
                Stream::Names(names)
            }
            (one, next) => Stream::Unknown(one.origin().with(next.origin())),
        }
    }
}

impl Origin {
    pub(super) fn with(self, other: Origin) -> Origin {
        Origin { network: self.network || other.network, decoded: self.decoded || other.decoded }
    }
}
