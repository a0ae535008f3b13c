//! The faults that the build must refuse, each tried on a copy of `data/` with one line changed.
#![cfg(test)]

mod knowledge;
#[macro_use]
#[path = "../src/words.rs"]
mod words;
#[expect(unreachable_pub, dead_code, reason = "written for the library, which exports and uses all of it")]
#[path = "../src/probe/vocabulary.rs"]
mod probe;
#[expect(unreachable_pub, reason = "written for the library, which exports it")]
#[path = "../src/backup/vocabulary.rs"]
mod vocabulary;

use std::fs;
use std::path::{Path, PathBuf};

const FILES: [&str; 8] = [
    "sources.toml",
    "support-matrix.toml",
    "error-codes.toml",
    "platform.toml",
    "requirements/vm.toml",
    "requirements/sql.toml",
    "requirements/hana.toml",
    "requirements/mars.toml",
];

/// The fault that the build names after the first `old` of `file` is replaced by `new`.
fn fault(case: &str, file: &str, old: &str, new: &str) -> String {
    let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(case);
    fs::create_dir_all(copy.join("requirements")).unwrap();
    for name in FILES {
        let mut text = fs::read_to_string(Path::new("data").join(name)).unwrap();
        if name == file {
            assert!(text.contains(old), "{file} has no `{old}`");
            text = text.replacen(old, new, 1);
        }
        fs::write(copy.join(name), text).unwrap();
    }
    knowledge::generate(&copy, &copy).unwrap_err().to_string()
}

#[test]
fn an_unknown_key_is_refused() {
    let fault = fault(
        "unknown-key",
        "requirements/vm.toml",
        "purpose = \"platform\"",
        "purpose = \"platform\"\ncolour = 3",
    );
    assert!(fault.starts_with("requirements/vm.toml: row `wire-server`: unknown field `colour`"), "{fault}");
}

#[test]
fn an_unknown_table_is_refused() {
    let fault = fault("unknown-table", "platform.toml", "[load-balancer]", "[telegraph]\n[load-balancer]");
    assert_eq!(fault, "platform.toml: unknown key `telegraph`");
}

#[test]
fn a_word_outside_the_vocabulary_is_refused() {
    let fault = fault("word", "requirements/hana.toml", "when = \"always\"", "when = \"sometimes\"");
    assert!(
        fault.starts_with("requirements/hana.toml: row `backup-service`: `sometimes` is not one of always,"),
        "{fault}"
    );
}

#[test]
fn a_row_without_source_is_refused() {
    let gone = fault("no-source", "error-codes.toml", "sources = [\"TSAGENT\", \"CRC\"]", "sources = []");
    assert_eq!(gone, "error-codes.toml: row `UserErrorGuestAgentStatusUnavailable`: no source");
    let strange =
        fault("strange-source", "support-matrix.toml", "sources = [\"SCL17\"]", "sources = [\"SCL71\"]");
    assert_eq!(strange, "support-matrix.toml: row `data-disks`: `SCL71` is not a key of sources.toml");
}

#[test]
fn an_id_given_twice_is_refused() {
    let row = fault("twice", "requirements/sql.toml", "id = \"storage\"", "id = \"backup-service\"");
    assert_eq!(row, "requirements/sql.toml: row `backup-service`: `backup-service` is given twice");
    let code = fault("code-twice", "error-codes.toml", "\"error_http_failure\"", "\"azurevmoffline\"");
    assert_eq!(code, "error-codes.toml: row `15`: `azurevmoffline` is given twice");
    let limit = fault(
        "limit-twice",
        "support-matrix.toml",
        "profiles = [\"2018\"]\nmaximum = 16",
        "profiles = [\"current\"]\nmaximum = 16",
    );
    assert_eq!(limit, "support-matrix.toml: row `data-disks`: `data-disks of current` is given twice");
    let source = fault("source-twice", "sources.toml", "key = \"SVMS\"", "key = \"SFL\"");
    assert_eq!(source, "sources.toml: row `SFL`: `SFL` is given twice");
}

#[test]
fn an_unsourced_or_disputed_blocker_is_refused() {
    let always = "severity = \"blocker\"\nwhen = \"always\"";
    let unsourced =
        fault("unsourced", "requirements/sql.toml", always, &format!("grounds = \"unsourced\"\n{always}"));
    assert_eq!(
        unsourced,
        "requirements/sql.toml: row `backup-service`: a row that is not documented cannot be a blocker"
    );
    let disputed = fault("disputed", "requirements/sql.toml", always, &format!("disputed = true\n{always}"));
    assert!(disputed.ends_with("a disputed row names at least two sources and is no blocker"), "{disputed}");
}

#[test]
fn a_row_says_how_it_is_probed() {
    let word = fault("answer", "requirements/vm.toml", "answers = [\"imds\"]", "answers = [\"telnet\"]");
    assert!(
        word.starts_with("requirements/vm.toml: row `imds`: `telnet` is not one of tcp, http,"),
        "{word}"
    );
    let short = fault(
        "answers",
        "requirements/vm.toml",
        "answers = [\"wire-server\", \"tcp\"]",
        "answers = [\"tcp\"]",
    );
    assert_eq!(short, "requirements/vm.toml: row `wire-server`: as many answers as ports are needed");
    let nobody = fault("nobody", "requirements/vm.toml", "consumers = [\"agent\"]", "consumers = []");
    assert!(nobody.ends_with("at least one consumer is needed"), "{nobody}");
    let strange =
        fault("template", "requirements/sql.toml", "{account}.blob.core.windows", "{vault}.blob.core");
    assert_eq!(
        strange,
        "requirements/sql.toml: row `storage`: `{vault}.blob.core.net` is none of the hosts of the row"
    );
    let without = fault(
        "cloud",
        "requirements/sql.toml",
        "probe.china = [\"login.chinacloudapi.cn\"]",
        "probe.china = []",
    );
    assert_eq!(
        without,
        "requirements/sql.toml: row `identity`: `probe` needs hosts in the very clouds in which `hosts` has them"
    );
}

#[test]
fn a_block_with_host_bits_is_refused() {
    let fault = fault("host-bits", "platform.toml", "\"172.16.0.0/12\"", "\"172.16.0.1/12\"");
    assert_eq!(
        fault,
        "platform.toml: row `internet`: `172.16.0.1/12` is not an address block without host bits"
    );
}

#[test]
fn a_domain_or_thumbprint_written_wrongly_is_refused() {
    let domain = fault("domain", "platform.toml", "\"usgovcloudapi.net\"", "\"*.usgovcloudapi.net\"");
    assert_eq!(
        domain,
        "platform.toml: row `service-domains`: `*.usgovcloudapi.net` is not a domain in lower case"
    );
    let root = fault("thumbprint", "platform.toml", "sha1 = \"df3c", "sha1 = \"DF3C");
    assert!(root.ends_with("4f82a4` is not a SHA-1 in lower-case hexadecimal"), "{root}");
}

#[test]
fn a_file_that_is_not_toml_is_refused_by_name() {
    let fault = fault("not-toml", "sources.toml", "[[source]]", "[[source");
    assert!(fault.starts_with("sources.toml: "), "{fault}");
}
