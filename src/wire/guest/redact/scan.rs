//! One pass over a text, in which secrets are found by what stands before them or by what they look like.

use std::ops::Range;

use super::address::{Authority, authority};
use super::element::Closings;
use super::name::Kind;
use super::{command, escape, key, name, packed, shape, value, work};

/// A secret, and what stands in its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) at: Range<usize>,
    pub(super) by: String,
}

/// The secrets of a text, in their order. Takes time in proportion to the text, whatever it holds.
pub(super) fn secrets(text: &str) -> Vec<Cut> {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        cuts: Vec::new(),
        done: 0,
        token: 0,
        colon: None,
        base64: 0,
        closings: Closings::of(text),
    };
    let mut at = 0;
    while at < scan.bytes.len() {
        at = scan.step(at).max(at + 1);
    }
    scan.cuts
}

/// How long a password is that stands before a host without a scheme.
const LONGEST: usize = 256;

/// Where a scan stands.
struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    cuts: Vec<Cut>,
    /// The end of the last cut: nothing before it is looked at again.
    done: usize,
    /// Where what stands between blanks and quotation marks began.
    token: usize,
    /// The first colon in it.
    colon: Option<usize>,
    /// The end of the last run of letters of base64.
    base64: usize,
    closings: Closings<'t>,
}

impl Scan<'_> {
    /// Looks at what begins here; where to look next.
    fn step(&mut self, at: usize) -> usize {
        work::add(1);
        let Some(byte) = self.bytes.get(at).copied() else { return at + 1 };
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            return self.word(at);
        }
        match byte {
            b':' => return self.colon(at),
            b'%' => return self.encoded(at),
            b'@' => self.account(at),
            b'-' => return self.key(at),
            b'$' => return self.found(shape::hash_of_password(self.bytes, at)).unwrap_or(at + 1),
            b'~' => {
                let secret =
                    shape::application_secret(self.bytes, at).filter(|secret| secret.start >= self.done);
                return self.found(secret).unwrap_or(at + 1);
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'<' | b'>' | b'(' | b')' | b'`' => {
                self.begin(at + 1)
            }
            b'=' | b',' | b';' | b'/' | b'[' | b']' | b'{' | b'}' if self.colon.is_none() => {
                self.begin(at + 1)
            }
            _ => {}
        }
        at + 1
    }

    fn begin(&mut self, token: usize) {
        (self.token, self.colon) = (token, None);
    }

    /// Cuts, and answers where to go on. A letter that is written with a backslash goes or stays whole: what follows it may
    /// be the end of a text of JSON.
    fn cut(&mut self, at: Range<usize>, by: impl Into<String>) -> usize {
        let is_back = |from: usize, to: usize| {
            let before = self.bytes.get(from..to).unwrap_or_default();
            before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2
        };
        let start = at.start - is_back(self.done, at.start);
        let end = at.end - is_back(at.start, at.end);
        if start >= end {
            return at.end;
        }
        self.cuts.push(Cut { at: start..end, by: by.into() });
        self.done = end;
        self.begin(end);
        end
    }

    /// Cuts what was found; the end of it.
    fn found(&mut self, secret: Option<Range<usize>>) -> Option<usize> {
        secret.map(|secret| self.cut(secret, super::WITHHELD))
    }

    /// A line of hyphens, perhaps one that begins or ends a private key.
    fn key(&mut self, at: usize) -> usize {
        let Some((secrets, end)) = key::at(self.text, at, self.done) else { return at + 1 };
        let last = secrets.into_iter().map(|secret| self.cut(secret, super::WITHHELD)).last();
        last.map_or(end, |last| last.max(end))
    }

    /// A word: perhaps the name of a secret, or one itself.
    fn word(&mut self, at: usize) -> usize {
        let end = at + self.bytes.iter().skip(at).take_while(|byte| is_word(**byte)).count();
        let rest = self.text.get(at..end).unwrap_or_default();
        work::add(end - at);
        // The line that begins a key may stand behind a letter that is written with a backslash.
        let hyphens = rest.find("-----");
        let end = hyphens.map_or(end, |hyphens| at + hyphens);
        // `%26sig`, `\nsig`, `\u0026sig`: what is written for another letter is no part of the word.
        let start = at + escape::before(self.bytes, at);
        if start >= end {
            return end.max(at + 1);
        }
        if let Some(secret) = shape::web_token(self.text, start..end) {
            return self.cut(secret, super::WITHHELD);
        }
        if start >= self.base64 {
            let run = shape::base64(self.bytes, start);
            self.base64 = run.end;
            if shape::is_storage_key(self.text, &run) {
                return self.cut(run, super::WITHHELD);
            }
        }
        let word = self.text.get(start..end).unwrap_or_default();
        if shape::marked_token(word) {
            return self.cut(start..end, super::WITHHELD);
        }
        if let Some(list) = packed::list(self.text, start..end) {
            let end = list.end;
            for Cut { at, by } in packed::secrets(self.text, list) {
                self.cut(at, by);
            }
            return end;
        }
        if let Some(secret) = shape::after_scheme(self.text, word, end) {
            return self.cut(secret, super::WITHHELD);
        }
        if let Some(secret) = command::secret(self.text, &(start..end)) {
            return self.cut(secret, super::WITHHELD);
        }
        // `\token` of a path is a name with all its letters.
        let whole = self.text.get(at..end).filter(|_| start > at);
        match name::kind(word).or_else(|| name::kind(whole?)) {
            Some(kind) => self.value(kind, start..end),
            None => end,
        }
    }

    fn value(&mut self, kind: Kind, word: Range<usize>) -> usize {
        let end = word.end;
        // In front of its name, if nothing of that went already.
        let before = || {
            let secret = value::before(self.text, &word).filter(|_| kind != Kind::Account);
            secret.filter(|cut| cut.at.start >= self.done)
        };
        match value::after(self.text, kind, &word, &self.closings).or_else(before) {
            Some(Cut { at, by }) => self.cut(at, by),
            None => end,
        }
    }

    /// `://`, or `:\/\/`: credentials may follow.
    fn colon(&mut self, at: usize) -> usize {
        let slashes = ["://", r":\/\/"].into_iter().find(|slashes| self.follows(at, slashes));
        let Some(slashes) = slashes else {
            self.colon = self.colon.or(Some(at));
            return at + 1;
        };
        let begin = at + slashes.len();
        self.begin(begin);
        match authority(self.text, begin) {
            Authority::Secret(secret) => self.cut(secret, super::CREDENTIALS),
            Authority::Port(secret) => self.cut(secret, super::WITHHELD),
            Authority::Plain(end) => end,
        }
    }

    /// The same where the whole address is written with `%`.
    fn encoded(&mut self, at: usize) -> usize {
        const SLASHES: &str = "%3a%2f%2f";
        let here = self.bytes.get(at..at + SLASHES.len());
        if !here.is_some_and(|here| here.eq_ignore_ascii_case(SLASHES.as_bytes())) {
            return at + 1;
        }
        let begin = at + SLASHES.len();
        self.found(super::address::encoded(self.text, begin)).unwrap_or(begin)
    }

    /// `kim:secret@host` without a scheme; the last `@` counts.
    fn account(&mut self, at: usize) {
        let from = self.token;
        let before = self.text.get(from..at).unwrap_or_default();
        work::add(before.len());
        let numbers = before.bytes().all(|byte| byte.is_ascii_hexdigit() || b":.-".contains(&byte));
        let address = numbers && before.matches(':').count() > 1;
        let stated = |colon: usize| colon > from && colon + 1 < at && from >= self.done;
        if !self.colon.is_some_and(stated) || address || super::is_withheld(before) {
            return self.begin(at + 1);
        }
        let rest = self.bytes.iter().enumerate().skip(at).take(LONGEST);
        let run = rest.take_while(|(_, byte)| !byte.is_ascii_whitespace() && !b"\"'<>`\\".contains(byte));
        let last = run.filter(|(_, byte)| **byte == b'@').last().map_or(at, |(last, _)| last);
        if self.bytes.get(last + 1).is_some_and(u8::is_ascii_alphanumeric) {
            self.cut(from..last, super::CREDENTIALS);
        } else {
            self.begin(at + 1);
        }
    }

    fn follows(&self, at: usize, text: &str) -> bool {
        self.bytes.get(at..at + text.len()) == Some(text.as_bytes())
    }
}

/// Letters of words: of names of all kinds, versions, hosts.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}
