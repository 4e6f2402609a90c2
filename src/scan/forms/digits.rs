//! Hexadecimal digits: in a row, with something between, in dumps.

use super::{BACK, Decoded, before_line_end, past_line_end};
use crate::scan::{
    Form,
    check::Check,
    class::{DIGIT, TEXT},
};

fn is_digit(byte: u8) -> bool {
    DIGIT[usize::from(byte)] < 16
}

/// Pairs of hexadecimal digits in a row, over line ends.
pub(in crate::scan) fn hex_pairs(
    data: &[u8],
    at: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    let pair = |at: usize| {
        let [first, second, ..] = data.get(at..)? else { return None };
        let [first, second] = [first, second].map(|byte| DIGIT[usize::from(*byte)]);
        let byte = first << 4 | second;
        (first | second < 16 && TEXT[usize::from(byte)]).then_some(byte)
    };
    if pair(at).is_none() {
        return at;
    }
    // Not only from where another run of this parity ended: beyond a line end a run may have the other.
    let limit = at.saturating_sub(BACK);
    let mut start = at;
    loop {
        let before = before_line_end(data, start);
        match before.checked_sub(2).filter(|before| *before >= limit) {
            Some(before) if pair(before).is_some() => start = before,
            _ => break,
        }
    }
    decoded.begin(Form::Hex);
    let mut next = start;
    let mut end = start;
    let four = |at: usize| {
        let digits: &[u8; 8] = data.get(at..)?.first_chunk()?;
        let (mut bytes, mut bad) = (0, 0);
        for index in 0..4 {
            let first = u32::from(DIGIT[usize::from(digits[2 * index])]);
            let second = u32::from(DIGIT[usize::from(digits[2 * index + 1])]);
            let byte = (first << 4 | second) & 0xFF;
            bad |= first | second | u32::from(!TEXT[byte as usize]) << 4;
            bytes |= byte << (8 * index);
        }
        (bad < 16).then_some(bytes)
    };
    loop {
        decoded.step(check);
        if let Some(bytes) = four(next) {
            decoded.push_pairs(bytes, next);
            end = next + 8;
            next = past_line_end(data, end);
            continue;
        }
        let Some(byte) = pair(next) else { break };
        decoded.push_all([byte], next);
        end = next + 2;
        next = past_line_end(data, end);
    }
    decoded.end(check);
    end
}

/// Pairs of hexadecimal digits with something between: `%61%62`, `61:62`, `\x61\x62`, `0x61, 0x62`.
pub(in crate::scan) fn separated(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    /// The longest that stands between two pairs, such as a comma, a line end and an indent.
    const BETWEEN: usize = 24;
    /// How far back: ten pairs in a block wake this, so nine each stand in the few blocks before.
    const BACK: usize = 256;
    let digit_at = |at: usize| data.get(at).is_some_and(|byte| is_digit(*byte));
    let push = |decoded: &mut Decoded, at: usize| {
        let [first, second] = [data[at], data[at + 1]].map(|byte| DIGIT[usize::from(byte)]);
        decoded.push(first << 4 | second, at);
    };
    let mut next = limit.max(at.saturating_sub(BACK));
    let mut last = next;
    decoded.begin(Form::SeparatedHex);
    while next < data.len() && (next < at + 64 || next < last + BETWEEN) {
        decoded.step(check);
        if let [first, second, behind, ..] = &data[next..] {
            // Nearly all: a pair with one character behind it.
            let [first, second] = [first, second].map(|byte| DIGIT[usize::from(*byte)]);
            if first | second < 16 && !is_digit(*behind) {
                if next > last + BETWEEN {
                    decoded.gap(next);
                }
                decoded.push(first << 4 | second, next);
                last = next + 2;
                next += 3;
                continue;
            }
        }
        if !digit_at(next) {
            next += 1;
            continue;
        }
        let length = (next..next + 3).take_while(|at| digit_at(*at)).count();
        if length != 2 {
            let is_prefix = length == 1
                && data[next] == b'0'
                && matches!(data.get(next + 1), Some(b'x' | b'X'));
            if is_prefix {
                next += 2;
                continue;
            }
            if length == 1 {
                decoded.gap(next);
                next += 1;
                continue;
            }
            // `%61bc` ends and `bc61:` begins with a pair beside digits that are none of it.
            if next > last + BETWEEN {
                decoded.gap(next);
            }
            last = next + (next..data.len()).take_while(|at| digit_at(*at)).count();
            push(decoded, next);
            decoded.gap(next);
            push(decoded, last - 2);
            next = last;
            continue;
        }
        if next > last + BETWEEN {
            decoded.gap(next);
        }
        // Only at the end of the data.
        push(decoded, next);
        next += 2;
        last = next;
    }
    decoded.end(check);
    next.max(at + 1)
}

/// Dumps: lines of an offset, pairs or groups of digits, and the text beside them.
pub(in crate::scan) fn dump(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    /// The longest line of a dump.
    const LONGEST: usize = 512;
    let limit = limit.max(at.saturating_sub(BACK));
    let line_start = |from: usize| {
        let before = data[limit..from].iter().rev().position(|byte| *byte == b'\n');
        before.map_or(limit, |before| from - before)
    };
    // The line of the block, and two before it, which may have been too short to be noticed.
    let mut next = line_start(at);
    for _ in 0..2 {
        next = line_start(next.saturating_sub(1).max(limit));
    }
    decoded.begin(Form::HexDump);
    loop {
        decoded.step(check);
        let rest = &data[next..data.len().min(next + LONGEST)];
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let is_dump = dump_line(&rest[..length], next, decoded);
        if !is_dump {
            decoded.gap(next);
        }
        next += length + 1;
        if next >= data.len() || (!is_dump && next > at + 64) {
            break;
        }
    }
    decoded.end(check);
    next.max(at + 1)
}

/// Adds the bytes of a line; false when it does not look like one of a dump.
fn dump_line(line: &[u8], start: usize, decoded: &mut Decoded) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut at = 0;
    let mut bytes = 0;
    let mut words = 0;
    loop {
        let spaces = line[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        at += spaces;
        // Two spaces part the columns, but also the halves of sixteen bytes.
        if words > 0 && bytes > 0 && spaces >= 2 && bytes != 8 {
            break;
        }
        let length = line[at..].iter().take_while(|byte| is_digit(**byte)).count();
        let behind = line.get(at + length);
        let word = &line[at..at + length];
        words += 1;
        let is_offset = words == 1
            && (behind == Some(&b':')
                || (length >= 4 && line[at + length..].starts_with(b"  "))
                || ((6..16).contains(&length) && behind == Some(&b' ')));
        if is_offset && length > 0 {
            at += length + usize::from(behind == Some(&b':'));
            continue;
        }
        let ends = matches!(behind, None | Some(b' ' | b'\t'));
        if length < 2 || length % 2 == 1 || !ends || bytes >= 64 {
            break;
        }
        for (index, pair) in word.chunks_exact(2).enumerate() {
            let [first, second] = [pair[0], pair[1]].map(|byte| DIGIT[usize::from(byte)]);
            decoded.push(first << 4 | second, start + at + 2 * index);
            bytes += 1;
        }
        at += length;
    }
    bytes > 0
}
