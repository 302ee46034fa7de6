//! Lists of names that a program goes through, as far as the line says what is in them: `tar -T`, `wget -i`, `cpio -o`.

use super::Reader;
use crate::shell::programs::List;
use crate::shell::stream::Stream;
use crate::shell::text::Text;

/// Names of one list that are followed one by one.
const NAMES_MAX: usize = 64;

impl Reader<'_> {
    /// Adds what the names in `list` amount to. The directory is the one that the program works in.
    pub(super) fn take_list(&mut self, index: u32, base: &str, list: &List) {
        let stream = match &list.path {
            Some(path) => self.content_of(&Text::from(path)),
            None => self.stdin_kept(),
        };
        let Some(names) = names_in(stream) else {
            let doubt = format!("the names of the list that `{base}` goes through are not in the line");
            return self.run_doubt(index, doubt);
        };
        if self.spend(names.len()) {
            self.take_effects(index, names.iter().flat_map(|name| list.effects(&name.word().0)).collect());
        }
    }
}

/// The names, one a line or with a NUL behind each. A line that may be an option, and one with quotes or backslashes,
/// is read by rules of each program's own, which are not followed.
fn names_in(stream: Stream) -> Option<Vec<Text>> {
    let is_plain = |name: &str| !name.starts_with(['-', '#', ' ', '\t']) && !name.contains(['\\', '"', '\'', '\r']);
    let text = match stream {
        Stream::Lines(lines) => {
            let names = lines.shapes.iter().map(|line| lines.word(line, "$list"));
            return names.map(|name| Some(name).filter(|name| is_plain(&name.guess()))).collect();
        }
        Stream::Text(text) => text.known()?.into_owned(),
        Stream::Outside | Stream::Unknown(_) => return None,
    };
    let names: Vec<&str> = text.split(['\n', '\0']).filter(|name| !name.is_empty()).collect();
    (names.len() <= NAMES_MAX && names.iter().all(|name| is_plain(name)))
        .then(|| names.into_iter().map(Text::literal).collect())
}
