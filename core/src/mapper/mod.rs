//! Maps a tool call to its canonical action.
