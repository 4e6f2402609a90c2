//! Canaries in programs: what of a constant is left after compiling and stripping.
//!
//! Strings survive in every language tried, and characters in static arrays of bytes in most. Arrays
//! that code fills become instructions, and numbers look like any others: see the manual.

use std::{fs, path::Path, process::Command};

use canarymark::{
    canary::{CanaryKind, Mint, Token},
    key::ScanKey,
    scan::{Form, Keys, scan},
};

const KEY: [u8; 16] = [5; 16];
const KINDS: [CanaryKind; 3] = [CanaryKind::Base32, CanaryKind::Hex, CanaryKind::Uuid];

fn tokens() -> Vec<(Token, String)> {
    let mint = Mint::new(&ScanKey::from_bytes(KEY));
    let tokens = (1..).zip(KINDS).map(|(n, kind)| (mint.token(kind, &[n; 32]), kind));
    tokens.map(|(token, kind)| (token, token.text(kind))).collect()
}

/// The names of the tokens' forms that are found in a file.
fn found(path: &Path) -> Vec<Option<Form>> {
    let keys = Keys::new([(1, ScanKey::from_bytes(KEY))]);
    let hits = scan(&fs::read(path).expect("the compiler wrote it"), &keys).hits;
    let form = |token: Token| hits.iter().find(|hit| hit.token == token).map(|hit| hit.form);
    tokens().into_iter().map(|(token, _)| form(token)).collect()
}

/// Compiles a source in which `A`, `B` and `C` stand for the tokens, and looks at what came out.
fn check(name: &str, source: &str, commands: &[&[&str]], product: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut text = source.to_owned();
    for (place, (_, token)) in ["@A@", "@B@", "@C@"].into_iter().zip(tokens()) {
        text = text.replace(place, &token);
    }
    let codes: Vec<String> = tokens()[0].1.bytes().map(|byte| byte.to_string()).collect();
    let characters = if text.contains("@CODES@") { "@A@" } else { "" };
    text = text.replace("@CODES@", &codes.join(", "));
    let number = tokens()[1].1.clone();
    let (upper, lower) = number.split_at(16);
    text = text.replace("@UPPER@", upper).replace("@LOWER@", lower);
    fs::write(folder.path().join(name), text).expect("a temporary file");
    for command in commands {
        let run = Command::new(command[0]).args(&command[1..]).current_dir(folder.path()).output();
        match run {
            Err(_) => return println!("skipped: {} is not here", command[0]),
            Ok(output) => assert!(
                output.status.success(),
                "{command:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }
    let found = found(&folder.path().join(product));
    let wanted = ["@A@", "@B@", "@C@"].map(|place| source.contains(place) || place == characters);
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), wanted, "{name}: {found:?}");
}

#[test]
fn c() {
    let source = r#"
#include <stdio.h>
static const char name[] = "@A@";
static const unsigned char pad[40] = "@B@";
int main(void) { printf("%s %s\n", name, "@C@"); return fwrite(pad, 1, sizeof pad, stderr) == 0; }
"#;
    check("a.c", source, &[&["cc", "-O2", "-s", "-o", "a", "a.c"]], "a");
}

#[test]
fn rust() {
    let source = r#"
const AGENT: &str = "probe/@A@";
static PAD: [u8; 32] = *b"@B@";
fn main() { println!("{AGENT} {} {:?}", "@C@", std::hint::black_box(&PAD)); }
"#;
    let command = ["rustc", "-O", "-C", "strip=symbols", "-o", "a", "a.rs"];
    check("a.rs", source, &[&command], "a");
}

#[test]
fn go() {
    let source = r#"
package main
import "fmt"
const agent = "probe/@A@"
var pad = []byte("@B@")
func main() { fmt.Println(agent, pad, "@C@") }
"#;
    if std::env::var_os("HOME").is_none() {
        return println!("skipped: Go needs a home folder");
    }
    let command = ["go", "build", "-ldflags=-s -w", "-o", "a", "a.go"];
    check("a.go", source, &[&command], "a");
}

#[test]
fn java() {
    let source = r#"
class A { static final String AGENT = "probe/@A@";
  public static void main(String[] a) { System.out.println(AGENT + "@B@" + a.length + "@C@"); } }
"#;
    check("A.java", source, &[&["javac", "-g:none", "A.java"]], "A.class");
}

#[test]
fn c_sharp() {
    let source = r#"
class A { const string Agent = "probe/@A@";
  static void Main(string[] a) { System.Console.WriteLine(Agent + a.Length + "@B@" + a.Length + "@C@"); } }
"#;
    check("a.cs", source, &[&["mcs", "-optimize+", "-out:a.exe", "a.cs"]], "a.exe");
}

#[test]
fn python() {
    let source = "AGENT = 'probe/@A@'\nPAD = b'@B@'\nprint(AGENT, PAD, '@C@')\n";
    let compile = "import py_compile; py_compile.compile('a.py', 'a.pyc', optimize=2)";
    check("a.py", source, &[&["python3", "-c", compile]], "a.pyc");
}

/// The characters of one token in an array of bytes are found, another as two numbers is not.
#[test]
fn bytes_and_numbers() {
    let c = "
#include <stdint.h>
#include <stdio.h>
static const unsigned char pad[] = { @CODES@ };
static const uint64_t number[] = { 0x@UPPER@u, 0x@LOWER@u };
int main(int c, char **v) { return (int)fwrite(pad, 1, sizeof pad, stdout) + (int)number[c & 1]; }
";
    check("a.c", c, &[&["cc", "-O2", "-s", "-o", "a", "a.c"]], "a");
    let rust = r#"
static PAD: [u8; 26] = [@CODES@];
static NUMBER: [u64; 2] = [0x@UPPER@, 0x@LOWER@];
fn main() { println!("{:?} {:?}", std::hint::black_box(&PAD), std::hint::black_box(&NUMBER)); }
"#;
    check("a.rs", rust, &[&["rustc", "-O", "-C", "strip=symbols", "-o", "a", "a.rs"]], "a");
    let go = "
package main
import \"fmt\"
var pad = []byte{@CODES@}
var number = [2]uint64{0x@UPPER@, 0x@LOWER@}
func main() { fmt.Println(pad, number) }
";
    if std::env::var_os("HOME").is_some() {
        check("a.go", go, &[&["go", "build", "-ldflags=-s -w", "-o", "a", "a.go"]], "a");
    }
    let c_sharp = r#"
class A { static readonly byte[] Pad = {@CODES@}; static readonly ulong[] Number = {0x@UPPER@, 0x@LOWER@};
  static void Main() { System.Console.WriteLine(Pad.Length + " " + Number[0]); } }
"#;
    check("a.cs", c_sharp, &[&["mcs", "-optimize+", "-out:a.exe", "a.cs"]], "a.exe");
}
