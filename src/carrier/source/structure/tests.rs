//! What each family makes of a line or two, and what it leaves alone.

use super::{Syntax, find};
use crate::{
    carrier::source::Change,
    document::{
        Language::{self, *},
        source::grammar,
    },
    slot::Piece,
};

/// Every other arrangement of a text, by family.
fn others(language: Language, text: &str) -> Vec<(&'static str, String)> {
    let tree = grammar::parse(language, "a", text).expect("a grammar");
    let syntax = Syntax::new(&tree, text, language);
    assert!(!syntax.broken, "{text}");
    let mut offers = Vec::new();
    find(&syntax, &mut offers);
    let mut all = Vec::new();
    for offer in offers {
        let Change::Arranged(span, variants) = offer.change else { continue };
        for pieces in &variants[1..] {
            let piece = |piece: &Piece| match piece {
                Piece::Kept(span) => text[span.clone()].to_owned(),
                Piece::Text(text) => text.clone(),
            };
            let new: String = pieces.iter().map(piece).collect();
            all.push((offer.rule, format!("{}{new}{}", &text[..span.start], &text[span.end..])));
        }
    }
    all
}

#[test]
fn one_condition_has_one_style() {
    let turned = |text: &str| -> Vec<String> {
        let all = others(JavaScript, text).into_iter();
        all.filter(|(rule, _)| *rule == "comparison").map(|(_, other)| other).collect()
    };
    assert_eq!(turned("function f(a) { g(a == 8); }"), ["function f(a) { g(8 == a); }"]);
    for text in [
        "function f(a, b) { if (a == 8 && b == 5) g(); }",
        "function f(a, b) { if (h() && (a == 8 || b == 5)) g(); }",
    ] {
        assert!(turned(text).is_empty(), "{:?}", turned(text));
    }
}

#[test]
fn families_offer_the_other_way() {
    for (family, language, one, other) in [
        (
            "comparison",
            C,
            "void f(int n) { if (n > 0) g(); }",
            "void f(int n) { if (n >= 1) g(); }",
        ),
        (
            "comparison",
            Python,
            "def f(a):\n    return len(a) > 2\n",
            "def f(a):\n    return 3 <= len(a)\n",
        ),
        (
            "braces",
            Java,
            "class A { void f() {\n  if (a) {\n    return;\n  }\n  g();\n  h();\n} }",
            "class A { void f() {\n  if (a) return;\n  g();\n  h();\n} }",
        ),
        // Both sides of an `else` have braces, or neither.
        (
            "early",
            Java,
            "class A { void f() {\n  if (a) {\n    return;\n  }\n  g();\n} }",
            "class A { void f() {\n  if (a) return;\n  else g();\n} }",
        ),
        (
            "early",
            C,
            "void f() {\n  if (a)\n    return;\n  g();\n}",
            "void f() {\n  if (a) {\n    return;\n  } else {\n    g();\n  }\n}",
        ),
        (
            "braces",
            JavaScript,
            "function f() {\n  for (const a of b) g(a);\n}",
            "function f() {\n  for (const a of b) {\n    g(a);\n  }\n}",
        ),
        (
            "early",
            Go,
            "package a\nfunc f() int {\n\tif a {\n\t\treturn 1\n\t}\n\treturn 2\n}",
            "package a\nfunc f() int {\n\tif a {\n\t\treturn 1\n\t} else {\n\t\treturn 2\n\t}\n}",
        ),
        (
            "early",
            Python,
            "def f():\n    if a:\n        return 1\n    else:\n        g()\n        return 2\n",
            "def f():\n    if a:\n        return 1\n    g()\n    return 2\n",
        ),
        (
            "chain",
            Python,
            "def f():\n    if a:\n        return 1\n    elif b:\n        return 2\n",
            "def f():\n    if a:\n        return 1\n    if b:\n        return 2\n",
        ),
        (
            "chain",
            Java,
            "class A { void f() {\n  if (a) {\n    return;\n  }\n  if (b) {\n    g();\n  }\n} }",
            "class A { void f() {\n  if (a) {\n    return;\n  } else if (b) {\n    g();\n  }\n} }",
        ),
        (
            "idiom",
            Rust,
            "impl A { fn f() -> A { Self { a: 1 } } }",
            "impl A { fn f() -> A { A { a: 1 } } }",
        ),
        ("idiom", Cpp, "void f() { g((double)(a + b)); }", "void f() { g(double(a + b)); }"),
        ("idiom", Python, "def f():\n    return a, b\n", "def f():\n    return (a, b)\n"),
        (
            "idiom",
            Ruby,
            "def f(a)\n  a.keys.map { |b| b + 1 }\nend",
            "def f(a)\n  a.keys.collect { |b| b + 1 }\nend",
        ),
        (
            "idiom",
            Ruby,
            "def f(a)\n  return 1 unless a\n  2\nend",
            "def f(a)\n  return 1 if !a\n  2\nend",
        ),
        ("imports", Python, "import os\nimport sys\n", "import sys\nimport os\n"),
        ("endless", C, "void f() { while (1) g(); }", "void f() { for (;;) g(); }"),
        (
            "joined",
            Python,
            "def f():\n    a = 0\n    b = 0\n    g()\n",
            "def f():\n    a, b = 0, 0\n    g()\n",
        ),
        (
            "joined",
            Cpp,
            "void f() {\n  int a = g();\n  int b = h();\n}",
            "void f() {\n  int a = g(), b = h();\n}",
        ),
        (
            "assignment",
            Java,
            "class A { void f() { a = a * b; } }",
            "class A { void f() { a *= b; } }",
        ),
        (
            "idiom",
            Python,
            "def f(n):\n    for i in range(n): g()\n",
            "def f(n):\n    for i in range(0, n): g()\n",
        ),
        ("idiom", JavaScript, "throw new Error('a');", "throw Error('a');"),
        (
            "idiom",
            Go,
            "package a\nfunc f() {\n\ta := make(map[int]bool)\n}",
            "package a\nfunc f() {\n\ta := map[int]bool{}\n}",
        ),
        (
            "idiom",
            Rust,
            "fn f() -> String { \"a\".to_string() }",
            "fn f() -> String { String::from(\"a\") }",
        ),
        ("idiom", Bash, "if [[ $a == b ]]; then c; fi", "if [[ $a = b ]]; then c; fi"),
        ("sums", Bash, "if [ \"$a\" -gt 0 ]; then b; fi", "if [ \"$a\" -ge 1 ]; then b; fi"),
        ("sums", Bash, "if (( a <= 7 && b )); then c; fi", "if (( a < 8 && b )); then c; fi"),
        ("sums", Bash, "for ((a=b; a<b; a++)); do c; done", "for ((a=b; a<b; a+=1)); do c; done"),
        ("idiom", PowerShell, "if (-not $a) { b }", "if (!$a) { b }"),
        (
            "idiom",
            PowerShell,
            "function F {\n    $n = 0\n    while (G) { $n++ }\n}",
            "function F {\n    $n = 0\n    while (G) { $n += 1 }\n}",
        ),
        (
            "idiom",
            PowerShell,
            "function F {\n    G\n    return $n * 2\n}",
            "function F {\n    G\n    $n * 2\n}",
        ),
        (
            "tail",
            Ruby,
            "def f(a)\n  return a > 1 ? [1, 2] : a.map { |b| b + 1 }\nend",
            "def f(a)\n  a > 1 ? [1, 2] : a.map { |b| b + 1 }\nend",
        ),
        (
            "arrow",
            TypeScript,
            "const f = (a: number) => a + 1;",
            "const f = (a: number) => { return a + 1; };",
        ),
        (
            "function",
            TypeScript,
            "const f = function (a: number): number {\n  return a;\n};",
            "const f = (a: number): number => {\n  return a;\n};",
        ),
        (
            "function",
            JavaScript,
            "const f = (a) => {\n  a += 1;\n  return a;\n};",
            "const f = function (a) {\n  a += 1;\n  return a;\n};",
        ),
        ("idiom", Php, "<?php $b = count($a);", "<?php $b = sizeof($a);"),
        (
            "diamond",
            Java,
            "class A { void f() { List<B> a = new ArrayList<>(); } }",
            "class A { void f() { List<B> a = new ArrayList<B>(); } }",
        ),
        (
            "inferred",
            CSharp,
            "class A { void F() { int a = 0; } }",
            "class A { void F() { var a = 0; } }",
        ),
        ("sized", C, "void f() { long long a; }", "void f() { long long int a; }"),
        ("parameters", Go, "package a\nfunc f(a int, b int) {}", "package a\nfunc f(a, b int) {}"),
        (
            "comparison",
            JavaScript,
            "for (let i = 0; i < a.length - 1; i++) g(i);",
            "for (let i = 0; a.length - 1 > i; i++) g(i);",
        ),
        (
            "comparison",
            Php,
            "<?php while ($i < count($a)) { g($i); }",
            "<?php while (count($a) > $i) { g($i); }",
        ),
        ("comparison", TypeScript, "if (a === b[i + 1]) g();", "if (b[i + 1] === a) g();"),
        ("operands", JavaScript, "f(a * b.length);", "f(b.length * a);"),
        (
            "operands",
            JavaScript,
            "function f() { for (let i = 0; i < 9; i++) g(i + 1); }",
            "function f() { for (let i = 0; i < 9; i++) g(1 + i); }",
        ),
        ("extremes", JavaScript, "f(Math.max(a, 0));", "f(Math.max(0, a));"),
        ("ternary", JavaScript, "f(a === b ? 1 : 2);", "f(a !== b ? 2 : 1);"),
        (
            "ternary",
            JavaScript,
            "const a = b === 'c'\n  ? d\n  : e;",
            "const a = b !== 'c'\n  ? e\n  : d;",
        ),
        (
            "comparison",
            JavaScript,
            "function f(a) { return g(b).c === a; }",
            "function f(a) { return a === g(b).c; }",
        ),
        (
            "imports",
            JavaScript,
            "const a = require('net');\nconst { b } = require('node:http');\n",
            "const { b } = require('node:http');\nconst a = require('net');\n",
        ),
        (
            "imports",
            TypeScript,
            "import fs from 'fs';\nimport { join } from 'path';\n",
            "import { join } from 'path';\nimport fs from 'fs';\n",
        ),
        (
            "cases",
            JavaScript,
            "switch (a) {\n  case 'b':\n    return 1;\n  case 'c':\n    g();\n    break;\n}",
            "switch (a) {\n  case 'c':\n    g();\n    break;\n  case 'b':\n    return 1;\n}",
        ),
        (
            "cases",
            Php,
            "<?php switch ($a) { case 1: return 2; case 3: return 4; }",
            "<?php switch ($a) { case 3: return 4; case 1: return 2; }",
        ),
        (
            "conditions",
            JavaScript,
            "function f(a, b) { if (a === 1 && !b) g(); }",
            "function f(a, b) { if (!b && a === 1) g(); }",
        ),
        (
            "callback",
            JavaScript,
            "(async () => {\n  await g();\n})();",
            "(async function () {\n  await g();\n})();",
        ),
        (
            "callback",
            JavaScript,
            "a(new Promise(function (b) {\n  g(b);\n}));",
            "a(new Promise((b) => {\n  g(b);\n}));",
        ),
        ("ternary", Php, "<?php f(($a == 1) ? 2 : $b);", "<?php f(($a != 1) ? $b : 2);"),
        ("callback", JavaScript, "a.map(b => b + 1);", "a.map(function (b) { return b + 1; });"),
        ("callback", JavaScript, "a.map(function (b) { return b + 1; });", "a.map((b) => b + 1);"),
        (
            "callback",
            TypeScript,
            "a.forEach((b: number): void => {\n  g(b);\n});",
            "a.forEach(function (b: number): void {\n  g(b);\n});",
        ),
        (
            "constant",
            JavaScript,
            "function f() { let a = g(); h(a); }",
            "function f() { const a = g(); h(a); }",
        ),
        (
            "constant",
            JavaScript,
            "function f(a) { for (const b of a) g(b); }",
            "function f(a) { for (let b of a) g(b); }",
        ),
        (
            "modifier",
            Ruby,
            "def f\n  return 1 if a\n  2\nend",
            "def f\n  if a\n    return 1\n  end\n  2\nend",
        ),
    ] {
        let all = others(language, one);
        assert!(all.contains(&(family, other.to_owned())), "{family} {language}: {all:#?}");
    }
}

#[test]
fn families_leave_alone_what_they_cannot_show() {
    for (family, language, text) in [
        // A name that is not known to be a whole number has values between two others.
        ("comparison", Python, "def f(n):\n    return n > 0 and n >= g\n"),
        // A macro may be two statements.
        ("braces", C, "void f() { if (a) { CHECK(b); } }"),
        // What the head declares is seen under its `else`.
        (
            "chain",
            Go,
            "package a\nfunc f() {\n\tif b := g(); b {\n\t\treturn\n\t} else if c(b) {\n\t\th()\n\t}\n}",
        ),
        ("chain", C, "void f() { if (a) { g(); } else if (b) { h(); } }"),
        // What is declared under `else` would be declared for all that follows.
        (
            "early",
            C,
            "void f() {\n  if (a) {\n    return;\n  } else {\n    int b = 1;\n    g(b);\n  }\n}",
        ),
        // The value of the second depends on the first.
        ("joined", Python, "def f():\n    a = 0\n    b = a\n    g()\n"),
        // `var` takes one name.
        ("joined", CSharp, "class A { void F() {\n var a = 0;\n var b = 1;\n} }"),
        ("joined", Java, "class A { void f() {\n var a = 0;\n var b = 1L;\n} }"),
        ("joined", Cpp, "void f() {\n auto a = 0;\n auto b = 1.0;\n}"),
        // A type that is defined twice is none.
        ("joined", C, "void f() {\n  struct s { int a; } b = {0}, c = {1};\n  g();\n}"),
        // A constant says its type.
        ("inferred", CSharp, "class A { void F() { const int a = 0; } }"),
        ("inferred", CSharp, "class A { void F() { const string a = \"b\"; } }"),
        // What looks like the declaration of a function is one.
        ("idiom", Cpp, "void f(double n) { std::vector<int> v((int)n); }"),
        ("idiom", Cpp, "void f(double n) { A a((int)n, (long)n); }"),
        ("idiom", Cpp, "void f(double n) { (int)n; }"),
        // On the next line it would be called.
        ("arrow", JavaScript, "const f = a => { return a }\n(b)"),
        // One of the two has its own.
        ("function", JavaScript, "const f = function (a) { return this.a; };"),
        ("function", JavaScript, "const f = function () { return arguments.length; };"),
        ("function", JavaScript, "const f = function* () { yield 1; };"),
        ("function", JavaScript, "const f = function g(a) { return g(a); };"),
        ("function", JavaScript, "const f = function () { return 1; }; new f();"),
        ("function", JavaScript, "const f = function () {}; f.prototype.a = 1;"),
        ("function", JavaScript, "const f = function (a, a) { return a; };"),
        ("function", JavaScript, "const f = async (a) => { g(); return a; };"),
        ("idiom", Php, "<?php namespace A; $b = count($a);"),
        ("idiom", Php, "<?php function sizeof_own($a) { return count($a); }"),
        // What holds a `find` may hold no `detect`.
        ("idiom", Ruby, "def f(a)\n  Find.find(a) { |b| g(b) }\nend"),
        ("tail", Ruby, "def f(a)\n  a.b and c\nend"),
        ("tail", Ruby, "def f(a)\n  return { a: 1 }\nend"),
        ("tail", Ruby, "def f(a)\n  a.each do |b| c end\nend"),
        // These compare texts, and the status of the other is another.
        ("sums", Bash, "if [[ $a > 1 ]]; then b; fi"),
        ("sums", Bash, "((a++)) || b"),
        ("sums", Bash, "if [ $a -gt $b ]; then c; fi"),
        // What is stepped may be text, or nothing.
        ("idiom", PowerShell, "function F {\n    param($n)\n    $n = 0\n    $n++\n}"),
        ("idiom", PowerShell, "function F {\n    $n = G\n    $n++\n}"),
        ("idiom", PowerShell, "function F {\n    $m = 0\n    G ($n++)\n}"),
        ("idiom", PowerShell, "function F {\n    $n = 0\n    foreach ($n in $m) { $n++ }\n}"),
        ("idiom", PowerShell, "function F {\n    $n = 0\n    return @{ a = 1 }\n}"),
        ("idiom", PowerShell, "class A {\n    [int] F() {\n        return $n\n    }\n}"),
        ("idiom", Ruby, "def f(a)\n  a.find { |b| g(b) }\nend"),
        ("idiom", Ruby, "class Hash\nend\ndef f\n  a = {}\nend"),
        // A step that others see at once is no sum.
        ("assignment", C, "_Atomic int a;\nvoid f() { a += 2; }"),
        // Another thing may be meant.
        ("idiom", Python, "def f(range):\n    return range(3)\n"),
        ("idiom", JavaScript, "const Error = f; throw new Error('a');"),
        // A class of its own may know other types.
        ("diamond", Java, "class A { void f() { List<B> a = new Own<>(); } }"),
        // The test reads what the body writes.
        ("modifier", Ruby, "def f\n  a = 1 if a\nend"),
        ("arrow", JavaScript, "const f = () => ({ a: 1 });"),
        // What is called to read may do anything.
        ("operands", JavaScript, "f(a() * b);"),
        ("operands", JavaScript, "class A { get length() { return 1; } } f(a * b.length);"),
        ("operands", JavaScript, "f(a[i] * b[j + 1]);"),
        // The first two factors are multiplied first.
        ("operands", JavaScript, "f(a * b * c.length);"),
        ("operands", JavaScript, "f(a + 1);"),
        ("operands", JavaScript, "function f() { let a = 0; a += \"b\"; g(a + 1); }"),
        // Names alone do not tell which came first.
        ("extremes", JavaScript, "f(Math.max(a, b));"),
        ("extremes", JavaScript, "f(Math.max(a(), 0));"),
        ("extremes", JavaScript, "f(Math.max(a, 0, b));"),
        ("extremes", JavaScript, "const Math = a; f(Math.max(a, 0));"),
        // Neither of two may be the greater.
        ("ternary", JavaScript, "f(a < b ? 1 : 2);"),
        ("ternary", JavaScript, "f(a === b ? 1 : c ? 2 : 3);"),
        ("ternary", Php, "<?php f($a == 1 ?: 2);"),
        // One of the two has its own, and a caller may ask for it.
        ("callback", JavaScript, "a.map(function () { return this; });"),
        ("callback", JavaScript, "a.map(function (b) { return arguments[1]; });"),
        ("callback", JavaScript, "a.map(function b(c) { return b(c); });"),
        ("callback", JavaScript, "new (function () { g(); })();"),
        ("callback", JavaScript, "a.map(function* (b) { yield b; });"),
        ("callback", JavaScript, "a.map(b => ({ c: b }));"),
        ("callback", JavaScript, "a.define(function (b) { return b; });"),
        // What is read may change what stands beside it.
        ("comparison", JavaScript, "function f(a) { a = 1; return g(b) === a; }"),
        ("comparison", JavaScript, "function f() { return g(b) === a; }"),
        // A module of somebody else's may do anything, and so may a pattern.
        ("imports", JavaScript, "const a = require('net');\nconst b = require('own');\n"),
        ("imports", JavaScript, "const a = require('net');\nconst { b = c() } = require('fs');\n"),
        ("imports", JavaScript, "const a = require('net');\n\nconst b = require('http');\n"),
        // One falls into the next, or two might be meant.
        ("cases", JavaScript, "switch (a) { case 1: g(); case 2: break; }"),
        ("cases", JavaScript, "switch (a) { case 0: g(); case 1: break; case 2: break; }"),
        ("cases", JavaScript, "switch (a) { case 1: let b = 2; break; case 2: return b; }"),
        ("cases", JavaScript, "switch (a) { case b(): break; case 2: return; }"),
        ("cases", Php, "<?php switch ($a) { case '1': return 2; case '01': return 4; }"),
        ("cases", Php, "<?php switch ($a) { case 0: return 2; case 'b': return 4; }"),
        // The second is only asked where the first holds.
        ("conditions", JavaScript, "function f(a, b) { if (a !== null && a.b === 1) g(); }"),
        ("conditions", JavaScript, "function f(a, b) { return a && b === 1; }"),
        ("conditions", JavaScript, "function f(a) { if (!a && b === 1) g(); }"),
        ("conditions", JavaScript, "function f(a, b) { if (a == 1 && !b) g(); }"),
        // It is written to somewhere.
        ("constant", JavaScript, "function f() { let a = 1; a += g(); }"),
        ("constant", JavaScript, "function f() { let a = 1; a++; }"),
        ("constant", JavaScript, "function f() { let a = 1; [a, b] = g(); }"),
        ("constant", JavaScript, "function f() { let a = 1; ({ a } = g()); }"),
        ("constant", JavaScript, "function f() { let a = 1; for (a of g()) h(); }"),
        ("constant", JavaScript, "function f() { let $a = 1; $a = g(); }"),
        ("constant", JavaScript, "function f() { let a; a = g(); }"),
        ("constant", JavaScript, "function f(b) { let a = 1; eval(b); }"),
        // Its type would be another.
        ("constant", TypeScript, "function f() { const a = 'b'; g(a); }"),
        ("constant", TypeScript, "function f() { const a = Symbol(); g(a); }"),
        ("constant", TypeScript, "function f() { const a = g(); h(() => a.b); }"),
        ("imports", Python, "import os\nimport own\n"),
        ("idiom", Ruby, "def map\n  a.map { |b| b }\nend"),
    ] {
        let all = others(language, text);
        let twice = |text: &String| text.contains(">= 1") || text.contains("1 <=");
        let found = all
            .iter()
            .any(|(rule, other)| *rule == family && (family != "comparison" || twice(other)));
        assert!(!found, "{family} {language}: {all:#?}");
    }
}
