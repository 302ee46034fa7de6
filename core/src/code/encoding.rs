//! Undoes the encodings that code is hidden in.

/// The bytes of base64 in either alphabet, with or without padding; white space is skipped. `None` if it is none.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        bits = bits << 6 | u32::from(sextet(byte)?);
        count += 1;
        if count == 4 {
            bytes.extend(bits.to_be_bytes().into_iter().skip(1));
            (bits, count) = (0, 0);
        }
    }
    // What is left over is two or three of four.
    let left = (count as usize * 6) / 8;
    let aligned = bits << (6 * (4 - count));
    bytes.extend(aligned.to_be_bytes().into_iter().skip(1).take(left));
    (count != 1).then_some(bytes)
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The bytes of hexadecimal digits; white space is skipped.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pair = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// Letters moved by half the alphabet.
pub(super) fn rot13(text: &str) -> String {
    let moved = |c: char, first: u8| char::from((c as u8 - first + 13) % 26 + first);
    text.chars()
        .map(|c| match c {
            'a'..='z' => moved(c, b'a'),
            'A'..='Z' => moved(c, b'A'),
            _ => c,
        })
        .collect()
}

/// Bytes as text: UTF-8, or UTF-16 as Windows writes it.
pub(super) fn text(bytes: Vec<u8>) -> Option<String> {
    let is_wide =
        bytes.len() >= 2 && bytes.len().is_multiple_of(2) && bytes.iter().skip(1).step_by(2).all(|byte| *byte == 0);
    if is_wide {
        return Some(bytes.iter().step_by(2).map(|byte| char::from(*byte)).collect());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        let decoded = |text: &str| base64(text).and_then(super::text);
        assert_eq!(decoded("cm0gLXJmIC8=").unwrap(), "rm -rf /");
        assert_eq!(decoded("cm0gLXJm\nIC8").unwrap(), "rm -rf /");
        assert_eq!(decoded("aQBlAHgA").unwrap(), "iex");
        assert_eq!(decoded("a").as_deref(), None);
        assert_eq!(decoded("a*bc").as_deref(), None);
        assert_eq!(hex("6c 73").and_then(super::text).unwrap(), "ls");
        assert_eq!(hex("6cf"), None);
        assert_eq!(rot13("Uryyb"), "Hello");
    }
}
