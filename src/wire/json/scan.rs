//! From a text to its tokens, in one pass.
//!
//! What is taken here `serde_json` would take too, and mean the same by it; the reverse need not be. Whoever is refused
//! goes there for the answer.

use std::borrow::Cow;

use serde_json::Number;

use super::token::{Kind, Link, Token};
use super::{DOCUMENT, Json, narrow};

/// How deep lists and objects may stand in each other, as in `serde_json`.
const DEPTH: usize = 127;
/// From how many members on the keys of an object are compared at its end, all at once.
const MANY: usize = 32;

/// The values of a text, or nothing where it is not plainly right: each key once, and nothing out of place.
pub(super) fn scan(text: &str) -> Option<Json<'_>> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        depth: DEPTH,
        // A guess at how many there are; what is not used is never touched.
        json: Json {
            text: Cow::Borrowed(text),
            unescaped: String::new(),
            tokens: Vec::with_capacity(text.len() / 12),
        },
    };
    scanner.values()?;
    Some(scanner.json)
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    /// How much deeper it may go.
    depth: usize,
    json: Json<'t>,
}

impl Scanner<'_> {
    fn values(&mut self) -> Option<()> {
        self.skip_space();
        while let Some(first) = self.peek() {
            self.value(Link { above: DOCUMENT, ordinal: 0 })?;
            // What does not show its own end must be followed by something that does.
            let apart = matches!(first, b'"' | b'[' | b'{');
            let next = self.peek().unwrap_or(b' ');
            if !apart && !b" \n\t\r\"[]{}:,".contains(&next) {
                return None;
            }
            self.skip_space();
        }
        Some(())
    }

    fn value(&mut self, link: Link) -> Option<()> {
        match self.peek()? {
            b'"' => self.text(),
            b'{' => self.object(link),
            b'[' => self.list(link),
            b't' => self.word("true", Kind::True),
            b'f' => self.word("false", Kind::False),
            b'n' => self.word("null", Kind::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, link: Link) -> Option<()> {
        let own = self.enter(link)?;
        let mut keys = Keys { own, count: 0, met: 0 };
        while !self.leave_at(b'}', keys.count)? {
            let key = self.json.tokens.len();
            self.text()?;
            if keys.is_repeated(&self.json, key) {
                return None;
            }
            self.skip_space();
            self.take(b':')?;
            self.skip_space();
            self.value(Link { above: own, ordinal: 0 })?;
        }
        self.depth += 1;
        self.json.close(own, Kind::Object, keys.count);
        (keys.count <= MANY || !keys.any_repeated(&self.json)).then_some(())
    }

    fn list(&mut self, link: Link) -> Option<()> {
        let own = self.enter(link)?;
        let mut count = 0;
        while !self.leave_at(b']', count)? {
            self.value(Link { above: own, ordinal: narrow(count) })?;
            count += 1;
        }
        self.depth += 1;
        self.json.close(own, Kind::List, count);
        Some(())
    }

    fn enter(&mut self, link: Link) -> Option<u32> {
        self.depth = self.depth.checked_sub(1)?;
        self.at += 1;
        Some(self.json.open(link))
    }

    /// Whether this is the end; if not, what stands before the next entry is passed.
    fn leave_at(&mut self, end: u8, count: usize) -> Option<bool> {
        self.skip_space();
        if self.peek()? == end {
            self.at += 1;
            return Some(true);
        }
        if count > 0 {
            self.take(b',')?;
            self.skip_space();
        }
        Some(false)
    }

    fn text(&mut self) -> Option<()> {
        let quote = self.at;
        self.take(b'"')?;
        let from = self.at;
        self.skip_plain();
        if self.peek()? == b'\\' {
            return self.escaped(quote);
        }
        self.json.tokens.push(Token::new(Kind::Text, from, self.at - from));
        self.take(b'"')
    }

    /// A text with escapes, from its first one on.
    fn escaped(&mut self, quote: usize) -> Option<()> {
        let start = self.json.unescaped.len();
        let mut from = quote + 1;
        loop {
            self.json.unescaped.push_str(self.json.text.get(from..self.at)?);
            if self.take(b'"').is_some() {
                break;
            }
            self.take(b'\\')?;
            let Some(meant) = unescaped(self.peek()?) else {
                self.json.unescaped.truncate(start);
                return self.coded(quote);
            };
            self.json.unescaped.push(meant);
            self.at += 1;
            from = self.at;
            self.skip_plain();
        }
        let length = self.json.unescaped.len() - start;
        self.json.tokens.push(Token::new(Kind::Unescaped, start, length));
        Some(())
    }

    /// A text with characters given by their number.
    fn coded(&mut self, quote: usize) -> Option<()> {
        // At the escape itself, behind its backslash.
        loop {
            self.at += 1;
            self.skip_plain();
            if self.take(b'"').is_some() {
                break;
            }
            self.take(b'\\')?;
        }
        let text: String = serde_json::from_str(self.json.text.get(quote..self.at)?).ok()?;
        let token = Token::new(Kind::Unescaped, self.json.unescaped.len(), text.len());
        self.json.unescaped.push_str(&text);
        self.json.tokens.push(token);
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        let from = self.at;
        let belongs = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.bytes.get(from..)?.iter().take_while(|byte| belongs(byte)).count();
        let text = self.json.text.get(from..from + length)?;
        let whole = text.len() < 16 && text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = whole && (text.len() == 1 || !text.starts_with('0')) && !text.is_empty();
        if !plain {
            serde_json::from_str::<Number>(text).ok()?;
        }
        self.at += length;
        self.json.tokens.push(Token::new(Kind::Number, from, length));
        Some(())
    }

    fn word(&mut self, word: &str, kind: Kind) -> Option<()> {
        if !self.bytes.get(self.at..)?.starts_with(word.as_bytes()) {
            return None;
        }
        self.at += word.len();
        self.json.tokens.push(Token::new(kind, 0, 0));
        Some(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// On to the next quote, backslash or control character, eight bytes at a time.
    #[inline]
    fn skip_plain(&mut self) {
        let bytes = self.bytes;
        let (words, rest) = bytes.get(self.at..).unwrap_or_default().as_chunks();
        for word in words {
            let marks = marks(u64::from_le_bytes(*word));
            if marks != 0 {
                self.at += marks.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        self.at += rest.iter().take_while(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\')).count();
    }
}

/// The keys of an object so far.
struct Keys {
    own: u32,
    count: usize,
    /// One bit for each kind of key met, by its length and ends: most keys are of a kind of their own.
    met: u64,
}

impl Keys {
    /// Whether the key just read is one of those before it. Not asked once there are many.
    fn is_repeated(&mut self, json: &Json<'_>, key: usize) -> bool {
        self.count += 1;
        if self.count > MANY {
            return false;
        }
        let text = json.text_of(json.token(narrow(key)));
        let ends = [text.bytes().next(), text.bytes().next_back()].map(|end| usize::from(end.unwrap_or(0)));
        let bit = 1 << ((text.len() * 37 + ends[0] * 11 + ends[1]) % 64);
        let new = self.met & bit == 0;
        self.met |= bit;
        !new && self.before(json, key).any(|known| known == text)
    }

    fn any_repeated(&self, json: &Json<'_>) -> bool {
        let mut keys: Vec<&str> = self.before(json, json.tokens.len()).collect();
        keys.sort_unstable();
        keys.array_windows().any(|[first, second]| first == second)
    }

    /// The keys whose tokens stand before `end`.
    fn before<'j>(&self, json: &'j Json<'_>, end: usize) -> impl Iterator<Item = &'j str> {
        let mut at = self.own + 2;
        std::iter::from_fn(move || {
            let key = ((at as usize) < end).then(|| json.text_of(json.token(at)));
            at = json.after(at + 1);
            key
        })
    }
}

const ONES: u64 = u64::MAX / 255;

/// The highest bit of the first byte that is a quote, a backslash or a control character; bytes behind it may be marked
/// wrongly.
#[inline]
fn marks(word: u64) -> u64 {
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & (ONES * 0x80);
    below(word, 0x20) | below(word ^ (ONES * u64::from(b'"')), 1) | below(word ^ (ONES * u64::from(b'\\')), 1)
}

/// What the character behind a backslash means, but for `u`.
const fn unescaped(escape: u8) -> Option<char> {
    Some(match escape {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}
