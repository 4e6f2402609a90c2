//! Facts: inert values, any of which is equally true.
//!
//! The values of a fact are numbered from its default, so variant 0 is the master's own value.

mod names;

use std::fmt;

use jiff::{
    Span, ToSpan, Unit,
    civil::{DateTime, Time},
};

use names::{NAMES, WORDS};

/// The largest number of values of one fact: a symbol is drawn from 16 bits.
pub const MAX_VALUES: u32 = 65_536;

/// A set of values, written by rule, of which one is the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    kind: Kind,
    count: u32,
    default: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// `port` and `size`: whole numbers from here on.
    Number { word: &'static str, first: u32 },
    /// A process id, 1024 to 32767.
    Pid,
    /// An address of the documentation ranges of RFC 5737, last byte 1 to 254.
    Ipv4,
    /// A host name below the names that RFC 2606 reserves.
    Host,
    /// A user name.
    User,
    /// A file name without extension.
    File,
    /// This many lower-case hexadecimal digits, 1 to 4.
    Hex { digits: u32 },
    /// Times of one day, or instants, from the first on.
    Time { first: Moment, step_seconds: u32 },
}

/// A time of day or a day and time; written as its bounds were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    at: DateTime,
    has_date: bool,
    separator: char,
    has_seconds: bool,
    has_z: bool,
}

/// Why a body is not a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactError {
    /// The first word is no kind of fact.
    #[error(
        "`{found}` is not a kind of value: expected port, ipv4, host, pid, time, size, user, file, hex or canary, or variants with `|` between them"
    )]
    UnknownKind {
        /// The word.
        found: String,
    },
    /// The words after the kind do not fit it.
    #[error("`{kind}` takes {expected}, found `{found}`")]
    Arguments {
        /// The kind.
        kind: String,
        /// What it takes.
        expected: &'static str,
        /// What was written.
        found: String,
    },
    /// Beyond [`MAX_VALUES`].
    #[error("`{kind}` stands for {found} values, at most 65,536 are possible")]
    TooMany {
        /// The kind.
        kind: String,
        /// How many values it would have.
        found: u64,
    },
    /// Fewer than two values.
    #[error("`{kind}` stands for {found} value, at least 2 are needed")]
    TooFew {
        /// The kind.
        kind: String,
        /// How many values it would have.
        found: u64,
    },
    /// The default is not one of the values.
    #[error("the default `{found}` is not one of the values of `{kind}`, such as `{example}`")]
    Default {
        /// The kind.
        kind: String,
        /// The default as written.
        found: String,
        /// A value that is one.
        example: String,
    },
}

impl Fact {
    /// Reads the body of a fact, such as `port 20000..36383`, and its default, if one is given.
    ///
    /// # Errors
    /// [`FactError`], with what was expected.
    pub fn parse(body: &str, default: Option<&str>) -> Result<Self, FactError> {
        let mut words = body.split_whitespace();
        let kind = words.next().unwrap_or_default();
        let arguments: Vec<&str> = words.collect();
        let (kind, count) = Kind::parse(kind, &arguments)?;
        let name = kind.word();
        if count > u64::from(MAX_VALUES) {
            return Err(FactError::TooMany { kind: name.to_owned(), found: count });
        }
        if count < 2 {
            return Err(FactError::TooFew { kind: name.to_owned(), found: count });
        }
        let count = u32::try_from(count).expect("checked against the limit");
        let default = match default {
            None => 0,
            Some(text) => kind.ordinal(text, count).ok_or_else(|| FactError::Default {
                kind: name.to_owned(),
                found: text.to_owned(),
                example: kind.text(0),
            })?,
        };
        Ok(Self { kind, count, default })
    }

    /// The number of values, 2 to 65,536.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The text of a variant; variant 0 is the default.
    ///
    /// # Panics
    /// When `variant` is not below [`Fact::count`].
    pub fn text(&self, variant: u16) -> String {
        assert!(u32::from(variant) < self.count, "a variant is below the number of values");
        self.kind.text((u32::from(variant) + self.default) % self.count)
    }

    /// Whether its values have a space in them.
    pub(crate) fn has_space(&self) -> bool {
        matches!(&self.kind, Kind::Time { first, .. } if first.has_date && first.separator == ' ')
    }

    /// The variant with this text, letter case aside.
    pub fn read(&self, text: &str) -> Option<u16> {
        let ordinal = self.kind.ordinal(text, self.count)?;
        let variant = (ordinal + self.count - self.default) % self.count;
        Some(u16::try_from(variant).expect("a fact has at most 65,536 values"))
    }
}

/// The canonical body and default, readable by [`Fact::parse`].
impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.body(), self.kind.text(self.default))
    }
}

impl Fact {
    /// The canonical body without the default.
    pub fn body(&self) -> String {
        match &self.kind {
            Kind::Number { word, first } => format!("{word} {first}..{}", first + self.count - 1),
            Kind::Hex { digits } => format!("hex {digits}"),
            Kind::Time { first, step_seconds } => {
                let last = first.plus(u64::from(self.count - 1) * u64::from(*step_seconds));
                let last = last.expect("the last moment was computed when the fact was read");
                let step = match step_seconds {
                    s if s % 3600 == 0 => format!("{}h", s / 3600),
                    s if s % 60 == 0 => format!("{}min", s / 60),
                    s => format!("{s}s"),
                };
                format!("time {first}..{last} {step}")
            }
            other => other.word().to_owned(),
        }
    }
}

impl Kind {
    fn parse(kind: &str, arguments: &[&str]) -> Result<(Self, u64), FactError> {
        let wrong = |expected| FactError::Arguments {
            kind: kind.to_owned(),
            expected,
            found: arguments.join(" "),
        };
        let bare = |this: Self, count: u64| {
            if arguments.is_empty() { Ok((this, count)) } else { Err(wrong("nothing after it")) }
        };
        match kind {
            "port" => {
                let expected = "a range of ports such as 20000..36383, within 1..65535";
                let (first, last) = range(arguments).ok_or_else(|| wrong(expected))?;
                if first < 1 || last > 65_535 {
                    return Err(wrong(expected));
                }
                Ok((Self::Number { word: "port", first }, u64::from(last - first) + 1))
            }
            "size" => {
                let (first, last) =
                    range(arguments).ok_or_else(|| wrong("a range of sizes such as 4096..8191"))?;
                Ok((Self::Number { word: "size", first }, u64::from(last - first) + 1))
            }
            "pid" => bare(Self::Pid, u64::from(PID_LAST - PID_FIRST) + 1),
            "ipv4" => bare(Self::Ipv4, 3 * 254),
            "host" => bare(Self::Host, NAMES.len() as u64 * 9 * 3),
            "user" => bare(Self::User, NAMES.len() as u64 * 90),
            "file" => bare(Self::File, WORDS.len() as u64 * 900),
            "hex" => match arguments {
                [digits] => match digits.parse() {
                    Ok(digits @ 1..=4) => Ok((Self::Hex { digits }, 1 << (4 * digits))),
                    Ok(digits @ 5..=15) => {
                        Err(FactError::TooMany { kind: "hex".to_owned(), found: 1 << (4 * digits) })
                    }
                    _ => Err(wrong("a number of digits from 1 to 4")),
                },
                _ => Err(wrong("a number of digits from 1 to 4")),
            },
            "time" => parse_time(arguments)
                .ok_or_else(|| wrong("a range such as 09:00..17:30 or 2026-03-04T09:00Z..2026-03-05T09:00Z, and a step such as 10s, 1min or 1h")),
            other => Err(FactError::UnknownKind { found: other.to_owned() }),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Number { word, .. } => word,
            Self::Pid => "pid",
            Self::Ipv4 => "ipv4",
            Self::Host => "host",
            Self::User => "user",
            Self::File => "file",
            Self::Hex { .. } => "hex",
            Self::Time { .. } => "time",
        }
    }

    fn text(&self, ordinal: u32) -> String {
        let pick = |list: &'static [&'static str], index: u32| list[index as usize];
        match self {
            Self::Number { first, .. } => (first + ordinal).to_string(),
            Self::Pid => (PID_FIRST + ordinal).to_string(),
            Self::Ipv4 => {
                let network = IPV4_NETWORKS[(ordinal / 254) as usize];
                format!("{network}.{}", ordinal % 254 + 1)
            }
            Self::Host => {
                let name = pick(&NAMES, ordinal / 27);
                let domain = pick(&["example.com", "example.net", "example.org"], ordinal % 3);
                format!("{name}{}.{domain}", ordinal / 3 % 9 + 1)
            }
            Self::User => format!("{}{}", pick(&NAMES, ordinal / 90), ordinal % 90 + 10),
            Self::File => format!("{}-{}", pick(&WORDS, ordinal / 900), ordinal % 900 + 100),
            Self::Hex { digits } => format!("{ordinal:0width$x}", width = *digits as usize),
            Self::Time { first, step_seconds } => first
                .plus(u64::from(ordinal) * u64::from(*step_seconds))
                .expect("the last moment was computed when the fact was read")
                .to_string(),
        }
    }

    /// The ordinal of a text among `count` values: the candidate that the text suggests, if it
    /// writes that text.
    fn ordinal(&self, text: &str, count: u32) -> Option<u32> {
        let text = text.to_ascii_lowercase();
        let split_number = |text: &str| -> Option<(String, u32)> {
            let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
            let (name, number) = text.split_at(text.len() - digits);
            Some((name.to_owned(), number.parse().ok()?))
        };
        let at = |list: &[&str], name: &str| {
            list.iter().position(|item| *item == name).and_then(|index| u32::try_from(index).ok())
        };
        let candidate = match self {
            Self::Number { first, .. } => text.parse::<u32>().ok()?.checked_sub(*first)?,
            Self::Pid => text.parse::<u32>().ok()?.checked_sub(PID_FIRST)?,
            Self::Ipv4 => {
                let (network, last) = text.rsplit_once('.')?;
                at(&IPV4_NETWORKS, network)? * 254 + last.parse::<u32>().ok()?.checked_sub(1)?
            }
            Self::Host => {
                let (label, domain) = text.split_once('.')?;
                let (name, number) = split_number(label)?;
                let domain = at(&["example.com", "example.net", "example.org"], domain)?;
                at(&NAMES, &name)? * 27
                    + number.checked_sub(1)?.checked_mul(3)?.checked_add(domain)?
            }
            Self::User => {
                let (name, number) = split_number(&text)?;
                (at(&NAMES, &name)? * 90).checked_add(number.checked_sub(10)?)?
            }
            Self::File => {
                let (name, number) = split_number(&text)?;
                (at(&WORDS, name.strip_suffix('-')?)? * 900)
                    .checked_add(number.checked_sub(100)?)?
            }
            Self::Hex { .. } => u32::from_str_radix(&text, 16).ok()?,
            Self::Time { first, step_seconds } => {
                let moment = Moment::parse(&text.to_ascii_uppercase())?;
                let seconds = moment.at.since((Unit::Second, first.at)).ok()?.get_seconds();
                u32::try_from(u64::try_from(seconds).ok()? / u64::from(*step_seconds)).ok()?
            }
        };
        (candidate < count && self.text(candidate).eq_ignore_ascii_case(&text)).then_some(candidate)
    }
}

fn range(arguments: &[&str]) -> Option<(u32, u32)> {
    let [range] = arguments else { return None };
    let (first, last) = range.split_once("..")?;
    let plain = |digits: &str| {
        let number: u32 = digits.parse().ok()?;
        (number.to_string() == digits).then_some(number)
    };
    let (first, last) = (plain(first)?, plain(last)?);
    (first <= last).then_some((first, last))
}

fn parse_time(arguments: &[&str]) -> Option<(Kind, u64)> {
    // A step may be written `1 min`, a moment `2026-03-04 09:00`: join, then cut at the dots.
    let text = arguments.join(" ");
    let (first, rest) = text.split_once("..")?;
    let first = Moment::parse(first.trim())?;
    let rest = rest.trim();
    let (last, step_seconds) = match Moment::parse(rest) {
        Some(last) => (last, 60),
        None => rest.match_indices(' ').find_map(|(cut, _)| {
            let last = Moment::parse(rest[..cut].trim())?;
            Some((last, parse_step(rest[cut..].trim())?))
        })?,
    };
    let alike = Moment { at: last.at, ..first } == last;
    let seconds = last.at.since((Unit::Second, first.at)).ok()?.get_seconds();
    let whole_minutes = step_seconds.is_multiple_of(60) && first.at.second() == 0;
    let shown = first.has_seconds || whole_minutes;
    let seconds = u64::try_from(seconds).ok().filter(|_| alike && shown)?;
    let count = seconds / u64::from(step_seconds) + 1;
    Some((Kind::Time { first, step_seconds }, count))
}

fn parse_step(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return None,
    };
    number.checked_mul(unit).filter(|seconds| (1..=86_400).contains(seconds))
}

impl Moment {
    fn parse(text: &str) -> Option<Self> {
        let (text, has_z) = text.strip_suffix('Z').map_or((text, false), |text| (text, true));
        let (date, time, separator) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (Some(date), time, if text.contains('T') { 'T' } else { ' ' }),
            None => (None, text, ' '),
        };
        let has_seconds = match time.len() {
            5 => false,
            8 => true,
            _ => return None,
        };
        let time: Time = time.parse().ok()?;
        let date: jiff::civil::Date = match date {
            Some(date) if date.len() == 10 => date.parse().ok()?,
            Some(_) => return None,
            None => jiff::civil::date(2000, 1, 1),
        };
        if separator == ' ' && text.len() <= 8 && has_z {
            return None;
        }
        let has_date = text.len() > 8;
        Some(Self { at: date.to_datetime(time), has_date, separator, has_seconds, has_z })
    }

    fn plus(self, seconds: u64) -> Option<Self> {
        let span: Span = i64::try_from(seconds).ok()?.seconds();
        Some(Self { at: self.at.checked_add(span).ok()?, ..self })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_date {
            write!(f, "{}{}", self.at.date(), self.separator)?;
        }
        write!(f, "{:02}:{:02}", self.at.hour(), self.at.minute())?;
        if self.has_seconds {
            write!(f, ":{:02}", self.at.second())?;
        }
        if self.has_z { f.write_str("Z") } else { Ok(()) }
    }
}

const PID_FIRST: u32 = 1024;
// The default `pid_max` of Linux less one.
const PID_LAST: u32 = 32_767;
const IPV4_NETWORKS: [&str; 3] = ["192.0.2", "198.51.100", "203.0.113"];

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(body: &str) -> Fact {
        Fact::parse(body, None).expect(body)
    }

    #[test]
    fn every_value_reads_back() {
        for body in [
            "port 20000..20099",
            "ipv4",
            "host",
            "pid",
            "size 4096..8191",
            "user",
            "file",
            "hex 4",
            "time 09:00..17:30",
            "time 09:00:00..09:10:00 10s",
            "time 2026-03-04T22:00Z..2026-03-05T03:00Z 1 min",
            "time 2026-03-04 22:00..2026-03-04 23:59",
        ] {
            let fact = fact(body);
            for variant in 0..fact.count() {
                let variant = u16::try_from(variant).expect("at most 65,536 values");
                let text = fact.text(variant);
                assert_eq!(fact.read(&text), Some(variant), "{body} {text}");
                assert_eq!(fact.read(&text.to_uppercase()), Some(variant), "{body} {text}");
            }
            let (again, default) = (fact.body(), fact.text(0));
            assert_eq!(Fact::parse(&again, Some(&default)), Ok(fact), "{again}");
        }
    }

    #[test]
    fn the_default_is_variant_0() {
        let fact = Fact::parse("port 20000..36383", Some("28080")).expect("a fact");
        assert_eq!((fact.count(), fact.text(0).as_str()), (16_384, "28080"));
        assert_eq!(fact.read("20000"), Some(8304));
        assert_eq!(fact.read("19999"), None);
        assert_eq!(fact.read("028080"), None);
    }

    #[test]
    fn errors_name_the_limit() {
        let error = |body| Fact::parse(body, None).expect_err(body).to_string();
        assert!(error("size 1..65537").contains("65,536"));
        assert!(error("hex 5").contains("65,536"));
        assert!(error("size 7..7").contains("at least 2"));
        assert!(error("port 0..10").contains("1..65535"));
        assert!(error("colour").contains("port, ipv4"));
        assert!(error("pid 3").contains("nothing after it"));
        assert!(error("time 10:00..09:00").contains("range such as"));
        assert!(error("time 10:00..10:05 10s").contains("range such as"));
        assert!(
            Fact::parse("hex 2", Some("xyz"))
                .expect_err("no hex")
                .to_string()
                .contains("such as `00`")
        );
    }

    #[test]
    fn lists_have_no_twins() {
        for list in [NAMES, WORDS] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
