//! What users name: targets and proxies.

use super::super::Failure;
use crate::azure::platform::{METADATA_SERVICE, WIRE_SERVER, WIRE_SERVER_PORT};
use crate::probe::{Authority, Credentials, Expectation, Host, Proxy, Target, without_secrets};

/// Where the credentials of proxies come from: never from an argument, which every user of the machine could read.
const USER: &str = "AZPREFLIGHT_PROXY_USER";
const PASSWORD: &str = "AZPREFLIGHT_PROXY_PASSWORD";

/// A target as users write it.
pub(super) fn target(text: &str) -> Result<Target, Failure> {
    let refused = |why: &str| Failure::Usage(format!("`--target {}`: {why}", without_secrets(text)));
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest.strip_suffix('/').unwrap_or(rest)),
        None => (None, text),
    };
    let authority: Authority = rest.parse().map_err(|error| refused(&format!("{error}")))?;
    let expectation = match scheme {
        None => usual(&authority),
        Some(word) => Expectation::from_word(word).ok_or_else(|| {
            let known: Vec<&str> = Expectation::ALL.iter().map(|known| known.word()).collect();
            let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let shown = if plain { word } else { "…" };
            refused(&format!("`{shown}` is not one of {}", known.join(", ")))
        })?,
    };
    Ok(Target::named(authority, expectation))
}

/// What a target is expected to answer, by its host and port.
fn usual(authority: &Authority) -> Expectation {
    let address = authority.host.address();
    match authority.port {
        WIRE_SERVER_PORT if address == Some(WIRE_SERVER.into()) => Expectation::WireServer,
        80 if address == Some(METADATA_SERVICE.into()) => Expectation::Metadata,
        80 | 443 | 8443 if is_storage(&authority.host) => Expectation::Storage,
        80 => Expectation::Http,
        443 | 8443 => Expectation::Https,
        _ => Expectation::Tcp,
    }
}

/// Whether this is a host of Azure Storage in any cloud: `ACCOUNT.blob.core.windows.net` and its like.
fn is_storage(host: &Host) -> bool {
    const SERVICES: [&str; 5] = ["blob", "queue", "table", "file", "dfs"];
    const DOMAINS: [&str; 4] =
        [".core.windows.net", ".storage.azure.net", ".core.usgovcloudapi.net", ".core.chinacloudapi.cn"];
    let Some(name) = host.name() else { return false };
    DOMAINS.iter().any(|domain| {
        let before = name.strip_suffix(domain).and_then(|before| before.rsplit_once('.'));
        before.is_some_and(|(_, service)| SERVICES.contains(&service))
    })
}

/// The name of a storage account.
pub(in crate::cli) fn storage_account(text: &str) -> Result<String, Failure> {
    let name = text.to_ascii_lowercase();
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if (3..=24).contains(&name.len()) && name.bytes().all(known) {
        return Ok(name);
    }
    Err(Failure::Usage(format!(
        "`--storage-account {}`: expected 3 to 24 letters and digits; name a whole host with --target",
        without_secrets(text)
    )))
}

/// The proxies to go through, with the credentials of the environment.
pub(in crate::cli) fn proxies(urls: &[String]) -> Result<Vec<Proxy>, Failure> {
    let credentials = credentials()?;
    urls.iter().map(|url| proxy(url, credentials.clone())).collect()
}

fn proxy(url: &str, credentials: Option<Credentials>) -> Result<Proxy, Failure> {
    let proxy: Proxy = url.parse().map_err(|error| Failure::Usage(format!("`--proxy`: {error}")))?;
    if proxy.credentials.is_some() {
        return Err(Failure::Usage(format!(
            "`--proxy`: no credentials in the URL, where every user of the machine could read them: set {USER} and \
             {PASSWORD}"
        )));
    }
    Ok(proxy.with_credentials(credentials))
}

fn credentials() -> Result<Option<Credentials>, Failure> {
    match (std::env::var(USER), std::env::var(PASSWORD)) {
        (Ok(user), password) => Ok(Some(Credentials::new(user, password.unwrap_or_default()))),
        (Err(_), Ok(_)) => Err(Failure::Usage(format!("{PASSWORD} is set and {USER} is not"))),
        (Err(_), Err(_)) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_follows_from_host_and_port() {
        for (text, expected) in [
            ("example.blob.core.windows.net:443", Expectation::Storage),
            ("example.blob.core.windows.net:8443", Expectation::Storage),
            ("md-a.z1.blob.storage.azure.net:443", Expectation::Storage),
            ("example.queue.core.chinacloudapi.cn:80", Expectation::Storage),
            ("blob.core.windows.net:443", Expectation::Https),
            ("a.example:80", Expectation::Http),
            ("a.example:443", Expectation::Https),
            ("10.0.0.4:8443", Expectation::Https),
            ("a.example:3260", Expectation::Tcp),
            ("[2001:db8::1]:22", Expectation::Tcp),
            ("168.63.129.16:80", Expectation::WireServer),
            ("168.63.129.16:32526", Expectation::Tcp),
            ("169.254.169.254:80", Expectation::Metadata),
            ("tcp://a.example:443", Expectation::Tcp),
            ("https://a.example:8080/", Expectation::Https),
            ("dns://10.0.0.2:53", Expectation::Dns),
        ] {
            assert_eq!(target(text).unwrap().expectation, expected, "{text}");
        }
        for wrong in
            ["a.example", "a.example:0", "ftp://a.example:21", "https://a.example:443/path", ":443", ""]
        {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_refused_is_not_repeated_with_its_secrets() {
        for text in [
            "https://example.blob.core.windows.net/c?sv=2024-11-04&sig=s3cret",
            "https://example.blob.core.windows.net:443/c?sig=s3cret",
            "https://kim:s3cret@example.blob.core.windows.net:443",
            "sig=s3cret://example:443",
            "https://kim:s3c/ret@example:443",
        ] {
            for refused in [target(text).unwrap_err(), storage_account(text).unwrap_err()] {
                let told = refused.to_string();
                assert!(!told.contains("s3c") && !told.contains("kim"), "{told}");
            }
        }
    }

    #[test]
    fn credentials_in_the_url_are_refused_and_not_repeated() {
        for url in ["http://kim:secret@10.0.0.5:3128", "http://kim:secret@", "socks5://kim:secret@a:1"] {
            let refused = proxies(&[url.to_owned()]).unwrap_err().to_string();
            assert!(!refused.contains("secret") && !refused.contains("kim"), "{refused}");
        }
    }
}
