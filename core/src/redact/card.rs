//! Finds payment card numbers: digits that carry a known issuer's prefix, have its length and pass the Luhn check.

use std::ops::Range;

pub(super) const MARKER: &str = "[redacted:card-number]";

/// Where the card numbers are in `text`, in order.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let groups = digit_groups(bytes);
    let mut found = Vec::new();
    let mut rest = groups.as_slice();
    while !rest.is_empty() {
        let taken = SHAPES.iter().find_map(|shape| card_at(bytes, rest, shape).map(|range| (range, shape.len())));
        let step = match taken {
            Some((range, groups)) => {
                found.push(range);
                groups
            }
            None => 1,
        };
        rest = rest.get(step..).unwrap_or_default();
    }
    found
}

/// Whether there are digits enough in `text` for a card number. Cheap, and a no for nearly every text.
pub(super) fn is_possible(text: &str) -> bool {
    let digits = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(byte.is_ascii_digit())).sum::<u8>();
    text.len() >= DIGITS_MIN
        && text.as_bytes().chunks(128).map(|chunk| usize::from(digits(chunk))).sum::<usize>() >= DIGITS_MIN
}

/// Whether `number` is a card number.
pub(super) fn is_card(number: i64) -> bool {
    number >= 1_000_000_000_000 && is_card_digits(number.to_string().as_bytes())
}

/// Whether `number` is a card number: hosts whose only numbers are doubles send it so.
pub(super) fn is_card_float(number: f64) -> bool {
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    number.fract() == 0.0 && (1e12..WHOLE_MAX).contains(&number) && is_card_digits(number.to_string().as_bytes())
}

const DIGITS_MIN: usize = 13;

/// How cards are printed, longest first: digits in each group. A single group is anything from 13 to 19 digits.
const SHAPES: [&[usize]; 5] = [&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[0]];

fn digit_groups(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = None;
    for (at, byte) in bytes.iter().chain([&b' ']).enumerate() {
        match (byte.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                groups.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    groups
}

fn card_at(bytes: &[u8], groups: &[Range<usize>], shape: &[usize]) -> Option<Range<usize>> {
    let groups = groups.get(..shape.len())?;
    let range = groups.first()?.start..groups.last()?.end;
    let fits = shape == [0] || (has_sizes(groups, shape) && is_joined(bytes, groups));
    let digits: Vec<u8> = bytes.get(range.clone())?.iter().copied().filter(u8::is_ascii_digit).take(20).collect();
    (fits && stands_alone(bytes, &range) && is_card_digits(&digits)).then_some(range)
}

fn has_sizes(groups: &[Range<usize>], shape: &[usize]) -> bool {
    groups.iter().zip(shape).all(|(group, size)| group.len() == *size)
}

/// Whether exactly one space or dash, the same throughout, stands between the groups.
fn is_joined(bytes: &[u8], groups: &[Range<usize>]) -> bool {
    let mut gaps = groups.windows(2).map(|pair| match pair {
        [a, b] => bytes.get(a.end..b.start).unwrap_or_default(),
        _ => &[],
    });
    let first = gaps.next().unwrap_or_default();
    matches!(first, b" " | b"-") && gaps.all(|gap| gap == first)
}

/// Part of a longer word, of a hexadecimal digest or of a fraction is no card number.
fn stands_alone(bytes: &[u8], range: &Range<usize>) -> bool {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
    let (before, earlier) = (byte(range.start.wrapping_sub(1)), byte(range.start.wrapping_sub(2)));
    let (after, later) = (byte(range.end), byte(range.end + 1));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let is_fraction = (before == b'.' && earlier.is_ascii_digit()) || (after == b'.' && later.is_ascii_digit());
    !is_word(before) && !is_word(after) && !is_fraction
}

fn is_card_digits(digits: &[u8]) -> bool {
    (DIGITS_MIN..=19).contains(&digits.len()) && is_issued(digits) && passes_luhn(digits)
}

/// Source: the issuer identification numbers of ISO/IEC 7812 as the card schemes publish them.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(4).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit.wrapping_sub(b'0')));
    match (prefix, digits.len()) {
        (4000..=4999, 13 | 16 | 19) => true,                                // Visa
        (5100..=5599 | 2221..=2720, 16) => true,                            // Mastercard
        (3400..=3499 | 3700..=3799, 15) => true,                            // American Express
        (6011 | 6440..=6599 | 6200..=6299, 16..=19) => true,                // Discover, UnionPay
        (3000..=3059 | 3600..=3699 | 3800..=3999, 14) => true,              // Diners Club
        (3528..=3589, 16..=19) => true,                                     // JCB
        (2200..=2204, 16..=19) => true,                                     // Mir
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763, _) => true, // Maestro
        _ => false,
    }
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits.iter().rev().enumerate().map(|(place, digit)| luhn_weight(place, *digit)).sum();
    sum.is_multiple_of(10)
}

fn luhn_weight(place: usize, digit: u8) -> u32 {
    let digit = u32::from(digit.wrapping_sub(b'0'));
    match (place % 2, digit * 2) {
        (0, _) => digit,
        (_, double) if double > 9 => double - 9,
        (_, double) => double,
    }
}
