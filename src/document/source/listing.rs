//! Listings: source as it is shown, in diffs, with line numbers, quoted, or in HTML.

use std::borrow::Cow;

/// The source of a listing: marks of diffs and quotes, line numbers and HTML taken away where the
/// text plainly has them; any other text as it is.
pub(crate) fn source(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains("&lt;") || text.contains("&gt;") || text.contains("&amp;") || is_tagged(&text)
    {
        text = Cow::Owned(without_html(&text));
    }
    if let Some(plain) = without_diff(&text) {
        text = Cow::Owned(plain);
    }
    for prefix in [line_number as fn(&str) -> Option<&str>, quote] {
        if let Some(plain) = without_prefix(&text, prefix) {
            text = Cow::Owned(plain);
        }
    }
    text
}

fn is_tagged(text: &str) -> bool {
    ["</span>", "</pre>", "</code>"].iter().any(|tag| text.contains(tag))
}

/// Drops tags and decodes the character references that source needs.
fn without_html(text: &str) -> String {
    const NAMED: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let tags = is_tagged(text);
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let after = rest.as_bytes().get(1).copied().unwrap_or(0);
        let tag = tags && (after.is_ascii_alphabetic() || matches!(after, b'/' | b'!'));
        let tag = tag && rest.starts_with('<');
        let end = tag.then(|| rest.bytes().take(512).position(|byte| byte == b'>')).flatten();
        if let Some(end) = end {
            rest = &rest[end + 1..];
        } else if let Some((name, sign)) = NAMED.iter().find(|(name, _)| rest.starts_with(name)) {
            out.push_str(sign);
            rest = &rest[name.len()..];
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The new side of a unified diff.
fn without_diff(text: &str) -> Option<String> {
    if !text.lines().any(|line| line.starts_with("@@ -")) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.lines() {
        let header =
            ["@@ -", "--- ", "+++ ", "diff ", "index "].iter().any(|h| line.starts_with(h));
        inside = line.starts_with("@@ -") || (inside && !line.starts_with("diff "));
        match line.as_bytes().first() {
            _ if header => {}
            Some(b'-') if inside => {}
            Some(b'+' | b' ') if inside => out.push_str(&line[1..]),
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    Some(out)
}

/// The lines without a prefix that most of them have.
fn without_prefix(text: &str, prefix: fn(&str) -> Option<&str>) -> Option<String> {
    let filled = || text.lines().filter(|line| !line.trim().is_empty());
    let (lines, with) = filled().fold((0_usize, 0_usize), |(all, with), line| {
        (all + 1, with + usize::from(prefix(line).is_some()))
    });
    if lines < 4 || with * 5 < lines * 4 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(prefix(line).unwrap_or(line));
        out.push('\n');
    }
    Some(out)
}

fn line_number(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    let mark = rest.starts_with([':', '|', '\t', ' ']) || rest.is_empty();
    ((1..=6).contains(&digits) && mark).then(|| rest.get(1..).unwrap_or(""))
}

fn quote(line: &str) -> Option<&str> {
    line.strip_prefix('>').map(|rest| rest.strip_prefix(' ').unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings() {
        let code = "a = 1\nb = 2\nif a < b:\n    c = a\n    d = 4\n";
        let numbered: String =
            code.lines().enumerate().map(|(n, line)| format!("{:>3}: {line}\n", n + 9)).collect();
        let quoted: String = code.lines().map(|line| format!("> {line}\n")).collect();
        let added: String = code.lines().map(|line| format!("+{line}\n")).collect();
        let html = format!("<pre><span class=\"k\">{}</span></pre>", code.replace('<', "&lt;"));
        let diff = format!("@@ -0,0 +1,5 @@\n-old\n{added}");
        for shown in [numbered, quoted, diff, html, code.to_owned()] {
            let tokens =
                |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(tokens(&source(&shown)), tokens(code), "{shown}");
        }
    }
}
