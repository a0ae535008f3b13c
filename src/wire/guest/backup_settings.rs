//! `/etc/azure/vmbackup.conf`, read as the Linux snapshot extension reads it: with Python's `configparser`.

use super::parts;
use crate::guest::{BackupSettings, Read, TextEncoding};
use crate::input::{Document, Place, Pointer};
use crate::wire::reader::Reader;

/// The section that the extension reads its own settings from.
const SECTION: &str = "SnapshotThread";
/// The section whose settings hold in every other.
const DEFAULTS: &str = "DEFAULT";

/// Whether the name is that of the file; a copy that comes with the extension is not it.
pub(super) fn is_named_so(name: &str) -> bool {
    let mut parts = parts(name);
    parts.next() == Some("vmbackup.conf") && parts.next() != Some("tempPlugin")
}

/// Reads it, as bytes: how it is written is a part of what it tells.
pub(super) fn read(reader: &mut Reader, document: &Document) {
    let encoding = encoding(&document.bytes);
    let (options, fault) = match encoding {
        // Read as something else than it is, it has no section.
        TextEncoding::Utf16 | TextEncoding::Unknown | TextEncoding::Utf8Marked => (Options::default(), None),
        TextEncoding::Ascii | TextEncoding::Utf8 => options(&String::from_utf8_lossy(&document.bytes)),
    };
    let value = |name| options.value(name).filter(|value| !value.is_empty());
    let settings = BackupSettings {
        encoding,
        fault,
        method: value("snapshotmethod"),
        mounts_to_skip: list(&value("mountstoskip").unwrap_or_default()),
        freeze: value("fsfreeze"),
        timeout: value("timeout"),
    };
    let place = Place { document: document.name.clone(), pointer: Pointer::root() };
    reader.facts.guest.extension.settings = Some(Read { value: settings, place });
    reader.facts.guest.documents += 1;
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn encoding(bytes: &[u8]) -> TextEncoding {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => TextEncoding::Utf16,
        [0xef, 0xbb, 0xbf, ..] => TextEncoding::Utf8Marked,
        _ if bytes.contains(&0) => TextEncoding::Utf16,
        _ if bytes.is_ascii() => TextEncoding::Ascii,
        _ if std::str::from_utf8(bytes).is_ok() => TextEncoding::Utf8,
        _ => TextEncoding::Unknown,
    }
}

/// Options by their names in lower case.
#[derive(Debug, Default)]
struct Options {
    /// Whether the section is there: without it no default holds either.
    has_section: bool,
    own: Vec<(String, String)>,
    defaults: Vec<(String, String)>,
}

impl Options {
    fn value(&self, name: &str) -> Option<String> {
        let of = |list: &[(String, String)]| {
            list.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim_end().to_owned())
        };
        let value = of(&self.own).or_else(|| of(&self.defaults)).filter(|_| self.has_section)?;
        // `%%` is a percent sign; alone it is an error, for which the extension takes the default.
        let plain = value.replace("%%", "");
        (!plain.contains('%')).then(|| value.replace("%%", "%"))
    }
}

/// What is set, or why nothing of the file can be read.
fn options(text: &str) -> (Options, Option<String>) {
    let mut reading = Reading::default();
    for (index, line) in text.lines().enumerate() {
        if let Err(what) = reading.line(line) {
            return (Options::default(), Some(format!("line {}: {what}", index + 1)));
        }
    }
    (reading.options, None)
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reading {
    options: Options,
    sections: Vec<String>,
    /// The options that were there, each with its section, to see one that is given twice.
    names: Vec<(String, String)>,
    /// How far the last option was indented; what stands further in goes on with its value.
    indent: Option<usize>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        if text.is_empty() {
            if self.indent.is_some() {
                self.goes_on("");
            }
            return Ok(());
        }
        let indent = line.len() - line.trim_start().len();
        if self.indent.is_some_and(|own| indent > own) {
            self.goes_on(text);
            return Ok(());
        }
        if let Some(section) = text
            .strip_prefix('[')
            .and_then(|rest| rest.rsplit_once(']'))
            .map(|(name, _)| name)
            .filter(|name| !name.is_empty())
        {
            return self.section(section);
        }
        self.indent = Some(indent);
        self.option(text)
    }

    fn section(&mut self, name: &str) -> Result<(), &'static str> {
        if self.sections.iter().any(|known| known == name) && name != DEFAULTS {
            return Err("a section that was there before");
        }
        self.options.has_section |= name == SECTION;
        self.sections.push(name.to_owned());
        self.indent = None;
        Ok(())
    }

    fn option(&mut self, text: &str) -> Result<(), &'static str> {
        let section = self.sections.last().ok_or("no section above")?.clone();
        let (name, value) = text.split_once(['=', ':']).ok_or("neither a section nor an option")?;
        let name = name.trim().to_lowercase();
        if name.is_empty() {
            return Err("an option without a name");
        }
        let own = (section.clone(), name.clone());
        if self.names.contains(&own) {
            return Err("an option that was set before");
        }
        self.names.push(own);
        let value = value.trim().to_owned();
        match section.as_str() {
            SECTION => self.options.own.push((name, value)),
            DEFAULTS => self.options.defaults.push((name, value)),
            _ => {}
        }
        Ok(())
    }

    /// A value over several lines is none that the extension knows; that it goes on is kept, so that it is not taken for one.
    fn goes_on(&mut self, text: &str) {
        let list = match self.sections.last().map(String::as_str) {
            Some(SECTION) => &mut self.options.own,
            Some(DEFAULTS) => &mut self.options.defaults,
            _ => return,
        };
        if let Some((_, value)) = list.last_mut() {
            value.push('\n');
            value.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> BackupSettings {
        let mut reader = Reader::default();
        let document =
            Document { name: "/etc/azure/vmbackup.conf".into(), bytes: bytes.to_vec(), named_by_user: false };
        read(&mut reader, &document);
        reader.facts.guest.extension.settings.unwrap().value
    }

    #[test]
    fn it_is_read_as_python_reads_it() {
        let text = b"# x\n[Other]\nSnapshotMethod=no\n[SnapshotThread]\nfsfreeze: True\nMountsToSkip = /mnt/a, /mnt/b\n\
                     snapshotmethod = onlyGuest\nSafeFreezeWaitInSeconds=600\n";
        let settings = told(text);
        assert_eq!(settings.method.as_deref(), Some("onlyGuest"));
        assert_eq!(settings.mounts_to_skip, ["/mnt/a", "/mnt/b"]);
        assert_eq!((settings.freeze.as_deref(), settings.fault), (Some("True"), None));
        assert_eq!(told(b"[DEFAULT]\ntimeout=5\n[SnapshotThread]\n").timeout.as_deref(), Some("5"));
        assert_eq!(told(b"").method, None);
    }

    #[test]
    fn what_python_refuses_sets_nothing() {
        for (text, why) in [
            ("SnapshotMethod=onlyGuest\n", "line 1: no section above"),
            (
                "[SnapshotThread]\nSnapshotMethod=onlyGuest\nSNAPSHOTMETHOD=onlyHost\n",
                "line 3: an option that was set before",
            ),
            ("[SnapshotThread]\nSnapshotMethod\n", "line 2: neither a section nor an option"),
            ("[SnapshotThread]\n[SnapshotThread]\n", "line 2: a section that was there before"),
        ] {
            let settings = told(text.as_bytes());
            assert_eq!((settings.fault.as_deref(), settings.method), (Some(why), None), "{text}");
        }
    }

    #[test]
    fn the_encoding_is_seen() {
        let utf16: Vec<u8> = "[SnapshotThread]\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(told(&utf16).encoding, TextEncoding::Utf16);
        assert_eq!(told(b"\xff\xfe[\0").encoding, TextEncoding::Utf16);
        assert_eq!(told(b"\xef\xbb\xbf[SnapshotThread]\n").encoding, TextEncoding::Utf8Marked);
        assert_eq!(told("# größer\n".as_bytes()).encoding, TextEncoding::Utf8);
        assert_eq!(told(b"# \xe4\n").encoding, TextEncoding::Unknown);
        assert_eq!(told(b"[SnapshotThread]\n").encoding, TextEncoding::Ascii);
    }

    #[test]
    fn it_is_known_by_its_name() {
        assert!(is_named_so("/etc/azure/vmbackup.conf") && is_named_so("vmbackup.conf"));
        assert!(!is_named_so("/var/lib/waagent/x-1.0/main/tempPlugin/vmbackup.conf"));
    }
}
