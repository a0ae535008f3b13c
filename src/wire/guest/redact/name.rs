//! Which names are those of secrets.

/// What stands after a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A secret: one value.
    Secret,
    /// A header of HTTP: the rest of the line.
    Header,
    /// Who signs in, perhaps with a password behind a colon: `-u kim:secret`.
    Account,
}

/// How names of secrets end, in lower case and without `_`, `-`, `.`.
const SECRETS: [&str; 46] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "accesskey",
    "accountkey",
    "sharedkey",
    "storagekey",
    "primarykey",
    "secondarykey",
    "privatekey",
    "masterkey",
    "encryptionkey",
    "signingkey",
    "secretkey",
    "authkey",
    "sessionkey",
    "subscriptionkey",
    "functionskey",
    "functionkey",
    "workspacekey",
    "productkey",
    "presharedkey",
    "sharedaccesssignature",
    "sharedaccesskey",
    "amzsignature",
    "credential",
    "credentials",
    "protectedsettings",
    "wepkey",
    "identityheader",
    // With what is said of the secret behind it.
    "passwordvalue",
    "passwordtext",
    "passwordhash",
    "secretvalue",
    "secrettext",
    "secretstring",
    "tokenvalue",
    "keyvalue",
];
/// How those of headers end that hold secrets.
const HEADERS: [&str; 3] = ["authorization", "authorizationauxiliary", "cookie"];
/// Names that end like those of secrets, and are none.
const OTHERS: [&str; 7] = [
    "publickeytoken",
    "continuationtoken",
    "cancellationtoken",
    "skiptoken",
    // Of a disk, these say where the key is.
    "diskencryptionkey",
    "keyencryptionkey",
    // Of a line in sudoers.
    "nopasswd",
];
/// Words that end with `pass` otherwise than names of passwords.
const NOT_PASS: [&str; 8] =
    ["bypass", "compass", "trespass", "surpass", "overpass", "underpass", "onepass", "multipass"];
/// Longer names are looked at from here.
const LONGEST: usize = 64;

/// What a word names; `None` where it names no secret.
pub(super) fn kind(word: &str) -> Option<Kind> {
    // Where a shell is and was.
    if matches!(word, "PWD" | "OLDPWD") {
        return None;
    }
    let bytes = word.as_bytes();
    let tail = bytes.get(bytes.len().saturating_sub(LONGEST)..).unwrap_or_default();
    let last = tail.rsplit(|byte| b"_.-".contains(byte)).next().unwrap_or_default();
    if [&b"sig"[..], b"pass", b"psk"].iter().any(|short| last.eq_ignore_ascii_case(short)) {
        return Some(Kind::Secret);
    }
    // Most words are none, and their last letter says so.
    if !last.last().is_some_and(|letter| b"dsetnyurghl0123456789".contains(&letter.to_ascii_lowercase())) {
        return None;
    }
    let flat: String = tail
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    let ends = |names: &[&str]| {
        names.iter().any(|name| flat.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(name))
    };
    if ends(&OTHERS) {
        None
    } else if ends(&SECRETS) || (ends(&["pass"]) && !ends(&NOT_PASS)) {
        Some(Kind::Secret)
    } else if ends(&HEADERS) {
        Some(Kind::Header)
    } else {
        matches!(flat.as_str(), "user" | "proxyuser" | "u").then_some(Kind::Account)
    }
}
