//! Takes secrets out of values before they are hashed or written.
