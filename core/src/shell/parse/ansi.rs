//! The escapes of `$'…'`.

/// Reads `text`, which begins behind the opening quote. Gives what it stands for and its length with the closing quote;
/// `None` if that is missing.
///
/// Bytes that make no UTF-8 are shown by the replacement character. A NUL ends the value, as it does in bash.
pub(super) fn decode(text: &str) -> Option<(Box<str>, usize)> {
    let length = length_of(text)?;
    let body = text.get(..length)?;
    if !body.contains('\\') {
        return Some((body.into(), length + 1));
    }
    let mut value = Value { out: Vec::with_capacity(length), rest: body.as_bytes() };
    value.read();
    Some((String::from_utf8_lossy(&value.out).into(), length + 1))
}

/// A value in the making.
struct Value<'t> {
    out: Vec<u8>,
    rest: &'t [u8],
}

impl Value<'_> {
    fn read(&mut self) {
        while let Some(byte) = self.next() {
            if byte != b'\\' {
                self.out.push(byte);
            } else if !self.escape() {
                return;
            }
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Reads what stands behind a backslash. Tells whether the value goes on.
    fn escape(&mut self) -> bool {
        let Some(kind) = self.next() else { return true };
        match kind {
            b'a' => self.byte(7),
            b'b' => self.byte(8),
            b'e' | b'E' => self.byte(27),
            b'f' => self.byte(12),
            b'n' => self.byte(10),
            b'r' => self.byte(13),
            b't' => self.byte(9),
            b'v' => self.byte(11),
            b'\\' | b'\'' | b'"' | b'?' => self.byte(kind),
            b'0'..=b'7' => {
                let more = self.number(8, 2, u32::from(kind - b'0'));
                self.byte(low_byte(more.0))
            }
            b'x' => self.hexadecimal(),
            b'u' => self.character(kind, 4),
            b'U' => self.character(kind, 8),
            b'c' => self.control(),
            other => {
                self.out.extend([b'\\', other]);
                true
            }
        }
    }

    fn byte(&mut self, byte: u8) -> bool {
        if byte != 0 {
            self.out.push(byte);
        }
        byte != 0
    }

    /// Up to `digits_max` more digits of a number, and how many there were.
    fn number(&mut self, base: u32, digits_max: usize, begun: u32) -> (u32, usize) {
        let mut value = begun;
        let mut digits = 0;
        while digits < digits_max
            && let Some(digit) = self.rest.first().and_then(|byte| char::from(*byte).to_digit(base))
        {
            value = value.wrapping_mul(base).wrapping_add(digit);
            digits += 1;
            self.next();
        }
        (value, digits)
    }

    fn hexadecimal(&mut self) -> bool {
        let braced = self.rest.first() == Some(&b'{');
        if braced {
            self.next();
        }
        let (value, digits) = self.number(16, if braced { usize::MAX } else { 2 }, 0);
        if braced && self.rest.first() == Some(&b'}') {
            self.next();
        }
        if digits > 0 || braced {
            return self.byte(low_byte(value));
        }
        self.out.extend(b"\\x");
        true
    }

    fn character(&mut self, kind: u8, digits_max: usize) -> bool {
        let (value, digits) = self.number(16, digits_max, 0);
        if digits == 0 {
            self.out.extend([b'\\', kind]);
            return true;
        }
        let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.out.extend(character.encode_utf8(&mut [0; 4]).bytes().filter(|byte| *byte != 0));
        value != 0
    }

    fn control(&mut self) -> bool {
        match self.next() {
            None => {
                self.out.extend(b"\\c");
                true
            }
            Some(b'?') => self.byte(127),
            Some(byte) => {
                if byte == b'\\' && self.rest.first() == Some(&b'\\') {
                    self.next();
                }
                self.byte(byte.to_ascii_uppercase() & 31)
            }
        }
    }
}

/// How far it is to the quote without a backslash.
fn length_of(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'\'' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

fn low_byte(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_those_of_bash() {
        for (text, value) in [
            (r"a\tb\n\\\'\?", "a\tb\n\\'?"),
            (r"\x41\x4\x", "A\u{4}\\x"),
            (r"\x{41}\x{141}b", "AAb"),
            (r"\101\60\18", "A0\u{1}8"),
            (r"\u00e9\U0001F600\ud800", "é😀\u{fffd}"),
            (r"\uzz\q", r"\uzz\q"),
            (r"\cA\ca\c?\c\\x", "\u{1}\u{1}\u{7f}\u{1c}x"),
            (r"\xc3\xa9\xff", "é\u{fffd}"),
            (r"\e\E\a\b\f\v\r", "\u{1b}\u{1b}\u{7}\u{8}\u{c}\u{b}\r"),
            ("a\\\nb", "a\\\nb"),
        ] {
            assert_eq!(decode(&format!("{text}'rest")).unwrap(), (value.into(), text.len() + 1), "{text}");
        }
    }

    #[test]
    fn a_nul_ends_the_value() {
        for text in [r"a\0b", r"a\x00b", r"a\400b", r"a\u0000b", r"a\c@b", r"a\x{}b"] {
            assert_eq!(&*decode(&format!("{text}'")).unwrap().0, "a", "{text}");
        }
    }

    #[test]
    fn the_quote_must_be_closed() {
        for text in ["", "a", "a\\'", "\\"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
