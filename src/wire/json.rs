//! JSON as the readers walk it: a flat list of tokens over the text they were read from.
//!
//! Exports are large and little of them is wanted, so that what matters is how little is done for what is not: a token
//! takes eight bytes, texts stay where they are, and a value that is passed over costs one step, however much is inside.
//! Every list and object knows the one it stands in, so that its place can be told without a trail being laid.

mod scan;
mod token;

use std::borrow::Cow;

use serde_json::{Deserializer, Map, Number};

use crate::input::Pointer;
use token::{Kind, Link, Token};

/// The largest text that can be read, in bytes: places in it take 30 bits.
const LARGEST: usize = (1 << 30) - 1;

/// Stands for the document itself, which has no token.
const DOCUMENT: u32 = u32::MAX;

/// The values of a document, one after another.
#[derive(Debug)]
pub(super) struct Json<'t> {
    text: Cow<'t, str>,
    /// The texts that had escapes in them, written out.
    unescaped: String,
    tokens: Vec<Token>,
}

/// A value of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    json: &'a Json<'a>,
    at: u32,
    above: u32,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum View<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    List,
    Object,
}

impl<'t> Json<'t> {
    /// Reads the values of a text, each of which may be followed by another. The error is that of `serde_json`.
    pub(super) fn parse(text: &'t str) -> Result<Self, serde_json::Error> {
        if let Some(json) = Some(text).filter(|text| text.len() <= LARGEST).and_then(scan::scan) {
            return Ok(json);
        }
        // Rare things (a key stated twice, above all) and wrong ones: serde_json knows what they mean.
        let mut json = Self::empty();
        for value in Deserializer::from_str(text).into_iter() {
            json.add(&value?, Link { above: DOCUMENT, ordinal: 0 });
        }
        if json.text.len() > LARGEST {
            return Err(serde::de::Error::custom("more than a gibibyte of text"));
        }
        Ok(json)
    }

    /// The values, in order.
    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let end = narrow(self.tokens.len());
        Items { json: self, at: 0, end, above: DOCUMENT, most: 0 }.collect()
    }

    /// The first value.
    pub(super) const fn root(&self) -> Value<'_> {
        Value { json: self, at: 0, above: DOCUMENT }
    }

    const fn empty() -> Self {
        Self { text: Cow::Owned(String::new()), unescaped: String::new(), tokens: Vec::new() }
    }

    fn add(&mut self, value: &serde_json::Value, link: Link) {
        match value {
            serde_json::Value::Null => self.tokens.push(Token::new(Kind::Null, 0, 0)),
            serde_json::Value::Bool(false) => self.tokens.push(Token::new(Kind::False, 0, 0)),
            serde_json::Value::Bool(true) => self.tokens.push(Token::new(Kind::True, 0, 0)),
            serde_json::Value::Number(number) => self.add_text(Kind::Number, &number.to_string()),
            serde_json::Value::String(text) => self.add_text(Kind::Text, text),
            serde_json::Value::Array(items) => {
                let own = self.open(link);
                for (ordinal, item) in items.iter().enumerate() {
                    self.add(item, Link { above: own, ordinal: narrow(ordinal) });
                }
                self.close(own, Kind::List, items.len());
            }
            serde_json::Value::Object(members) => {
                let own = self.open(link);
                for (key, value) in members {
                    self.add_text(Kind::Text, key);
                    self.add(value, Link { above: own, ordinal: 0 });
                }
                self.close(own, Kind::Object, members.len());
            }
        }
    }

    fn add_text(&mut self, kind: Kind, text: &str) {
        self.tokens.push(Token::new(kind, self.text.len(), text.len()));
        self.text.to_mut().push_str(text);
    }

    /// The tokens of a list or an object, to be completed by [`close`](Self::close).
    fn open(&mut self, link: Link) -> u32 {
        let own = narrow(self.tokens.len());
        self.tokens.push(Token::new(Kind::Null, 0, 0));
        self.tokens.push(Token::link(link));
        own
    }

    fn close(&mut self, own: u32, kind: Kind, count: usize) {
        let end = self.tokens.len();
        if let Some(token) = self.tokens.get_mut(own as usize) {
            *token = Token::new(kind, count, end);
        }
    }

    fn token(&self, at: u32) -> Token {
        self.tokens.get(at as usize).copied().unwrap_or(Token::new(Kind::Null, 0, 0))
    }

    /// The text of a token that has one.
    #[inline]
    fn text_of(&self, token: Token) -> &str {
        let (start, length) = token.span();
        let whole = if token.kind() == Kind::Unescaped { self.unescaped.as_str() } else { &self.text };
        whole.get(start..start + length).unwrap_or_default()
    }

    /// Where the value after the one at `at` has its token.
    #[inline]
    fn after(&self, at: u32) -> u32 {
        let token = self.token(at);
        if token.is_nested() { narrow(token.span().1) } else { at + 1 }
    }

    fn link(&self, at: u32) -> Link {
        self.token(at + 1).as_link()
    }
}

impl From<&serde_json::Value> for Json<'static> {
    fn from(value: &serde_json::Value) -> Self {
        let mut json = Json::empty();
        json.add(value, Link { above: DOCUMENT, ordinal: 0 });
        json
    }
}

impl<'a> Value<'a> {
    /// What it is.
    #[inline]
    pub(super) fn view(self) -> View<'a> {
        let token = self.token();
        match token.kind() {
            Kind::Null => View::Null,
            Kind::False => View::Bool(false),
            Kind::True => View::Bool(true),
            Kind::Number => number(self.json.text_of(token)).map_or(View::Null, View::Number),
            Kind::Text | Kind::Unescaped => View::Text(self.json.text_of(token)),
            Kind::List => View::List,
            Kind::Object => View::Object,
        }
    }

    /// The text, of a text.
    pub(super) fn as_str(self) -> Option<&'a str> {
        let token = self.token();
        token.is_text().then(|| self.json.text_of(token))
    }

    /// The truth value, of one.
    pub(super) fn as_bool(self) -> Option<bool> {
        match self.token().kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    pub(super) fn is_null(self) -> bool {
        self.token().kind() == Kind::Null
    }

    pub(super) fn is_number(self) -> bool {
        self.token().kind() == Kind::Number
    }

    pub(super) fn is_text(self) -> bool {
        self.token().is_text()
    }

    pub(super) fn is_list(self) -> bool {
        self.token().kind() == Kind::List
    }

    pub(super) fn is_object(self) -> bool {
        self.token().kind() == Kind::Object
    }

    /// Whether it is a text, a list or an object, and nothing is in it.
    pub(super) fn is_empty(self) -> bool {
        let token = self.token();
        if token.is_nested() { token.span().0 == 0 } else { token.is_text() && token.span().1 == 0 }
    }

    /// The elements of a list; of anything else, none.
    pub(super) fn items(self) -> Items<'a> {
        let token = self.token();
        let (count, end) = if token.kind() == Kind::List { token.span() } else { (0, 0) };
        Items { json: self.json, at: self.at + 2, end: narrow(end), above: self.at, most: count }
    }

    /// No values at all.
    pub(super) const fn no_items(self) -> Items<'a> {
        Items { json: self.json, at: 0, end: 0, above: DOCUMENT, most: 0 }
    }

    /// The value as if it were the only one of a list.
    pub(super) const fn alone(self) -> Items<'a> {
        Items { json: self.json, at: self.at, end: self.at + 1, above: self.above, most: 1 }
    }

    /// The members of an object; of anything else, none.
    #[inline]
    pub(super) fn members(self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        let token = self.token();
        let end = if token.kind() == Kind::Object { narrow(token.span().1) } else { 0 };
        let (json, mut at) = (self.json, self.at + 2);
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let key = json.text_of(json.token(at));
            let value = Value { json, at: at + 1, above: self.at };
            at = json.after(at + 1);
            Some((key, value))
        })
    }

    /// The member of that name, in any case; the exact one where there are several.
    pub(super) fn member(self, key: &str) -> Option<Value<'a>> {
        let token = self.token();
        let (json, end) = (self.json, if token.kind() == Kind::Object { narrow(token.span().1) } else { 0 });
        let (mut at, mut similar) = (self.at + 2, None);
        while at < end {
            let own = json.token(at);
            // Most keys differ in length already.
            if own.span().1 == key.len() {
                let own = json.text_of(own);
                if own == key {
                    return Some(Value { json, at: at + 1, above: self.at });
                }
                if similar.is_none() && own.eq_ignore_ascii_case(key) {
                    similar = Some(Value { json, at: at + 1, above: self.at });
                }
            }
            at = json.after(at + 1);
        }
        similar
    }

    /// Whether there is a member of exactly that name.
    pub(super) fn has(self, key: &str) -> bool {
        self.members().any(|(own, _)| own == key)
    }

    /// The only member, where there is one alone.
    #[inline]
    pub(super) fn only_member(self) -> Option<(&'a str, Value<'a>)> {
        let alone = self.token().kind() == Kind::Object && self.token().span().0 == 1;
        if alone { self.members().next() } else { None }
    }

    /// The place, as a pointer from the value of the document it is in.
    pub(super) fn pointer(self) -> Pointer {
        self.pointer_with(0)
    }

    /// The same with room for what goes on below it.
    fn pointer_with(self, below: usize) -> Pointer {
        /// More digits than most numbers of elements have.
        const DIGITS: usize = 6;
        if self.above == DOCUMENT {
            return Pointer::with_capacity(below);
        }
        let above = Value { above: self.json.link(self.above).above, at: self.above, ..self };
        if above.is_object() {
            let key = self.json.text_of(self.json.token(self.at - 1));
            let mut pointer = above.pointer_with(below + 1 + key.len());
            pointer.push_key(key);
            return pointer;
        }
        let mut pointer = above.pointer_with(below + 1 + DIGITS);
        pointer.push_index(self.ordinal(above));
        pointer
    }

    /// The same value for whoever changes it.
    pub(super) fn to_json(self) -> serde_json::Value {
        match self.view() {
            View::Null => serde_json::Value::Null,
            View::Bool(flag) => flag.into(),
            View::Number(number) => number.into(),
            View::Text(text) => text.into(),
            View::List => self.items().map(Value::to_json).collect(),
            View::Object => self.to_map().into(),
        }
    }

    /// The members of an object, for whoever changes them.
    pub(super) fn to_map(self) -> Map<String, serde_json::Value> {
        self.members().map(|(key, value)| (key.to_owned(), value.to_json())).collect()
    }

    fn token(self) -> Token {
        self.json.token(self.at)
    }

    /// The how manieth it is in the list `above`.
    fn ordinal(self, above: Value<'_>) -> usize {
        if self.token().is_nested() {
            return self.json.link(self.at).ordinal as usize;
        }
        above.items().take_while(|item| item.at < self.at).count()
    }
}

/// Values that follow one another.
#[derive(Debug, Clone)]
pub(super) struct Items<'a> {
    json: &'a Json<'a>,
    at: u32,
    end: u32,
    above: u32,
    most: usize,
}

impl Items<'_> {
    /// How many there are at most, for who makes room; 0 where that is not known.
    pub(super) const fn most(&self) -> usize {
        self.most
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value { json: self.json, at: self.at, above: self.above };
        self.at = self.json.after(self.at);
        Some(value)
    }
}

/// A number as written.
fn number(text: &str) -> Option<Number> {
    text.parse::<u64>().map(Number::from).or_else(|_| serde_json::from_str(text)).ok()
}

/// Texts are no longer than [`LARGEST`], and no list of tokens is longer than its text.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `serde_json` makes of a text: its values, or its words.
    fn reference(text: &str) -> Result<Vec<serde_json::Value>, String> {
        Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error: serde_json::Error| error.to_string())
    }

    fn agrees(text: &str) {
        let json = Json::parse(text).map_err(|error| error.to_string());
        let found = json.as_ref().map(|json| json.values().into_iter().map(Value::to_json).collect());
        assert_eq!(found.map_err(Clone::clone), reference(text), "{text:?}");
        if scan::scan(text).is_some() {
            assert!(reference(text).is_ok(), "{text:?}");
        }
    }

    const TEXTS: [&str; 8] = [
        r#"{"a":[1,2.5,-0,1e3,18446744073709551616,[],{},[[]]],"b":{"c":null,"d":true},"":false}"#,
        r#"["\"","\\\/\b\f\n\r\t","\u00e9\ud83d\ude00x","é\t☃","","a\u0041"]"#,
        "{\"a\" : 1 ,\r\n\t\"b\":[ ] , \"c\" : { } }\n",
        "{}[]\"x\"{} 1 2\ntrue null[3]",
        r#"{"key":1,"KEY":2,"key":3}"#,
        r#"{"a~b/c":[[{"x":[0,"y"]}],7]}"#,
        "[\"0123456789abcdef0123456789abcde\u{7f}\"]",
        r"[123456789012345,1234567890123456,0,10,-1,0.5,1E-7]",
    ];

    #[test]
    fn it_is_read_as_serde_json_reads_it() {
        for text in TEXTS {
            agrees(text);
        }
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let keys = |count| (0..count).map(|n| format!("\"k{}\":{n}", n % 40)).collect::<Vec<_>>().join(",");
        for text in
            [deep(127), deep(128), deep(100_000), format!("{{{}}}", keys(40)), format!("{{{}}}", keys(41))]
        {
            agrees(&text);
        }
        for text in [
            "{",
            "[1,",
            "{\"a\":1}}",
            "{'a':1}",
            "[{\"a\":\"b]",
            "[1,]",
            "{\"a\":1,}",
            "[01]",
            "[-]",
            "[1e999]",
        ] {
            assert!(Json::parse(text).is_err(), "{text}");
            agrees(text);
        }
    }

    #[test]
    fn every_slip_of_one_byte_is_met_alike() {
        let marks = *b"\"\\{}[]:,0-e.u \ntn\x01x";
        for text in TEXTS.into_iter().filter(|text| text.is_ascii()) {
            for at in 0..text.len() {
                agrees(&format!("{}{}", &text[..at], &text[at + 1..]));
                for mark in marks.map(char::from) {
                    agrees(&format!("{}{mark}{}", &text[..at], &text[at..]));
                    agrees(&format!("{}{mark}{}", &text[..at], &text[at + 1..]));
                }
            }
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        fn walk(value: Value<'_>, whole: &serde_json::Value) -> usize {
            let found = whole.pointer(value.pointer().as_str());
            assert_eq!(found, Some(&value.to_json()));
            let members = value.members().map(|(_, member)| member);
            1 + value.items().chain(members).map(|inner| walk(inner, whole)).sum::<usize>()
        }
        for text in [TEXTS[0], TEXTS[1], TEXTS[2], TEXTS[5]] {
            let whole: serde_json::Value = serde_json::from_str(text).unwrap();
            let seen = walk(Json::parse(text).unwrap().root(), &whole);
            assert_eq!(walk(Json::from(&whole).root(), &whole), seen);
        }
        let one = Json::parse(TEXTS[5]).unwrap();
        let (_, list) = one.root().members().next().unwrap();
        assert_eq!(list.items().nth(1).unwrap().pointer().as_str(), "/a~0b~1c/1");
    }

    #[test]
    fn a_member_is_found_in_any_case_and_the_exact_one_first() {
        let json = Json::parse(r#"{"NAME":1,"name":2,"Id":3}"#).unwrap();
        let number = |key: &str| json.root().member(key).map(Value::to_json);
        assert_eq!(number("name"), Some(2.into()));
        assert_eq!(number("Name"), Some(1.into()));
        assert_eq!(number("id"), Some(3.into()));
        assert_eq!(number("ids"), None);
        assert!(json.root().has("Id") && !json.root().has("id"));
    }
}
