//! Keys and typed values of an export, whatever they are about.

use std::str::Lines;

/// The root of what is the machine's.
const MACHINE: &str = "hkey_local_machine";

/// Whether the text is an export.
pub(in crate::wire) fn is_export(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').lines().map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|line| {
        line.starts_with("Windows Registry Editor Version")
            || line == "REGEDIT4"
            || (line.starts_with("HKEY_") && line.contains('\\') && text.contains("    REG_"))
    })
}

/// Every key of an export, in order. A key may come twice: then both say something.
#[derive(Debug, Default)]
pub(in crate::wire) struct Export {
    keys: Vec<Key>,
}

/// A key with its values.
#[derive(Debug, Default)]
pub(in crate::wire) struct Key {
    /// As it is written.
    pub(in crate::wire) path: String,
    /// Whether the export would hold the keys below this one too: an export does, what `reg query` prints may not.
    pub(in crate::wire) deep: bool,
    values: Vec<(String, Data)>,
}

/// What a value holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::wire) enum Data {
    /// `REG_DWORD`, `REG_QWORD`.
    Number(u64),
    /// `REG_SZ`, `REG_EXPAND_SZ`.
    Text(String),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
    /// `REG_BINARY`, and what is of a kind without a name here.
    Bytes(Vec<u8>),
}

impl Export {
    pub(in crate::wire) fn parse(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let wide = !text.trim_start().starts_with("REGEDIT4");
        let mut keys: Vec<Key> = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let line = line.trim_end();
            if let Some(path) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                keys.push(Key { path: path.to_owned(), deep: true, values: Vec::new() });
            } else if line.starts_with("HKEY_") {
                keys.push(Key { path: line.to_owned(), deep: false, values: Vec::new() });
            } else if let Some(key) = keys.last_mut() {
                key.values.extend(value(line, &mut lines, wide).or_else(|| queried(line)));
            }
        }
        // `[-HKEY_…]` takes a key away: it is no key of settings, for nothing begins so.
        Self { keys }
    }

    pub(in crate::wire) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The machine's keys that count: of several control sets the one that is in use. With each, its path in lower case
    /// below the machine's root, as in `software\microsoft\guestagent` and `system\services\vss`.
    pub(in crate::wire) fn of_machine(&self) -> impl Iterator<Item = (String, &Key)> {
        let set = self.control_set();
        self.keys.iter().filter_map(move |key| Some((below_machine(&key.path, set)?, key)))
    }

    /// The number of the control set in use: what `Select` says, else the lowest one that is there; 0 where the export
    /// names the one in use as such.
    fn control_set(&self) -> u64 {
        let paths = || self.keys.iter().filter_map(|key| machine_parts(&key.path));
        let chosen = self.keys.iter().find_map(|key| {
            let (hive, below) = machine_parts(&key.path)?;
            (hive == "system" && below == "select").then(|| key.number("Current"))?
        });
        let lowest = || {
            let sets = paths().filter(|(hive, _)| *hive == "system");
            sets.filter_map(|(_, below)| set_number(below.split('\\').next().unwrap_or_default())).min()
        };
        chosen.or_else(lowest).unwrap_or_default()
    }
}

impl Key {
    pub(in crate::wire) fn value(&self, name: &str) -> Option<&Data> {
        self.values.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, data)| data)
    }

    pub(in crate::wire) fn number(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Data::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(in crate::wire) fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(in crate::wire) fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.value(name)? {
            Data::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Names and texts of all values that hold a text.
    pub(in crate::wire) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().filter_map(|(name, data)| match data {
            Data::Text(text) => Some((name.as_str(), text.as_str())),
            _ => None,
        })
    }
}

/// The hive, `system` or `software`, and the path below it, in lower case. A hive of a broken disk is loaded under a name
/// of its own, as in `BROKENSYSTEM`.
fn machine_parts(path: &str) -> Option<(&'static str, String)> {
    let path = path.to_ascii_lowercase();
    let (root, rest) = path.split_once('\\')?;
    if root != MACHINE && root != "hklm" {
        return None;
    }
    let (hive, below) = rest.split_once('\\').unwrap_or((rest, ""));
    let hive = ["system", "software"].into_iter().find(|known| hive.ends_with(known))?;
    Some((hive, below.to_owned()))
}

fn below_machine(path: &str, set: u64) -> Option<String> {
    let (hive, below) = machine_parts(path)?;
    if hive != "system" {
        return Some(format!("{hive}\\{below}"));
    }
    let (first, rest) = below.split_once('\\').unwrap_or((&below, ""));
    let in_use = set_number(first).is_none_or(|number| number == set);
    in_use.then(|| match set_number(first) {
        Some(_) => format!("system\\{rest}"),
        None => format!("system\\{below}"),
    })
}

/// Which control set a part of a path names: 0 for the one in use.
fn set_number(part: &str) -> Option<u64> {
    if part == "currentcontrolset" {
        return Some(0);
    }
    part.strip_prefix("controlset").and_then(|number| number.parse().ok())
}

/// A value of a `.reg` file: `"name"=…`, or `@=…` for the one without a name. Bytes may go on over several lines.
fn value(line: &str, lines: &mut Lines<'_>, wide: bool) -> Option<(String, Data)> {
    let (name, rest) = match line.strip_prefix('@') {
        Some(rest) => (String::new(), rest),
        None => quoted_text(line)?,
    };
    let data = rest.trim_start().strip_prefix('=')?.trim_start();
    if let Some(number) = data.strip_prefix("dword:") {
        return Some((name, Data::Number(u32::from_str_radix(number.trim(), 16).ok()?.into())));
    }
    if let Some((kind, first)) = data.strip_prefix("hex").and_then(|rest| rest.split_once(':')) {
        let bytes = listed(first, lines)?;
        return Some((name, Data::of_kind(kind, bytes, wide)));
    }
    quoted_text(data).map(|(text, _)| (name, Data::Text(text)))
}

impl Data {
    /// Bytes as the kind in brackets says: `(2)` is a text, `(b)` a number of eight bytes.
    fn of_kind(kind: &str, bytes: Vec<u8>, wide: bool) -> Self {
        let number = |bytes: &[u8]| match bytes {
            [a, b, c, d] => Some(u64::from(u32::from_le_bytes([*a, *b, *c, *d]))),
            bytes => bytes.try_into().ok().map(u64::from_le_bytes),
        };
        match kind {
            "(1)" | "(2)" => Self::Text(text_of(&bytes, wide).trim_end_matches('\0').to_owned()),
            "(7)" => {
                let text = text_of(&bytes, wide);
                Self::Texts(text.split('\0').filter(|text| !text.is_empty()).map(str::to_owned).collect())
            }
            "(4)" | "(b)" => number(&bytes).map_or(Self::Bytes(bytes), Self::Number),
            _ => Self::Bytes(bytes),
        }
    }
}

/// Bytes in hexadecimal digits, commas between them; `\` at the end of a line says that they go on.
fn listed(first: &str, lines: &mut Lines<'_>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut part = first;
    loop {
        let goes_on = part.trim_end().strip_suffix('\\');
        for byte in goes_on.unwrap_or(part).split(',').map(str::trim).filter(|byte| !byte.is_empty()) {
            bytes.push(u8::from_str_radix(byte, 16).ok()?);
        }
        match goes_on.and_then(|_| lines.next()) {
            Some(next) => part = next,
            None => return Some(bytes),
        }
    }
}

/// A text in quotation marks, and what follows it. `\` takes the next character as it is.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut inner = String::new();
    let mut characters = text.strip_prefix('"')?.char_indices();
    let rest = text.get(1..)?;
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((inner, rest.get(at + 1..)?)),
            '\\' => inner.push(characters.next()?.1),
            c => inner.push(c),
        }
    }
    None
}

/// A text of two bytes a character, or of one in the oldest form of export.
fn text_of(bytes: &[u8], wide: bool) -> String {
    if !wide {
        return bytes.iter().map(|byte| char::from(*byte)).collect();
    }
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A value as `reg query` prints it: name, kind and data, four blanks between them.
fn queried(line: &str) -> Option<(String, Data)> {
    let (name, rest) = line.strip_prefix("    ")?.split_once("    REG_")?;
    let (kind, data) = rest.split_once("    ").unwrap_or((rest, ""));
    let data = data.trim();
    let data = match kind.trim() {
        "DWORD" | "QWORD" => Data::Number(u64::from_str_radix(data.strip_prefix("0x")?, 16).ok()?),
        "SZ" | "EXPAND_SZ" => Data::Text(data.to_owned()),
        "MULTI_SZ" => {
            Data::Texts(data.split("\\0").filter(|text| !text.is_empty()).map(str::to_owned).collect())
        }
        "BINARY" => Data::Bytes(digits(data)?),
        _ => return None,
    };
    Some((name.trim().to_owned(), data))
}

fn digits(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    odd.is_empty().then(|| pairs.iter().map(byte).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(tail: &str) -> Export {
        let text = format!("\u{feff}Windows Registry Editor Version 5.00\r\n\r\n{tail}");
        assert!(is_export(&text));
        Export::parse(&text)
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let export = export(
            "[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n@=\"unnamed\"\r\n\"D\"=dword:0000000a\r\n\
             \"S\"=\"C:\\\\Win \\\"x\\\"\"\r\n\"E\"=hex(2):25,00,\\\r\n  61,00,00,00\r\n\
             \"M\"=hex(7):61,00,00,00,62,00,00,00,00,00\r\n\"Q\"=hex(b):01,00,00,00,01,00,00,00\r\n\
             \"F\"=hex(4):02,00,00,00\r\n\"B\"=hex:01,02\r\n\"None\"=hex(0):\r\n\"Gone\"=-\r\n",
        );
        let key = export.keys().next().unwrap();
        assert_eq!(key.text(""), Some("unnamed"));
        assert_eq!(
            (key.number("d"), key.number("Q"), key.number("F")),
            (Some(10), Some((1 << 32) + 1), Some(2))
        );
        assert_eq!((key.text("S"), key.text("E")), (Some("C:\\Win \"x\""), Some("%a")));
        assert_eq!(key.value("M"), Some(&Data::Texts(vec!["a".to_owned(), "b".to_owned()])));
        assert_eq!((key.bytes("B"), key.bytes("None")), (Some(&[1, 2][..]), Some(&[][..])));
        assert_eq!(key.value("Gone"), None);
        assert_eq!(key.texts().count(), 3);
    }

    #[test]
    fn the_oldest_form_has_one_byte_a_character() {
        let export = Export::parse("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\n\"E\"=hex(2):61,62,00\n");
        assert_eq!(export.keys().next().unwrap().text("E"), Some("ab"));
    }

    #[test]
    fn what_reg_query_prints_is_read() {
        let text = "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\X\r\n    (Default)    REG_SZ    (value not set)\r\n    \
                    Q    REG_QWORD    0x100000000\r\n    M    REG_MULTI_SZ    a\\0b\r\n    B    REG_BINARY    0aFF\r\n    \
                    Odd    REG_BINARY    123\r\n    N    REG_NONE    \r\n";
        assert!(is_export(text));
        let export = Export::parse(text);
        let key = export.keys().next().unwrap();
        assert_eq!(key.number("Q"), Some(1 << 32));
        assert_eq!(key.value("M"), Some(&Data::Texts(vec!["a".to_owned(), "b".to_owned()])));
        assert_eq!((key.bytes("b"), key.value("Odd"), key.value("N")), (Some(&[10, 255][..]), None, None));
    }

    fn of_machine(paths: &[&str]) -> Vec<String> {
        let keys: Vec<String> = paths.iter().map(|path| format!("[{path}]")).collect();
        export(&keys.join("\n")).of_machine().map(|(path, _)| path).collect()
    }

    #[test]
    fn keys_of_the_machine_are_told_whatever_their_hive_is_called() {
        let found = of_machine(&[
            r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\VSS",
            r"HKLM\Software\Microsoft\GuestAgent",
            r"HKEY_CURRENT_USER\Software\X",
            r"HKEY_LOCAL_MACHINE\SAM\X",
            r"-HKEY_LOCAL_MACHINE\SOFTWARE\Gone",
            r"HKEY_LOCAL_MACHINE\SYSTEM\Setup",
        ]);
        assert_eq!(found, [r"system\services\vss", r"software\microsoft\guestagent", r"system\setup"]);
        let loaded =
            [r"HKEY_LOCAL_MACHINE\BROKENSYSTEM\ControlSet001\Services\VSS", r"HKLM\BROKENSOFTWARE\A"];
        assert_eq!(of_machine(&loaded), [r"system\services\vss", r"software\a"]);
    }

    #[test]
    fn of_several_control_sets_the_one_in_use_counts() {
        let sets = "[HKLM\\S_SYSTEM\\ControlSet001\\A]\n[HKLM\\S_SYSTEM\\ControlSet002\\B]\n";
        let names = |text: &str| -> Vec<String> { export(text).of_machine().map(|(path, _)| path).collect() };
        assert_eq!(names(sets), [r"system\a"]);
        let chosen = format!("{sets}[HKLM\\S_SYSTEM\\Select]\n\"Current\"=dword:2\n");
        assert_eq!(names(&chosen), [r"system\b", r"system\select"]);
        let current = format!("{sets}[HKLM\\SYSTEM\\CurrentControlSet\\C]\n");
        assert_eq!(names(&current), [r"system\c"]);
    }

    #[test]
    fn hostile_exports_are_survived() {
        for tail in [
            "\"",
            "\"a\\",
            "\"a\"=",
            "\"a\"=hex:\\",
            "\"a\"=hex(:0",
            "\"a\"=hex:0,\\\n\"b\"=x",
            "[",
            "[]",
            "@",
            "@=",
        ] {
            let export = export(&format!("[HKLM\\SOFTWARE\\A]\n{tail}"));
            assert!(export.keys().all(|key| key.text("a").is_none()), "{tail}");
        }
        let huge = export(&format!("[{}]\n\"{}\"=\"x\"", "a\\".repeat(100_000), "\\".repeat(100_001)));
        assert_eq!(huge.of_machine().count(), 0);
    }
}
