//! Text of Bash as its grammar can read it.

use std::borrow::Cow;

/// The text with the same bytes but for a few signs that the grammar stumbles over and that mean the
/// same without: `${a:$i:$n}` as `${a: i: n}`, and `${a[$i,$j]}` with one word as its key.
pub(super) fn legible(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut changed: Option<Vec<u8>> = None;
    let mut put = |at: usize, byte: u8| {
        changed.get_or_insert_with(|| bytes.to_vec())[at] = byte;
    };
    for at in 0..bytes.len() {
        match bytes[at] {
            b'$' if bytes.get(at + 1) == Some(&b'{') => part(bytes, at + 2, &mut put),
            b'[' => pair(bytes, at, &mut put),
            _ => {}
        }
    }
    match changed {
        // Signs of ASCII took the place of others.
        Some(changed) => String::from_utf8(changed).map_or(Cow::Borrowed(text), Cow::Owned),
        None => Cow::Borrowed(text),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where a word that begins at a byte ends.
fn word_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at.min(bytes.len())..].iter().take_while(|byte| is_word(**byte)).count()
}

/// Variables as the bounds of a part of a value.
fn part(bytes: &[u8], start: usize, put: &mut impl FnMut(usize, u8)) {
    let mut at = match bytes.get(start) {
        Some(b'@' | b'*') => start + 1,
        _ => word_end(bytes, start),
    };
    if bytes[at.min(bytes.len())..].starts_with(b"[@]") {
        at += 3;
    }
    for _ in 0..2 {
        if bytes.get(at) != Some(&b':') {
            return;
        }
        at += 1;
        if bytes.get(at) == Some(&b'$') && bytes.get(at + 1).is_some_and(|byte| is_word(*byte)) {
            put(at, b' ');
            at += 1;
        }
        let plain = |byte: &&u8| is_word(**byte) || matches!(**byte, b' ' | b'+' | b'-' | b'*');
        at += bytes[at..].iter().take_while(plain).count();
    }
}

/// Several variables as the key of an array.
fn pair(bytes: &[u8], open: usize, put: &mut impl FnMut(usize, u8)) {
    let name = bytes[..open].iter().rposition(|byte| !is_word(*byte)).map_or(0, |at| at + 1);
    let before = &bytes[..name];
    let starts = before.last().is_none_or(|byte| b" \t\n;(&|".contains(byte));
    let expands = [&b"${"[..], b"${#", b"${!"].iter().any(|sign| before.ends_with(sign));
    let mut signs = Vec::new();
    let mut at = open + 1;
    loop {
        let end = word_end(bytes, at + 1);
        if bytes.get(at) != Some(&b'$') || end == at + 1 {
            return;
        }
        signs.push(at);
        at = end + 1;
        match bytes.get(end) {
            Some(b',') => signs.push(end),
            Some(b']') => break,
            _ => return,
        }
    }
    let assigned = bytes[at..].starts_with(b"=") || bytes[at..].starts_with(b"+=");
    if name < open && signs.len() > 1 && (expands || starts && assigned) {
        signs.into_iter().for_each(|sign| put(sign, b'_'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_grammar_cannot_read_is_changed() {
        for (text, expected) in [
            ("${a:$i:$n} ${a:$i}", "${a: i: n} ${a: i}"),
            ("${a[@]:$i+1:2} ${@:$n}", "${a[@]: i+1:2} ${@: n}"),
            ("${a[$i,$j]} a[$i,$j]+=1", "${a[_i__j]} a[_i__j]+=1"),
            ("${a:-$b} ${a:=$b} $a:$b ${a:$((i))}", "${a:-$b} ${a:=$b} $a:$b ${a:$((i))}"),
            ("${a[$i]} a[$i]=1 \"[$i,$j]\" x a[$i,$j]", "${a[$i]} a[$i]=1 \"[$i,$j]\" x a[$i,$j]"),
            ("ä${é:$i} ${ [$a,$", "ä${é:$i} ${ [$a,$"),
        ] {
            assert_eq!(legible(text), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_keeps_its_length(text in "[a$\\{\\}\\[\\],:@=é -]{0,40}") {
            let changed = legible(&text);
            proptest::prop_assert_eq!(changed.len(), text.len());
            proptest::prop_assert_eq!(legible(&changed), changed.clone());
        }
    }
}
