//! Decoders: each follows one form from a place inside it, both ways, and hands the text on.
//!
//! All of them give back up to where they followed; the caller does not ask again before that.

use super::{
    Form,
    check::{Check, Places},
    class::{BASE32_PLACES, SYMBOL, base64 as base64_value, digit, is_text},
};

/// How far a run is followed back. A run wakes its decoder within two blocks, or else was followed
/// from its beginning; what stands before cannot be part of a token that does not reach further on.
const BACK: usize = 512;

/// Stands between two runs of decoded text.
const GAP: u8 = b' ';

/// Decoded text with the place of each character.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) text: Vec<u8>,
    places: Vec<usize>,
}

impl Decoded {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
    }

    fn push(&mut self, byte: u8, place: usize) {
        self.text.push(if is_text(byte) { byte } else { GAP });
        self.places.push(place);
    }

    fn gap(&mut self, place: usize) {
        if self.text.last().is_some_and(|last| *last != GAP) {
            self.push(GAP, place);
        }
    }

    fn check(&self, check: &mut Check<'_>, form: Form) {
        check.text(&self.text, Places::Each(&self.places), form);
    }
}

/// The next place behind one, past a line end.
fn past_line_end(data: &[u8], mut at: usize) -> usize {
    if data.get(at) == Some(&b'\r') && data.get(at + 1) == Some(&b'\n') {
        at += 1;
    }
    if data.get(at) == Some(&b'\n') { at + 1 } else { at }
}

/// The place before which a line ends right before another, or that place itself.
fn before_line_end(data: &[u8], mut at: usize) -> usize {
    if at > 0 && data[at - 1] == b'\n' {
        at -= 1;
        if at > 0 && data[at - 1] == b'\r' {
            at -= 1;
        }
    }
    at
}

/// Pairs of hexadecimal digits in a row, over line ends.
pub(super) fn hex_pairs(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    let pair = |at: usize| {
        let byte = digit(*data.get(at)?)? << 4 | digit(*data.get(at + 1)?)?;
        is_text(byte).then_some(byte)
    };
    if pair(at).is_none() {
        return at;
    }
    let limit = limit.max(at.saturating_sub(BACK));
    let mut start = at;
    loop {
        let before = before_line_end(data, start);
        match before.checked_sub(2).filter(|before| *before >= limit) {
            Some(before) if pair(before).is_some() => start = before,
            _ => break,
        }
    }
    decoded.clear();
    let mut next = start;
    let mut end = start;
    while let Some(byte) = pair(next) {
        decoded.push(byte, next);
        end = next + 2;
        next = past_line_end(data, end);
    }
    decoded.check(check, Form::Hex);
    end
}

/// Four characters of base64, over line ends: where the next four begin, the bytes, and how many.
fn group(data: &[u8], at: usize) -> Option<(usize, [u8; 3], usize)> {
    let mut next = at;
    let mut values = [0; 4];
    let mut count = 0;
    for value in &mut values {
        let place = if count == 0 { next } else { past_line_end(data, next) };
        match data.get(place).and_then(|byte| base64_value(*byte)) {
            Some(found) => *value = found,
            None => break,
        }
        count += 1;
        next = place + 1;
    }
    let [a, b, c, d] = values;
    (count >= 2).then(|| (next, [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d], count - 1))
}

/// Where the group before a place begins, over line ends.
fn group_before(data: &[u8], at: usize) -> Option<usize> {
    let mut start = at;
    for _ in 0..4 {
        start = before_line_end(data, start).checked_sub(1)?;
        base64_value(data[start])?;
    }
    Some(start)
}

/// Groups of base64 whose bytes please, with the one before and the one behind, in `decoded`, which
/// gets all bytes as they are.
fn base64_groups(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    good: impl Fn([u8; 3]) -> bool,
) -> usize {
    let whole = |at: usize| group(data, at).filter(|group| group.2 == 3 && good(group.1));
    if whole(at).is_none() {
        return at;
    }
    let limit = limit.max(at.saturating_sub(BACK));
    let mut start = at;
    while let Some(before) = group_before(data, start).filter(|before| *before >= limit) {
        start = before;
        // The group in which a token begins may hold other bytes too.
        if whole(before).is_none() {
            break;
        }
    }
    decoded.clear();
    let mut next = start;
    let mut is_first = true;
    while let Some((behind, bytes, count)) = group(data, next) {
        for byte in &bytes[..count] {
            decoded.text.push(*byte);
            decoded.places.push(next);
        }
        let is_good = count == 3 && good(bytes);
        if !is_good && !is_first {
            // The next run may begin in this group.
            return next;
        }
        if count < 3 {
            return behind;
        }
        next = past_line_end(data, behind);
        is_first = false;
    }
    next
}

/// Base64 and base64url of text.
pub(super) fn base64(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    let end = base64_groups(data, at, limit, decoded, |bytes| bytes.iter().all(|b| is_text(*b)));
    if end > at {
        decoded.check(check, Form::Base64);
    }
    end
}

/// Base64 of text in UTF-16.
pub(super) fn base64_wide(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    let good = |[a, b, c]: [u8; 3]| {
        (is_text(a) && b == 0 && is_text(c)) || (a == 0 && is_text(b) && c == 0)
    };
    let end = base64_groups(data, at, limit, decoded, good);
    if end <= at {
        return end;
    }
    // Text stands at every second byte; which, is seen by the zeros between.
    let (bytes, places) = (std::mem::take(&mut decoded.text), std::mem::take(&mut decoded.places));
    for parity in 0..2 {
        decoded.clear();
        for index in (parity..bytes.len()).step_by(2) {
            let behind = bytes.get(index + 1).is_none_or(|byte| *byte == 0);
            let before = index.checked_sub(1).is_none_or(|before| bytes[before] == 0);
            let byte = if behind || before { bytes[index] } else { GAP };
            decoded.push(byte, places[index]);
        }
        decoded.check(check, Form::Base64Utf16);
    }
    (decoded.text, decoded.places) = (bytes, places);
    end
}

/// Base32 of text, in a run of base32.
pub(super) fn base32(run: &[u8], start: usize, decoded: &mut Decoded, check: &mut Check<'_>) {
    /// Characters that a token takes at least.
    const LEAST: usize = 27;
    if run.len() < LEAST {
        return;
    }
    // Three groups of eight characters in a row that are legal at some phase, two for short tokens.
    let mut legal = [0_u8; 3];
    let mut done = 0;
    for (group, characters) in run.chunks_exact(8).enumerate() {
        let all = characters.iter().enumerate().fold(0xFF, |all, (index, byte)| {
            // The place in the run is the place in the group, as there are eight of each.
            all & BASE32_PLACES[usize::from(*byte)].rotate_left(u32::try_from(index).unwrap_or(0))
        });
        legal = match check.has_short() {
            true => [0xFF, legal[2], all],
            false => [legal[1], legal[2], all],
        };
        let alive = legal[0] & legal[1] & legal[2];
        if group == 0 || alive == 0 || 8 * (group + 1) <= done {
            continue;
        }
        let mut furthest = 0;
        for phase in (0..8).filter(|phase| alive >> phase & 1 == 1) {
            // From before those groups on, at this phase, as far as all bytes are text.
            let mut at = 8 * group.saturating_sub(4) + phase;
            decoded.clear();
            let mut reached = 0;
            while let Some(characters) = run.get(at..(at + 8).min(run.len())) {
                if characters.len() < 2 {
                    break;
                }
                let mut bits = 0_u64;
                for character in characters {
                    bits = bits << 5 | u64::from(SYMBOL[usize::from(*character)] & 31);
                }
                bits <<= 5 * (8 - characters.len());
                let bytes = &bits.to_be_bytes()[3..][..characters.len() * 5 / 8];
                bytes.iter().for_each(|byte| decoded.push(*byte, start + at));
                at += 8;
                if at > 8 * (group + 1) && !bytes.iter().all(|byte| is_text(*byte)) {
                    break;
                }
                reached = at;
            }
            decoded.check(check, Form::Base32);
            furthest = furthest.max(reached);
        }
        done = furthest;
    }
}

/// Pairs of hexadecimal digits with something between: `%61%62`, `61:62`, `\x61\x62`, `0x61, 0x62`.
pub(super) fn separated(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    /// The longest that stands between two pairs, such as a comma, a line end and an indent.
    const BETWEEN: usize = 24;
    let is_digit = |at: usize| data.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut next = limit.max(at.saturating_sub(BACK));
    let mut last = next;
    decoded.clear();
    while next < data.len() && (next < at + 64 || next < last + BETWEEN) {
        if !is_digit(next) {
            next += 1;
            continue;
        }
        let length = (next..next + 3).take_while(|at| is_digit(*at)).count();
        if length != 2 {
            let is_prefix = length == 1
                && data[next] == b'0'
                && matches!(data.get(next + 1), Some(b'x' | b'X'));
            if is_prefix {
                next += 2;
                continue;
            }
            decoded.gap(next);
            next += (next..data.len()).take_while(|at| is_digit(*at)).count();
            continue;
        }
        if next > last + BETWEEN {
            decoded.gap(next);
        }
        let byte = digit(data[next]).unwrap_or(0) << 4 | digit(data[next + 1]).unwrap_or(0);
        decoded.push(byte, next);
        next += 2;
        last = next;
    }
    decoded.check(check, Form::SeparatedHex);
    next.max(at + 1)
}

/// Dumps: lines of an offset, pairs or groups of digits, and the text beside them.
pub(super) fn dump(
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
    decoded.clear();
    loop {
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
    decoded.check(check, Form::HexDump);
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
        let length = line[at..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
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
            let byte = digit(pair[0]).unwrap_or(0) << 4 | digit(pair[1]).unwrap_or(0);
            decoded.push(byte, start + at + 2 * index);
            bytes += 1;
        }
        at += length;
    }
    bytes > 0
}

/// Text with soft line breaks of quoted-printable.
pub(super) fn quoted(
    data: &[u8],
    at: usize,
    limit: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    let behind_break = |at: usize| match data.get(at..) {
        Some([b'=', b'\r', b'\n', ..]) => Some(at + 3),
        Some([b'=', b'\n', ..]) => Some(at + 2),
        _ => None,
    };
    if behind_break(at).is_none() {
        return at;
    }
    let limit = limit.max(at.saturating_sub(BACK));
    let back = data[limit..at].iter().rev().take_while(|byte| is_text(**byte)).count();
    decoded.clear();
    let mut next = at - back;
    let mut breaks = 0;
    while next < data.len() {
        if let Some(behind) = behind_break(next) {
            next = behind;
            breaks += 1;
        } else if is_text(data[next]) {
            decoded.push(data[next], next);
            next += 1;
        } else {
            break;
        }
    }
    if breaks > 0 {
        decoded.check(check, Form::QuotedPrintable);
    }
    next
}
