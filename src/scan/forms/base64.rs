//! Base64 and base64url, also over line ends, of text and of UTF-16.

use super::{BACK, Decoded, before_line_end, past_line_end};
use crate::scan::{
    Form,
    check::Check,
    class::{BASE64_VALUE, TEXT},
};

fn is_text(byte: u8) -> bool {
    TEXT[usize::from(byte)]
}

/// Four characters: where the next four begin, 24 bits, and how many bytes of them count.
type Group = (usize, u32, usize);

/// The three bytes, which stay in a register: stored one by one they would be waited for.
#[inline(always)]
fn bytes(bits: u32) -> [u8; 3] {
    let [_, bytes @ ..] = bits.to_be_bytes();
    bytes
}

/// Four characters of base64, over line ends.
#[inline(always)]
fn group(data: &[u8], at: usize) -> Option<Group> {
    let value = |byte: u8| u32::from(BASE64_VALUE[usize::from(byte)]);
    match data.get(at..) {
        Some([a, b, c, d, ..]) => {
            let [a, b, c, d] = [value(*a), value(*b), value(*c), value(*d)];
            if a | b | c | d < 64 {
                return Some((at + 4, a << 18 | b << 12 | c << 6 | d, 3));
            }
        }
        None => return None,
        Some(_) => {}
    }
    broken_group(data, at)
}

/// As [`group`], where a line or the data end within.
#[cold]
fn broken_group(data: &[u8], at: usize) -> Option<Group> {
    let mut next = at;
    let mut bits = 0;
    let mut count = 0;
    for shift in [18, 12, 6, 0] {
        let place = if count == 0 { next } else { past_line_end(data, next) };
        match data.get(place).map(|byte| BASE64_VALUE[usize::from(*byte)]) {
            Some(found) if found < 64 => bits |= u32::from(found) << shift,
            _ => break,
        }
        count += 1;
        next = place + 1;
    }
    // Bits of a byte that is not whole are no text.
    (count >= 2).then(|| (next, bits & !(0xFF_FFFF >> (8 * (count - 1))), count - 1))
}

/// Where the group before a place begins, over line ends.
fn group_before(data: &[u8], at: usize) -> Option<usize> {
    let mut start = at;
    for _ in 0..4 {
        start = before_line_end(data, start).checked_sub(1)?;
        if BASE64_VALUE[usize::from(data[start])] >= 64 {
            return None;
        }
    }
    Some(start)
}

/// Groups of base64 whose bytes please, with the one before and the one behind, handed to `take`.
#[inline(always)]
fn groups(
    data: &[u8],
    at: usize,
    good: impl Fn(u32) -> bool,
    mut take: impl FnMut(u32, usize),
) -> usize {
    let whole = |at: usize| group(data, at).filter(|group| group.2 == 3 && good(group.1));
    if whole(at).is_none() {
        return at;
    }
    // Not only from where another run of this phase ended: beyond a line end a run has another one.
    let limit = at.saturating_sub(BACK);
    let mut start = at;
    while let Some(before) = group_before(data, start).filter(|before| *before >= limit) {
        start = before;
        // The group in which a token begins may hold other bytes too.
        if whole(before).is_none() {
            break;
        }
    }
    let mut next = start;
    let mut is_first = true;
    while let Some((behind, bits, count)) = group(data, next) {
        take(bits, next);
        let is_good = count == 3 && good(bits);
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
pub(in crate::scan) fn base64(
    data: &[u8],
    at: usize,
    decoded: &mut Decoded,
    check: &mut Check<'_>,
) -> usize {
    decoded.begin(Form::Base64);
    let good = |bits| {
        let [a, b, c] = bytes(bits);
        is_text(a) & is_text(b) & is_text(c)
    };
    let end = groups(data, at, good, |bits, place| {
        // What is not text parts runs as well as a gap does.
        decoded.step(check);
        decoded.push_three(bits, place);
    });
    if end > at {
        decoded.end(check);
    }
    end
}

/// Base64 of text in UTF-16, which stands at every second byte.
pub(in crate::scan) fn base64_wide(
    data: &[u8],
    at: usize,
    decoded: &mut [Decoded; 2],
    check: &mut Check<'_>,
) -> usize {
    let good = |bits| {
        let [a, b, c] = bytes(bits);
        match b {
            0 => is_text(a) & is_text(c),
            _ => bits & 0xFF_00FF == 0 && is_text(b),
        }
    };
    let [mut this, mut other] = decoded.each_mut();
    this.begin(Form::Base64Utf16);
    other.begin(Form::Base64Utf16);
    let end = groups(data, at, good, |bits, place| {
        let [a, b, c] = bytes(bits);
        this.step(check);
        this.push_all([a], place);
        this.push_all([c], place);
        other.push_all([b], place);
        std::mem::swap(&mut this, &mut other);
    });
    if end > at {
        this.end(check);
        other.end(check);
    }
    end
}
