//! Reading bytes as what they are: archives, e-mail, mailboxes, pages, JSON, hexadecimal, base64,
//! text in some encoding.
//!
//! Everything is told by its content, never by a name. What cannot be told is text. Nothing fails:
//! what is damaged, too large or too deep is read as far as it goes, and said to be.

use std::fmt::Write;

use super::{
    sniff::{decode, decoded, is_binary, is_mail, is_page, messages},
    view::beginning,
};
use crate::{
    container::{self, Limits},
    document::{
        eml, html,
        json::{self, lists::List},
        piece::Writing,
    },
};

/// The largest JSON text whose structure is read; of a larger one only the strings are.
const MAX_JSON_BYTES: usize = 16 << 20;
/// The largest e-mail message that is taken apart.
const MAX_MAIL_BYTES: usize = 64 << 20;
/// What is unpacked of all archives of a sample together. Choice: memory stays below half a GiB.
const MAX_UNPACKED: u64 = 64 << 20;
/// Messages, their attachments, archives in them: how deep.
const MAX_DEPTH: usize = 4;
/// The most notes on what was not read.
const MAX_NOTES: usize = 20;
/// The most text that is kept as it is written besides what it shows.
const MAX_WRITTEN: usize = 32 << 20;

/// What a reader sees of files.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) text: String,
    /// The same without reading pages and JSON as what they show, where that differs: source may
    /// hold pages.
    pub(super) written: Option<String>,
    pub(super) lists: Vec<List>,
    /// What was not read, one line each.
    pub(super) unread: Vec<String>,
    /// Notes left out of `unread`.
    more: usize,
    unpacked: u64,
}

impl Reader {
    /// Adds a file.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.any(bytes, 0);
    }

    /// Adds text as it stands.
    pub(super) fn add_text(&mut self, text: &str) {
        self.separate();
        self.text.push_str(text);
        self.keep_written(text);
    }

    /// Parts what follows from what stands there.
    fn separate(&mut self) {
        for text in [Some(&mut self.text), self.written.as_mut()].into_iter().flatten() {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
        }
    }

    /// Adds to what is written, if that is kept, as far as there is room.
    fn keep_written(&mut self, text: &str) {
        let Some(written) = &mut self.written else { return };
        written.push_str(beginning(text, MAX_WRITTEN.saturating_sub(written.len())));
    }

    /// Ends reading.
    pub(super) fn finish(mut self) -> Self {
        if self.more > 0 {
            self.unread.push(format!("{} more members were not read", self.more));
        }
        self
    }

    fn note(&mut self, note: String) {
        match self.unread.len() < MAX_NOTES {
            true => self.unread.push(note),
            false => self.more += 1,
        }
    }

    fn any(&mut self, bytes: &[u8], depth: usize) {
        let head = &bytes[..bytes.len().min(container::HEAD)];
        if container::Format::of(head).is_some() {
            return self.archive(bytes, depth);
        }
        if depth < MAX_DEPTH
            && let Some(messages) = messages(bytes)
        {
            return messages.iter().for_each(|message| self.any(message, depth + 1));
        }
        if depth < MAX_DEPTH
            && let Some(found) = decoded(bytes)
        {
            return self.any(&found, depth + 1);
        }
        if is_mail(bytes) && bytes.len() <= MAX_MAIL_BYTES && depth < MAX_DEPTH {
            let mut parts = Vec::new();
            if eml::texts(bytes, &mut |part| parts.push(part.to_vec())).is_some() {
                return parts.iter().for_each(|part| self.member("an attachment", part, depth + 1));
            }
        }
        self.text(bytes);
    }

    fn archive(&mut self, bytes: &[u8], depth: usize) {
        if depth == MAX_DEPTH {
            return self.note("an archive inside too many others was not read".to_owned());
        }
        let limits = Limits {
            bytes: MAX_UNPACKED.saturating_sub(self.unpacked),
            held: MAX_UNPACKED / 2,
            ..Limits::default()
        };
        let (members, walked) = container::members("", bytes, &limits);
        for (path, member) in members {
            self.unpacked =
                self.unpacked.saturating_add(member.len().try_into().unwrap_or(u64::MAX));
            self.member(path.trim_start_matches("!/"), &member, depth + 1);
        }
        for unread in walked.unread {
            let mut note = String::new();
            // Writing to a string does not fail.
            let _ = write!(note, "{unread}");
            self.note(note.trim_start_matches("!/").trim_start_matches(": ").to_owned());
        }
    }

    /// Adds what stood in something else; pictures and programs are left out.
    fn member(&mut self, name: &str, bytes: &[u8], depth: usize) {
        let head = &bytes[..bytes.len().min(container::HEAD)];
        if container::Format::of(head).is_none() && is_binary(head) {
            return self.note(format!("{name}: not read: it is no text"));
        }
        self.any(bytes, depth);
    }

    fn text(&mut self, bytes: &[u8]) {
        let text = decode(bytes);
        self.separate();
        let page = is_page(&text);
        let shows = page || text.trim_start().starts_with(['{', '[', '"']);
        if shows && self.written.is_none() {
            self.written = Some(beginning(&self.text, MAX_WRITTEN).to_owned());
        }
        self.keep_written(&text);
        if !shows {
            self.text.push_str(&text);
        } else if page {
            html::walk(&text, &mut |found| {
                self.text.push_str(found.joint.text());
                self.text.push_str(found.shown);
            });
        } else {
            self.json(&text);
        }
    }

    fn json(&mut self, text: &str) {
        if text.len() <= MAX_JSON_BYTES
            && let Ok(root) = json::parse(text)
        {
            self.lists.extend(json::lists::lists(&root));
            return self.strings(&root);
        }
        // Cut off, several values in a row, or stranger things: strings that are no names.
        match loose_strings(text) {
            Some(strings) => self.text.push_str(&strings),
            None => self.text.push_str(text),
        }
    }

    /// All strings of a JSON value, one a line. Escapes would join the letter behind a line break
    /// to the next word.
    fn strings(&mut self, root: &json::Value) {
        let mut rest = vec![root];
        while let Some(value) = rest.pop() {
            match &value.kind {
                json::Kind::String(string) => {
                    self.text.push_str(string);
                    self.text.push('\n');
                }
                json::Kind::Array(values) => rest.extend(values.iter().rev()),
                json::Kind::Object(members) => {
                    rest.extend(members.iter().rev().map(|(_, value)| value));
                }
                json::Kind::Other => {}
            }
        }
    }
}

/// The strings of what looks like JSON, one a line, names of members left out; `None` where no
/// string stands behind a name, or much stands in no string.
fn loose_strings(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut strings = String::new();
    let (mut at, mut names, mut outside) = (0, 0, 0);
    let letters = |text: &str| text.bytes().filter(u8::is_ascii_alphabetic).count();
    while let Some(open) = text[at..].find('"').map(|found| at + found + 1) {
        outside += letters(&text[at..open]);
        let mut end = open;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let mut end = end.min(bytes.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let behind = text.get(end + 1..).unwrap_or("").trim_start();
        if behind.starts_with(':') {
            names += 1;
        } else {
            strings.push_str(&Writing::Json.decode_loose(&text[open..end]));
            strings.push('\n');
        }
        at = (end + 1).min(text.len());
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    outside += letters(&text[at..]);
    // Prose that quotes some JSON is prose.
    (names > 0 && outside * 10 <= text.len()).then_some(strings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Reader {
        let mut reader = Reader::default();
        reader.add(bytes);
        reader.finish()
    }

    #[test]
    fn pieces_of_pages_are_pages() {
        for (page, shown) in [
            ("<pre><code class=\"toml\">a = 1</code></pre><p>b", "a = 1"),
            ("versions of the <code>heron</code> crate\nwere pulled", "of the heron crate"),
            ("<h3>Fix</h3> update", "Fix"),
        ] {
            let read = text(page.as_bytes());
            assert!(read.contains(shown) && !read.contains('<'), "{page}: {read}");
        }
        for source in [
            "/** Gives <code>a</code>. */\nint f(List<B> b) {\n  return 1;\n}\n",
            "<T> is a type, and 1 < 2",
            "a <b and c> d",
        ] {
            assert_eq!(text(source.as_bytes()).trim_end(), source.trim_end());
        }
    }

    fn text(bytes: &[u8]) -> String {
        read(bytes).text
    }

    #[test]
    fn encodings() {
        assert_eq!(text("é".as_bytes()), "é");
        assert_eq!(text(b"caf\xe9 x"), "café x");
        assert_eq!(text(b"\xff\xfea\0\xe9\0"), "aé");
        assert_eq!(text(b"\xfe\xff\0a\0\xe9"), "aé");
        assert_eq!(text(b""), "");
        // Without a mark, as some tools write it.
        let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "It restarts by itself.".encode_utf16().flat_map(unit).collect()
        };
        assert_eq!(text(&wide(u16::to_le_bytes)), "It restarts by itself.");
        assert_eq!(text(&wide(u16::to_be_bytes)), "It restarts by itself.");
    }

    #[test]
    fn what_only_stands_for_other_bytes_is_decoded() {
        use base64::{Engine, prelude::*};
        let shown = "The service restarts by itself, and a request before login can stop it.";
        let hex = hex::encode(shown);
        let base64 = BASE64_STANDARD.encode(shown);
        let wrapped = format!("{}\r\n{}\r\n", &base64[..60], &base64[60..]);
        let wide: Vec<u8> = shown.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let all = [
            hex.to_uppercase(),
            BASE64_URL_SAFE_NO_PAD.encode(shown),
            BASE64_STANDARD.encode(&base64),
            BASE64_STANDARD.encode(wide),
            base64,
            wrapped,
            hex,
        ];
        for encoded in all {
            assert_eq!(text(encoded.as_bytes()), shown, "{encoded}");
        }
        // One long word is no code, nor is a key.
        for plain in ["heron".repeat(20), BASE64_STANDARD.encode([0x9f; 80])] {
            assert_eq!(text(plain.as_bytes()), plain);
        }
    }

    #[test]
    fn mailboxes_are_read_message_by_message() {
        let mailbox = "From a@b.example Mon Jan  1 00:00:00 2024\nSubject: one\n\nFirst.\n\n\
            From a@b.example Mon Jan  1 00:00:01 2024\nFrom: a@b.example\nSubject: two\n\
            Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nU2Vjb25kLg==\n\n";
        let read = text(mailbox.as_bytes());
        assert!(read.contains("First.") && read.contains("Second."), "{read}");
        assert_eq!(text(b"From there\n\nFromage is cheese"), "From there\n\nFromage is cheese");
    }

    #[test]
    fn json_is_read_without_escapes() {
        assert_eq!(
            text(br#"{"b": ["one\ntwo", {"a": "thr\u00e9e"}], "c": 4}"#),
            "one\ntwo\nthr\u{e9}e\n"
        );
        // Cut off, in a row, with half of a pair.
        assert_eq!(text(br#"{"a": "one\ntwo", "b": "thr\u00e9e fo"#), "one\ntwo\nthr\u{e9}e fo\n");
        assert_eq!(text(b"{\"a\": \"x\"}\n{\"a\": \"y\"}"), "x\ny\n");
        assert_eq!(text(br#"{"a": "x \ud800 y\q\"#), "x \\ud800 y\\q\\\n");
        for other in ["{not json}", "[1, 2", "plain [text]", "\"Quoted\" words", "{\"é"] {
            assert_eq!(text(other.as_bytes()), other);
        }
        let deep = "[".repeat(100_000);
        assert_eq!(text(deep.as_bytes()), deep);
    }

    #[test]
    fn pages_are_read_without_tags() {
        let page = "<html><style>x</style><p>It isn&rsquo;t <b>sa</b>fe.<p>Two<br>lines";
        assert_eq!(text(page.as_bytes()).trim_start(), "It isn\u{2019}t safe.\n\nTwo\nlines");
        let markdown = "A <b>word</b> and `<p>` </p>.";
        assert_eq!(text(markdown.as_bytes()), markdown);
    }

    #[test]
    fn mail_is_decoded() {
        let mail = "From: a@b.example\nSubject: =?utf-8?q?Fl=C3=A4w?=\nMIME-Version: 1.0\n\
            Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=utf-8\n\
            Content-Transfer-Encoding: quoted-printable\n\nAn attack=\ner can=E2=80=99t.\n--x\n\
            Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n\
            PGh0bWw+PHA+T25lJmFtcDs8L3A+\n--x\nContent-Type: image/png\n\
            Content-Transfer-Encoding: base64\n\nAAECAwQF\n--x--\n";
        let read = read(mail.as_bytes());
        assert_eq!(read.text, "Fläw\n\nAn attacker can\u{2019}t.\n\n\n\nOne&");
        assert_eq!(read.unread, ["an attachment: not read: it is no text"]);
        let note = "Note: a thing\nFrom: here\n\nto there";
        assert_eq!(text(note.as_bytes()), note);
    }

    #[test]
    fn archives_are_read_as_one() {
        let mut inner = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut inner, b"{\"a\": \"in\\nside\"}").expect("memory");
        let mut tar = Vec::new();
        for (name, bytes) in [
            ("a.txt", b"one".to_vec()),
            ("b.gz", inner.finish().expect("memory")),
            ("c.png", vec![0; 40]),
        ] {
            let mut header = [0; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            let size = format!("{:011o}", bytes.len());
            header[100..107].copy_from_slice(b"0000644");
            header[124..135].copy_from_slice(size.as_bytes());
            header[257..265].copy_from_slice(b"ustar\x0000");
            header[148..156].copy_from_slice(b"        ");
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            tar.extend(header);
            tar.extend(&bytes);
            tar.resize(tar.len().next_multiple_of(512), 0);
        }
        tar.extend([0; 1024]);
        let read = read(&tar);
        assert_eq!(read.text, "one\n\nin\nside\n");
        assert_eq!(read.unread, ["c.png: not read: it is no text"]);
    }
}
