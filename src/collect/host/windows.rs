//! What only a running Windows has: its registry, and what can be measured without asking for more than to read.

use std::env;

use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, Type, USERS, Value};

use super::registry::{BRANCHES, Branch, Hive, PROXIES};
use super::survey::{Survey, Unread};
use crate::input::Document;
use crate::wire::{RegistryKey, RegistryValue, registry_document};

/// There is no such key.
const NO_SUCH_KEY: u32 = 0x8007_0002;
/// There is no such path.
const NO_SUCH_PATH: u32 = 0x8007_0003;
/// Whoever asks may not read it.
const DENIED: u32 = 0x8007_0005;
/// How many keys of one branch are taken.
const MOST_KEYS: usize = 2000;
/// How many values of one key are taken.
const MOST_VALUES: usize = 10_000;
/// The largest value that is taken, in bytes.
const LARGEST: usize = 1 << 20;

/// What can be measured of this machine; what cannot be without more rights or unsafe calls is not.
pub(super) fn measure(survey: &mut Survey) {
    survey.privileged = is_administrator();
    survey.host_name = env::var("COMPUTERNAME").ok();
    survey.architecture = architecture();
    // Nobody looked: services tell whether the agent runs.
    survey.processes = None;
}

/// The settings of proxies in the registry; whether those of the account SYSTEM could be read.
pub(super) fn proxies(survey: &mut Survey) -> (Vec<Document>, bool) {
    let before = survey.unread.len();
    let documents = documents(PROXIES, survey);
    let of_system = |unread: &Unread| unread.path.starts_with(r"HKEY_USERS\S-1-5-18\");
    let denied = survey.unread.iter().skip(before).any(of_system);
    (documents, !denied)
}

/// Everything else that the checks ask of the registry.
pub(super) fn registry(survey: &mut Survey) -> Vec<Document> {
    documents(BRANCHES, survey)
}

/// The documents of these branches, those of one document standing together.
fn documents(branches: &[Branch], survey: &mut Survey) -> Vec<Document> {
    branches
        .chunk_by(|one, other| one.document == other.document)
        .filter_map(|together| {
            let mut keys = Vec::new();
            for branch in together {
                take(branch, &mut keys, survey);
            }
            let name = format!("registry/{}.reg", together.first()?.document);
            (!keys.is_empty()).then(|| registry_document(&name, &keys))
        })
        .collect()
}

/// Takes a branch, or tells what became of it.
fn take(branch: &Branch, keys: &mut Vec<RegistryKey>, survey: &mut Survey) {
    let root = match branch.hive {
        Hive::Machine => LOCAL_MACHINE,
        Hive::Users => USERS,
        Hive::User => CURRENT_USER,
    };
    let mut taken = Vec::new();
    let outcome = root
        .open(branch.path)
        .and_then(|key| descend(&key, &branch.whole(), (branch, branch.depth), &mut taken));
    let unread = |reason: String, root: bool| Unread { path: branch.whole(), reason, root };
    let unread = match outcome.map_err(|error| error.code().0.cast_unsigned()) {
        Ok(true) => return keys.append(&mut taken),
        Err(NO_SUCH_KEY | NO_SUCH_PATH) => return survey.absent.push(branch.whole()),
        Ok(false) => unread("there is more of it than is read".to_owned(), false),
        Err(DENIED) => unread("access is denied".to_owned(), survey.privileged != Some(true)),
        Err(code) => unread(format!("the registry answers 0x{code:08X}"), false),
    };
    survey.unread.push(unread);
    // A key above it without it would say that it is not there.
    keys.retain(|key| !branch.is_below(&key.path));
}

/// Takes a key and the keys below it, so many levels deep; `false` where there is more than is taken.
fn descend(
    key: &Key,
    path: &str,
    (branch, depth): (&Branch, u8),
    keys: &mut Vec<RegistryKey>,
) -> windows_registry::Result<bool> {
    if keys.len() >= MOST_KEYS {
        return Ok(false);
    }
    let mut values: Vec<(String, RegistryValue)> = Vec::new();
    for (count, (name, value)) in key.values()?.enumerate() {
        let is_wanted = branch.values.may_take(&name);
        if count >= MOST_VALUES || (is_wanted && value.len() > LARGEST) {
            return Ok(false);
        }
        let value = value_of(&value);
        if branch.values.take(&name, &value) {
            values.push((name, value));
        }
    }
    values.sort_by(|one, other| one.0.cmp(&other.0));
    keys.push(RegistryKey { path: path.to_owned(), values });
    let mut below: Vec<String> =
        if depth == 0 { Vec::new() } else { key.keys()?.take(MOST_KEYS + 1).collect() };
    below.sort_unstable();
    for name in below {
        if !descend(&key.open(&name)?, &format!("{path}\\{name}"), (branch, depth - 1), keys)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn value_of(value: &Value) -> RegistryValue {
    let bytes = || RegistryValue::Bytes(value.to_vec());
    match value.ty() {
        Type::U32 => u32::try_from(value.clone()).map_or_else(|_| bytes(), RegistryValue::Number),
        Type::U64 => u64::try_from(value.clone()).map_or_else(|_| bytes(), RegistryValue::Long),
        Type::String | Type::ExpandString => RegistryValue::Text(text_of(value)),
        Type::MultiString => {
            let text = wide(value);
            let texts = text.split('\0').filter(|text| !text.is_empty());
            RegistryValue::Texts(texts.map(str::to_owned).collect())
        }
        Type::Bytes | Type::Other(_) => bytes(),
    }
}

/// Up to its end: what a program left behind it is nobody's.
fn text_of(bytes: &[u8]) -> String {
    wide(bytes).split('\0').next().unwrap_or_default().to_owned()
}

fn wide(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Whether this runs as administrator: they alone may open the hive of the account LOCAL SERVICE, which is always loaded.
fn is_administrator() -> Option<bool> {
    match USERS.open("S-1-5-19") {
        Ok(_) => Some(true),
        Err(error) => (error.code().0.cast_unsigned() == DENIED).then_some(false),
    }
}

/// The architecture of the system, not of this program, as `uname -m` would say it.
fn architecture() -> Option<String> {
    let environment =
        LOCAL_MACHINE.open(r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment").ok()?;
    let said = environment.get_string("PROCESSOR_ARCHITECTURE").ok()?;
    let known = match said.to_ascii_uppercase().as_str() {
        "AMD64" => "x86_64",
        "X86" => "i686",
        "ARM64" => "aarch64",
        _ => return None,
    };
    Some(known.to_owned())
}
